import { MACHINE } from './identity-provider/clients.ts'
import type { Ports } from './ports.ts'
import {
  ACCOUNTS,
  AUTH0_GROUPS_CLAIM,
  CLIENT_ID,
  issuersAt,
  LOCAL_GATEWAY,
  LOGIN_CLIENT,
  LOGIN_SEAL_KEY,
  OKTA_AUDIENCE,
  ROLES,
  SCOPE,
  TARGETS,
} from './world.ts'

/** The issuer of identities that AWS itself vouches for, as the gateway names it. */
const AWS_IAM_ISSUER = 'https://sts.amazonaws.com'

/** Where the parts of the local stack are, as a browser on this machine sees them. */
export type Origins = Readonly<{
  gateway: string
  server: string
  identityProvider: string
  aws: string
}>

/** Where the programs of the local stack are found, by their ports. */
export function originsOf(ports: Ports): Origins {
  return {
    gateway: `http://localhost:${ports.gateway}`,
    server: `http://127.0.0.1:${ports.server}`,
    identityProvider: `http://localhost:${ports.identityProvider}`,
    aws: `http://127.0.0.1:${ports.aws}`,
  }
}

/** How people sign in: at the issuer, or through the gateway (`LOGIN_MODE`). */
export type LoginMode = 'direct' | 'facade'

/** The mode that the environment asks for, and the problem where it asks for another. */
export function loginModeFrom(
  env: Readonly<Record<string, string | undefined>>,
): Readonly<{ loginMode: LoginMode; problems: readonly string[] }> {
  const text = env.LOGIN_MODE || 'direct'
  if (text === 'direct' || text === 'facade') return { loginMode: text, problems: [] }
  return { loginMode: 'direct', problems: ['LOGIN_MODE: must be direct or facade'] }
}

/**
 * The gateway's configuration for the local stack, in the shape of the file that `GATEWAY_CONFIG` names. The generic
 * issuer stands first: it registers clients itself, so that any MCP client can sign in, in both modes.
 */
export function gatewayConfig(
  ports: Ports,
  origins: Origins,
  loginMode: LoginMode = 'direct',
): Readonly<Record<string, unknown>> {
  const issuers = issuersAt(origins.identityProvider)
  // With the facade, the gateway's own client comes first; the others are still good with tokens of their own.
  const login =
    loginMode === 'facade'
      ? {
          clientIds: [LOGIN_CLIENT.id, CLIENT_ID, MACHINE.id],
          clientSecret: LOGIN_CLIENT.secret,
        }
      : {}
  return {
    ...(loginMode === 'facade' && { loginMode, sealKeys: [LOGIN_SEAL_KEY] }),
    publicUrl: origins.gateway,
    port: ports.gateway,
    metricsPort: ports.metrics,
    upstreamUrl: origins.server,
    stsEndpoint: origins.aws,
    allowedHosts: [`127.0.0.1:${ports.gateway}`],
    // The MCP Inspector's page.
    allowedOrigins: ['http://localhost:6274', 'http://127.0.0.1:6274'],
    providers: [
      { provider: 'generic', issuer: issuers.generic, scopes: [SCOPE], ...login },
      {
        provider: 'okta',
        issuer: issuers.okta,
        audience: [OKTA_AUDIENCE],
        scopes: [SCOPE],
        ...login,
      },
      {
        provider: 'auth0',
        issuer: issuers.auth0,
        scopes: [SCOPE],
        groupsClaim: AUTH0_GROUPS_CLAIM,
        ...login,
      },
      { provider: 'aws-iam' },
      {
        provider: 'cognito',
        issuer: issuers.cognito,
        clientIds: [CLIENT_ID],
        scopes: [SCOPE],
        ...login,
      },
    ],
    targets: TARGETS,
    rules: [
      {
        name: 'sre',
        when: { groups: { has: ['sre'] }, machine: false },
        targets: Object.keys(TARGETS),
        role: ROLES.sre,
      },
      // A program: it has no group, and its session is the gateway's own to give.
      {
        name: 'ci',
        when: { machine: true, scopes: { has: [SCOPE] } },
        role: ROLES.sre,
        mode: 'assume-role',
        externalId: LOCAL_GATEWAY.externalId,
        tags: { user: '$.subject' },
        tools: ['list_*', 'get_*'],
      },
      {
        name: 'aws-callers',
        when: {
          issuer: AWS_IAM_ISSUER,
          subject: { glob: `arn:aws:sts::${ACCOUNTS.shop}:assumed-role/CloudWatchSre/*` },
        },
        role: ROLES.sre,
        mode: 'assume-role',
        externalId: LOCAL_GATEWAY.externalId,
        tools: ['list_*'],
      },
      {
        name: 'catalog-team',
        when: { groups: { has: ['team-catalog'] }, machine: false },
        role: ROLES.catalog,
        // By name, and not *query*: that would let PromQL in.
        tools: ['*log*', 'get_query_results', 'cancel_query', 'get_syntax_help'],
      },
    ],
  }
}
