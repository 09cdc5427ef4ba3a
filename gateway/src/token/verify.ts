import { decodeJwt, decodeProtectedHeader, errors, type JWTPayload, jwtVerify } from 'jose'
import { GatewayError } from '../errors.ts'
import {
  audienceHint,
  audiencesOf,
  clientIdOf,
  isForMicrosoftGraph,
  isForThisResource,
} from './audience.ts'
import { AWS_IAM_PREFIX, type CallerIdentity } from './aws-iam.ts'
import type { Introspect } from './introspect.ts'
import { issuerHint } from './issuer-hint.ts'
import type { IssuerKeys } from './issuer-keys.ts'
import type { Provider } from './provider.ts'
import { wrongKind, wrongKindOfOpaque } from './token-kind.ts'
import type { VerifiedMemory } from './verified-memory.ts'

/** A token that has passed every check of this room. */
export type VerifiedToken = Readonly<{
  provider: Provider
  claims: JWTPayload & { readonly iss: string; readonly sub: string }
  /** Milliseconds since the epoch. */
  expiresAt: number
  /** The version of the issuer's keys that the token was verified with; undefined where the issuer was asked. */
  keysVersion: number | undefined
  /** What a sign-in through the gateway gave; a token that the issuer gave to the caller itself has none. */
  signIn?: SignIn | undefined
}>

/** What stands behind an access token of the gateway's own. */
export type SignIn = Readonly<{
  /** The sign-in that the token comes from. */
  family: string
  /** The issuer's token that goes to STS, and its claims. */
  proof: Readonly<{ token: string; claims: JWTPayload }>
}>

/** What an access token of the gateway's own holds (`login/`). */
export type Grant = Readonly<{
  family: string
  issuer: string
  /** The protected resource that the token is for. */
  resource: string
  /** The issuer's token that says who the person is. */
  identity: string
  /** The issuer's token that goes to STS, where it is another. */
  proof: string | undefined
  /** The end of the access token, in milliseconds since the epoch. */
  expiresAt: number
}>

/** Opens an access token of the gateway's own; gives undefined for any other token. Rejects with a `GatewayError`. */
export type OpenGrant = (token: string) => Promise<Grant | undefined>

/** Verifies a token for one protected resource; rejects with a `GatewayError` whose reason says what is wrong. */
export type Verify = (token: string, resource: string) => Promise<VerifiedToken>

/** A provider with what is needed to verify its tokens. */
export type TrustedProvider = Readonly<{
  provider: Provider
  keys: IssuerKeys
  introspect?: Introspect | undefined
  /** Only for `aws-iam`, whose tokens are no JWTs. */
  identify?: Identify | undefined
}>

/** Finds out who signed a presigned identity for a resource. */
export type Identify = (
  token: string,
  resource: string,
) => Promise<Readonly<{ identity: CallerIdentity; expiresAt: number }>>

/** Asymmetric signatures only: with a shared-secret algorithm a public key could sign (RFC 8725 §3.1, §3.2). */
export const ALGORITHMS = [
  'RS256',
  'RS384',
  'RS512',
  'PS256',
  'PS384',
  'PS512',
  'ES256',
  'ES384',
  'ES512',
  'EdDSA',
  'Ed25519',
]

/** The last moment that a `Date` can name (ECMA-262, "Time Values"), in seconds. */
const LAST_TIME = 8.64e12

export type VerifyOptions = Readonly<{
  providers: readonly TrustedProvider[]
  memory: VerifiedMemory
  clockToleranceSeconds: number
  /** How long the answer of an introspection counts, at most. */
  introspectionSeconds: number
  /** Only where people sign in through the gateway. */
  openGrant?: OpenGrant | undefined
  /** Whether a sign-in has been revoked. */
  isRevoked?: ((family: string) => boolean) | undefined
  /** Milliseconds since the epoch. */
  now: () => number
}>

/**
 * A `Verify` over the given providers: routes the token by its exact `iss`, then checks signature, times, kind
 * and audience. An opaque token is introspected where a provider is set up for it. Scopes are not checked here: a token
 * that lacks one is valid, and answered 403. `clockToleranceSeconds` is allowed on every time claim.
 */
