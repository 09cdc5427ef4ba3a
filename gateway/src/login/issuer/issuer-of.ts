import { OAuthError } from '../oauth-error.ts'
import type { IssuerLogin } from './issuer-login.ts'

/** The issuer that a sealed value names. Throws an `OAuthError` `invalid_grant` where it is not configured any more. */
export function issuerOf(
  issuers: ReadonlyMap<string, IssuerLogin>,
  { issuer }: Readonly<{ issuer: string }>,
): IssuerLogin {
  const found = issuers.get(issuer)
  if (found !== undefined) return found
  throw new OAuthError('invalid_grant', 'the identity provider is no longer used: sign in again')
}
