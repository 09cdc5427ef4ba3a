import { notImitated } from '../aws-error.ts'
import type { Operation } from '../call.ts'
import {
  limitOf,
  optionalBoolean,
  optionalOneOf,
  optionalString,
  optionalStrings,
} from '../input.ts'
import { pageOf, requestScope } from '../page.ts'
import type { LogGroup } from '../story/log-group.ts'
import type { Story } from '../story/story.ts'
import { groupsOf, invalidParameter, noGroupResource } from './log-groups.ts'

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
    const accounts = optionalStrings(input, 'accountIdentifiers')
    if (prefix !== undefined && pattern !== undefined) {
      throw invalidParameter(
        'LogGroup name prefix and LogGroup name pattern are mutually exclusive parameters.',
      )
    }
    if (accounts?.some((one) => one !== call.session.account)) {
      throw notImitated('InvalidParameterException', 'Cross-account observability')
    }
    optionalBoolean(input, 'includeLinkedAccounts')
    const found = groupsOf(story, call).filter(
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
    return { logGroups: page.map(toApi), ...(nextToken === undefined ? {} : { nextToken }) }
  }
}

function toApi(group: LogGroup) {
  return {
    logGroupName: group.name,
    creationTime: group.creationTime,
    retentionInDays: group.retentionInDays,
    metricFilterCount: 0,
    arn: `${group.arn}:*`,
    logGroupArn: group.arn,
    logGroupClass: 'STANDARD',
  }
}
