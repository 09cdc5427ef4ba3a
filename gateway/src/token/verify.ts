import { decodeJwt, decodeProtectedHeader, errors, type JWTPayload, jwtVerify } from 'jose'
import { GatewayError, type Reason } from '../errors.ts'
import { isForThisResource } from './audience.ts'
import type { IssuerKeys } from './issuer-keys.ts'
import type { Provider } from './provider.ts'
import { isAccessToken } from './token-kind.ts'
import type { VerifiedMemory } from './verified-memory.ts'

/** A token that has passed every check of this room. */
export type VerifiedToken = Readonly<{
  provider: Provider
  claims: JWTPayload & { readonly iss: string; readonly sub: string }
  /** Milliseconds since the epoch. */
  expiresAt: number
}>

/** Verifies a token for one protected resource; rejects with a `GatewayError` whose reason says what is wrong. */
export type Verify = (token: string, resource: string) => Promise<VerifiedToken>

/** Asymmetric signatures only: with a shared-secret algorithm a public key could sign (RFC 8725 §3.1, §3.2). */
const ALGORITHMS = [
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

/**
 * A `Verify` over the given providers: routes the token by its exact `iss`, then checks signature, times, kind
 * and audience. Scopes are not checked here: a token that lacks one is valid, and answered 403. The clock is `now`, in
 * milliseconds; `clockToleranceSeconds` is allowed on every time claim.
 */
export function createVerify(options: {
  providers: ReadonlyArray<Readonly<{ provider: Provider; keys: IssuerKeys }>>
  memory: VerifiedMemory
  clockToleranceSeconds: number
  now: () => number
}): Verify {
  const byIssuer = new Map(options.providers.map((entry) => [entry.provider.issuer, entry]))

  return async (token, resource) => {
    const known = options.memory.get(token, resource)
    if (known !== undefined) return known

    const issuer = issuerNamedBy(token)
    const entry = byIssuer.get(issuer)
    if (entry === undefined) {
      throw new GatewayError('issuer_unknown', {
        cause: new Error(`the token names the issuer ${JSON.stringify(issuer.slice(0, 200))}`),
      })
    }
    const { provider, keys } = entry
    const key = await keys.keyFor()
    const { payload, protectedHeader } = await jwtVerify(token, key, {
      issuer: provider.issuer,
      algorithms: ALGORITHMS,
      clockTolerance: options.clockToleranceSeconds,
      requiredClaims: ['exp', 'iat', 'sub'],
      currentDate: new Date(options.now()),
    }).catch((error: unknown) => {
      throw error instanceof GatewayError
        ? error
        : new GatewayError(reasonOf(error), { cause: error })
    })

    if (
      typeof payload.iat === 'number' &&
      payload.iat * 1000 > options.now() + options.clockToleranceSeconds * 1000
    ) {
      throw new GatewayError('token_rejected', { cause: new Error('`iat` is in the future') })
    }
    const { sub, exp } = payload
    if (typeof sub !== 'string' || sub === '') {
      throw new GatewayError('token_rejected', { cause: new Error('`sub` must be a string') })
    }
    if (exp === undefined || exp > LAST_TIME) {
      throw new GatewayError('token_rejected', { cause: new Error('`exp` is not a time') })
    }
    if (!isAccessToken(provider.preset, protectedHeader, payload)) {
      throw new GatewayError('token_type_rejected')
    }
    if (!isForThisResource(provider, payload, resource)) {
      throw new GatewayError('audience_mismatch')
    }
    const verified = {
      provider,
      claims: { ...payload, iss: provider.issuer, sub },
      expiresAt: exp * 1000,
    }
    options.memory.set(token, resource, verified)
    return verified
  }
}

/** The `iss` that an unverified token claims: good for choosing keys and for nothing else. */
function issuerNamedBy(token: string): string {
  if (token.split('.').length !== 3) throw new GatewayError('token_opaque')
  try {
    decodeProtectedHeader(token)
    const { iss } = decodeJwt(token)
    if (typeof iss === 'string') return iss
  } catch (cause) {
    throw new GatewayError('token_rejected', { cause })
  }
  throw new GatewayError('token_rejected', { cause: new Error('`iss` must be a string') })
}

function reasonOf(error: unknown): Reason {
  if (error instanceof errors.JWTExpired) return 'token_expired'
  // jose reports an unknown key, a bad signature or a bad claim by its own classes; what is left are keys of the
  // issuer that cannot be used.
  if (error instanceof errors.JWKSInvalid || !(error instanceof errors.JOSEError)) {
    return 'issuer_unavailable'
  }
  return 'token_rejected'
}
