import { stableDigits } from '../../src/identity-provider/stable-id.ts'
import {
  AUTH0_GROUPS_CLAIM,
  ENTRA,
  type IssuerName,
  type Issuers,
  LOGIN_CLIENT,
  OKTA_AUDIENCE,
  ROLES,
  SCOPE,
} from '../../src/world.ts'
import { ENTRA_SCOPE } from '../support/token-shapes.ts'

/** One issuer that people sign in at through the gateway, and what is true of it. */
export type LoginProvider = Readonly<{
  issuer: IssuerName
  /** What an operator writes into `providers` besides the issuer, the client and its secret. */
  options: Readonly<Record<string, unknown>>
  /** Which of the issuer's tokens goes to STS; `docs/sign-in.md` has the same table. */
  tokenAtSts: 'access token' | 'ID token'
  /** What STS compares for that token: its `azp`, else its one `aud`. */
  audienceAtSts: string | 'the resource'
  /** How the session name of alice begins, before its hash. */
  sessionPrefix: string
  /** What becomes of a refresh token that was used, should another replica of the gateway use it too. */
  usedRefreshToken: 'stays good' | 'ends the sign-in'
  /** Entra ID has no endpoint to revoke tokens at. */
  revokes: boolean
}>

const OWN = LOGIN_CLIENT.id
const scopes = [SCOPE]
const groupsClaim = AUTH0_GROUPS_CLAIM

/** Every dress of the local identity provider that people sign in at; Okta's org server gives no tokens for others. */
export const LOGIN_PROVIDERS: readonly LoginProvider[] = [
  {
    issuer: 'generic',
    options: { provider: 'generic', scopes },
    tokenAtSts: 'access token',
    audienceAtSts: 'the resource',
    sessionPrefix: 'alice',
    usedRefreshToken: 'ends the sign-in',
    revokes: true,
  },
  {
    issuer: 'okta',
    options: { provider: 'okta', audience: [OKTA_AUDIENCE], scopes },
    tokenAtSts: 'access token',
    audienceAtSts: OKTA_AUDIENCE,
    sessionPrefix: 'alice@shop.example',
    usedRefreshToken: 'stays good',
    revokes: true,
  },
  {
    issuer: 'auth0',
    options: { provider: 'auth0', scopes, groupsClaim },
    tokenAtSts: 'ID token',
    audienceAtSts: OWN,
    sessionPrefix: 'auth0-alice',
    usedRefreshToken: 'stays good',
    revokes: true,
  },
  {
    issuer: 'auth0Rfc9068',
    options: { provider: 'auth0', scopes, groupsClaim },
    tokenAtSts: 'ID token',
    audienceAtSts: OWN,
    sessionPrefix: 'auth0-alice',
    usedRefreshToken: 'stays good',
    revokes: true,
  },
  {
    issuer: 'cognito',
    options: { provider: 'cognito', scopes },
    tokenAtSts: 'ID token',
    audienceAtSts: OWN,
    sessionPrefix: 'alice',
    usedRefreshToken: 'stays good',
    revokes: true,
  },
  {
    issuer: 'cognitoUpdated',
    options: { provider: 'cognito', scopes },
    tokenAtSts: 'ID token',
    audienceAtSts: OWN,
    sessionPrefix: 'alice',
    usedRefreshToken: 'stays good',
    revokes: true,
  },
  {
    issuer: 'entra',
    options: { provider: 'entra', audience: [ENTRA.apiClientId], scopes: [ENTRA_SCOPE] },
    tokenAtSts: 'access token',
    audienceAtSts: OWN,
    sessionPrefix: 'alice@shop.example',
    usedRefreshToken: 'stays good',
    revokes: false,
  },
  {
    issuer: 'entraV1',
    options: {
      provider: 'entra',
      audience: [`api://${ENTRA.apiClientId}`],
      scopes: [ENTRA_SCOPE],
    },
    tokenAtSts: 'access token',
    audienceAtSts: `api://${ENTRA.apiClientId}`,
    sessionPrefix: 'alice@shop.example',
    usedRefreshToken: 'stays good',
    revokes: false,
  },
  {
    issuer: 'keycloak',
    options: { provider: 'keycloak', scopes },
    tokenAtSts: 'access token',
    audienceAtSts: OWN,
    sessionPrefix: 'alice',
    usedRefreshToken: 'stays good',
    revokes: true,
  },
  {
    issuer: 'google',
    options: { provider: 'google', scopes },
    tokenAtSts: 'ID token',
    audienceAtSts: OWN,
    sessionPrefix: 'alice@shop.example',
    usedRefreshToken: 'stays good',
    revokes: true,
  },
  {
    issuer: 'opaque',
    // The ID token stands for the person, and ID tokens carry no scopes that could be asked for.
    options: { provider: 'generic' },
    tokenAtSts: 'ID token',
    audienceAtSts: OWN,
    sessionPrefix: 'alice',
    usedRefreshToken: 'ends the sign-in',
    revokes: true,
  },
]

type LoginRule = Readonly<{
  name: string
  when: Readonly<{ issuer?: string; [condition: string]: unknown }>
  targets: readonly string[]
  role: string
}>

/** Rules that give alice the SRE role at every issuer: by what its tokens call her groups, or by name where they have none. */
export function loginRules(issuers: Issuers): readonly LoginRule[] {
  const rule = (name: string, when: LoginRule['when']): LoginRule => ({
    name,
    when,
    targets: ['default', 'prod'],
    role: ROLES.sre,
  })
  return [
    rule('sre', { groups: { has: 'sre' }, machine: false }),
    rule('sre-by-path', { groups: { has: '/sre' }, machine: false }),
    rule('sre-by-id', { groups: { has: ENTRA.groupIds.sre }, machine: false }),
    rule('google', { issuer: issuers.google, subject: stableDigits('google person alice') }),
    rule('opaque', { issuer: issuers.opaque, subject: 'alice' }),
  ]
}
