/** A request target in origin form, as the client wrote it. */
export type RequestTarget = Readonly<{
  path: string
  /** What follows the first `?`, without it; empty when there is none. */
  query: string
}>

/** Longer targets are refused; the longest real one is an OAuth callback. */
const MAX_TARGET_LENGTH = 8192

// Path segments of unreserved characters, sub-delims, ":" and "@" (RFC 3986 §3.3) or percent-encoded octets.
// No empty segment except a trailing slash, so "//host" never looks like a path.
const PATH = /^\/(?:(?:[\w.~!$&'()*+,;=:@-]|%[0-9A-Fa-f]{2})+(?:\/(?!\/)|$))*$/
// Visible ASCII without "#" and "\\": clients leave more unencoded in a query than RFC 3986 §3.4 lets them.
const QUERY = /^[!"$-[\]-~]*$/

// An encoded dot, slash, backslash, percent, hash, or control character means that two readers of one path
// could see two different paths.
const AMBIGUOUS_OCTET = /%(?:2e|2f|5c|25|23|3f|7f|[01][0-9a-f]|[89a-f][0-9a-f])/i
const DOT_SEGMENT = /(?:^|\/)\.{1,2}(?:[/;]|$)/

/**
 * Splits a request target into path and query, or gives undefined for one that is not plainly one path:
 * absolute-form, authority-form, `*`, empty or dot segments, encoded separators, backslashes, control or
 * non-ASCII characters, fragments, more than 8192 characters. Decodes nothing: the router compares the exact text.
 */
export function parseRequestTarget(rawUrl: string | undefined): RequestTarget | undefined {
  if (rawUrl === undefined || rawUrl.length > MAX_TARGET_LENGTH) return undefined
  const mark = rawUrl.indexOf('?')
  const path = mark === -1 ? rawUrl : rawUrl.slice(0, mark)
  const query = mark === -1 ? '' : rawUrl.slice(mark + 1)
  if (!PATH.test(path) || AMBIGUOUS_OCTET.test(path) || DOT_SEGMENT.test(path)) return undefined
  if (!QUERY.test(query)) return undefined
  return { path, query }
}
