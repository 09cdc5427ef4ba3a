import { randomUUID } from 'node:crypto'

import { KEYCLOAK_API_CLIENT, type Person, SCOPE } from '../../world.ts'
import type { Dress } from '../dress.ts'
import { stableUuid } from '../stable-id.ts'

const ACCOUNT_ROLES = ['manage-account', 'view-profile']

/**
 * A Keycloak realm whose client scope for this API carries an audience mapper, and which honours `resource`. Roles of
 * the realm and of the API's client, groups as paths, open registration, introspection that takes its JWTs.
 */
export function keycloakDress(issuer: string, resources: readonly string[]): Dress {
  const accountId = (person: Person) => stableUuid(`keycloak person ${person.id}`)
  const realmRoles = (names: readonly string[]) => ({
    roles: ['default-roles-shop', 'offline_access', 'uma_authorization', ...names],
  })
  return {
    issuer,
    label: 'Keycloak',
    paths: {
      authorization: '/protocol/openid-connect/auth',
      token: '/protocol/openid-connect/token',
      jwks: '/protocol/openid-connect/certs',
      userinfo: '/protocol/openid-connect/userinfo',
      revocation: '/protocol/openid-connect/revoke',
      registration: '/clients-registrations/openid-connect',
      introspection: '/protocol/openid-connect/token/introspect',
    },
    metadata: { oauth: true, openidInserted: false },
    scopes: ['openid', 'profile', 'email', 'offline_access', SCOPE],
    machines: true,
    accessTokenFormat: 'jwt',
    refreshNeedsOfflineAccess: false,
    // Unless the realm has "Revoke Refresh Token" on, which it has not by default.
    refreshGives: 'another',
    separateIdTokenKey: false,
    accountId,
    prepareAuthorization: () => undefined,
    prepareToken: (params) => {
      // A client scope that is a default one needs no asking.
      if (params.get('grant_type') === 'client_credentials' && !params.get('scope')) {
        params.set('scope', SCOPE)
      }
    },
    defaultResource: () => resources[0],
    audienceOf: (resource) =>
      resources.includes(resource)
        ? resource
        : { error: 'invalid_target', description: 'the resource belongs to no client' },
    showResource: (resource) => resource,
    judgeScopes: () => undefined,
    accessToken: ({ iss, iat, exp, aud }, { person, clientId, scopes, grantId, authTime }) => ({
      typ: 'JWT',
      claims: {
        exp,
        iat,
        ...(authTime !== undefined && { auth_time: authTime }),
        jti: randomUUID(),
        iss,
        aud: scopes.includes(SCOPE) ? [aud, 'account'] : 'account',
        sub: person ? accountId(person) : stableUuid(`keycloak service account ${clientId}`),
        typ: 'Bearer',
        azp: clientId,
        ...(person && { sid: sessionOf(grantId) }),
        acr: '1',
        realm_access: realmRoles(person?.groups ?? []),
        resource_access: {
          [KEYCLOAK_API_CLIENT]: { roles: person ? ownGroups(person) : ['machine'] },
          account: { roles: ACCOUNT_ROLES },
        },
        scope: scopes.join(' '),
        email_verified: person !== undefined,
        ...(person
          ? {
              name: person.name,
              groups: person.groups.map((group) => `/${group}`),
              preferred_username: person.id,
              email: person.email,
            }
          : { client_id: clientId, preferred_username: `service-account-${clientId}` }),
      },
    }),
    idToken: {
      openid: (_person, clientId) => ({ typ: 'ID', azp: clientId, jti: randomUUID() }),
      profile: (person) => ({ name: person.name, preferred_username: person.id }),
      email: (person) => ({ email: person.email, email_verified: true }),
    },
    introspectedJwt: (claims) =>
      claims.typ === 'Bearer'
        ? {
            ...claims,
            client_id: claims.azp,
            username: claims.preferred_username,
            token_type: 'Bearer',
            active: true,
          }
        : undefined,
    metadataDocument: (document) => document,
  }
}

/** The groups that mean something to this API: everybody is in `staff`. */
function ownGroups({ groups }: Person): readonly string[] {
  return groups.filter((group) => group !== 'staff')
}

function sessionOf(grantId: string): string {
  return stableUuid(`keycloak session ${grantId}`)
}
