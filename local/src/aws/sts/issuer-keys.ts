import { compactVerify, createRemoteJWKSet, errors } from 'jose'
import { isStructure } from '../input.ts'
import { idpCommunicationError, invalidIdentityToken } from './sts-errors.ts'

/** STS verifies these and no others: no PS*, no EdDSA, no HMAC. */
const ALGORITHMS = ['RS256', 'RS384', 'RS512', 'ES256', 'ES384', 'ES512']
const FETCH_TIMEOUT_MS = 5_000

export type VerifyToken = (
  token: string,
  issuer: string,
) => Promise<Readonly<Record<string, unknown>>>

/**
 * Verifies signatures with the keys that an issuer publishes, found through its discovery document. Keys are
 * remembered per issuer. Gives the payload; judges the signature only, no claim.
 */
export function createTokenVerifier(): VerifyToken {
  const keySets = new Map<string, ReturnType<typeof createRemoteJWKSet>>()

  async function keysOf(issuer: string) {
    const known = keySets.get(issuer)
    if (known !== undefined) return known
    const jwksUri = await discoverJwksUri(issuer)
    const keys = createRemoteJWKSet(new URL(jwksUri), {
      cooldownDuration: 1_000,
      timeoutDuration: FETCH_TIMEOUT_MS,
    })
    keySets.set(issuer, keys)
    return keys
  }

  return async (token, issuer) => {
    const keys = await keysOf(issuer)
    const { payload } = await compactVerify(token, keys, { algorithms: ALGORITHMS }).catch(
      (cause: unknown) => {
        throw verificationError(cause)
      },
    )
    return jsonObject(payload)
  }
}

async function discoverJwksUri(issuer: string): Promise<string> {
  // Auth0's issuer ends in a slash; the path is appended to the issuer without it (OpenID Connect Discovery §4.1).
  const url = `${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`
  const response = await fetch(url, { signal: AbortSignal.timeout(FETCH_TIMEOUT_MS) }).catch(() => {
    throw idpCommunicationError()
  })
  const document: unknown = await response.json().catch(() => undefined)
  if (!response.ok || !isStructure(document) || document.issuer !== issuer) throw noKey()
  const jwksUri = document.jwks_uri
  if (typeof jwksUri !== 'string' || !URL.canParse(jwksUri)) throw noKey()
  return jwksUri
}

function verificationError(cause: unknown) {
  if (cause instanceof errors.JWSSignatureVerificationFailed) {
    return invalidIdentityToken('The signature of the provided token is not valid')
  }
  if (cause instanceof errors.JOSEAlgNotAllowed || cause instanceof errors.JOSENotSupported) {
    return invalidIdentityToken('The signing algorithm of the provided token is not supported')
  }
  if (cause instanceof errors.JWSInvalid) return notAToken()
  if (cause instanceof errors.JWKSTimeout || cause instanceof TypeError) {
    return idpCommunicationError()
  }
  return noKey()
}

/** The payload of a token before its signature is checked: only to find the issuer to ask for keys. */
export function unverifiedPayload(token: string): Readonly<Record<string, unknown>> {
  const parts = token.split('.')
  if (parts.length !== 3) throw notAToken()
  return jsonObject(Buffer.from(parts[1] ?? '', 'base64url'))
}

function jsonObject(bytes: Uint8Array): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(Buffer.from(bytes).toString())
    if (isStructure(value)) return value
  } catch {
    // Falls through to the one answer for everything that is no JWT.
  }
  throw notAToken()
}

function notAToken() {
  return invalidIdentityToken(
    'The ID Token provided is not a valid JWT. (You may see this error if you sent an Access Token)',
  )
}

function noKey() {
  return invalidIdentityToken(
    "Couldn't retrieve verification key from your identity provider,  " +
      'please reference AssumeRoleWithWebIdentity documentation for requirements',
  )
}
