import type { IncomingHttpHeaders } from 'node:http'
import type { AwsCredentials } from '../credentials/aws-credentials.ts'
import { GatewayError } from '../errors.ts'
import type { Principal } from '../principal/principal.ts'
import type { RoleBinding } from '../role/role-binding.ts'

/** Lower-case names, each once. */
export type UpstreamHeaders = Record<string, string>

export type UpstreamHeadersInput = Readonly<{
  /** The client's headers as Node gives them: lower case, repetitions joined. */
  headers: IncomingHttpHeaders
  /** Host and port of the upstream, for `host`. */
  host: string
  credentials: AwsCredentials
  role: Pick<RoleBinding, 'roleArn' | 'region' | 'regions' | 'tools'>
  principal: Pick<Principal, 'issuer' | 'subject'>
  requestId: string
  traceparent: string | undefined
  /** Length of the buffered body in bytes. */
  contentLength: number
}>

// A list of what may pass, not of what may not: an upstream may read `x_aws_access_key_id`, `X-Aws.Access-Key-Id`
// or a header we never heard of as credentials, and every such spelling is simply absent here. What an MCP server
// needs beyond these names starts with `mcp-`.
const PASSED: ReadonlySet<string> = new Set([
  'accept',
  'accept-encoding',
  'accept-language',
  'content-type',
  'last-event-id',
  'user-agent',
])

// Mcp-Session-Id, MCP-Protocol-Version, Mcp-Method, Mcp-Name and what later revisions add.
const MCP_HEADER = /^mcp-[a-z0-9-]+$/
// Mcp-Param-{name} is forwarded untouched even when unknown, and {name} is any token (MCP 2026-07-28, custom headers).
const MCP_PARAM_HEADER = /^mcp-param-[!#$%&'*+.^_`|~0-9a-z-]+$/
// The client's trace context belongs to its own traceparent: without one it means nothing (W3C Trace Context §3.3).
const TRACE_CONTEXT: ReadonlySet<string> = new Set(['tracestate', 'baggage'])

// What HTTP allows in a field value (RFC 9110 §5.5), as the latin-1 text that Node reads and writes.
const CLIENT_VALUE = /^[\t\x20-\x7e\x80-\xff]*$/
// What the gateway writes must survive any reader: printable ASCII, no space at either end.
const OWN_VALUE = /^(?:[\x21-\x7e](?:[\x20-\x7e]*[\x21-\x7e])?)?$/

/**
 * The complete headers of the forwarded request: the few of the client's that an MCP server needs, then the
 * upstream contract (`docs/upstream-contract.md`). No other header of the client reaches the upstream, and a
 * header that the client nominates in `Connection` is dropped (RFC 9110 §7.6.1) but can never be one of ours.
 *
 * `x-mcp-principal` is issuer and subject, each percent-encoded as a URI component, joined by one `/`.
 * Throws `internal_error` if one of the gateway's own values is empty or not a legal header value.
 */
export function upstreamHeaders(input: UpstreamHeadersInput): UpstreamHeaders {
  return { ...passedOn(input.headers, input.traceparent !== undefined), ...contract(input) }
}

function passedOn(headers: IncomingHttpHeaders, traced: boolean): UpstreamHeaders {
  const nominated = nominatedBy(headers.connection)
  const passed: UpstreamHeaders = {}
  for (const [name, value] of Object.entries(headers)) {
    if (typeof value !== 'string' || nominated.has(name) || !mayPass(name, traced)) continue
    if (CLIENT_VALUE.test(value)) passed[name] = value
  }
  return passed
}

function mayPass(name: string, traced: boolean): boolean {
  if (PASSED.has(name) || MCP_HEADER.test(name) || MCP_PARAM_HEADER.test(name)) return true
  return traced && TRACE_CONTEXT.has(name)
}

function nominatedBy(connection: string | undefined): ReadonlySet<string> {
  return new Set((connection ?? '').split(',').map((name) => name.trim().toLowerCase()))
}

function contract(input: UpstreamHeadersInput): UpstreamHeaders {
  const { credentials, role, requestId, traceparent, contentLength } = input
  const own: UpstreamHeaders = {
    host: input.host,
    'x-aws-access-key-id': credentials.accessKeyId,
    'x-aws-secret-access-key': credentials.secretAccessKey,
    'x-aws-session-token': credentials.sessionToken,
    'x-aws-credentials-expiration': isoTime(credentials.expiration),
    'x-aws-region': role.region,
    'x-aws-regions': role.regions.join(','),
    'x-aws-role-arn': role.roleArn,
    'x-mcp-principal': principalName(input.principal),
    'x-request-id': requestId,
  }
  if (traceparent !== undefined) own.traceparent = traceparent
  for (const [name, value] of Object.entries(own)) {
    if (value === '' || !OWN_VALUE.test(value)) throw unfit(name)
  }
  // The one value that may be empty: a principal without tools.
  const tools = role.tools.join(',')
  if (!OWN_VALUE.test(tools)) throw unfit('x-mcp-tools')
  // Without a body the framing is left to Node, which knows the methods that want `content-length: 0`.
  const framing = contentLength > 0 ? { 'content-length': String(contentLength) } : {}
  return { ...own, 'x-mcp-tools': tools, ...framing }
}

function principalName({ issuer, subject }: Pick<Principal, 'issuer' | 'subject'>): string {
  try {
    return `${encodeURIComponent(issuer)}/${encodeURIComponent(subject)}`
  } catch {
    // A lone surrogate has no UTF-8 form.
    throw unfit('x-mcp-principal')
  }
}

function isoTime(time: Date): string {
  if (Number.isNaN(time.getTime())) throw unfit('x-aws-credentials-expiration')
  return time.toISOString()
}

/** Names the header only: its value may be a secret. */
function unfit(name: string): GatewayError {
  return new GatewayError('internal_error', {
    cause: new TypeError(`no legal value for the upstream header ${name}`),
  })
}
