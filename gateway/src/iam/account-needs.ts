import { matchesGlob } from '../role/glob.ts'
import type { Rule } from '../role/rule.ts'
import { SESSION_POLICIES } from '../role/session-policy.ts'
import { ID_TOKEN_FOR_STS, type Provider } from '../token/provider.ts'

/** A policy document of IAM. */
export type PolicyDocument = Readonly<{
  Version: '2012-10-17'
  Statement: ReadonlyArray<Readonly<Record<string, unknown>>>
}>

/** What one AWS account needs so that the rules work. */
export type AccountNeeds = Readonly<{
  account: string
  partition: string
  oidcProviders: readonly OidcProvider[]
  roles: readonly RoleNeeds[]
}>

/** An IAM OIDC provider. */
export type OidcProvider = Readonly<{
  arn: string
  url: string
  clientIds: readonly string[]
  /** True where the client ids are those of MCP clients, which the configuration does not know. */
  clientIdsUnknown: boolean
}>

export type RoleNeeds = Readonly<{
  arn: string
  name: string
  path: string
  maxSessionSeconds: number
  trust: PolicyDocument
  permissions: PolicyDocument
}>

/** What the needs are worked out from. */
export type NeedsSource = Readonly<{
  rules: readonly Rule[]
  providers: readonly Provider[]
  resources: readonly string[]
  /** The gateway's own role, which `assume-role` rules are assumed by. */
  gatewayRole: string | undefined
}>

