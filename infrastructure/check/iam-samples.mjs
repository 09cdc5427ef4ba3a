const ROLE = 'arn:aws:iam::111122223333:role/CloudWatchSre'
const GATEWAY_ROLE = 'arn:aws:iam::111122223333:role/cloudwatch-mcp-gateway'
const RESOURCE = 'https://gateway.example.com/mcp'
const OKTA = 'https://example.okta.com/oauth2/default'
const AUTH0 = 'https://example.eu.auth0.com/'
const COGNITO = 'https://cognito-idp.us-east-1.amazonaws.com/us-east-1_Ab12'
const ENTRA = 'https://login.microsoftonline.com/5b0c0e6e-0000-4000-8000-000000000000/v2.0'
const KEYCLOAK = 'https://sso.example.com/realms/company'
const GOOGLE = 'https://accounts.google.com'

const provider = (preset, issuer, rest = {}) => ({ provider: preset, issuer, ...rest })
const rule = (rest = {}) => ({ name: 'sre', when: { machine: false }, role: ROLE, ...rest })

/** A sample with one provider whose token goes to STS. `audiences` is what the templates are told. */
const webIdentity = (name, loginMode, one, audiences, rest = {}) => ({
  name: `${name}, LOGIN_MODE=${loginMode}`,
  config: { loginMode, providers: [one], rules: [rule(rest)] },
  identityProvider:
    one.provider === 'google'
      ? undefined
      : { Provider: one.provider, IssuerUrl: one.issuer, ClientIdList: audiences },
  userRole: { RoleName: 'CloudWatchSre', IssuerUrl: one.issuer, Audiences: audiences },
})

const assumeRole = (name, rest, parameters) => ({
  name: `assume-role, ${name}`,
  config: {
    loginMode: 'direct',
    providers: [provider('okta', OKTA, { audience: ['api://default'] })],
    rules: [rule({ mode: 'assume-role', ...rest })],
  },
  userRole: {
    RoleName: 'CloudWatchSre',
    Mode: 'assume-role',
    GatewayRoleArn: GATEWAY_ROLE,
    ...parameters,
  },
  gatewayRole: { Platform: 'ecs', UserRoleArns: ROLE },
})

const okta = provider('okta', OKTA, { audience: ['api://default'] })

function longSessions() {
  const sample = webIdentity('long sessions', 'direct', okta, 'api://default', {
    sessionSeconds: 28_800,
  })
  return { ...sample, userRole: { ...sample.userRole, MaxSessionSeconds: '28800' } }
}

/**
 * Configurations of the gateway, each with the parameters of the templates that should make the same of them. The gateway's
 * own client is listed first.
 */
export const IAM_SAMPLES = [
  webIdentity('Okta', 'direct', okta, 'api://default'),
  webIdentity('Okta', 'facade', { ...okta, clientIds: ['0oaGateway'] }, 'api://default'),
  webIdentity(
    'Auth0, RFC 9068 profile',
    'direct',
    provider('auth0', AUTH0, { audience: [RESOURCE] }),
    RESOURCE,
  ),
  webIdentity(
    'Auth0, Auth0 profile',
    'direct',
    provider('auth0', AUTH0, { audience: [RESOURCE], clientIds: ['claudeCode', 'vsCode'] }),
    'claudeCode,vsCode',
  ),
  webIdentity(
    'Auth0',
    'facade',
    provider('auth0', AUTH0, { audience: [RESOURCE], clientIds: ['gateway'] }),
    'gateway',
  ),
  webIdentity('Cognito', 'direct', provider('cognito', COGNITO, { clientIds: ['4hq'] }), RESOURCE),
  webIdentity(
    'Cognito',
    'facade',
    provider('cognito', COGNITO, { clientIds: ['gateway', 'machines'] }),
    'gateway',
  ),
  webIdentity(
    'Entra ID',
    'facade',
    provider('entra', ENTRA, { audience: ['api-id'], clientIds: ['gateway'] }),
    'gateway',
  ),
  webIdentity('Keycloak', 'facade', provider('keycloak', KEYCLOAK, { clientIds: ['gw'] }), 'gw'),
  webIdentity('Google', 'direct', provider('google', GOOGLE, { clientIds: ['g.apps'] }), 'g.apps'),
  {
    ...webIdentity('China', 'direct', okta, 'api://default', {
      role: ROLE.replace('arn:aws:', 'arn:aws-cn:'),
    }),
    region: 'cn-north-1',
    pseudo: { 'AWS::Partition': 'aws-cn', 'AWS::URLSuffix': 'amazonaws.com.cn' },
  },
  longSessions(),
  assumeRole('nothing but the source identity', {}, {}),
  assumeRole(
    'external id and tags',
    { externalId: 'gw-prod', tags: { team: 'shop', issuer: '$.issuer' } },
    { ExternalId: 'gw-prod', SessionTagKeys: 'team,issuer' },
  ),
]

/** The gateway's own role, as the samples know it. */
export const SAMPLE_GATEWAY_ROLE = GATEWAY_ROLE
