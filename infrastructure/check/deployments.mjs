const SECRET = 'arn:aws:secretsmanager:us-east-1:111122223333:secret:client-AbCdEf'
const NETWORK = {
  VpcId: 'vpc-0123456789abcdef0',
  LoadBalancerSubnetIds: 'subnet-0123456789abcdef0,subnet-0123456789abcdef1',
  LoadBalancerCidrs: '10.0.0.0/24,10.0.1.0/24',
  TaskSubnetIds: 'subnet-0123456789abcdef2,subnet-0123456789abcdef3',
}
const ADDRESS = {
  PublicUrl: 'https://gateway.example.com',
  CertificateArn: 'arn:aws:acm:us-east-1:111122223333:certificate/0123-4567',
}
const IMAGES = {
  GatewayImage: 'example.com/gateway:1.0.0',
  ServerImage: 'example.com/server:1.0.0',
}
const ECS = { ...NETWORK, ...ADDRESS, ...IMAGES }
const ROLE = 'arn:aws:iam::111122223333:role/CloudWatchSre'

/** The file that the deployment with one reads. */
export const CONFIG_FILE = `
providers:
  - provider: okta
    issuer: https://example.okta.com/oauth2/default
    audience: [api://default]
    clientIds: [0oaGateway]
    clientSecret: only-a-sample
rules:
  - name: sre
    when: { groups: { has: [sre] } }
    role: ${ROLE}
    mode: assume-role
    tags: { team: "$.claims['team']" }
`

/** Ways to deploy each template, so that every condition is met and not met at least once. */
export const DEPLOYMENTS = {
  'cognito.yaml': [
    { PublicUrl: ADDRESS.PublicUrl, DomainPrefix: 'example-signin' },
    {
      PublicUrl: ADDRESS.PublicUrl,
      DomainPrefix: 'example-signin',
      DirectClient: 'true',
      MachineClient: 'true',
    },
  ],
  'identity-provider.yaml': [
    {
      Provider: 'auth0',
      IssuerUrl: 'https://example.eu.auth0.com/',
      ClientIdList: 'gateway,https://gateway.example.com/mcp',
    },
  ],
  'user-role.yaml': [
    {
      RoleName: 'CloudWatchSre',
      IssuerUrl: 'https://example.okta.com/oauth2/default',
      Audiences: 'api://default',
      TokenCarriesTags: 'true',
      IssuerChoosesRole: 'true',
      LogGroupArns: 'arn:aws:logs:us-east-1:111122223333:log-group:/shop/*',
    },
    { RoleName: 'X', IssuerUrl: 'https://accounts.google.com', Audiences: 'g.apps' },
    {
      RoleName: 'CloudWatchSre',
      Mode: 'assume-role',
      GatewayRoleArn: 'arn:aws:iam::111122223333:role/cloudwatch-mcp-gateway',
      ExternalId: 'gw-prod',
      SessionTagKeys: 'team',
    },
    {
      RoleName: 'CloudWatchSre',
      Mode: 'assume-role',
      GatewayRoleArn: 'arn:aws:iam::111122223333:role/cloudwatch-mcp-gateway',
    },
  ],
  'gateway-role.yaml': [
    { UserRoleArns: ROLE, Platform: 'ecs' },
    { UserRoleArns: ROLE, Platform: 'ec2' },
    { UserRoleArns: ROLE, Platform: 'pod-identity', ClusterName: 'prod' },
    {
      UserRoleArns: ROLE,
      Platform: 'pod-identity',
      ClusterName: 'prod',
      PodIdentityAssociation: 'false',
    },
    {
      UserRoleArns: ROLE,
      Platform: 'irsa',
      ClusterOidcIssuer: 'https://oidc.eks.us-east-1.amazonaws.com/id/0123456789ABCDEF',
    },
  ],
  'ecs.yaml': [
    {
      ...ECS,
      LoginMode: 'direct',
      OidcProvider: 'okta',
      OidcIssuer: 'https://example.okta.com/oauth2/default',
      OidcAudience: 'api://default',
      StsRoleArn: ROLE,
    },
    {
      ...ECS,
      OidcProvider: 'cognito',
      OidcIssuer: 'https://cognito-idp.us-east-1.amazonaws.com/us-east-1_Ab12',
      OidcClientId: '4hqexample',
      OidcScopes: 'cloudwatch/read',
      OidcClientSecretArn: SECRET,
      StsRoleArn: ROLE,
    },
    {
      ...ECS,
      ConfigParameterName: '/cloudwatch-mcp/gateway.yaml',
      GatewayRoleName: 'cloudwatch-mcp-gateway',
      HostedZoneId: 'Z0123456789ABC',
      RegistryCredentialsArn: SECRET,
      Scheme: 'internal',
      CpuArchitecture: 'ARM64',
    },
    {
      ...ECS,
      ConfigParameterName: '/cloudwatch-mcp/gateway.yaml',
      CredentialMode: 'assume-role',
      GatewayRoleName: 'cloudwatch-mcp-gateway',
      OidcProvider: 'auth0',
      OidcIssuer: 'https://example.eu.auth0.com/',
      OidcClientId: 'gateway',
      OidcClientSecretArn: SECRET,
    },
  ],
}

