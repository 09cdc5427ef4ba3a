import { AwsError, constraintError } from '../aws-error.ts'
import type { Call, Input } from '../call.ts'
import { optionalBoolean, optionalString, optionalStrings } from '../input.ts'
import type { LogGroup } from '../story/log-group.ts'
import type { Story } from '../story/story.ts'

const MAX_ACCOUNTS = 20

/** The resource that IAM sees for a group. Real calls carry `:log-stream:`, so a policy needs a wildcard after the name. */
export function groupResource(arn: string, stream = ''): string {
  return `${arn}:log-stream:${stream}`
}

/** The resource of calls that name no group. */
export function noGroupResource(call: Call): string {
  return groupResource(`arn:aws:logs:${call.region}:${call.session.account}:log-group:`)
}

/** The log groups that the caller's account has in the call's region. */
export function groupsOf(story: Story, call: Call): readonly LogGroup[] {
  return story.region(call.session.account, call.region).logGroups
}

/** The groups that the caller's account may read by ARN: its own and those of the accounts linked to it. */
export function readableGroups(story: Story, call: Call): readonly LogGroup[] {
  const { account } = call.session
  return [account, ...story.linkedTo(account)].flatMap(
    (one) => story.region(one, call.region).logGroups,
  )
}

/**
 * Reads `includeLinkedAccounts` and `accountIdentifiers` and gives the groups that they mean: the caller's own, or
 * those of the accounts named, or of all linked accounts.
 */
export function groupsOfAccounts(story: Story, input: Input, call: Call): readonly LogGroup[] {
  const linked = optionalBoolean(input, 'includeLinkedAccounts') ?? false
  const accounts = optionalStrings(input, 'accountIdentifiers')
  const { account } = call.session
  if (!linked && accounts !== undefined && accounts.some((one) => one !== account)) {
    throw invalidParameter('accountIdentifiers needs includeLinkedAccounts to be true')
  }
  if (accounts !== undefined && accounts.length > MAX_ACCOUNTS) {
    throw invalidParameter(`accountIdentifiers can have at most ${MAX_ACCOUNTS} accounts`)
  }
  if (!linked) return groupsOf(story, call)
  return readableGroups(story, call).filter((group) => accounts?.includes(group.account) ?? true)
}

/** Finds the group that a name or an ARN means, after the caller's right to do `action` with it is proven. */
export function authorizedGroup(
  story: Story,
  call: Call,
  action: string,
  identifier: string,
  stream = '',
): LogGroup {
  const arn = arnOf(call, identifier)
  call.authorize(action, [groupResource(arn, stream)])
  const found = readableGroups(story, call).find((group) => group.arn === arn)
  if (found !== undefined) return found
  throw groupNotFound(nameOf(identifier), call.session.account)
}

/** Reads `logGroupName` or `logGroupIdentifier`, of which a request has exactly one. */
export function oneGroupIdentifier(input: Input): string {
  const name = optionalString(input, 'logGroupName')
  const identifier = optionalString(input, 'logGroupIdentifier')
  if (name !== undefined && identifier !== undefined) {
    throw invalidParameter('LogGroupName and LogGroupIdentifier cannot both be specified')
  }
  const given = name === undefined ? identifier : checkedName(name, 'logGroupName')
  if (given === undefined) throw invalidParameter('LogGroupName or LogGroupIdentifier is required')
  return given
}

/** The name of a group, which an ARN is not: ARNs belong into the members that are called identifiers. */
export function checkedName(name: string, member: string): string {
  if (/^[\w./#-]{1,512}$/.test(name)) return name
  const constraint = 'Member must satisfy regular expression pattern: [\\.\\-_/#A-Za-z0-9]+'
  throw constraintError(name, member, constraint)
}

/** A parameter that CloudWatch Logs refuses. */
export function invalidParameter(message: string): AwsError {
  return new AwsError('InvalidParameterException', message)
}

function groupNotFound(name: string, account: string): AwsError {
  const text = `Log group '${name}' does not exist for account ID '${account}'`
  return new AwsError('ResourceNotFoundException', text)
}

/** The ARN that a name or an ARN means, without `:*` at its end. */
export function arnOf(call: Call, identifier: string): string {
  if (!/^[\w./#:-]{1,2048}$/.test(identifier)) {
    throw invalidParameter(`'${identifier}' is not a valid log group identifier`)
  }
  return identifier.startsWith('arn:')
    ? identifier.replace(/:\*$/, '')
    : `arn:aws:logs:${call.region}:${call.session.account}:log-group:${identifier}`
}

function nameOf(identifier: string): string {
  return identifier.replace(/^arn:aws:logs:[^:]*:[^:]*:log-group:/, '').replace(/:\*$/, '')
}