/** IAM's name of an issuer: without its scheme (a slash at the end belongs to it). */
export function issuerName(issuer: string): string {
  return issuer.replace(/^https?:\/\//, '')
}

/**
 * What STS compares with the client ids of the IAM OIDC provider: for providers that put `azp` into their tokens the
 * client, for the others the audience. Auth0's RFC 9068 tokens and Entra ID's version 1 have no `azp`: with a configured
 * audience and no client ids, the audience is what is meant. Behind the login facade it is for some providers the ID token
 * that goes to STS, and its audience is the gateway's own client (OpenID Connect Core §2).
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_providers_create_oidc.html
 */
export function stsAudiences(provider: Provider, resources: readonly string[]): readonly string[] {
  const { preset, ownClientId } = provider
  if (ownClientId !== undefined && ID_TOKEN_FOR_STS.has(preset)) return [ownClientId]
  switch (preset) {
    case 'auth0':
    case 'entra':
      return provider.clientIds.length > 0 ? provider.clientIds : provider.audience
    case 'keycloak':
    case 'google':
      return provider.clientIds
    default:
      return provider.audience.length > 0 ? provider.audience : resources
  }
}

/** What every account that a rule names a role in needs, in the order of the rules. */
export function accountNeeds(source: NeedsSource): readonly AccountNeeds[] {
  const accounts = new Map<string, Rule[]>()
  for (const rule of source.rules) {
    const [, , , , account = ''] = rule.role.split(':')
    accounts.set(account, [...(accounts.get(account) ?? []), rule])
  }
  return [...accounts].map(([account, rules]) => {
    const partition = rules[0]?.role.split(':')[1] ?? 'aws'
    const trusted = providersOf(rules, source.providers)
    return {
      account,
      partition,
      oidcProviders: trusted
        .filter(({ preset }) => preset !== 'google')
        .map((provider) => oidcProvider(provider, account, partition, source.resources)),
      roles: [...new Set(rules.map(({ role }) => role))].map((arn) =>
        roleNeeds(
          arn,
          rules.filter(({ role }) => role === arn),
          source,
        ),
      ),
    }
  })
}

/** The providers whose tokens go to STS by these rules. */
function providersOf(rules: readonly Rule[], providers: readonly Provider[]): readonly Provider[] {
  const webIdentity = rules.filter(({ mode }) => mode !== 'assume-role')
  return providers.filter((provider) => webIdentity.some((rule) => isFor(rule, provider)))
}

function isFor(rule: Rule, { issuer, preset }: Provider): boolean {
  if (preset === 'aws-iam') return false // no token of it goes to STS as a web identity
  const condition = rule.when.issuer
  if (condition === undefined) return true
  if (typeof condition === 'string') return condition === issuer
  if (condition.glob !== undefined && !matchesGlob(issuer, condition.glob)) return false
  return condition.oneOf?.includes(issuer) ?? true
}

function oidcProvider(
  provider: Provider,
  account: string,
  partition: string,
  resources: readonly string[],
): OidcProvider {
  const clientIds = stsAudiences(provider, resources)
  return {
    arn: `arn:${partition}:iam::${account}:oidc-provider/${issuerName(provider.issuer)}`,
    url: provider.issuer,
    clientIds,
    clientIdsUnknown: clientIds.length === 0,
  }
}

function roleNeeds(arn: string, rules: readonly Rule[], source: NeedsSource): RoleNeeds {
  const [, partition = 'aws', , , account = '', resource = ''] = arn.split(':')
  const parts = resource.split('/').slice(1)
  const statements = [
    ...providersOf(rules, source.providers).map((provider) =>
      webIdentityTrust(provider, partition, account, source.resources),
    ),
    ...rules
      .filter(({ mode }) => mode === 'assume-role')
      .map((rule) => assumeRoleTrust(rule, source.gatewayRole)),
  ]
  return {
    arn,
    name: parts.at(-1) ?? '',
    path: parts.length > 1 ? `/${parts.slice(0, -1).join('/')}/` : '/',
    maxSessionSeconds: Math.max(3600, ...rules.map(({ sessionSeconds }) => sessionSeconds)),
    trust: { Version: '2012-10-17', Statement: distinct(statements) },
    permissions: readPermissions(partition),
  }
}

/**
 * What a role must allow for every tool to work: the built-in session policy, which is what the gateway asks for at most,
 * in the role's own partition. Log groups of any account are named, so that those of accounts that share theirs (CloudWatch
 * cross-account observability) are among them; without such sharing they stay closed all the same.
 */
export function readPermissions(partition: string): PolicyDocument {
  const text = SESSION_POLICIES['cloudwatch-read'] ?? '{}'
  return JSON.parse(text.replaceAll('"arn:*:', `"arn:${partition}:`)) as PolicyDocument // ours
}

/**
 * What the gateway's own role must be allowed: to assume the roles of the rules with `assume-role`, by name, and to pass
 * along what they send. Each action must be allowed here and in the trust policy of the role. Undefined without such
 * rules: AssumeRoleWithWebIdentity is not signed, and the gateway then needs no AWS rights at all.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/id_session-tags.html#id_session-tags_permissions-required
 */
export function gatewayPermissions(rules: readonly Rule[]): PolicyDocument | undefined {
  const assumed = rules.filter(({ mode }) => mode === 'assume-role')
  if (assumed.length === 0) return undefined
  return {
    Version: '2012-10-17',
    Statement: [
      {
        Effect: 'Allow',
        Action: [...new Set(assumed.flatMap(assumeRoleActions))],
        Resource: [...new Set(assumed.map(({ role }) => role))],
      },
    ],
  }
}

/** What a rule with `assume-role` needs on both sides. */
function assumeRoleActions({ tags = {}, sourceIdentity }: Rule): readonly string[] {
  return [
    'sts:AssumeRole',
    ...(Object.keys(tags).length === 0 ? [] : ['sts:TagSession']),
    ...(sourceIdentity === false ? [] : ['sts:SetSourceIdentity']),
  ]
}

/**
 * Trust by web identity. The audience is always a condition: without it every client of the issuer could take the role.
 */
export function webIdentityTrust(
  provider: Provider,
  partition: string,
  account: string,
  resources: readonly string[],
): Readonly<Record<string, unknown>> {
  const name = issuerName(provider.issuer)
  const audiences = stsAudiences(provider, resources)
  const google = provider.preset === 'google'
  return {
    Effect: 'Allow',
    Principal: {
      Federated: google
        ? 'accounts.google.com'
        : `arn:${partition}:iam::${account}:oidc-provider/${name}`,
    },
    Action: 'sts:AssumeRoleWithWebIdentity',
    Condition: {
      StringEquals: {
        [`${google ? 'accounts.google.com' : name}:aud`]:
          audiences.length === 1 ? audiences[0] : audiences,
      },
    },
  }
}

/** Stands for the gateway's own role where nobody has said which it is. */
export const UNKNOWN_GATEWAY_ROLE = 'ARN-OF-THE-ROLE-OF-THE-GATEWAY'

/** Trust in the gateway's own role, narrowed to what the rule sends. */
export function assumeRoleTrust(
  rule: Rule,
  gatewayRole: string | undefined,
): Readonly<Record<string, unknown>> {
  const tagKeys = Object.keys(rule.tags ?? {})
  const withIdentity = rule.sourceIdentity !== false
  const condition = {
    ...(rule.externalId === undefined
      ? {}
      : { StringEquals: { 'sts:ExternalId': rule.externalId } }),
    ...(withIdentity ? { StringLike: { 'sts:SourceIdentity': '*' } } : {}),
    ...(tagKeys.length === 0 ? {} : { 'ForAllValues:StringEquals': { 'aws:TagKeys': tagKeys } }),
  }
  return {
    Effect: 'Allow',
    Principal: { AWS: gatewayRole ?? UNKNOWN_GATEWAY_ROLE },
    Action: assumeRoleActions(rule),
    ...(Object.keys(condition).length === 0 ? {} : { Condition: condition }),
  }
}

function distinct<T>(items: readonly T[]): readonly T[] {
  const seen = new Set<string>()
  return items.filter((item) => {
    const text = JSON.stringify(item)
    if (seen.has(text)) return false
    seen.add(text)
    return true
  })
}
