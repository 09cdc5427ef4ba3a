import { matchesGlob } from '../role/glob.ts'
import type { Match } from '../role/match.ts'
import type { Rule } from '../role/rule.ts'
import { SESSION_POLICIES } from '../role/session-policy.ts'
import { isTagTemplate } from '../role/session-tags.ts'
import type { Config } from './schema.ts'

/** STS's limits for session policies and tags (AssumeRole, Policy and Tags). */
const MAX_POLICY_CHARACTERS = 2048
const MAX_TAGS = 50

/** A session under a role that the gateway itself assumed ends after an hour at the latest (role chaining). */
const MAX_CHAINED_SECONDS = 3600

/** What rules are compiled from. */
export type RuleSource = Pick<
  Config,
  'rules' | 'roleArn' | 'credentialMode' | 'providers' | 'region' | 'stsEndpoint'
> &
  Readonly<{ targets: Readonly<Record<string, { region: string; account?: string | undefined }>> }>

/**
 * The rules in the form in which requests are decided by them, and every problem that they have, by the name that the
 * operator typed. `readPolicy` gives the text of a session policy's file.
 */
export function compileRules(
  source: RuleSource,
  readPolicy: (path: string) => string,
): Readonly<{ rules: readonly Rule[]; problems: readonly string[] }> {
  if (source.rules.length > 0 && source.roleArn !== undefined) {
    return {
      rules: [],
      problems: ['STS_ROLE_ARN: cannot stand beside `rules`; write it as a rule'],
    }
  }
  if (source.roleArn !== undefined) {
    const rule = everyone(source, source.roleArn)
    const problems = [
      ...partitionProblems('STS_ROLE_ARN', rule, source),
      ...awsCallerProblems('STS_ROLE_ARN', rule, source),
    ]
    return { rules: [rule], problems }
  }
  if (source.rules.length === 0) {
    const text = 'nobody would get a role; write rules, or STS_ROLE_ARN for one role for everyone'
    return { rules: [], problems: [`rules: ${text}`] }
  }
  const problems: string[] = []
  const rules = source.rules.map((options, index): Rule => {
    const name = `rules[${index}] (${options.name})`
    if (source.rules.findIndex((other) => other.name === options.name) !== index) {
      problems.push(`${name}.name: is used twice`)
    }
    const policy = sessionPolicy(options.policy, readPolicy, (text) =>
      problems.push(`${name}.policy: ${text}`),
    )
    const rule = { ...options, mode: options.mode ?? source.credentialMode, policy }
    problems.push(
      ...placeProblems(name, rule, source),
      ...partitionProblems(`${name}.role`, rule, source),
      ...awsCallerProblems(name, rule, source),
      ...exchangeProblems(name, rule, source),
    )
    return rule
  })
  return { rules, problems }
}

/** `STS_ROLE_ARN` as a rule. */
function everyone({ targets, credentialMode }: RuleSource, role: string): Rule {
  return {
    name: 'everyone',
    when: {},
    targets: Object.keys(targets),
    role,
    mode: credentialMode,
    sessionSeconds: 3600,
    policy: 'cloudwatch-read',
    tools: ['*'],
  }
}

function sessionPolicy(
  option: string,
  readPolicy: (path: string) => string,
  report: (text: string) => void,
): Rule['policy'] {
  if (option === 'cloudwatch-read' || option === 'none') return option
  try {
    const document: unknown = JSON.parse(readPolicy(option))
    if (typeof document === 'object' && document !== null && 'Statement' in document) {
      return { document: JSON.stringify(document) }
    }
    report(`${option} is not an IAM policy: it has no Statement`)
  } catch (error) {
    report(`${option}: ${error instanceof Error ? error.message : 'cannot be read'}`)
  }
  return 'cloudwatch-read'
}

