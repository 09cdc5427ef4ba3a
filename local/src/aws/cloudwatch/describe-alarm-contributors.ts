import type { Operation } from '../call.ts'
import { optionalString, requiredString } from '../input.ts'
import { pageOf, requestScope } from '../page.ts'
import type { Story } from '../story/story.ts'
import { invalidNextToken, resourceNotFound } from './cloudwatch-errors.ts'

const PAGE_SIZE = 100

/** DescribeAlarmContributors: which series of an alarm on several are in ALARM; an alarm on one series has none. */
export function describeAlarmContributors(story: Story): Operation {
  return (input, call) => {
    const { account } = call.session
    const name = requiredString(input, 'AlarmName')
    const arn = `arn:aws:cloudwatch:${call.region}:${account}:alarm:${name}`
    call.authorize('cloudwatch:DescribeAlarmContributors', [arn])
    const alarm = story.region(account, call.region).alarms.find((one) => one.name === name)
    if (alarm === undefined) throw resourceNotFound(`Alarm ${name} does not exist`)
    const scope = requestScope(call, input)
    const token = optionalString(input, 'NextToken')
    const { page, nextToken } = pageOf(
      alarm.contributors,
      PAGE_SIZE,
      token,
      scope,
      invalidNextToken,
    )
    return {
      AlarmContributors: page.map((one) => ({
        ContributorId: one.id,
        ContributorAttributes: one.attributes,
        StateReason: one.reason,
        StateTransitionedTimestamp: one.since / 1000,
      })),
      ...(nextToken === undefined ? {} : { NextToken: nextToken }),
    }
  }
}
