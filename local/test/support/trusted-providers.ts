import { MACHINE } from '../../src/identity-provider/clients.ts'
import { stableDigits } from '../../src/identity-provider/stable-id.ts'
import {
  AUTH0_GROUPS_CLAIM,
  CLIENT_ID,
  ENTRA,
  type Issuers,
  OKTA_AUDIENCE,
  RESOURCE_SERVER_CLIENT,
  ROLES,
  SCOPE,
} from '../../src/world.ts'
import { ENTRA_SCOPE } from './token-shapes.ts'

/**
 * The gateway's `providers` for every issuer whose tokens it can accept, as the provider pages describe them: all but
 * Okta's org server.
 */
export function trustedProviders(
  issuers: Issuers,
): ReadonlyArray<Readonly<Record<string, unknown>>> {
  const scopes = [SCOPE]
  const groupsClaim = AUTH0_GROUPS_CLAIM
  return [
    { provider: 'generic', issuer: issuers.generic, scopes },
    { provider: 'okta', issuer: issuers.okta, audience: [OKTA_AUDIENCE], scopes },
    { provider: 'auth0', issuer: issuers.auth0, scopes, groupsClaim },
    { provider: 'auth0', issuer: issuers.auth0Rfc9068, scopes, groupsClaim },
    { provider: 'cognito', issuer: issuers.cognito, clientIds: [CLIENT_ID], scopes },
    {
      provider: 'cognito',
      issuer: issuers.cognitoUpdated,
      clientIds: [CLIENT_ID, MACHINE.id],
      scopes,
    },
    {
      provider: 'entra',
      issuer: issuers.entra,
      audience: [ENTRA.apiClientId],
      scopes: [ENTRA_SCOPE],
    },
    {
      provider: 'entra',
      issuer: issuers.entraV1,
      audience: [`api://${ENTRA.apiClientId}`],
      scopes: [ENTRA_SCOPE],
    },
    { provider: 'keycloak', issuer: issuers.keycloak, scopes },
    { provider: 'google', issuer: issuers.google, clientIds: [CLIENT_ID], scopes },
    {
      provider: 'generic',
      issuer: issuers.opaque,
      scopes,
      introspectionClientId: RESOURCE_SERVER_CLIENT.id,
      introspectionClientSecret: RESOURCE_SERVER_CLIENT.secret,
    },
  ]
}

/** Rules that give alice, bob and the CI job a role at every issuer, by what its tokens call their groups. */
export function rulesFor(issuers: Issuers): ReadonlyArray<Readonly<Record<string, unknown>>> {
  const targets = ['default', 'prod']
  const group = (name: string, has: string, role: string) => ({
    name,
    when: { groups: { has }, machine: false },
    targets,
    role,
  })
  return [
    group('sre', 'sre', ROLES.sre),
    group('sre-by-path', '/sre', ROLES.sre),
    group('sre-by-id', ENTRA.groupIds.sre, ROLES.sre),
    group('catalog', 'team-catalog', ROLES.catalog),
    group('catalog-by-id', ENTRA.groupIds['team-catalog'], ROLES.catalog),
    {
      name: 'one-by-one',
      when: { issuer: issuers.google, subject: stableDigits('google person alice') },
      role: ROLES.sre,
    },
    { name: 'ci', when: { machine: true, scopes: { has: SCOPE } }, role: ROLES.sre },
  ]
}
