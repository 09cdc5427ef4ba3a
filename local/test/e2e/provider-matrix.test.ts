import { expect } from 'chai'
import { MACHINE } from '../../src/identity-provider/clients.ts'
import { stableDigits, stableUuid } from '../../src/identity-provider/stable-id.ts'
import { CLIENT_ID, ENTRA, KEYCLOAK_API_CLIENT, SCOPE } from '../../src/world.ts'
import { revoke } from '../identity-provider/code-flow.ts'
import { printTable } from '../support/print-table.ts'
import {
  type GatewayProgram,
  type McpOutcome,
  type Outcome,
  type ProviderWorld,
  startProviderWorld,
} from '../support/provider-world.ts'
import { ENTRA_SCOPE, idToken, jobToken, personToken } from '../support/token-shapes.ts'
import { rulesFor, trustedProviders } from '../support/trusted-providers.ts'

/** What `/whoami` says of a principal, `issuer` and `expires_at` aside. */
type Principal = Readonly<{
  subject: string
  username: string | null
  client_id: string | null
  machine: boolean
  groups: readonly string[]
  scopes: readonly string[]
}>

type Row = Readonly<{
  token: string
  obtain: (world: ProviderWorld) => Promise<string>
  /** Undefined where `/whoami` refuses the token as `/mcp` does. */
  whoami: Principal | undefined
  /** Status at `/mcp`; where it is no success also the reason, and the hint if there is one. */
  mcp: string
  /** `issued`, what STS said instead, or a dash where it was not asked. */
  sts: string
  path?: '/mcp/prod'
}>

const OPENID = `openid ${SCOPE}`
const AUDIENCE_RULE =
  'Token audience contains more than one audience while authorized party is not present'
const NO_AUDIENCE = 'Missing a required claim: aud'
const WRONG_AUDIENCE = 'Incorrect token audience'
const NOT_A_JWT = 'The ID Token provided is not a valid JWT.'
const entraObject = (name: string) => stableUuid(`entra object ${name}`)

/** A principal with what most of them have in common. */
const who = (over: Partial<Principal> & Pick<Principal, 'subject'>): Principal => ({
  username: over.subject,
  client_id: CLIENT_ID,
  machine: false,
  groups: ['staff', 'sre'],
  scopes: [SCOPE],
  ...over,
})
const job = (over: Partial<Principal> = {}): Principal =>
  who({ subject: MACHINE.id, client_id: MACHINE.id, machine: true, groups: [], ...over })

