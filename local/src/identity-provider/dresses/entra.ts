import { SCOPE } from '../../world.ts'
import type { Dress } from '../dress.ts'
import { graphToken, idTokenClaims, v2Token } from '../entra-claims.ts'
import { createEntraRequests, GRAPH_APP_ID, GRAPH_SCOPES } from '../entra-requests.ts'
import { graphEnvelope } from '../graph-nonce.ts'
import { stableToken } from '../stable-id.ts'

/** The published discovery document has these keys and no others that this stand-in could serve. */
const PUBLISHED = [
  'authorization_endpoint',
  'claims_supported',
  'id_token_signing_alg_values_supported',
  'issuer',
  'jwks_uri',
  'response_modes_supported',
  'response_types_supported',
  'scopes_supported',
  'subject_types_supported',
  'token_endpoint',
  'token_endpoint_auth_methods_supported',
  'userinfo_endpoint',
]

/**
 * An Entra ID tenant and an API whose app asks for version 2 tokens. `v1Issuer` is the tenant's name in tokens of
 * version 1, which is what Microsoft Graph gets.
 */
export function entraDress(issuer: string, v1Issuer: string, resources: readonly string[]): Dress {
  const requests = createEntraRequests(resources)
  return {
    issuer,
    label: 'Microsoft Entra ID',
    paths: {
      authorization: '/oauth2/v2.0/authorize',
      token: '/oauth2/v2.0/token',
      jwks: '/discovery/v2.0/keys',
      userinfo: '/oidc/userinfo',
    },
    metadata: { oauth: false, openidInserted: false },
    scopes: ['openid', 'profile', 'email', 'offline_access', ...GRAPH_SCOPES, SCOPE],
    machines: true,
    accessTokenFormat: 'jwt',
    refreshNeedsOfflineAccess: true,
    // "The Microsoft identity platform doesn't revoke old refresh tokens" (Refresh tokens, Token lifetime).
    refreshGives: 'another',
    separateIdTokenKey: false,
    accountId: (person) => stableToken(`entra client subject ${person.id}`),
    prepareAuthorization: requests.prepareAuthorization,
    prepareToken: requests.prepareToken,
    defaultResource: () => undefined,
    audienceOf: requests.audienceOf,
    showResource: (resource) => resource,
    judgeScopes: () => undefined,
    accessToken: (claims, facts) =>
      claims.aud === GRAPH_APP_ID ? graphToken(claims, facts, v1Issuer) : v2Token(claims, facts),
    envelope: graphEnvelope,
    idToken: {
      openid: idTokenClaims,
      profile: (person) => ({ name: person.name, preferred_username: person.email }),
      email: (person) => ({ email: person.email }),
    },
    metadataDocument: (document) => ({
      ...Object.fromEntries(Object.entries(document).filter(([key]) => PUBLISHED.includes(key))),
      scopes_supported: ['openid', 'profile', 'email', 'offline_access'],
      subject_types_supported: ['pairwise'],
    }),
    publishedKey: ({ alg: _notPublished, ...key }) => key,
  }
}
