import {
  ACCOUNTS,
  CLIENT_ID,
  issuersAt,
  LOCAL_GATEWAY,
  LOGIN_CLIENT,
  OKTA_AUDIENCE,
  ROLES,
  resourcesAt,
} from '../../world.ts'
import { type Policy, parsePolicy } from './policy.ts'

/** An OpenID Connect provider as it is registered in IAM. */
export type OidcProvider = Readonly<{ arn: string; issuer: string; clientIds: readonly string[] }>

export type Role = Readonly<{
  arn: string
  account: string
  name: string
  /** Stable unique id, `AROA…`. */
  id: string
  trust: Policy
  permissions: Policy
  maxSessionSeconds: number
}>

export type Directory = Readonly<{
  /** The provider that `account` has registered for exactly this issuer. */
  provider: (account: string, issuer: string) => OidcProvider | undefined
  role: (arn: string) => Role | undefined
}>

export type DirectoryOptions = Readonly<{
  issuerOrigin: string
  resourceOrigin: string
  /** Issuers that both accounts have registered besides the main ones; both roles trust them too. */
  registered?: ReadonlyArray<Pick<OidcProvider, 'issuer' | 'clientIds'>>
}>

/** The IAM of both accounts: who is trusted, which roles exist, what they may do. */
export function createDirectory(options: DirectoryOptions): Directory {
  const providersIn = (account: string) => providersOf(account, options)
  const roles: readonly Role[] = [
    {
      arn: ROLES.sre,
      account: ACCOUNTS.shop,
      name: 'CloudWatchSre',
      id: 'AROALOCALSHOPSRE00001',
      trust: [...trustOf(providersIn(ACCOUNTS.shop)), ...trustOfGateway({})],
      permissions: parsePolicy(SRE_PERMISSIONS),
      maxSessionSeconds: 4 * 3600,
    },
    {
      arn: ROLES.catalog,
      account: ACCOUNTS.catalog,
      name: 'CloudWatchCatalog',
      id: 'AROALOCALCATALOG00001',
      trust: [
        ...trustOf(providersIn(ACCOUNTS.catalog)),
        ...trustOfGateway({ 'aws:RequestTag/team': 'catalog' }),
      ],
      permissions: parsePolicy(CATALOG_PERMISSIONS),
      maxSessionSeconds: 3600,
    },
  ]
  const accounts: readonly string[] = Object.values(ACCOUNTS)
  return {
    provider: (account, issuer) =>
      accounts.includes(account)
        ? providersIn(account).find((one) => one.issuer === issuer)
        : undefined,
    role: (arn) => roles.find((role) => role.arn === arn),
  }
}

const SRE_PERMISSIONS = {
  Version: '2012-10-17',
  Statement: [
    {
      Effect: 'Allow',
      Action: [
        'cloudwatch:Describe*',
        'cloudwatch:Get*',
        'cloudwatch:List*',
        'logs:Describe*',
        'logs:FilterLogEvents',
        'logs:Get*',
        'logs:List*',
        'logs:StartQuery',
        'logs:StopQuery',
      ],
      Resource: '*',
    },
  ],
}

const CATALOG_PERMISSIONS = {
  Version: '2012-10-17',
  Statement: [
    {
      Sid: 'OwnLogs',
      Effect: 'Allow',
      Action: [
        'logs:DescribeLogStreams',
        'logs:FilterLogEvents',
        'logs:GetLogEvents',
        'logs:GetLogGroupFields',
        'logs:StartQuery',
      ],
      Resource: `arn:aws:logs:*:${ACCOUNTS.catalog}:log-group:/catalog/*`,
    },
    {
      Sid: 'WithoutResource',
      Effect: 'Allow',
      Action: [
        'logs:DescribeLogGroups',
        'logs:GetLogRecord',
        'logs:GetQueryResults',
        'logs:StopQuery',
      ],
      Resource: '*',
    },
  ],
}

function providersOf(
  account: string,
  { issuerOrigin, resourceOrigin, registered = [] }: DirectoryOptions,
): readonly OidcProvider[] {
  const issuers = issuersAt(issuerOrigin)
  const resources = resourcesAt(resourceOrigin)
  const provider = (issuer: string, clientIds: readonly string[]): OidcProvider => ({
    arn: `arn:aws:iam::${account}:oidc-provider/${withoutScheme(issuer)}`,
    issuer,
    clientIds,
  })
  return [
    provider(issuers.generic, resources),
    provider(issuers.okta, [OKTA_AUDIENCE]),
    // Auth0 puts the client into `azp`, and STS then compares that alone.
    provider(issuers.auth0, [CLIENT_ID, LOGIN_CLIENT.id]),
    // After a sign-in through the gateway the ID token comes, which is for the gateway's own client.
    provider(issuers.cognito, [...resources, LOGIN_CLIENT.id]),
    ...registered.map(({ issuer, clientIds }) => provider(issuer, clientIds)),
  ]
}

function trustOf(providers: readonly OidcProvider[]): Policy {
  return parsePolicy({
    Version: '2012-10-17',
    Statement: providers.map((provider) => ({
      Effect: 'Allow',
      Principal: { Federated: provider.arn },
      Action: ['sts:AssumeRoleWithWebIdentity', 'sts:TagSession', 'sts:SetSourceIdentity'],
      Condition: {
        StringEquals: { [`${withoutScheme(provider.issuer)}:aud`]: provider.clientIds },
      },
    })),
  })
}

/** Lets the gateway take a role with its own identity, for people whom it names, with tags that are agreed upon. */
function trustOfGateway(tags: Readonly<Record<string, string>>): Policy {
  return parsePolicy({
    Version: '2012-10-17',
    Statement: [
      {
        Effect: 'Allow',
        Principal: { AWS: LOCAL_GATEWAY.roleArn },
        Action: ['sts:AssumeRole', 'sts:TagSession', 'sts:SetSourceIdentity'],
        Condition: {
          StringEquals: { 'sts:ExternalId': LOCAL_GATEWAY.externalId, ...tags },
          StringLike: { 'sts:SourceIdentity': '*' },
          'ForAllValues:StringEquals': { 'aws:TagKeys': LOCAL_GATEWAY.tagKeys },
        },
      },
    ],
  })
}

/** The issuer as IAM writes it in ARNs and condition keys. AWS knows https only; the local issuers are http. */
export function withoutScheme(issuer: string): string {
  return issuer.replace(/^https?:\/\//, '')
}
