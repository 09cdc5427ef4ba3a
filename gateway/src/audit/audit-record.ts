import type { AwsCredentials } from '../credentials/aws-credentials.ts'
import type { Reason } from '../errors.ts'
import type { Principal } from '../principal/principal.ts'
import type { RoleBinding } from '../role/role-binding.ts'
import type { McpCall } from './mcp-call.ts'

/** What a request has shown of itself so far; a refusal halfway leaves exactly what was reached. */
export type Seen = Readonly<{
  requestId: string
  traceparent: string
  startedAt: number
  method: string
  target: string
  /** Address of the peer of the connection. */
  peer: string | undefined
  /** Address of the client, behind the trusted proxies. */
  clientAddress?: string | undefined
  principal?: Principal
  /** The sign-in through the gateway that the token comes from. */
  signIn?: string | undefined
  role?: RoleBinding
  credentials?: AwsCredentials
  call?: McpCall
  /** Status of the MCP server's answer. */
  upstreamStatus?: number | undefined
  /** Which side ended the exchange before it was whole. */
  aborted?: 'client' | 'upstream' | undefined
  refusal?: Reason
}>

/** One line per MCP request, whatever happened; `docs/audit.md` explains the fields. */
export type AuditRecord = ReturnType<typeof auditRecord>

/**
 * The audit record of a request; `status` is what the client got (0 where it left before an answer), `endedAt` in
 * milliseconds. Every field is named here; no token, claim or secret is among them. The access key id is not a secret:
 * it is what joins the record to CloudTrail.
 */
export function auditRecord(seen: Seen, status: number, endedAt: number) {
  return {
    kind: 'audit' as const,
    time: new Date(endedAt).toISOString(),
    request_id: seen.requestId,
    trace_id: seen.traceparent.split('-')[1] ?? null,
    outcome: outcomeOf(seen, status),
    status,
    reason: seen.refusal ?? null,
    duration_ms: Math.round(endedAt - seen.startedAt),
    http_method: seen.method,
    target: seen.target,
    peer: seen.peer ?? null,
    client_address: seen.clientAddress ?? null,
    mcp_method: seen.call?.method ?? null,
    mcp_tool: seen.call?.tool ?? null,
    mcp_client: seen.call?.client ?? null,
    issuer: seen.principal?.issuer ?? null,
    subject: seen.principal?.subject ?? null,
    username: seen.principal?.username ?? null,
    client_id: seen.principal?.clientId ?? null,
    machine: seen.principal?.machine ?? null,
    sign_in: seen.signIn ?? null,
    rule: seen.role?.rule ?? null,
    role_arn: seen.role?.roleArn ?? null,
    session_name: seen.role?.sessionName ?? null,
    source_identity: seen.role?.sourceIdentity ?? null,
    exchange: seen.role?.mode ?? null,
    region: seen.role?.region ?? null,
    access_key_id: seen.credentials?.accessKeyId ?? null,
    credentials_expiration: seen.credentials?.expiration.toISOString() ?? null,
    upstream_status: seen.upstreamStatus ?? null,
  }
}

function outcomeOf(seen: Seen, status: number): string {
  if (seen.refusal !== undefined) return 'refused'
  if (seen.method === 'OPTIONS') return 'preflight'
  if (seen.aborted === 'client') return 'client_left'
  if (seen.aborted === 'upstream') return 'upstream_died'
  return status >= 400 ? 'upstream_error' : 'forwarded'
}
