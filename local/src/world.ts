/**
 * The small world of the local stack: a shop, three people, two AWS accounts. Everything that the identity
 * provider, the AWS stand-in and the gateway's configuration must agree on is written here, once.
 */

/** The ports of the local stack; each can be changed by the option named beside it. */
export const DEFAULT_PORTS = {
  gateway: 8080, // GATEWAY_PORT
  metrics: 9090, // GATEWAY_METRICS_PORT
  server: 3334, // CLOUDWATCH_MCP_PORT
  identityProvider: 9000, // LOCAL_IDENTITY_PROVIDER_PORT
  aws: 4566, // LOCAL_AWS_PORT
} as const

export type Person = Readonly<{
  id: string
  name: string
  email: string
  /** Shown on the sign-in page and by `npm start`. */
  title: string
  groups: readonly string[]
  /** What the local rules let this person do, in words. */
  may: string
}>

export const PEOPLE: readonly Person[] = [
  {
    id: 'alice',
    name: 'Alice Ahlgren',
    email: 'alice@shop.example',
    title: 'site reliability engineer',
    groups: ['staff', 'sre'],
    may: 'all tools, both targets (/mcp in us-east-1, /mcp/prod in eu-west-1)',
  },
  {
    id: 'bob',
    name: 'Bob Brandt',
    email: 'bob@shop.example',
    title: 'developer, catalog team',
    groups: ['staff', 'team-catalog'],
    may: "log tools only, in the catalog team's own account",
  },
  {
    id: 'carol',
    name: 'Carol Conti',
    email: 'carol@shop.example',
    title: 'office manager',
    groups: ['staff'],
    may: 'nothing: no rule names her, so the gateway refuses her with a reason',
  },
]

/** The two AWS accounts. */
export const ACCOUNTS = { shop: '111122223333', catalog: '444455556666' } as const

/** The roles that the local rules hand out. */
export const ROLES = {
  sre: `arn:aws:iam::${ACCOUNTS.shop}:role/CloudWatchSre`,
  catalog: `arn:aws:iam::${ACCOUNTS.catalog}:role/CloudWatchCatalog`,
} as const

/**
 * The gateway's own AWS identity, for rules with `assume-role`: a role session in an account of its own, as a task role or
 * IRSA would give it one. Both roles above trust it with this external id, the tag keys below and a source identity; the
 * catalog role also wants the tag `team` to be `catalog`. The secrets are public knowledge: they open nothing but the
 * local stack.
 */
export const LOCAL_GATEWAY = {
  account: '999988887777',
  roleArn: 'arn:aws:iam::999988887777:role/LocalGateway',
  sessionName: 'local',
  accessKeyId: 'ASIALOCALGATEWAY0001',
  secretAccessKey: 'local-gateway-secret-access-key',
  sessionToken: 'local-gateway-session-token',
  externalId: 'gateway-local',
  tagKeys: ['team', 'user', 'issuer'],
} as const

/** `/mcp` is the target "default", `/mcp/prod` the target "prod". */
export const TARGETS = { default: { region: 'us-east-1' }, prod: { region: 'eu-west-1' } } as const

/** The one scope that a caller's token must carry, at every issuer. */
export const SCOPE = 'cloudwatch/read'

/** A public client that every issuer knows; the generic issuer also registers clients itself (RFC 7591). */
export const CLIENT_ID = 'mcp-local'

/** The audience that the Okta authorization server puts into every token. */
export const OKTA_AUDIENCE = 'api://default'

/** The namespaced claim that carries groups in the Auth0 dress: Auth0 drops a plain `groups` claim. */
export const AUTH0_GROUPS_CLAIM = 'https://shop.example/groups'

/** What Entra ID knows by number: the tenant, the gateway's API and the groups. */
export const ENTRA = {
  tenantId: '11111111-1111-4111-8111-111111111111',
  apiClientId: '22222222-2222-4222-8222-222222222222',
  groupIds: {
    staff: '33333333-0000-4000-8000-000000000001',
    sre: '33333333-0000-4000-8000-000000000002',
    'team-catalog': '33333333-0000-4000-8000-000000000003',
  },
} as const

/** The client that holds the gateway's roles at Keycloak (`resource_access`). */
export const KEYCLOAK_API_CLIENT = 'cloudwatch-gateway'

/**
 * The gateway as a client of introspection (RFC 7662). Its secret is public knowledge: it opens nothing but the local
 * stack.
 */
export const RESOURCE_SERVER_CLIENT = {
  id: 'gateway-local',
  secret: 'gateway-local-secret',
} as const

/**
 * Somebody with more groups than Entra ID puts into a token (200). Not one of PEOPLE: the sign-in page offers her only
 * where a test says so.
 */
export const PERSON_WITH_MANY_GROUPS: Person = {
  id: 'dora',
  name: 'Dora Dahl',
  email: 'dora@shop.example',
  title: 'auditor, member of every project',
  groups: ['staff', ...Array.from({ length: 240 }, (_, index) => `project-${index + 1}`)],
  may: 'nothing: she exists to be in too many groups',
}

/**
 * The gateway as a client that people sign in with (`LOGIN_MODE=facade`), at every issuer. Its secret is public
 * knowledge: it opens nothing but the local stack.
 */
export const LOGIN_CLIENT = {
  id: 'gateway-login-local',
  secret: 'gateway-login-local-secret',
} as const

/**
 * What the local gateway seals with where people sign in through it: the same at every start, so that clients keep what they
 * have. It is public knowledge, and opens nothing but the local stack.
 */
export const LOGIN_SEAL_KEY = Buffer.from('the local stack has no secrets!!').toString('base64')

/** The issuers that `npm start` shows and the local gateway trusts. The others are there for tests. */
export const MAIN_ISSUERS = ['generic', 'okta', 'auth0', 'cognito'] as const

export type Issuers = Readonly<{
  generic: string
  okta: string
  auth0: string
  cognito: string
  oktaOrg: string
  auth0Rfc9068: string
  cognitoUpdated: string
  entra: string
  entraV1: string
  keycloak: string
  google: string
  opaque: string
}>

export type IssuerName = keyof Issuers

/**
 * The issuers of the identity provider at `origin` (such as `http://localhost:9000`, no trailing slash), the main ones
 * first.
 */
export function issuersAt(origin: string): Issuers {
  return {
    generic: `${origin}/generic`,
    okta: `${origin}/okta/oauth2/default`,
    auth0: `${origin}/auth0/`,
    cognito: `${origin}/cognito/us-east-1_Local`,
    oktaOrg: `${origin}/okta`,
    auth0Rfc9068: `${origin}/auth0-rfc9068/`,
    cognitoUpdated: `${origin}/cognito-updated/us-east-1_Local`,
    entra: `${origin}/entra/${ENTRA.tenantId}/v2.0`,
    entraV1: `${origin}/entra-v1/${ENTRA.tenantId}/`,
    keycloak: `${origin}/keycloak/realms/shop`,
    google: `${origin}/google`,
    opaque: `${origin}/opaque`,
  }
}

/** The protected resources of the gateway at `origin`: the values that a client sends as `resource`. */
export function resourcesAt(origin: string): readonly string[] {
  return Object.keys(TARGETS).map((target) =>
    target === 'default' ? `${origin}/mcp` : `${origin}/mcp/${target}`,
  )
}

/** Where the gateway at `origin` takes people back from an issuer. */
export function loginCallbackAt(origin: string): string {
  return `${origin}/oauth/callback`
}