/** Targets, accounts and issuers that the rule names and that are not there. */
function placeProblems(name: string, rule: Rule, source: RuleSource): readonly string[] {
  const problems: string[] = []
  const targets = Object.keys(source.targets)
  const [, , , , account] = rule.role.split(':')
  for (const target of rule.targets) {
    const place = source.targets[target]
    if (place === undefined) {
      problems.push(
        `${name}.targets: there is no target "${target}"; there are ${targets.join(', ')}`,
      )
      continue
    }
    if (place.account !== undefined && place.account !== account) {
      problems.push(
        `${name}.role: is not in the account ${place.account} of the target "${target}"`,
      )
    }
  }
  const { issuer } = rule.when
  const issuers = source.providers.map((provider) => provider.issuer)
  const named = typeof issuer === 'string' ? [issuer] : (issuer?.oneOf ?? [])
  for (const one of named) {
    // Without any provider, that is the one problem to tell.
    if (issuers.length > 0 && !issuers.includes(one)) {
      problems.push(`${name}.when.issuer: is not among the providers: ${issuers.join(', ')}`)
    }
  }
  return problems
}

/** A role is known to the STS of its own partition only, and its session is good in that partition's regions only. */
function partitionProblems(name: string, rule: Rule, source: RuleSource): readonly string[] {
  const [, partition, , , account] = rule.role.split(':')
  const problems = rule.targets.flatMap((target) => {
    const region = source.targets[target]?.region
    if (region === undefined || partitionOf(region) === partition) return []
    return [
      `${name}: is of the partition ${partition}, the region ${region} of the target "${target}" of ${partitionOf(region)}`,
    ]
  })
  if (source.stsEndpoint === undefined && partitionOf(source.region) !== partition) {
    problems.push(
      `${name}: is of the partition ${partition}, AWS_REGION ${source.region} of ${partitionOf(source.region)}, whose STS does not know it`,
    )
  }
  for (const arn of rule.policyArns ?? []) {
    const [, otherPartition, , , owner] = arn.split(':')
    if (otherPartition === partition && (owner === 'aws' || owner === account)) continue
    problems.push(`${name}: cannot be narrowed by ${arn} of another partition or account`)
  }
  return problems
}

function partitionOf(region: string): string {
  if (region.startsWith('us-gov-')) return 'aws-us-gov'
  return region.startsWith('cn-') ? 'aws-cn' : 'aws'
}

/** What STS would refuse, or never be asked for. */
function exchangeProblems(name: string, rule: Rule, source: RuleSource): readonly string[] {
  const problems: string[] = []
  const document =
    typeof rule.policy === 'string' ? SESSION_POLICIES[rule.policy] : rule.policy.document
  const characters = [document ?? '', ...(rule.policyArns ?? [])].join('').length
  if (characters > MAX_POLICY_CHARACTERS) {
    problems.push(
      `${name}.policy: has ${characters} characters with its policyArns; STS takes ${MAX_POLICY_CHARACTERS}`,
    )
  }
  const tags = Object.entries(rule.tags ?? {})
  for (const [key, template] of tags) {
    if (!isTagTemplate(template)) {
      problems.push(
        `${name}.tags.${key}: must be text or one of $.issuer, $.subject, $.username, $.clientId, $.claims['name']`,
      )
    }
  }
  if (tags.length > MAX_TAGS)
    problems.push(`${name}.tags: are ${tags.length}; STS takes ${MAX_TAGS}`)
  for (const [index, [key]] of tags.entries()) {
    const twin = tags.findIndex(([other]) => other.toLowerCase() === key.toLowerCase())
    if (twin !== index) {
      problems.push(`${name}.tags.${key}: stands twice; STS does not tell capitals apart`)
    }
  }
  for (const key of rule.transitiveTags ?? []) {
    if (!tags.some(([known]) => known === key)) {
      problems.push(`${name}.transitiveTags: ${key} is not among the tags`)
    }
  }
  if (rule.mode === 'assume-role') {
    if (rule.sessionSeconds > MAX_CHAINED_SECONDS) {
      problems.push(
        `${name}.sessionSeconds: must be at most ${MAX_CHAINED_SECONDS} with assume-role: a role that another role assumes lasts an hour`,
      )
    }
    return problems
  }
  const ownOnly = [
    rule.externalId === undefined ? undefined : 'externalId',
    tags.length === 0 ? undefined : 'tags',
  ].filter((option) => option !== undefined)
  for (const option of ownOnly) {
    problems.push(
      `${name}.${option}: needs mode assume-role; with web-identity it must be in the token`,
    )
  }
  problems.push(...unsuitableTokens(name, rule, source))
  return problems
}

