import { SCOPE } from '../../world.ts'
import type { Dress } from '../dress.ts'

/**
 * A plain authorization server as MCP clients like it best: RFC 8414 metadata at both places, open registration
 * (RFC 7591), `resource` honoured (RFC 8707), access tokens after RFC 9068.
 */
export function genericDress(issuer: string, resources: readonly string[]): Dress {
  return {
    issuer,
    label: 'a plain OpenID Connect issuer',
    paths: {
      authorization: '/authorize',
      token: '/token',
      jwks: '/jwks',
      userinfo: '/userinfo',
      revocation: '/revoke',
      registration: '/register',
    },
    metadata: { oauth: true, openidInserted: true },
    scopes: ['openid', 'profile', 'email', 'groups', 'offline_access', SCOPE],
    machines: true,
    accessTokenFormat: 'jwt',
    refreshNeedsOfflineAccess: false,
    refreshGives: 'new',
    separateIdTokenKey: false,
    accountId: (person) => person.id,
    prepareAuthorization: (params) => {
      if (!params.get('scope')) params.set('scope', SCOPE)
    },
    prepareToken: (params) => {
      if (params.get('grant_type') === 'client_credentials' && !params.get('scope')) {
        params.set('scope', SCOPE)
      }
    },
    defaultResource: () => resources[0],
    audienceOf: (resource) =>
      resources.includes(resource)
        ? resource
        : { error: 'invalid_target', description: `the resources here are ${resources.join(' ')}` },
    showResource: (resource) => resource,
    judgeScopes: () => undefined,
    accessToken: (claims, { person }) => ({
      typ: 'at+jwt',
      claims: {
        ...claims,
        ...(person && {
          preferred_username: person.id,
          email: person.email,
          groups: person.groups,
        }),
      },
    }),
    idToken: {
      profile: (person) => ({ name: person.name, preferred_username: person.id }),
      email: (person) => ({ email: person.email, email_verified: true }),
      groups: (person) => ({ groups: person.groups }),
    },
    metadataDocument: (document) => document,
  }
}
