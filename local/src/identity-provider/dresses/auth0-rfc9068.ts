import { randomUUID } from 'node:crypto'

import { AUTH0_GROUPS_CLAIM, SCOPE } from '../../world.ts'
import type { Dress } from '../dress.ts'
import { auth0Dress } from './auth0.ts'

/**
 * An Auth0 tenant whose API chose the RFC 9068 dialect with permissions (`rfc9068_profile_authz`): `at+jwt`, `client_id`
 * and `jti`, no `azp` and no `gty`.
 */
export function auth0Rfc9068Dress(issuer: string, resources: readonly string[]): Dress {
  const auth0 = auth0Dress(issuer, resources)
  return {
    ...auth0,
    label: 'Auth0 (RFC 9068 tokens)',
    accessToken: ({ iss, iat, exp, aud }, { person, clientId, scopes }) => ({
      typ: 'at+jwt',
      claims: {
        ...(person && { [AUTH0_GROUPS_CLAIM]: person.groups }),
        iss,
        sub: person ? auth0.accountId(person) : `${clientId}@clients`,
        aud: scopes.includes('openid') ? [aud, `${issuer}userinfo`] : aud,
        iat,
        exp,
        scope: scopes.join(' '),
        jti: randomUUID(),
        client_id: clientId,
        permissions: [SCOPE],
      },
    }),
  }
}
