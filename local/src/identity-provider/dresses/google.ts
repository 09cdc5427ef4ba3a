import type { Person } from '../../world.ts'
import type { Dress, Envelope } from '../dress.ts'
import { stableDigits } from '../stable-id.ts'

const PREFIX = 'ya29.'

/** The published discovery document has these keys and no others that this stand-in could serve. */
const PUBLISHED = [
  'authorization_endpoint',
  'claims_supported',
  'code_challenge_methods_supported',
  'grant_types_supported',
  'id_token_signing_alg_values_supported',
  'issuer',
  'jwks_uri',
  'response_modes_supported',
  'response_types_supported',
  'revocation_endpoint',
  'scopes_supported',
  'subject_types_supported',
  'token_endpoint',
  'token_endpoint_auth_methods_supported',
  'userinfo_endpoint',
]

/**
 * Google: access tokens are opaque and never for anybody's API, so what a resource server can verify is the ID token.
 * No groups, no registration, no introspection, no machines; `resource` is ignored.
 */
export function googleDress(issuer: string): Dress {
  const scopes = ['openid', 'profile', 'email']
  return {
    issuer,
    label: 'Google',
    paths: {
      authorization: '/o/oauth2/v2/auth',
      token: '/token',
      jwks: '/oauth2/v3/certs',
      userinfo: '/v1/userinfo',
      revocation: '/revoke',
    },
    metadata: { oauth: false, openidInserted: false },
    scopes: [...scopes, 'offline_access'],
    machines: false,
    accessTokenFormat: 'opaque',
    refreshNeedsOfflineAccess: true,
    refreshGives: 'none',
    separateIdTokenKey: false,
    accountId: (person) => stableDigits(`google person ${person.id}`),
    prepareAuthorization: (params) => {
      params.delete('resource')
      // Google has a parameter for what others call the scope `offline_access`.
      const asked = (params.get('scope') ?? '').split(' ')
      const isOffline = params.get('access_type') === 'offline'
      if (isOffline) params.set('scope', [...asked, 'offline_access'].join(' '))
      params.delete('access_type')
    },
    prepareToken: (params) => params.delete('resource'),
    defaultResource: () => undefined,
    audienceOf: () => ({ error: 'invalid_target', description: 'no API is known here' }),
    showResource: (resource) => resource,
    judgeScopes: (asked) =>
      asked.every((scope) => scopes.includes(scope) || scope === 'offline_access')
        ? undefined
        : { error: 'invalid_scope', description: 'Some requested scopes were invalid.' },
    accessToken: (claims) => ({ typ: undefined, claims }),
    envelope: PREFIXED,
    idToken: {
      openid: (_person, clientId) => ({ azp: clientId }),
      profile: (person) => ({ name: person.name }),
      email: (person) => ({ email: person.email, email_verified: true, hd: hostedDomain(person) }),
    },
    metadataDocument: (document) => ({
      ...Object.fromEntries(Object.entries(document).filter(([key]) => PUBLISHED.includes(key))),
      scopes_supported: scopes,
    }),
  }
}

const PREFIXED: Envelope = {
  seal: async (token) => PREFIX + token,
  open: async (presented) => (presented.startsWith(PREFIX) ? presented.slice(PREFIX.length) : ''),
}

function hostedDomain({ email }: Person): string {
  return email.slice(email.indexOf('@') + 1)
}
