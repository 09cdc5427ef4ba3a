import type { Operation } from '../call.ts'
import { limitOf, optionalOneOf, optionalString, optionalStrings } from '../input.ts'
import { pageOf, requestScope } from '../page.ts'
import type { LogGroup } from '../story/log-group.ts'
import type { Story } from '../story/story.ts'
import { groupsOfAccounts, invalidParameter, noGroupResource } from './log-groups.ts'

/** DescribeLogGroups: by prefix or by case-sensitive substring, 50 per page. */
export function describeLogGroups(story: Story): Operation {
  return (input, call) => {
    call.authorize('logs:DescribeLogGroups', [noGroupResource(call)])
    const prefix = optionalString(input, 'logGroupNamePrefix')
    const pattern = optionalString(input, 'logGroupNamePattern')
    const limit = limitOf(input, 'limit', { min: 1, max: 50, fallback: 50 })
    const classes = ['STANDARD', 'INFREQUENT_ACCESS', 'DELIVERY', 'ESSENTIALS'] as const
    const logClass = optionalOneOf(input, 'logGroupClass', classes)
    const identifiers = optionalStrings(input, 'logGroupIdentifiers')
    if (prefix !== undefined && pattern !== undefined) {
      throw invalidParameter(
        'LogGroup name prefix and LogGroup name pattern are mutually exclusive parameters.',
      )
    }
    const found = groupsOfAccounts(story, input, call).filter(
      (group) =>
        group.name.startsWith(prefix ?? '') &&
        group.name.includes(pattern ?? '') &&
        (logClass ?? 'STANDARD') === 'STANDARD' &&
        (identifiers?.some((one) => one === group.name || one === group.arn) ?? true),
    )
    const scope = requestScope(call, input)
    const token = optionalString(input, 'nextToken')
    const reject = () => invalidParameter('The specified nextToken is invalid.')
    const { page, nextToken } = pageOf(found, limit, token, scope, reject)
    // With a pattern AWS gives the name, the ARN and the time of creation, and nothing else.
    const show = pattern === undefined ? describe : describeShortly
    const now = call.now.getTime()
    return {
      logGroups: page.map((group) => show(group, now)),
      ...(nextToken === undefined ? {} : { nextToken }),
    }
  }
}

function describeShortly(group: LogGroup) {
  return {
    logGroupName: group.name,
    creationTime: group.creationTime,
    arn: `${group.arn}:*`,
  }
}

function describe(group: LogGroup, now: number) {
  return {
    ...describeShortly(group),
    retentionInDays: group.retentionInDays,
    metricFilterCount: 0,
    storedBytes: group.storedBytes(now),
    logGroupArn: group.arn,
    logGroupClass: 'STANDARD',
  }
}
