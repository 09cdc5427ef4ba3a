import { plainText } from '../../pages/show-text.ts'

/** Longer names are cut. Characters. */
const MAX_NAME_CHARACTERS = 200

/** What a client calls itself (`client_name`), as plain text (see `plainText`). Undefined for what is no text or empty. */
export function cleanClientName(value: unknown): string | undefined {
  const name = typeof value === 'string' ? plainText(value, MAX_NAME_CHARACTERS) : ''
  return name === '' ? undefined : name
}
