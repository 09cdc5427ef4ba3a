/** Longer names are cut. Characters. */
const MAX_NAME_CHARACTERS = 200

/** Controls, joiners, marks that turn text round, private use, lone surrogates, and letters that look like nothing. */
const UNSEEN = /[\p{Cf}\p{Cs}\p{Co}\p{Cn}\p{Default_Ignorable_Code_Point}\u2800]/gu
/** More marks on one letter than any script has: they would run over what stands around them. */
const PILED_MARKS = /(\p{M}{4})\p{M}+/gu

/**
 * What a client calls itself (`client_name`), on one line and without characters that are not seen or that turn the text
 * round. Undefined for what is no text or empty. Nothing is escaped: a page does that where it shows the name.
 */
export function cleanClientName(value: unknown): string | undefined {
  if (typeof value !== 'string') return undefined
  const visible = value
    .normalize('NFC')
    .replace(UNSEEN, '')
    .replace(/[\s\x85\p{Z}]+/gu, ' ')
    .replace(/\p{Cc}/gu, '')
    .replace(PILED_MARKS, '$1')
    .trim()
  const name = [...visible].slice(0, MAX_NAME_CHARACTERS).join('').trim()
  return name === '' ? undefined : name
}
