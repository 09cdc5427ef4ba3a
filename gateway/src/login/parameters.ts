import { OAuthError } from './oauth-error.ts'

/** The parameters of a request, each of them once. */
export type Parameters = ReadonlyMap<string, string>

/** More parameters than any client sends; the rest is not read. */
const MAX_PARAMETERS = 64

/**
 * The parameters of a query or of a form. An empty value counts as left out (RFC 6749 §3.1). Throws `invalid_request` for a
 * parameter that stands twice, whatever its name (RFC 6749 §3.1, §3.2), and for text that is not UTF-8.
 */
export function parametersIn(encoded: string): Parameters {
  const parameters = new Map<string, string>()
  const seen = new Set<string>()
  for (const part of encoded.split('&')) {
    if (part === '') continue
    const at = part.indexOf('=')
    const name = decode(at === -1 ? part : part.slice(0, at))
    if (seen.has(name)) {
      throw new OAuthError('invalid_request', 'a parameter stands twice: send each of them once')
    }
    seen.add(name)
    if (seen.size > MAX_PARAMETERS) {
      throw new OAuthError('invalid_request', 'there are too many parameters')
    }
    const value = at === -1 ? '' : decode(part.slice(at + 1))
    if (value !== '') parameters.set(name, value)
  }
  return parameters
}

/**
 * The parameters of a form (RFC 6749 §4.1.3). Throws `invalid_request` unless the body is
 * `application/x-www-form-urlencoded`, by its content type as by its bytes.
 */
export function formIn(body: Uint8Array, contentType: string | undefined): Parameters {
  const [type = '', ...attributes] = (contentType ?? '').split(';').map((part) => part.trim())
  const charset = attributes.map((part) => /^charset\s*=\s*"?([^"]*)"?$/i.exec(part)?.[1])
  const isUtf8 = charset.every((name) => name === undefined || /^utf-?8$/i.test(name))
  if (type.toLowerCase() !== 'application/x-www-form-urlencoded' || !isUtf8) {
    throw new OAuthError(
      'invalid_request',
      'Content-Type must be application/x-www-form-urlencoded',
    )
  }
  return parametersIn(Buffer.from(body).toString('latin1'))
}

function decode(text: string): string {
  // Latin-1 text may hold raw bytes above 127, which no encoder leaves as they are.
  if (/[^\x20-\x7e]/.test(text)) throw notText()
  try {
    return decodeURIComponent(text.replaceAll('+', ' '))
  } catch {
    throw notText()
  }
}

function notText(): OAuthError {
  return new OAuthError('invalid_request', 'the parameters must be percent-encoded UTF-8')
}
