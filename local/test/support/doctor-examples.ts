import {
  AUTH0_GROUPS_CLAIM,
  CLIENT_ID,
  ENTRA,
  OKTA_AUDIENCE,
  ROLES,
  SCOPE,
} from '../../src/world.ts'
import type { ProviderWorld } from './provider-world.ts'
import { ENTRA_SCOPE, idToken, personToken } from './token-shapes.ts'

/** One token and the gateway that it is presented to; `docs/doctor.md` shows what the doctor says of it. */
export type DoctorExample = Readonly<{
  /** Its name in the page's markers. */
  name: string
  obtain: (world: ProviderWorld) => Promise<string>
  provider: (world: ProviderWorld) => Readonly<Record<string, unknown>>
  /** The step that says what is wrong; undefined where nothing is. */
  step: string | undefined
  /** What the person reads who wants to get on. */
  fix: RegExp
}>

const OPENID = `openid ${SCOPE}`
const okta = ({ issuers }: ProviderWorld) => ({
  provider: 'okta',
  issuer: issuers.okta,
  audience: OKTA_AUDIENCE,
  scopes: SCOPE,
})

export const DOCTOR_EXAMPLES: readonly DoctorExample[] = [
  {
    name: 'good',
    obtain: ({ issuers }) => personToken(issuers.okta, 'alice'),
    provider: okta,
    step: undefined,
    fix: /^$/,
  },
  {
    name: 'auth0-without-audience',
    obtain: ({ issuers }) => personToken(issuers.auth0, 'alice', { scope: 'openid profile' }),
    provider: ({ issuers }) => ({
      provider: 'auth0',
      issuer: issuers.auth0,
      groupsClaim: AUTH0_GROUPS_CLAIM,
    }),
    step: 'shape',
    fix: /Auth0.*resource or audience/,
  },
  {
    name: 'okta-org-server',
    obtain: ({ issuers }) => personToken(issuers.oktaOrg, 'alice', { scope: 'openid groups' }),
    provider: okta,
    step: 'issuer',
    fix: /custom authorization server/,
  },
  {
    name: 'id-token',
    obtain: ({ issuers }) => idToken(issuers.okta, 'alice', { scope: OPENID }),
    provider: okta,
    step: 'kind',
    fix: /send the access token/,
  },
  {
    name: 'cognito-unbound',
    obtain: ({ issuers }) => personToken(issuers.cognito, 'alice'),
    provider: ({ issuers }) => ({
      provider: 'cognito',
      issuer: issuers.cognito,
      clientIds: CLIENT_ID,
      scopes: SCOPE,
    }),
    step: 'STS',
    fix: /bind the token to a resource/,
  },
  {
    name: 'entra-graph',
    obtain: ({ issuers }) => personToken(issuers.entra, 'alice', { scope: 'openid User.Read' }),
    provider: ({ issuers }) => ({
      provider: 'entra',
      issuer: issuers.entra,
      audience: ENTRA.apiClientId,
      scopes: ENTRA_SCOPE,
    }),
    step: 'issuer',
    fix: /scope of this API/,
  },
  {
    name: 'keycloak-default-audience',
    obtain: ({ issuers }) => personToken(issuers.keycloak, 'alice', { scope: 'openid' }),
    provider: ({ issuers }) => ({
      provider: 'keycloak',
      issuer: issuers.keycloak,
      groupsClaim: '/realm_access/roles',
    }),
    step: 'audience (default)',
    fix: /audience mapper/,
  },
  {
    name: 'auth0-two-audiences',
    obtain: ({ issuers, resources }) =>
      personToken(issuers.auth0Rfc9068, 'alice', { resource: resources[0], scope: OPENID }),
    provider: ({ issuers }) => ({
      provider: 'auth0',
      issuer: issuers.auth0Rfc9068,
      groupsClaim: AUTH0_GROUPS_CLAIM,
    }),
    step: 'STS',
    fix: /leave out the scope openid/,
  },
]

/** The configuration of an example's gateway, besides what the world gives. */
export function exampleOptions(
  { provider }: DoctorExample,
  world: ProviderWorld,
): Readonly<Record<string, unknown>> {
  const rule = {
    name: 'sre',
    when: { groups: { has: 'sre' } },
    targets: ['default', 'prod'],
    role: ROLES.sre,
  }
  return { providers: [provider(world)], rules: [rule] }
}

const MARKER = /(<!-- doctor: ([\w-]+) -->\n\n```\n)([\s\S]*?)(```\n)/g

/** The outputs that a page shows, by the names in its markers. */
export function examplesIn(page: string): ReadonlyMap<string, string> {
  return new Map([...page.matchAll(MARKER)].map(([, , name = '', text = '']) => [name, text]))
}

/** The page with other outputs in the places of its markers. */
export function withExamples(page: string, outputs: ReadonlyMap<string, string>): string {
  return page.replaceAll(MARKER, (whole, head: string, name: string, _text, tail: string) => {
    const output = outputs.get(name)
    return output === undefined ? whole : head + output + tail
  })
}