export function createVerify(options: VerifyOptions): Verify {
  const byIssuer = new Map(
    options.providers
      .filter(({ identify }) => identify === undefined)
      .map((entry) => [entry.provider.issuer, entry]),
  )
  const providers = options.providers.map(({ provider }) => provider)

  const remembered = async (token: string, resource: string) => {
    const known = options.memory.get(token, resource)
    if (known === undefined || known.keysVersion === undefined) return known
    if (known.signIn !== undefined && options.isRevoked?.(known.signIn.family)) return undefined
    const keys = byIssuer.get(known.provider.issuer)?.keys
    // Asking for the keys fetches them again when they are old, so that a withdrawn one is noticed here as well.
    await keys?.keyFor()
    return known.keysVersion === keys?.version() ? known : undefined
  }

  return async (token, resource) => {
    const known = await remembered(token, resource)
    if (known !== undefined) return known
    const verified = await verifyUnknown(token, resource)
    options.memory.set(token, resource, verified)
    return verified
  }

  async function verifyUnknown(token: string, resource: string): Promise<VerifiedToken> {
    if (token.startsWith(AWS_IAM_PREFIX)) return identified(token, resource)
    const grant = await options.openGrant?.(token)
    if (grant !== undefined) return granted(grant, resource)
    const segments = token.split('.').length
    return segments === 3 ? verifyJwt(token, resource) : introspected(token, resource, segments)
  }

  async function identified(token: string, resource: string): Promise<VerifiedToken> {
    const entry = options.providers.find(({ identify }) => identify !== undefined)
    if (entry?.identify === undefined) throw new GatewayError('issuer_unknown')
    const { identity, expiresAt } = await entry.identify(token, resource)
    const { arn, account, userId } = identity
    return {
      provider: entry.provider,
      claims: { iss: entry.provider.issuer, sub: arn, account, user_id: userId },
      expiresAt,
      keysVersion: undefined,
    }
  }

  async function verifyJwt(token: string, resource: string): Promise<VerifiedToken> {
    const { provider, payload, header, keysVersion } = await verifySigned(token)
    const kind = wrongKind(provider.preset, header, payload)
    if (kind !== undefined) {
      throw new GatewayError('token_type_rejected', { hint: kind === 'other' ? undefined : kind })
    }
    return requireAudience(accepted(provider, payload, keysVersion), resource)
  }

  /** Verifies who signed a JWT and when it is valid, and nothing of what it says besides. */
  async function verifySigned(token: string) {
    const named = namedBy(token)
    const { issuer } = named
    const entry = byIssuer.get(issuer)
    if (entry === undefined) {
      throw new GatewayError('issuer_unknown', {
        hint: named.forGraph ? 'graph_token' : issuerHint(issuer, providers),
        cause: new Error(`the token names the issuer ${JSON.stringify(issuer.slice(0, 200))}`),
      })
    }
    const { provider, keys } = entry
    const key = await keys.keyFor()
    // Taken before the signature is checked: keys that change meanwhile may no longer hold the one it is checked with.
    const keysVersion = keys.version()
    const { payload, protectedHeader } = await jwtVerify(token, key, {
      issuer: provider.issuer,
      algorithms: ALGORITHMS,
      clockTolerance: options.clockToleranceSeconds,
      requiredClaims: ['exp', 'iat', 'sub'],
      currentDate: new Date(options.now()),
    }).catch((error: unknown) => {
      throw refusalFor(error, named)
    })
    return { provider, payload, header: protectedHeader, keysVersion }
  }

  /**
   * The issuer's tokens never leave the gateway after a sign-in through it, so the access token around them says which
   * resource they are for, and they must have been issued to the gateway itself.
   */
  async function granted(grant: Grant, resource: string): Promise<VerifiedToken> {
    if (grant.resource !== resource) throw new GatewayError('audience_mismatch')
    const identity = await verifyOwn(grant.identity, grant.issuer)
    const proof = grant.proof === undefined ? identity : await verifyOwn(grant.proof, grant.issuer)
    if (proof.claims.sub !== identity.claims.sub) {
      throw new GatewayError('token_rejected', {
        cause: new Error('the proof is of another `sub`'),
      })
    }
    return {
      ...identity,
      expiresAt: Math.min(grant.expiresAt, identity.expiresAt, proof.expiresAt),
      signIn: {
        family: grant.family,
        proof: { token: grant.proof ?? grant.identity, claims: proof.claims },
      },
    }
  }

  async function verifyOwn(token: string, issuer: string): Promise<VerifiedToken> {
    const { provider, payload, keysVersion } = await verifySigned(token)
    const { ownClientId } = provider
    const isOwn =
      ownClientId !== undefined &&
      (clientIdOf(payload) === ownClientId || audiencesOf(payload).includes(ownClientId))
    if (provider.issuer !== issuer || !isOwn) {
      const cause = new Error('the token in it was not issued to this gateway')
      throw new GatewayError('token_rejected', { cause })
    }
    return accepted(provider, payload, keysVersion)
  }

  async function introspected(
    token: string,
    resource: string,
    segments: number,
  ): Promise<VerifiedToken> {
    let unanswered: unknown
    for (const { provider, introspect } of options.providers) {
      const answer = await introspect?.(token).catch((error: unknown) => {
        // Another issuer may know the token; this one's outage counts when none does.
        unanswered ??= error
      })
      if (!answer) continue
      const limit = Math.floor(options.now() / 1000) + options.introspectionSeconds
      const { iss = provider.issuer, exp = limit, ...claims } = answer
      if (iss !== provider.issuer || typeof exp !== 'number') {
        const cause = new Error('the introspection answer names another issuer or no time')
        throw new GatewayError('token_rejected', { cause })
      }
      if (exp * 1000 <= options.now()) throw new GatewayError('token_expired')
      const hint = wrongKindOfOpaque(answer)
      if (hint !== undefined) throw new GatewayError('token_type_rejected', { hint })
      const payload = { ...claims, exp: Math.min(exp, limit) }
      return requireAudience(accepted(provider, payload, undefined), resource)
    }
    if (unanswered !== undefined) throw unanswered
    throw new GatewayError('token_opaque', {
      hint: segments === 5 ? 'token_encrypted' : 'token_opaque',
    })
  }

  function accepted(
    provider: Provider,
    payload: JWTPayload,
    keysVersion: number | undefined,
  ): VerifiedToken {
    const { iat, sub, exp } = payload
    const latest = options.now() / 1000 + options.clockToleranceSeconds
    if (typeof iat === 'number' && iat > latest) {
      const cause = new Error('`iat` is in the future')
      throw new GatewayError('token_rejected', { hint: 'clock', cause })
    }
    if (typeof sub !== 'string' || sub === '') {
      throw new GatewayError('token_rejected', { cause: new Error('`sub` must be a string') })
    }
    if (exp === undefined || exp > LAST_TIME) {
      throw new GatewayError('token_rejected', { cause: new Error('`exp` is not a time') })
    }
    return {
      provider,
      claims: { ...payload, iss: provider.issuer, sub },
      expiresAt: exp * 1000,
      keysVersion,
    }
  }
}

