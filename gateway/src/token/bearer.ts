import { GatewayError } from '../errors.ts'

/** A token longer than this is refused unread: real ones stay below 8 KB. Characters. */
const MAX_TOKEN_LENGTH = 16_384

/** `b64token` of RFC 6750 §2.1, after a scheme in any case (RFC 9110 §11.1) and exactly one space. */
const BEARER = /^bearer ([A-Za-z0-9\-._~+/]+=*)$/i

/**
 * The token of the request's `Authorization` headers, taken from nowhere else: never from the query or the body
 * (MCP authorization, "Token Requirements"). `values` are all of them, in order.
 * Throws `token_missing` where no Bearer token was offered, `token_malformed` where it is not exactly one.
 * Does not look into the token.
 */
export function extractBearer(values: readonly string[]): string {
  const [value] = values
  if (value === undefined) throw new GatewayError('token_missing')
  if (values.length > 1) throw new GatewayError('token_malformed')
  if (!/^bearer(\s|$)/i.test(value)) throw new GatewayError('token_missing')
  const token = value.length <= MAX_TOKEN_LENGTH ? BEARER.exec(value)?.[1] : undefined
  if (token === undefined) throw new GatewayError('token_malformed')
  return token
}

/** The values of every `Authorization` header, from Node's flat list of names and values. */
export function authorizationValues(rawHeaders: readonly string[]): readonly string[] {
  return rawHeaders.filter(
    (_, index) => index % 2 === 1 && rawHeaders[index - 1]?.toLowerCase() === 'authorization',
  )
}