/** The issuer of each provider and its rows, as the issuers of the first configuration below. */
const MATRIX: ReadonlyArray<readonly [string, ReadonlyArray<Row>]> = [
  [
    'generic (RFC 9068)',
    [
      {
        token: 'person, bound to /mcp',
        obtain: ({ issuers, resources }) =>
          personToken(issuers.generic, 'alice', { resource: resources[0] }),
        whoami: who({ subject: 'alice' }),
        mcp: '200',
        sts: 'issued',
      },
      {
        token: 'person with openid',
        obtain: ({ issuers }) => personToken(issuers.generic, 'bob', { scope: OPENID }),
        whoami: who({ subject: 'bob', groups: ['staff', 'team-catalog'] }),
        mcp: '200',
        sts: 'issued',
      },
      {
        token: 'person in no rule',
        obtain: ({ issuers }) => personToken(issuers.generic, 'carol'),
        whoami: who({ subject: 'carol', groups: ['staff'] }),
        mcp: '403 role_unmapped',
        sts: '-',
      },
      {
        token: 'person, bound to /mcp/prod',
        obtain: ({ issuers, resources }) =>
          personToken(issuers.generic, 'alice', { resource: resources[1] }),
        whoami: who({ subject: 'alice' }),
        mcp: '401 audience_mismatch',
        sts: '-',
      },
      {
        token: 'the same at /mcp/prod',
        obtain: ({ issuers, resources }) =>
          personToken(issuers.generic, 'alice', { resource: resources[1] }),
        whoami: who({ subject: 'alice' }),
        path: '/mcp/prod',
        mcp: '200',
        sts: 'issued',
      },
      {
        token: 'person without the scope',
        obtain: ({ issuers }) => personToken(issuers.generic, 'alice', { scope: 'openid groups' }),
        whoami: undefined,
        mcp: '403 scope_missing',
        sts: '-',
      },
      {
        token: 'machine',
        obtain: ({ issuers }) => jobToken(issuers.generic),
        whoami: job(),
        mcp: '200',
        sts: 'issued',
      },
      {
        token: 'ID token',
        obtain: ({ issuers }) => idToken(issuers.generic, 'alice', { scope: OPENID }),
        whoami: undefined,
        mcp: '401 audience_mismatch id_token',
        sts: '-',
      },
      {
        token: 'ID token with a nonce',
        obtain: ({ issuers }) =>
          idToken(issuers.generic, 'alice', { scope: OPENID, nonce: 'n-0S6_WzA2Mj' }),
        whoami: undefined,
        mcp: '401 token_type_rejected id_token',
        sts: '-',
      },
    ],
  ],
  [
    'okta (custom server)',
    [
      {
        token: 'person',
        obtain: ({ issuers }) => personToken(issuers.okta, 'alice'),
        whoami: who({ subject: '00ulocalalice', username: 'alice@shop.example' }),
        mcp: '200',
        sts: 'issued',
      },
      {
        token: 'person with openid',
        obtain: ({ issuers }) => personToken(issuers.okta, 'alice', { scope: OPENID }),
        whoami: who({
          subject: '00ulocalalice',
          username: 'alice@shop.example',
          scopes: ['openid', SCOPE],
        }),
        mcp: '200',
        sts: 'issued',
      },
      {
        token: 'person without the scope',
        obtain: ({ issuers }) => personToken(issuers.okta, 'alice', { scope: 'openid' }),
        whoami: undefined,
        mcp: '403 scope_missing',
        sts: '-',
      },
      {
        token: 'machine',
        obtain: ({ issuers }) => jobToken(issuers.okta, { scope: SCOPE }),
        whoami: job(),
        mcp: '200',
        sts: 'issued',
      },
      {
        token: 'ID token',
        obtain: ({ issuers }) => idToken(issuers.okta, 'alice', { scope: OPENID }),
        whoami: undefined,
        mcp: '401 token_type_rejected id_token',
        sts: '-',
      },
    ],
  ],
  [
    'okta (org server)',
    [
      {
        token: 'person',
        obtain: ({ issuers }) => personToken(issuers.oktaOrg, 'alice', { scope: 'openid groups' }),
        whoami: undefined,
        mcp: '401 issuer_unknown issuer_okta_org',
        sts: '-',
      },
    ],
  ],
  [
    'auth0 (default tokens)',
    [
      {
        token: 'person for an API',
        obtain: ({ issuers, resources }) =>
          personToken(issuers.auth0, 'alice', { resource: resources[0] }),
        whoami: who({ subject: 'auth0|alice' }),
        mcp: '200',
        sts: 'issued',
      },
      {
        token: 'person with openid',
        obtain: ({ issuers, resources }) =>
          personToken(issuers.auth0, 'alice', { audience: resources[0], scope: OPENID }),
        whoami: who({ subject: 'auth0|alice', scopes: ['openid', SCOPE] }),
        mcp: '200',
        sts: 'issued',
      },
      {
        token: 'person, no API named',
        obtain: ({ issuers }) => personToken(issuers.auth0, 'alice', { scope: 'openid profile' }),
        whoami: undefined,
        mcp: '401 token_opaque token_encrypted',
        sts: '-',
      },
      {
        token: 'machine',
        obtain: ({ issuers, resources }) => jobToken(issuers.auth0, { audience: resources[0] }),
        whoami: job({ subject: `${MACHINE.id}@clients`, username: `${MACHINE.id}@clients` }),
        mcp: '500 credentials_misconfigured',
        sts: WRONG_AUDIENCE,
      },
      {
        token: 'ID token',
        obtain: ({ issuers, resources }) =>
          idToken(issuers.auth0, 'alice', { audience: resources[0], scope: OPENID }),
        whoami: undefined,
        mcp: '401 audience_mismatch id_token',
        sts: '-',
      },
    ],
  ],
  [
    'auth0 (RFC 9068 tokens)',
    [
      {
        token: 'person for an API',
        obtain: ({ issuers, resources }) =>
          personToken(issuers.auth0Rfc9068, 'alice', { resource: resources[0] }),
        whoami: who({ subject: 'auth0|alice' }),
        mcp: '200',
        sts: 'issued',
      },
      {
        token: 'person with openid',
        obtain: ({ issuers, resources }) =>
          personToken(issuers.auth0Rfc9068, 'alice', { resource: resources[0], scope: OPENID }),
        whoami: who({ subject: 'auth0|alice', scopes: ['openid', SCOPE] }),
        mcp: '500 credentials_misconfigured',
        sts: AUDIENCE_RULE,
      },
      {
        token: 'machine',
        obtain: ({ issuers, resources }) =>
          jobToken(issuers.auth0Rfc9068, { audience: resources[0] }),
        whoami: job({ subject: `${MACHINE.id}@clients`, username: `${MACHINE.id}@clients` }),
        mcp: '200',
        sts: 'issued',
      },
    ],
  ],
  [
    'cognito (original issuer)',
    [
      {
        token: 'person, bound to /mcp',
        obtain: ({ issuers, resources }) =>
          personToken(issuers.cognito, 'alice', { resource: resources[0] }),
        whoami: who({ subject: stableUuid('cognito person alice'), username: 'alice' }),
        mcp: '200',
        sts: 'issued',
      },
      {
        token: 'person, unbound',
        obtain: ({ issuers }) => personToken(issuers.cognito, 'alice'),
        whoami: who({ subject: stableUuid('cognito person alice'), username: 'alice' }),
        mcp: '500 credentials_misconfigured',
        sts: NO_AUDIENCE,
      },
      {
        token: 'person, bound elsewhere',
        obtain: ({ issuers }) =>
          personToken(issuers.cognito, 'alice', { resource: 'https://elsewhere.example/mcp' }),
        whoami: undefined,
        mcp: '401 audience_mismatch',
        sts: '-',
      },
      {
        token: 'other client of the pool',
        obtain: ({ issuers }) => jobToken(issuers.cognito),
        whoami: undefined,
        mcp: '401 audience_mismatch cognito_unbound',
        sts: '-',
      },
      {
        token: 'ID token',
        obtain: ({ issuers }) => idToken(issuers.cognito, 'alice', { scope: OPENID }),
        whoami: undefined,
        mcp: '401 token_type_rejected id_token',
        sts: '-',
      },
    ],
  ],
  [
    'cognito (updated issuer)',
    [
      {
        token: 'person, bound to /mcp',
        obtain: ({ issuers, resources }) =>
          personToken(issuers.cognitoUpdated, 'bob', { resource: resources[0] }),
        whoami: who({
          subject: stableUuid('cognito person bob'),
          username: 'bob',
          groups: ['staff', 'team-catalog'],
        }),
        mcp: '200',
        sts: 'issued',
      },
      {
        token: 'machine, client listed',
        obtain: ({ issuers }) => jobToken(issuers.cognitoUpdated),
        whoami: job({ username: null }),
        mcp: '500 credentials_misconfigured',
        sts: NO_AUDIENCE,
      },
    ],
  ],
  [
    'entra (version 2)',
    [
      {
        token: 'person',
        obtain: ({ issuers }) => personToken(issuers.entra, 'alice', { scope: ENTRA_SCOPE }),
        whoami: who({
          subject: entraObject('alice'),
          username: 'alice@shop.example',
          groups: [ENTRA.groupIds.staff, ENTRA.groupIds.sre],
        }),
        mcp: '200',
        sts: 'issued',
      },
      {
        token: 'person in 241 groups',
        obtain: ({ issuers }) => personToken(issuers.entra, 'dora', { scope: ENTRA_SCOPE }),
        whoami: who({ subject: entraObject('dora'), username: 'dora@shop.example', groups: [] }),
        mcp: '403 rule_undecidable groups_omitted',
        sts: '-',
      },
      {
        token: 'machine',
        obtain: ({ issuers }) =>
          jobToken(issuers.entra, { scope: `api://${ENTRA.apiClientId}/.default` }),
        whoami: job({ subject: entraObject(MACHINE.id), username: null }),
        mcp: '200',
        sts: 'issued',
      },
      {
        token: 'person, for Microsoft Graph',
        obtain: ({ issuers }) => personToken(issuers.entra, 'alice', { scope: 'openid User.Read' }),
        whoami: undefined,
        mcp: '401 token_rejected graph_token',
        sts: '-',
      },
      {
        token: 'ID token',
        obtain: ({ issuers }) =>
          idToken(issuers.entra, 'alice', { scope: `openid ${ENTRA_SCOPE}` }),
        whoami: undefined,
        mcp: '401 audience_mismatch id_token',
        sts: '-',
      },
    ],
  ],
  [
    'entra (version 1)',
    [
      {
        token: 'person',
        obtain: ({ issuers }) =>
          personToken(issuers.entraV1, 'bob', { resource: `api://${ENTRA.apiClientId}` }),
        whoami: who({
          subject: entraObject('bob'),
          username: 'bob@shop.example',
          groups: [ENTRA.groupIds.staff, ENTRA.groupIds['team-catalog']],
        }),
        mcp: '200',
        sts: 'issued',
      },
      {
        token: 'machine',
        obtain: ({ issuers }) =>
          jobToken(issuers.entraV1, { resource: `api://${ENTRA.apiClientId}` }),
        whoami: job({ subject: entraObject(MACHINE.id), username: null }),
        mcp: '200',
        sts: 'issued',
      },
    ],
  ],
  [
    'keycloak',
    [
      {
        token: 'person',
        obtain: ({ issuers, resources }) =>
          personToken(issuers.keycloak, 'alice', { resource: resources[0] }),
        whoami: who({
          subject: stableUuid('keycloak person alice'),
          username: 'alice',
          groups: ['/staff', '/sre'],
        }),
        mcp: '200',
        sts: 'issued',
      },
      {
        token: 'person, no audience mapper',
        obtain: ({ issuers }) => personToken(issuers.keycloak, 'alice', { scope: 'openid' }),
        whoami: undefined,
        mcp: '401 audience_mismatch audience_default_account',
        sts: '-',
      },
      {
        token: 'machine',
        obtain: ({ issuers }) => jobToken(issuers.keycloak),
        whoami: job({
          subject: stableUuid(`keycloak service account ${MACHINE.id}`),
          username: `service-account-${MACHINE.id}`,
          groups: ['default-roles-shop', 'offline_access', 'uma_authorization'],
        }),
        mcp: '200',
        sts: 'issued',
      },
      {
        token: 'ID token',
        obtain: ({ issuers }) => idToken(issuers.keycloak, 'alice', { scope: OPENID }),
        whoami: undefined,
        mcp: '401 token_type_rejected id_token',
        sts: '-',
      },
    ],
  ],
  [
    'google',
    [
      {
        token: 'ID token',
        obtain: ({ issuers }) => idToken(issuers.google, 'alice', { scope: 'openid email' }),
        whoami: who({
          subject: stableDigits('google person alice'),
          username: 'alice@shop.example',
          groups: [],
          scopes: [],
        }),
        mcp: '200',
        sts: 'issued',
      },
      {
        token: 'access token',
        obtain: ({ issuers }) => personToken(issuers.google, 'alice', { scope: 'openid email' }),
        whoami: undefined,
        mcp: '401 token_opaque token_opaque',
        sts: '-',
      },
    ],
  ],
  [
    'opaque, introspected',
    [
      {
        token: 'person',
        obtain: ({ issuers, resources }) =>
          personToken(issuers.opaque, 'alice', { resource: resources[0] }),
        whoami: who({ subject: 'alice' }),
        mcp: '500 credentials_misconfigured',
        sts: NOT_A_JWT,
      },
      {
        token: 'person, bound to /mcp/prod',
        obtain: ({ issuers, resources }) =>
          personToken(issuers.opaque, 'alice', { resource: resources[1] }),
        whoami: who({ subject: 'alice' }),
        mcp: '401 audience_mismatch',
        sts: '-',
      },
      {
        token: 'machine',
        obtain: ({ issuers, resources }) => jobToken(issuers.opaque, { resource: resources[0] }),
        whoami: job(),
        mcp: '500 credentials_misconfigured',
        sts: NOT_A_JWT,
      },
      {
        token: 'person, revoked',
        obtain: async ({ issuers }) => {
          const token = await personToken(issuers.opaque, 'alice')
          await revoke(issuers.opaque, token)
          return token
        },
        whoami: undefined,
        mcp: '401 token_opaque token_opaque',
        sts: '-',
      },
    ],
  ],
]

