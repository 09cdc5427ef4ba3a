import { randomUUID } from 'node:crypto'

import { SCOPE } from '../../world.ts'
import type { Dress } from '../dress.ts'
import { stableUuid } from '../stable-id.ts'

/** Stands for "no resource was named"; never leaves this file's tokens. */
const UNBOUND = 'urn:local:cognito-unbound'

/** The published discovery document has these keys and no others: no PKCE methods, no registration, no grant types. */
const PUBLISHED = [
  'authorization_endpoint',
  'id_token_signing_alg_values_supported',
  'issuer',
  'jwks_uri',
  'response_types_supported',
  'revocation_endpoint',
  'scopes_supported',
  'subject_types_supported',
  'token_endpoint',
  'token_endpoint_auth_methods_supported',
  'userinfo_endpoint',
]

/**
 * A Cognito user pool: access tokens without `aud` unless `resource` was sent at the authorization endpoint,
 * `token_use`, `cognito:groups`, one signing key for each kind of token, no OAuth metadata, no registration.
 */
export function cognitoDress(issuer: string): Dress {
  const scopes = ['openid', 'profile', 'email', SCOPE]
  return {
    issuer,
    label: 'Amazon Cognito',
    paths: {
      authorization: '/oauth2/authorize',
      token: '/oauth2/token',
      jwks: '/.well-known/jwks.json',
      userinfo: '/oauth2/userInfo',
      revocation: '/oauth2/revoke',
    },
    metadata: { oauth: false, openidInserted: false },
    scopes,
    machines: true,
    accessTokenFormat: 'jwt',
    refreshNeedsOfflineAccess: false,
    refreshGives: 'none',
    separateIdTokenKey: true,
    accountId: (person) => stableUuid(`cognito person ${person.id}`),
    prepareAuthorization: (params) => {
      if (!params.get('scope')) params.set('scope', scopes.join(' '))
    },
    prepareToken: (params) => {
      params.delete('resource')
      if (params.get('grant_type') === 'client_credentials' && !params.get('scope')) {
        params.set('scope', SCOPE)
      }
    },
    defaultResource: () => UNBOUND,
    audienceOf: (resource) =>
      resource === UNBOUND || isBindable(resource)
        ? resource
        : { error: 'invalid_target', description: 'a resource is https, or http on localhost' },
    showResource: (resource) => (resource === UNBOUND ? 'none named' : resource),
    judgeScopes: (asked) =>
      asked.every((scope) => scopes.includes(scope))
        ? undefined
        : { error: 'invalid_scope', description: 'invalid_scope' },
    accessToken: ({ iss, iat, exp }, facts) => {
      const { person, clientId, resource, grantId } = facts
      return {
        typ: undefined,
        claims: {
          sub: person ? stableUuid(`cognito person ${person.id}`) : clientId,
          ...(person && { 'cognito:groups': person.groups }),
          ...(resource !== UNBOUND && { aud: resource }),
          iss,
          version: 2,
          client_id: clientId,
          ...(person && { origin_jti: stableUuid(`cognito grant ${grantId}`) }),
          token_use: 'access',
          scope: facts.scopes.join(' '),
          auth_time: facts.authTime ?? iat,
          exp,
          iat,
          jti: randomUUID(),
          ...(person && { username: person.id }),
        },
      }
    },
    idToken: {
      openid: (person) => ({
        token_use: 'id',
        jti: randomUUID(),
        'cognito:username': person.id,
        'cognito:groups': person.groups,
      }),
      profile: (person) => ({ name: person.name }),
      email: (person) => ({ email: person.email, email_verified: true }),
    },
    metadataDocument: (document) =>
      Object.fromEntries(Object.entries(document).filter(([key]) => PUBLISHED.includes(key))),
  }
}

function isBindable(resource: string): boolean {
  const { protocol, hostname } = new URL(resource)
  return protocol !== 'http:' || ['localhost', '127.0.0.1', '[::1]'].includes(hostname)
}
