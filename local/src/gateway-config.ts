import type { Ports } from './ports.ts'
import {
  ACCOUNTS,
  AUTH0_GROUPS_CLAIM,
  CLIENT_ID,
  issuersAt,
  LOCAL_GATEWAY,
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

export function originsOf(ports: Ports): Origins {
  return {
    gateway: `http://localhost:${ports.gateway}`,
    server: `http://127.0.0.1:${ports.server}`,
    identityProvider: `http://localhost:${ports.identityProvider}`,
    aws: `http://127.0.0.1:${ports.aws}`,
  }
}

/**
 * The gateway's configuration for the local stack, in the shape of the file that `GATEWAY_CONFIG` names. The generic
 * issuer stands first: it registers clients itself, so that any MCP client can sign in.
 */
export function gatewayConfig(ports: Ports, origins: Origins): Readonly<Record<string, unknown>> {
  const issuers = issuersAt(origins.identityProvider)
  return {
    publicUrl: origins.gateway,
    port: ports.gateway,
    metricsPort: ports.metrics,
    upstreamUrl: origins.server,
    stsEndpoint: origins.aws,
    allowedHosts: [`127.0.0.1:${ports.gateway}`],
    // The MCP Inspector's page.
    allowedOrigins: ['http://localhost:6274', 'http://127.0.0.1:6274'],
    providers: [
      { provider: 'generic', issuer: issuers.generic, scopes: [SCOPE] },
      { provider: 'okta', issuer: issuers.okta, audience: [OKTA_AUDIENCE], scopes: [SCOPE] },
      {
        provider: 'auth0',
        issuer: issuers.auth0,
        scopes: [SCOPE],
        groupsClaim: AUTH0_GROUPS_CLAIM,
      },
      { provider: 'aws-iam' },
      { provider: 'cognito', issuer: issuers.cognito, clientIds: [CLIENT_ID], scopes: [SCOPE] },
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
