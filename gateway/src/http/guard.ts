import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http'
import { GatewayError } from '../errors.ts'
import { canonicalHost } from './canonical-host.ts'

/** Refuses requests that a foreign web page makes through its visitor's browser (DNS rebinding, foreign origins). */
export type Guard = Readonly<{
  /** Throws `host_rejected` unless `Host` names this gateway. */
  checkHost(headers: IncomingHttpHeaders): void
  /** Throws `origin_rejected` for a present and unknown `Origin`; gives the CORS headers of the answer. */
  checkOrigin(headers: IncomingHttpHeaders): ReadonlyArray<readonly [string, string]>
}>

/** What a browser-based MCP client may send and read. Values of `Mcp-Param-*` are asked for by name, and named back. */
const REQUEST_HEADERS = [
  'authorization',
  'content-type',
  'accept',
  'mcp-protocol-version',
  'mcp-session-id',
  'mcp-method',
  'mcp-name',
  'last-event-id',
]
const EXPOSED_HEADERS =
  'www-authenticate, mcp-session-id, mcp-protocol-version, x-request-id, retry-after'
const MCP_PARAM = /^mcp-param-[a-z0-9-]{1,64}$/

/**
 * A guard for the gateway at `publicUrl` (MCP Streamable HTTP, "Security Warning": `Origin` must be validated).
 * `allowedHosts` are further values of `Host`, `allowedOrigins` further origins. `X-Forwarded-Host` and `Forwarded` are
 * not looked at: what a request is for, its own `Host` says. Origins are compared character by character, as browsers
 * serialize them (RFC 6454 §6.2): lower case, no default port; `null` is one that nobody can be.
 */
export function createGuard(options: {
  publicUrl: string
  allowedHosts: readonly string[]
  allowedOrigins: readonly string[]
}): Guard {
  const { host, hostname, port, protocol, origin } = new URL(options.publicUrl)
  // A client may spell out the port that the scheme implies.
  const spelledOut = `${hostname}:${port || (protocol === 'https:' ? 443 : 80)}`
  const hosts = new Set(
    [host, spelledOut, ...options.allowedHosts].map((name) => canonicalHost(name)),
  )
  const origins = new Set([origin, ...options.allowedOrigins])

  return {
    checkHost: (headers) => {
      const asked = canonicalHost(headers.host ?? '')
      if (asked === undefined || !hosts.has(asked)) throw new GatewayError('host_rejected')
    },
    checkOrigin: (headers) => {
      const { origin: asked } = headers
      if (asked === undefined) return []
      if (!origins.has(asked)) throw new GatewayError('origin_rejected')
      return [
        ['access-control-allow-origin', asked],
        ['access-control-expose-headers', EXPOSED_HEADERS],
        ['vary', 'origin'],
      ]
    },
  }
}

/**
 * Answers OPTIONS without a token, as a preflight request carries none (Fetch, "CORS-preflight request"). Whether the
 * page may send the request that follows, `checkOrigin` has said already.
 */
export function answerPreflight(req: IncomingMessage, res: ServerResponse): void {
  const asked = req.headers['access-control-request-headers'] ?? ''
  const names = asked.split(',').map((name) => name.trim().toLowerCase())
  const parameters = names.filter((name) => MCP_PARAM.test(name))
  res.writeHead(204, {
    allow: 'POST, GET, DELETE, OPTIONS',
    'access-control-allow-methods': 'POST, GET, DELETE',
    'access-control-allow-headers': [...REQUEST_HEADERS, ...parameters].join(', '),
    'access-control-max-age': '600',
  })
  res.end()
}

/** Metadata is public: any page may read it. */
export const PUBLIC_CORS = { 'access-control-allow-origin': '*' } as const