function requireAudience(verified: VerifiedToken, resource: string): VerifiedToken {
  const { provider, claims } = verified
  if (isForThisResource(provider, claims, resource)) return verified
  throw new GatewayError('audience_mismatch', { hint: audienceHint(provider, claims, resource) })
}

/** What an unverified token claims of itself: good for choosing keys and hints, for nothing else. */
type Named = Readonly<{
  issuer: string
  algorithm: string | undefined
  /** Microsoft Graph's tokens are signed so that nobody else can verify them: this must show before that. */
  forGraph: boolean
}>

function namedBy(token: string): Named {
  try {
    // The types of these two say strings; whoever wrote the token may have said otherwise.
    const { alg }: { alg?: unknown } = decodeProtectedHeader(token)
    const claims = decodeJwt(token)
    const { iss } = claims
    const algorithm = typeof alg === 'string' ? alg : undefined
    if (typeof iss === 'string') {
      return { issuer: iss, algorithm, forGraph: isForMicrosoftGraph(claims) }
    }
  } catch (cause) {
    throw new GatewayError('token_rejected', { cause })
  }
  throw new GatewayError('token_rejected', { cause: new Error('`iss` must be a string') })
}

function refusalFor(cause: unknown, { algorithm, forGraph }: Named): GatewayError {
  if (cause instanceof GatewayError) return cause
  if (cause instanceof errors.JWTExpired) return new GatewayError('token_expired', { cause })
  if (cause instanceof errors.JWKSNoMatchingKey) {
    return new GatewayError('token_rejected', {
      cause,
      hint: forGraph ? 'graph_token' : 'key_unknown',
    })
  }
  // jose reports a bad signature or a bad claim by its own classes; what is left are keys of the issuer that cannot be
  // used.
  if (cause instanceof errors.JWKSInvalid || !(cause instanceof errors.JOSEError)) {
    return new GatewayError('issuer_unavailable', { cause })
  }
  if (cause instanceof errors.JWTClaimValidationFailed && cause.claim === 'nbf') {
    return new GatewayError('token_rejected', { cause, hint: 'clock' })
  }
  const shared = algorithm?.startsWith('HS') === true ? 'algorithm_shared_secret' : undefined
  return new GatewayError('token_rejected', { cause, hint: forGraph ? 'graph_token' : shared })
}