/** Other settings for the same issuers: groups from nested claims, listed clients. */
const OTHER_SETTINGS: typeof MATRIX = [
  [
    'keycloak, /resource_access/…/roles',
    [
      {
        token: 'person',
        obtain: ({ issuers }) => personToken(issuers.keycloak, 'alice'),
        whoami: who({
          subject: stableUuid('keycloak person alice'),
          username: 'alice',
          groups: ['sre'],
        }),
        mcp: '200',
        sts: 'issued',
      },
      {
        token: 'machine, client not listed',
        obtain: ({ issuers }) => jobToken(issuers.keycloak),
        whoami: undefined,
        mcp: '401 audience_mismatch client_not_listed',
        sts: '-',
      },
    ],
  ],
  [
    'entra, groups from app roles',
    [
      {
        token: 'person',
        obtain: ({ issuers }) => personToken(issuers.entra, 'alice', { scope: ENTRA_SCOPE }),
        whoami: who({
          subject: entraObject('alice'),
          username: 'alice@shop.example',
          groups: ['sre'],
        }),
        mcp: '200',
        sts: 'issued',
      },
    ],
  ],
  [
    'cognito, no client listed',
    [
      {
        token: 'person, bound to /mcp',
        obtain: ({ issuers, resources }) =>
          personToken(issuers.cognito, 'alice', { resource: resources[0] }),
        whoami: who({ subject: stableUuid('cognito person alice'), username: 'alice' }),
        mcp: '200',
        sts: 'issued',
      },
      {
        token: 'person, unbound',
        obtain: ({ issuers }) => personToken(issuers.cognito, 'alice'),
        whoami: undefined,
        mcp: '401 audience_mismatch cognito_unbound',
        sts: '-',
      },
    ],
  ],
  [
    'google, another client listed',
    [
      {
        token: 'ID token',
        obtain: ({ issuers }) => idToken(issuers.google, 'alice', { scope: 'openid email' }),
        whoami: undefined,
        mcp: '401 audience_mismatch',
        sts: '-',
      },
    ],
  ],
  [
    'opaque, not introspected',
    [
      {
        token: 'person',
        obtain: ({ issuers }) => personToken(issuers.opaque, 'alice'),
        whoami: undefined,
        mcp: '401 token_opaque token_opaque',
        sts: '-',
      },
    ],
  ],
]

