import { GatewayError } from '../errors.ts'
import type { RoleBinding, SessionTag } from '../role/role-binding.ts'

/** Of session names and source identities (AssumeRole, RoleSessionName and SourceIdentity). No colon, so no `aws:`. */
const NAME = /^[\w+=,.@-]{2,64}$/
const EXTERNAL_ID = /^[\w+=,.@:/-]{2,1224}$/
const TAG_TEXT = /^[\p{L}\p{Z}\p{N}_.:/=+\-@]*$/u
/** Space to ÿ, tab, line feed, carriage return. */
const POLICY_TEXT = /^[\t\n\r\u0020-\u00ff]*$/
const MAX_POLICY_CHARACTERS = 2048
const MAX_POLICY_ARNS = 10
const MAX_TAGS = 50
const MAX_TAG_KEY = 128
const MAX_TAG_VALUE = 256
const SECONDS = { min: 900, max: 43_200 } as const
/** A gateway on AWS holds a role session itself, and a role that a role assumes lasts an hour (role chaining). */
const MAX_CHAINED_SECONDS = 3600

/**
 * What STS would refuse of a binding, or take no notice of, in words that name no value: some come from claims.
 * https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html
 */
export function limitProblems(role: RoleBinding): readonly string[] {
  const own = role.mode === 'assume-role'
  const { sessionSeconds, sourceIdentity, externalId } = role
  const most = own ? MAX_CHAINED_SECONDS : SECONDS.max
  return [
    ...(NAME.test(role.sessionName) ? [] : ['the session name is not one']),
    ...(sessionSeconds >= SECONDS.min && sessionSeconds <= most
      ? []
      : [`the session must last ${SECONDS.min} to ${most} seconds`]),
    ...(sourceIdentity === undefined || NAME.test(sourceIdentity)
      ? []
      : ['the source identity is not one']),
    ...(externalId === undefined || EXTERNAL_ID.test(externalId)
      ? []
      : ['the external id is not one']),
    ...policyProblems(role),
    ...tagProblems(role.tags, role.transitiveTagKeys),
    ...(own ? [] : onlyInToken(role)),
  ]
}

/** Throws `credentials_misconfigured` where a binding is outside the limits of STS, before STS is asked. */
export function requireWithinLimits(role: RoleBinding): void {
  const problems = limitProblems(role)
  if (problems.length === 0) return
  const cause = new Error(`the rule ${role.rule} asks for what STS refuses: ${problems.join('; ')}`)
  throw new GatewayError('credentials_misconfigured', { cause })
}

function policyProblems({
  policy = '',
  policyArns,
}: Pick<RoleBinding, 'policy' | 'policyArns'>): readonly string[] {
  const characters = policyArns.reduce((sum, arn) => sum + arn.length, policy.length)
  return [
    ...(POLICY_TEXT.test(policy) ? [] : ['the session policy has characters outside Latin-1']),
    ...(characters <= MAX_POLICY_CHARACTERS
      ? []
      : [
          `the session policies have ${characters} characters together, of ${MAX_POLICY_CHARACTERS}`,
        ]),
    ...(policyArns.length <= MAX_POLICY_ARNS
      ? []
      : [`there are ${policyArns.length} managed policies, of ${MAX_POLICY_ARNS}`]),
  ]
}

function tagProblems(
  tags: readonly SessionTag[],
  transitiveTagKeys: readonly string[],
): readonly string[] {
  // Keys differ by more than case, so says STS.
  const keys = tags.map(({ key }) => key.toLowerCase())
  return [
    ...(tags.length <= MAX_TAGS ? [] : [`there are ${tags.length} session tags, of ${MAX_TAGS}`]),
    ...(new Set(keys).size === keys.length ? [] : ['two session tags have the same key']),
    ...(transitiveTagKeys.every((key) => keys.includes(key.toLowerCase()))
      ? []
      : ['a transitive key is not among the session tags']),
    ...tags.flatMap(({ key, value }) => [
      ...(isTagKey(key) ? [] : ['the key of a session tag is not one']),
      ...(value.length <= MAX_TAG_VALUE && TAG_TEXT.test(value)
        ? []
        : ['the value of a session tag is not one']),
    ]),
  ]
}

function isTagKey(key: string): boolean {
  if (key.length < 1 || key.length > MAX_TAG_KEY || !TAG_TEXT.test(key)) return false
  return !key.toLowerCase().startsWith('aws:')
}

/** AssumeRoleWithWebIdentity has no parameters for these: sent nowhere, they would bound nothing. */
function onlyInToken(role: RoleBinding): readonly string[] {
  return [
    ...(role.tags.length === 0 && role.transitiveTagKeys.length === 0
      ? []
      : ['session tags need mode assume-role']),
    ...(role.sourceIdentity === undefined ? [] : ['a source identity needs mode assume-role']),
    ...(role.externalId === undefined ? [] : ['an external id needs mode assume-role']),
  ]
}
