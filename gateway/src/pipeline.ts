import type { IncomingMessage, ServerResponse } from 'node:http'
import { type AuditRecord, auditRecord, type Seen } from './audit/audit-record.ts'
import { mcpCallIn } from './audit/mcp-call.ts'
import type { Exchange } from './credentials/exchange.ts'
import { GatewayError, type Reason } from './errors.ts'
import { readBody } from './http/body.ts'
import { clientLeaving } from './http/client-leaving.ts'
import { answerPreflight, type Guard } from './http/guard.ts'
import { repeatedHeader } from './http/repeated-header.ts'
import { withoutForeignState } from './http/traceparent.ts'
import type { ClientAddress } from './limits/client-address.ts'
import type { Principal } from './principal/principal.ts'
import { requireScopes } from './principal/require-scopes.ts'
import { toPrincipal } from './principal/to-principal.ts'
import type { RoleBinding } from './role/role-binding.ts'
import { authorizationValues, extractBearer } from './token/bearer.ts'
import type { VerifiedToken } from './token/verify.ts'
import type { Forward } from './upstream/forward.ts'
import { upstreamHeaders } from './upstream/headers.ts'
import type { Seal } from './upstream/seal.ts'

/** What the path of a request needs from the rooms that hold state or configuration. */
export type Rooms = Readonly<{
  guard: Guard
  clientAddress: ClientAddress
  resourceOf: (target: string) => string
  /** `client` is the address whose failures are counted. */
  verify: (token: string, resource: string, client: string | undefined) => Promise<VerifiedToken>
  /** Whether a sign-in has been revoked; only where people sign in through the gateway. */
  isRevoked?: ((family: string) => boolean) | undefined
  /** Counts the request against its principal's limits; what it gives is called when the answer is over. */
  admit: (principal: Principal) => () => void
  bindRole: (principal: Principal, target: string) => RoleBinding
  exchange: Exchange
  seal: Seal
  forward: Forward
  upstreamHost: string
  maxBodyBytes: number
  /** Answers with the refusal that an error means, and says which it was. */
  refuse: (
    res: ServerResponse,
    error: unknown,
    context: { target: string; requestId: string; allow: string },
  ) => Reason
  audit: (record: AuditRecord) => void
  newRequestId: () => string
  newTraceparent: (received: string | readonly string[] | undefined) => string
  now: () => number
}>

const METHODS: ReadonlySet<string | undefined> = new Set(['POST', 'GET', 'DELETE'])
const ALLOW = 'POST, GET, DELETE, OPTIONS'

/** The path of an MCP request for one target, from the first header to the audit record. Never rejects. */
export function createPipeline(rooms: Rooms) {
  return async (req: IncomingMessage, res: ServerResponse, target: string): Promise<void> => {
    const requestId = rooms.newRequestId()
    const peer = req.socket.remoteAddress
    const clientAddress = rooms.clientAddress(peer, req.headers['x-forwarded-for'])
    const leaving = clientLeaving(res)
    let leave = () => {}
    let seen: Seen = {
      requestId,
      traceparent: rooms.newTraceparent(req.headers.traceparent),
      startedAt: rooms.now(),
      method: req.method ?? '',
      target,
      peer,
      clientAddress,
    }
    try {
      res.setHeader('x-request-id', requestId)
      rooms.guard.checkHost(req.headers)
      for (const [name, value] of rooms.guard.checkOrigin(req.headers)) res.setHeader(name, value)
      if (req.method === 'OPTIONS') return answerPreflight(req, res)
      if (repeatedHeader(req.rawHeaders) !== undefined) throw new GatewayError('request_malformed')

      const token = extractBearer(authorizationValues(req.rawHeaders))
      const verified = await rooms.verify(token, rooms.resourceOf(target), clientAddress)
      const principal = toPrincipal(verified)
      seen = { ...seen, principal, signIn: verified.signIn?.family }
      leave = rooms.admit(principal)
      requireScopes(principal, verified.provider)
      const role = rooms.bindRole(principal, target)
      seen = { ...seen, role }

      if (!METHODS.has(req.method)) throw new GatewayError('method_not_allowed')
      const body = await readBody(req, res, { maxBytes: rooms.maxBodyBytes })
      const call = mcpCallIn(body)
      if (call !== undefined) seen = { ...seen, call }

      const proof = verified.signIn?.proof ?? { token, claims: verified.claims }
      const credentials = await rooms.exchange(
        { ...principal, ...proof, tokenExpiresAt: verified.expiresAt, role },
        leaving,
      )
      seen = { ...seen, credentials }
      // A body may come slowly, and STS may take its time.
      if (verified.signIn !== undefined && rooms.isRevoked?.(verified.signIn.family)) {
        const cause = new Error('the sign-in was revoked meanwhile')
        throw new GatewayError('token_rejected', { cause })
      }
      const plain = upstreamHeaders({
        headers: withoutForeignState(req.headers, seen.traceparent),
        host: rooms.upstreamHost,
        credentials,
        role,
        principal,
        requestId,
        traceparent: seen.traceparent,
        contentLength: body.length,
      })
      const headers = await rooms.seal(plain)
      const { status, aborted } = await rooms.forward(req, res, { headers, body })
      seen = { ...seen, upstreamStatus: status, aborted }
    } catch (error) {
      seen =
        leaving.aborted && error === leaving.reason
          ? { ...seen, aborted: 'client' }
          : { ...seen, refusal: rooms.refuse(res, error, { target, requestId, allow: ALLOW }) }
    } finally {
      leave()
      const status = res.headersSent ? res.statusCode : 0
      rooms.audit(auditRecord(seen, status, rooms.now()))
    }
  }
}
