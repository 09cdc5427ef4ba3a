import type { JWTHeaderParameters, JWTPayload } from 'jose'
import type { Hint } from '../hints.ts'
import type { Preset } from './provider.ts'

/** `typ` values of access tokens: RFC 9068 §2.1, and the older `JWT` or none of most providers. */
const ACCESS_TOKEN_TYPES = new Set(['at+jwt', 'application/at+jwt', 'jwt', ''])

/** Claims that only ID tokens carry (OpenID Connect Core §2, §3.3.2.11). */
const ID_TOKEN_CLAIMS = ['nonce', 'at_hash', 'c_hash'] as const

/**
 * What a verified JWT is if it is not the kind that this provider's callers must present: undefined means that it is.
 * The kind is the access token, but for Google, whose access tokens are opaque and say nothing of whom they are for:
 * there it is the ID token.
 */
export function wrongKind(
  preset: Preset,
  header: JWTHeaderParameters,
  claims: JWTPayload,
): Hint | 'other' | undefined {
  if (!ACCESS_TOKEN_TYPES.has(String(header.typ ?? '').toLowerCase())) return 'other'
  if ('events' in claims) return 'other' // a security event or logout token (RFC 8417 §2.2)
  switch (preset) {
    case 'google':
      return undefined
    case 'cognito':
      if (claims.token_use === 'access') return undefined
      return claims.token_use === 'id' ? 'id_token' : 'other'
    case 'okta':
      // Okta marks the kinds in `jti`: `AT.…` and `ID.…`.
      if (typeof claims.jti === 'string' && claims.jti.startsWith('ID.')) return 'id_token'
      break
    case 'keycloak':
      // Keycloak marks the kinds in a claim `typ`: `Bearer`, `ID`, `Refresh`, `Offline`, `Logout`.
      if (claims.typ === 'ID') return 'id_token'
      if (claims.typ === 'Refresh' || claims.typ === 'Offline') return 'refresh_token'
      if (claims.typ !== undefined && claims.typ !== 'Bearer') return 'other'
      break
  }
  return ID_TOKEN_CLAIMS.some((name) => name in claims) ? 'id_token' : undefined
}
