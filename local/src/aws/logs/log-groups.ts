import { AwsError } from '../aws-error.ts'
import type { Call, Input } from '../call.ts'
import { optionalString } from '../input.ts'
import type { LogGroup } from '../story/log-group.ts'
import type { Story } from '../story/story.ts'

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
  const found = groupsOf(story, call).find((group) => group.arn === arn)
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
  const given = name ?? identifier
  if (given === undefined) throw invalidParameter('LogGroupName or LogGroupIdentifier is required')
  return given
}

/** A parameter that CloudWatch Logs refuses. */
export function invalidParameter(message: string): AwsError {
  return new AwsError('InvalidParameterException', message)
}

function groupNotFound(name: string, account: string): AwsError {
  const text = `Log group '${name}' does not exist for account ID '${account}'`
  return new AwsError('ResourceNotFoundException', text)
}

function arnOf(call: Call, identifier: string): string {
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
