import { GatewayError } from '../errors.ts'
import type { RoleBinding } from '../role/role-binding.ts'
import { createAssumeRoleExchange, identityOf } from './assume-role.ts'
import type { AwsCredentials } from './aws-credentials.ts'
import { type CredentialCacheOptions, createCredentialCache } from './cache.ts'
import type { Exchange, ExchangeRequest } from './exchange.ts'
import { createScopeDown, scopedSeconds } from './scope-down.ts'
import { scopedKey, sessionKey } from './session-key.ts'
import { createSts, type StsOptions } from './sts-client.ts'
import { createWebIdentityExchange } from './web-identity.ts'

export type CredentialsOptions = Readonly<{
  sts: StsOptions
  cache: Omit<CredentialCacheOptions<never>, 'keyOf'>
  /** With `duration`, what is handed out ends with the token, and the session that it is taken from stays here. */
  scopeDown: 'off' | 'duration'
  /** What the token room allows on `exp`. */
  clockToleranceSeconds: number
}>

/** The credentials room: exchanges, what narrows them, and what remembers them. */
export type CredentialsRoom = Readonly<{
  exchange: Exchange
  /** The ARN that the gateway itself has at AWS; only `assume-role` needs one. Rejects with a `GatewayError`. */
  ownIdentity: () => Promise<string>
  /**
   * Issues for these roles only from now on: what was issued for others is forgotten at once, and who waits for one, or
   * was given one by rules of before and comes only now, is refused (`role_unmapped`).
   */
  retain: (isKept: (roleArn: string) => boolean) => void
  /** How many sessions and refusals are remembered. */
  size: () => number
  close: () => void
}>

/** Builds the room; nothing is called yet, and without a role that needs it no AWS identity is looked for. */
export function createCredentials(options: CredentialsOptions): CredentialsRoom {
  const sts = createSts(options.sts)
  const webIdentity = createWebIdentityExchange(sts)
  // Made when first needed: rules may come to need it while the gateway runs.
  let ambient: ReturnType<typeof sts.ambient> | undefined
  const ownClient = () => {
    ambient ??= sts.ambient()
    return ambient
  }
  const sessions = createCredentialCache<ExchangeRequest>(
    (request) =>
      request.role.mode === 'web-identity'
        ? webIdentity(request)
        : createAssumeRoleExchange(ownClient())(request),
    { ...options.cache, keyOf: sessionKey },
  )

  type ScopeRequest = Readonly<{
    request: ExchangeRequest
    session: AwsCredentials
    role: RoleBinding
  }>
  const scopeDown = createScopeDown(sts)
  const scoped = createCredentialCache<ScopeRequest>(
    ({ request, session }) => {
      const end = session.expiration.getTime()
      const seconds = scopedSeconds(request.tokenExpiresAt, end, options.cache.now())
      return scopeDown(session, seconds, () => sessions.forget(request))
    },
    {
      ...options.cache,
      keyOf: ({ request, session }) => scopedKey(session, request.token),
      // It ends when its token does: there is nothing later to refresh it to, and all of its life is for use.
      minimumLifeSeconds: 0,
      refreshAheadSeconds: 0,
    },
  )

  let isGranted: (roleArn: string) => boolean = () => true
  const requireGrantedRole = ({ role }: ExchangeRequest) => {
    if (isGranted(role.roleArn)) return
    const cause = new Error(`the role ${role.roleArn} was taken away meanwhile`)
    throw new GatewayError('role_unmapped', { cause })
  }
  const requireLiveToken = ({ tokenExpiresAt }: ExchangeRequest) => {
    if (options.cache.now() < tokenExpiresAt + options.clockToleranceSeconds * 1000) return
    throw new GatewayError('token_expired')
  }

  return {
    exchange: async (request, signal) => {
      requireGrantedRole(request)
      requireLiveToken(request)
      const session = await sessions.exchange(request, signal)
      const credentials =
        options.scopeDown === 'off'
          ? session
          : await scoped.exchange({ request, session, role: request.role }, signal)
      requireLiveToken(request) // STS may have taken longer than the token had left
      return credentials
    },
    ownIdentity: () => identityOf(ownClient()),
    retain: (isKept) => {
      isGranted = isKept
      sessions.retain(isKept)
      scoped.retain(isKept)
    },
    size: () => sessions.size() + scoped.size(),
    close: () => {
      sessions.close()
      scoped.close()
      sts.close()
    },
  }
}
