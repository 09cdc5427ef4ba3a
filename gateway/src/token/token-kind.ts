import type { JWTHeaderParameters, JWTPayload } from 'jose'
import type { Preset } from './provider.ts'

/** `typ` values of access tokens: RFC 9068 §2.1, and the older `JWT` or none of Okta, Auth0 and Cognito. */
const ACCESS_TOKEN_TYPES = new Set(['at+jwt', 'application/at+jwt', 'jwt', ''])

/** Claims that only ID tokens carry (OpenID Connect Core §2, §3.3.2.11). */
const ID_TOKEN_CLAIMS = ['nonce', 'at_hash', 'c_hash'] as const

/**
 * Whether a verified JWT is an access token and not an ID, logout or other token of the same issuer. The general
 * signs come first, then those that only one provider's tokens show.
 */
export function isAccessToken(
  preset: Preset,
  header: JWTHeaderParameters,
  claims: JWTPayload,
): boolean {
  if (!ACCESS_TOKEN_TYPES.has(String(header.typ ?? '').toLowerCase())) return false
  if (ID_TOKEN_CLAIMS.some((name) => name in claims) || 'events' in claims) return false
  if (preset === 'cognito') return claims.token_use === 'access'
  // Okta marks the kinds in `jti`: `AT.…` and `ID.…`.
  if (preset === 'okta') return !(typeof claims.jti === 'string' && claims.jti.startsWith('ID.'))
  return true
}