/** Parameters that a template must refuse, with what it says. */
export const REFUSED = [
  ['ecs.yaml', { ...ECS }, 'Without ConfigParameterName the gateway needs OidcIssuer'],
  [
    'ecs.yaml',
    { ...ECS, ConfigParameterName: '/a', CredentialMode: 'assume-role' },
    'CredentialMode assume-role needs GatewayRoleName',
  ],
  [
    'ecs.yaml',
    { ...ECS, ConfigParameterName: '/a', OidcClientSecretArn: SECRET },
    'OidcClientSecretArn needs OidcIssuer',
  ],
  [
    'ecs.yaml',
    { ...ECS, OidcIssuer: 'https://example.okta.com/oauth2/default' },
    'Without ConfigParameterName the gateway needs StsRoleArn',
  ],
  [
    'ecs.yaml',
    { ...ECS, ConfigParameterName: '/a', LoadBalancerCidrs: '0.0.0.0/0' },
    'LoadBalancerCidrs: 0.0.0.0/0 does not match',
  ],
  [
    'ecs.yaml',
    { ...ECS, ConfigParameterName: '/a', GatewayImage: 'example.com' },
    'GatewayImage: example.com does not match',
  ],
  ['user-role.yaml', { RoleName: 'X' }, 'Mode web-identity needs IssuerUrl'],
  [
    'user-role.yaml',
    { RoleName: 'X', IssuerUrl: 'https://example.okta.com/oauth2/default' },
    'Mode web-identity needs Audiences',
  ],
  [
    'user-role.yaml',
    { RoleName: 'X', Mode: 'assume-role' },
    'Mode assume-role needs GatewayRoleArn',
  ],
  [
    'user-role.yaml',
    { RoleName: 'X', IssuerUrl: 'https://example.okta.com/oauth2/default', Audiences: '*' },
    'Audiences: * does not match',
  ],
  [
    'gateway-role.yaml',
    { Platform: 'ecs', UserRoleArns: 'arn:aws:iam::111122223333:role/*' },
    'role/* does not match',
  ],
  [
    'gateway-role.yaml',
    { Platform: 'pod-identity', UserRoleArns: ROLE },
    'Platform pod-identity needs ClusterName',
  ],
  [
    'gateway-role.yaml',
    { Platform: 'irsa', UserRoleArns: ROLE },
    'Platform irsa needs ClusterOidcIssuer',
  ],
  [
    'identity-provider.yaml',
    { Provider: 'okta', IssuerUrl: 'http://example.okta.com', ClientIdList: 'a' },
    'IssuerUrl: http://example.okta.com does not match',
  ],
  [
    'cognito.yaml',
    { PublicUrl: 'https://a.example.com/', DomainPrefix: 'x' },
    'PublicUrl: https://a.example.com/ does not match',
  ],
  [
    'cognito.yaml',
    { PublicUrl: 'https://a.example.com', DomainPrefix: 'my-aws' },
    'DomainPrefix: my-aws does not match',
  ],
]
