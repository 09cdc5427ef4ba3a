import { AUTH0_GROUPS_CLAIM, SCOPE } from '../../world.ts'
import type { Dress } from '../dress.ts'
import { encryptedTokens } from '../encrypted-tokens.ts'

/**
 * An Auth0 tenant with the default token dialect: an issuer that ends with a slash, `azp`, groups under a namespaced
 * claim, two audiences as soon as `openid` is granted, an encrypted token (a JWE for Auth0 itself) when no API is named.
 */
export function auth0Dress(issuer: string, resources: readonly string[]): Dress {
  const userinfo = `${issuer}userinfo`
  return {
    issuer,
    label: 'Auth0',
    paths: {
      authorization: '/authorize',
      token: '/oauth/token',
      jwks: '/.well-known/jwks.json',
      userinfo: '/userinfo',
      revocation: '/oauth/revoke',
    },
    metadata: { oauth: true, openidInserted: false },
    scopes: ['openid', 'profile', 'email', 'offline_access', SCOPE],
    machines: true,
    accessTokenFormat: 'jwt',
    refreshNeedsOfflineAccess: true,
    refreshGives: 'none',
    separateIdTokenKey: false,
    accountId: (person) => `auth0|${person.id}`,
    prepareAuthorization: audienceWins,
    prepareToken: (params) => {
      if (params.get('grant_type') !== 'client_credentials') {
        // The API was chosen at sign-in; neither parameter changes it afterwards.
        params.delete('resource')
        return
      }
      audienceWins(params)
      if (!params.get('scope')) params.set('scope', SCOPE)
    },
    defaultResource: (asking) =>
      asking === 'machine'
        ? { error: 'access_denied', description: 'No audience parameter was provided' }
        : undefined,
    audienceOf: (resource) =>
      resources.includes(resource)
        ? resource
        : { error: 'access_denied', description: `Service not found: ${resource}` },
    showResource: (resource) => resource,
    judgeScopes: () => undefined,
    accessToken: ({ iss, iat, exp, aud }, { person, clientId, scopes, grantType }) => ({
      typ: 'JWT',
      claims: {
        ...(person && { [AUTH0_GROUPS_CLAIM]: person.groups }),
        iss,
        sub: person ? `auth0|${person.id}` : `${clientId}@clients`,
        aud: scopes.includes('openid') ? [aud, userinfo] : aud,
        iat,
        exp,
        scope: scopes.join(' '),
        ...(!person && { gty: 'client-credentials' }),
        ...(grantType === 'refresh_token' && { gty: 'refresh_token' }),
        azp: clientId,
      },
    }),
    envelope: encryptedTokens(issuer),
    idToken: {
      openid: (person) => ({ [AUTH0_GROUPS_CLAIM]: person.groups }),
      profile: (person) => ({ name: person.name, nickname: person.id }),
      email: (person) => ({ email: person.email, email_verified: true }),
    },
    metadataDocument: (document) => ({
      ...document,
      registration_endpoint: `${issuer}oidc/register`,
    }),
    closedRegistration: {
      path: `${new URL(issuer).pathname}oidc/register`,
      answer: () => ({
        status: 403,
        body: { error: 'access_denied', message: 'Dynamic client registration is disabled' },
      }),
    },
  }
}

/** `audience` is Auth0's own parameter and is preferred over `resource`. */
function audienceWins(params: URLSearchParams): void {
  const audience = params.get('audience')
  if (audience) params.set('resource', audience)
  params.delete('audience')
}
