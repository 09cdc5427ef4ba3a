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
  if (!ACCESS_TOKEN_TYPES.has(lowerCase(header.typ ?? ''))) return 'other'
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

/** Where introspection endpoints say which kind of token they were asked about: Ory Hydra, RFC 7662 §2.2, Keycloak. */
const KIND_MEMBERS = ['token_use', 'token_type', 'typ'] as const

/**
 * What an opaque token is if the issuer's answer says that it is no access token. An introspection endpoint answers for
 * refresh tokens too (RFC 7662 §2.1), and calls them active.
 */
export function wrongKindOfOpaque(answer: Readonly<Record<string, unknown>>): Hint | undefined {
  const kinds = KIND_MEMBERS.map((name) => lowerCase(answer[name]))
  if (kinds.some((kind) => /^(refresh|offline)/.test(kind))) return 'refresh_token'
  return kinds.some((kind) => /^id(_token)?$/.test(kind)) ? 'id_token' : undefined
}

/** Text in lower case; a value that is none is no kind that anyone knows. */
function lowerCase(value: unknown): string {
  return typeof value === 'string' ? value.toLowerCase() : typeof value
}
