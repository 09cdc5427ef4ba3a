import type { Person } from '../../world.ts'
import type { Dress } from '../dress.ts'
import { oktaDress } from './okta.ts'

/**
 * An Okta organisation's own authorization server: the issuer is the organisation, and so is the audience of its access
 * tokens. They look like JWTs to trust and are not meant for anybody's API: no custom scope, no groups (those are in the
 * ID token), no machines.
 */
export function oktaOrgDress(issuer: string): Dress {
  const okta = oktaDress(issuer)
  const scopes = ['openid', 'profile', 'email', 'groups', 'offline_access']
  return {
    ...okta,
    label: 'an Okta organisation',
    paths: {
      authorization: '/oauth2/v1/authorize',
      token: '/oauth2/v1/token',
      jwks: '/oauth2/v1/keys',
      userinfo: '/oauth2/v1/userinfo',
      revocation: '/oauth2/v1/revoke',
    },
    scopes,
    machines: false,
    defaultResource: () => issuer,
    audienceOf: () => issuer,
    judgeScopes: (asked) =>
      asked.length > 0 && asked.every((scope) => scopes.includes(scope))
        ? undefined
        : {
            error: 'invalid_scope',
            description: 'one or more scopes are not configured for the authorization server',
          },
    accessToken: (claims, facts) => {
      const { typ, claims: made } = okta.accessToken(claims, facts)
      const { groups: _inIdTokensOnly, ...rest } = made
      return { typ, claims: { ...rest, aud: issuer } }
    },
    idToken: { ...okta.idToken, groups: ({ groups }: Person) => ({ groups }) },
  }
}
