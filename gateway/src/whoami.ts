import type { IncomingMessage, ServerResponse } from 'node:http'
import { GatewayError } from './errors.ts'
import type { BindingNeeds } from './explain/explain.ts'
import { answerJson, describe } from './http/answer.ts'
import { answerPreflight, type Guard } from './http/guard.ts'
import type { Principal } from './principal/principal.ts'
import { requireScopes } from './principal/require-scopes.ts'
import { toPrincipal } from './principal/to-principal.ts'
import type { RoleBinding } from './role/role-binding.ts'
import { authorizationValues, extractBearer } from './token/bearer.ts'
import type { VerifiedToken, Verify } from './token/verify.ts'

/** The rooms that `/whoami` walks through: the pipeline's own, up to the role. */
export type WhoamiRooms = Readonly<{
  guard: Guard
  resourceOf: (target: string) => string
  verify: Verify
  /** Counts the request against its principal's limits; what it gives is called when the answer is over. */
  admit: (principal: Principal) => () => void
  bindRole: (principal: Principal, target: string) => RoleBinding
  /** What the AWS account needs so that the token gets the binding. */
  needsOf: (binding: RoleBinding, verified: VerifiedToken) => BindingNeeds
  targets: readonly string[]
}>

/**
 * Tells the bearer of a token what this gateway makes of it: principal, scopes, and for each target the rule, role,
 * session name, tags, policy, tools and what the AWS account must be set up with, or why there is none. Rejects as the pipeline would where the token itself is no good.
 * Nothing is exchanged at STS.
 */
export async function answerWhoami(
  rooms: WhoamiRooms,
  req: IncomingMessage,
  res: ServerResponse,
): Promise<void> {
  for (const [name, value] of rooms.guard.checkOrigin(req.headers)) res.setHeader(name, value)
  if (req.method === 'OPTIONS') return answerPreflight(req, res)
  if (req.method !== 'GET') throw new GatewayError('method_not_allowed')
  const token = extractBearer(authorizationValues(req.rawHeaders))
  const accepted = await verifyForAny(rooms, token)
  const principal = toPrincipal(accepted.verified)
  rooms.admit(principal)() // from here on nothing waits
  requireScopes(principal, accepted.verified.provider)
  answerJson(res, 200, {
    principal: {
      issuer: principal.issuer,
      subject: principal.subject,
      username: principal.username ?? null,
      client_id: principal.clientId ?? null,
      machine: principal.machine,
      groups: principal.groups,
      scopes: principal.scopes,
      expires_at: new Date(accepted.verified.expiresAt).toISOString(),
    },
    targets: rooms.targets.map((target) => ({
      target,
      resource: rooms.resourceOf(target),
      ...(accepted.targets.includes(target)
        ? bindingAt(rooms, principal, accepted.verified, target)
        : { refused: 'audience_mismatch', because: 'the token was issued for another resource' }),
    })),
  })
}

/** A token may be bound to one target only; it is good here if it is good for any. */
async function verifyForAny(rooms: WhoamiRooms, token: string) {
  let verified: Awaited<ReturnType<Verify>> | undefined
  let refusal: unknown
  const targets: string[] = []
  for (const target of rooms.targets) {
    try {
      verified = await rooms.verify(token, rooms.resourceOf(target))
      targets.push(target)
    } catch (error) {
      refusal ??= error
    }
  }
  if (verified === undefined) throw refusal
  return { verified, targets }
}

function bindingAt(
  rooms: WhoamiRooms,
  principal: Principal,
  verified: VerifiedToken,
  target: string,
) {
  try {
    const role = rooms.bindRole(principal, target)
    const { oidcProvider, trust, sts } = rooms.needsOf(role, verified)
    return {
      rule: role.rule,
      role_arn: role.roleArn,
      session_name: role.sessionName,
      session_seconds: role.sessionSeconds,
      exchange: role.mode,
      source_identity: role.sourceIdentity ?? null,
      tags: Object.fromEntries(role.tags.map(({ key, value }) => [key, value])),
      transitive_tags: role.transitiveTagKeys,
      session_policy: role.policy === undefined ? null : JSON.parse(role.policy),
      policy_arns: role.policyArns,
      region: role.region,
      regions: role.regions,
      tools: role.tools,
      sts,
      // The gateway's own trust holds the external id, which is between it and the account.
      ...(role.mode === 'web-identity' && {
        oidc_provider: oidcProvider && {
          url: oidcProvider.url,
          client_ids: oidcProvider.clientIds,
        },
        trust_policy: trust,
      }),
    }
  } catch (error) {
    if (!(error instanceof GatewayError)) throw error
    return { refused: error.reason, because: describe(error.message, error.hint) }
  }
}
