import type { IncomingHttpHeaders, OutgoingHttpHeaders } from 'node:http'

// A list of what may pass, for the same reason as in headers.ts: an upstream's cookies, challenges, CORS rules and
// echoes of the credentials we sent must not reach a client, whatever their names are.
const PASSED: ReadonlySet<string> = new Set([
  'allow',
  'cache-control',
  'content-disposition',
  'content-encoding',
  'content-language',
  'content-length',
  'content-type',
  'expires',
  'pragma',
  'retry-after',
  'x-accel-buffering',
])
const MCP_HEADER = /^mcp-[a-z0-9-]+$/

/**
 * The headers of an upstream response that the client may see. Hop-by-hop headers, `set-cookie`,
 * `www-authenticate`, CORS headers and everything else that is not listed stay behind, and so does what
 * `Connection` nominates. Content is not re-encoded, so `content-length` and `content-encoding` stay true.
 * `cache-control` never lets a shared cache keep what was answered to one person.
 */
export function responseHeaders(headers: IncomingHttpHeaders): OutgoingHttpHeaders {
  const nominated = new Set(
    (headers.connection ?? '').split(',').map((name) => name.trim().toLowerCase()),
  )
  const passed: OutgoingHttpHeaders = {}
  for (const [name, value] of Object.entries(headers)) {
    if (value === undefined || nominated.has(name)) continue
    if (PASSED.has(name) || MCP_HEADER.test(name)) passed[name] = value
  }
  const { 'cache-control': caching } = passed
  if (typeof caching === 'string') passed['cache-control'] = forOnePerson(caching)
  return passed
}

// By these a shared cache may keep the answer to a request with `Authorization` (RFC 9111 §3.5).
const SHARING = /^(public|s-maxage|must-revalidate|proxy-revalidate)\s*(=.*)?$/i

function forOnePerson(cacheControl: string): string {
  const directives = cacheControl.split(',').map((directive) => directive.trim())
  const kept = directives.filter((directive) => !SHARING.test(directive))
  return kept.length === directives.length ? cacheControl : [...kept, 'private'].join(', ')
}