const otherProvidersOf = ({ issuers }: ProviderWorld) => [
  {
    provider: 'keycloak',
    issuer: issuers.keycloak,
    clientIds: [CLIENT_ID],
    groupsClaim: `/resource_access/${KEYCLOAK_API_CLIENT}/roles`,
  },
  { provider: 'entra', issuer: issuers.entra, audience: [ENTRA.apiClientId], groupsClaim: 'roles' },
  { provider: 'cognito', issuer: issuers.cognito },
  { provider: 'google', issuer: issuers.google, clientIds: ['somebody-else'] },
  { provider: 'generic', issuer: issuers.opaque },
]

describe('every provider and every token shape', () => {
  let world: ProviderWorld
  before(async function () {
    this.timeout(60_000)
    world = await startProviderWorld()
  })
  after(async function () {
    this.timeout(30_000)
    await world?.stop()
  })

  runMatrix('a gateway that trusts all of them', MATRIX, ({ issuers }) => trustedProviders(issuers))
  runMatrix('a gateway with other settings', OTHER_SETTINGS, otherProvidersOf)

  function runMatrix(
    title: string,
    matrix: typeof MATRIX,
    providers: (world: ProviderWorld) => ReadonlyArray<Readonly<Record<string, unknown>>>,
  ) {
    describe(title, () => {
      const seen: string[][] = [['provider', 'token', '/whoami', '/mcp', 'STS']]
      let gateway: GatewayProgram
      before(async function () {
        this.timeout(30_000)
        gateway = await world.startGateway({
          providers: providers(world),
          rules: rulesFor(world.issuers),
        })
      })
      after(async () => {
        await gateway?.stop()
        printTable(title, seen)
      })

      for (const [provider, rows] of matrix) {
        for (const row of rows) {
          const outcome = row.sts === '-' ? row.mcp : `${row.mcp}, STS: ${row.sts}`
          it(`answers ${provider}: ${row.token} with ${outcome}`, async () => {
            const token = await row.obtain(world)
            const whoami = await gateway.whoami(token)
            const mcp = await gateway.mcp(token, row.path)
            seen.push([provider, row.token, whoamiCell(whoami), mcpCell(mcp), stsCell(mcp)])

            expect(mcpCell(mcp)).to.equal(row.mcp)
            expect(stsCell(mcp)).to.contain(row.sts)
            if (row.whoami === undefined) {
              expect(whoami.status).to.equal(mcp.status)
              expect(whoami.body).to.deep.equal(mcp.body)
              return
            }
            expect(whoami.status).to.equal(200)
            const { issuer, expires_at: _end, ...principal } = Object(whoami.body.principal)
            expect(principal).to.deep.equal(row.whoami)
            if (mcp.status === 401) return
            const { subject, username, client_id, machine } = row.whoami
            expect(mcp.audit).to.include({ issuer, subject, username, client_id, machine })
            if (mcp.status === 200) expect(mcp.text).to.match(/\/(shop|catalog)\//)
          })
        }
      }
    })
  }
})

function whoamiCell({ status, body }: Outcome): string {
  if (status !== 200) return String(status)
  const { username, subject, client_id, machine, groups } = Object(body.principal)
  const kind = machine ? 'machine' : 'person'
  const shown = groups.length === 0 ? 'no groups' : groups.map(shortened).join(' ')
  return `${kind} ${shortened(username ?? subject)} by ${client_id}; ${shown}`
}

/** The first eight digits of a GUID; other names as they are. */
function shortened(name: string): string {
  return /^[0-9a-f]{8}-/.test(name) ? `${name.slice(0, 8)}…` : name
}

function mcpCell({ status, audit, refusal }: McpOutcome): string {
  return [status, audit.reason, refusal?.hint].filter((part) => part != null).join(' ')
}

function stsCell({ audit, refusal }: McpOutcome): string {
  if (typeof audit.access_key_id === 'string') return 'issued'
  const said = /^Error: \w+: (.*)$/.exec(String(refusal?.cause ?? ''))?.[1]
  return audit.reason === 'credentials_misconfigured' ? (said ?? String(refusal?.cause)) : '-'
}