/** Tokens that STS does not take as web identities, whatever the account is set up for. */
function unsuitableTokens(name: string, rule: Rule, { providers }: RuleSource): readonly string[] {
  const { issuer, machine } = rule.when
  const meant = providers.filter((provider) => mayBe(provider.issuer, issuer))
  const problems: string[] = []
  if (providers.some((provider) => isForAwsCallers(rule, provider))) {
    problems.push(
      `${name}.mode: an AWS identity is no token that STS takes; use assume-role, or name another issuer in when.issuer`,
    )
  }
  // A rule that is for one provider alone can be judged; one that is for several works for some of them.
  const [only, ...others] = meant
  if (only === undefined || others.length > 0) return problems
  if (only.introspectionClientId !== undefined) {
    problems.push(
      `${name}.mode: opaque tokens cannot go to STS, and ${only.issuer} is set up for them; use assume-role`,
    )
  }
  if (only.provider === 'cognito' && machine === true) {
    problems.push(
      `${name}.mode: a Cognito machine token has no aud, so STS refuses it; use assume-role`,
    )
  }
  return problems
}

/** The claims of an AWS identity; a rule that asks for any other is not for one. */
const AWS_CLAIMS: ReadonlySet<string> = new Set(['iss', 'sub', 'account', 'user_id'])
/** What of a glob for ARNs ends with the account. */
const ACCOUNT_IN_ARN = /^arn:aws[a-z-]*:(iam|sts)::\d{12}:/

/**
 * Every AWS account of the world can sign GetCallerIdentity, so a rule that AWS identities can meet must say of which
 * account: their names and their roles' names are whatever that account calls them.
 */
function awsCallerProblems(name: string, rule: Rule, source: RuleSource): readonly string[] {
  if (!source.providers.some((provider) => isForAwsCallers(rule, provider))) return []
  const { subject, claims = {} } = rule.when
  const bound =
    namesAccount(subject) ||
    namesAccount(claims.sub) ||
    isFixed(claims.account) ||
    isFixed(claims.user_id)
  if (bound) return []
  return [
    `${name}: would be for callers of every AWS account, for the provider aws-iam verifies them all; name the account in when.subject (arn:aws:sts::111122223333:...) or when.claims.account, or another issuer in when.issuer`,
  ]
}

function isForAwsCallers({ when }: Rule, provider: RuleSource['providers'][number]): boolean {
  const { issuer, groups, scopes, clientId, claims = {} } = when
  if (provider.provider !== 'aws-iam' || !mayBe(provider.issuer, issuer)) return false
  // They have none of these.
  if (groups !== undefined || scopes !== undefined || clientId !== undefined) return false
  return Object.keys(claims).every((claim) => AWS_CLAIMS.has(claim.replace(/^\//, '')))
}

/** Whether an issuer meets the condition on it, where there is one. */
function mayBe(issuer: string, condition: string | Match | undefined): boolean {
  if (condition === undefined) return true
  if (typeof condition === 'string') return condition === issuer
  if (condition.oneOf !== undefined && !condition.oneOf.includes(issuer)) return false
  return condition.glob === undefined || matchesGlob(issuer, condition.glob)
}

type ClaimCondition = string | number | boolean | Match | undefined

function isFixed(condition: ClaimCondition): boolean {
  if (typeof condition !== 'object') return condition !== undefined
  return condition.is !== undefined || condition.oneOf !== undefined || condition.has !== undefined
}

function namesAccount(condition: ClaimCondition): boolean {
  if (isFixed(condition)) return true
  return typeof condition === 'object' && ACCOUNT_IN_ARN.test(condition.glob ?? '')
}
