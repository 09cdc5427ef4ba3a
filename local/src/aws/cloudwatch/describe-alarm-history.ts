import type { Operation } from '../call.ts'
import { limitOf, optionalNumber, optionalOneOf, optionalString } from '../input.ts'
import { pageOf, requestScope } from '../page.ts'
import { type HistoryItem, historyOf } from '../story/alarm-history.ts'
import type { Story } from '../story/story.ts'
import { invalidNextToken } from './cloudwatch-errors.ts'
import { readAlarmTypes } from './describe-alarms.ts'

const ITEM_TYPES = [
  'ConfigurationUpdate',
  'StateUpdate',
  'Action',
  'AlarmContributorStateUpdate',
  'AlarmContributorAction',
] as const

/**
 * DescribeAlarmHistory: how each alarm was made and changed, its states, its actions and its contributors; newest
 * first by default. Without `AlarmTypes` it speaks of metric alarms only, so a composite alarm has no history then.
 */
export function describeAlarmHistory(story: Story): Operation {
  return (input, call) => {
    const { account } = call.session
    const name = optionalString(input, 'AlarmName')
    const arn = `arn:aws:cloudwatch:${call.region}:${account}:alarm:${name ?? '*'}`
    call.authorize('cloudwatch:DescribeAlarmHistory', [arn])
    const contributorId = optionalString(input, 'AlarmContributorId')
    const types = readAlarmTypes(input)
    const itemType = optionalOneOf(input, 'HistoryItemType', ITEM_TYPES)
    const from = optionalNumber(input, 'StartDate') ?? 0
    const to = optionalNumber(input, 'EndDate') ?? Number.POSITIVE_INFINITY
    const limit = limitOf(input, 'MaxRecords', { min: 1, max: 100, fallback: 100 })
    const orders = ['TimestampDescending', 'TimestampAscending'] as const
    const sign = optionalOneOf(input, 'ScanBy', orders) === 'TimestampAscending' ? 1 : -1
    const { alarms, muteRules } = story.region(account, call.region)
    const items = alarms
      .filter((alarm) => types.includes(alarm.type) && (name ?? alarm.name) === alarm.name)
      .flatMap((alarm) => historyOf(alarm, muteRules))
      .filter(
        (item) =>
          (itemType ?? item.type) === item.type &&
          (contributorId ?? item.contributor?.id) === item.contributor?.id &&
          item.at >= from * 1000 &&
          item.at <= to * 1000,
      )
      .sort((left, right) => sign * (left.at - right.at))
    const scope = requestScope(call, input)
    const token = optionalString(input, 'NextToken')
    const { page, nextToken } = pageOf(items, limit, token, scope, invalidNextToken)
    return {
      AlarmHistoryItems: page.map(toApi),
      ...(nextToken === undefined ? {} : { NextToken: nextToken }),
    }
  }
}

function toApi(item: HistoryItem) {
  return {
    AlarmName: item.alarm.name,
    AlarmType: item.alarm.type,
    Timestamp: item.at / 1000,
    HistoryItemType: item.type,
    HistorySummary: item.summary,
    HistoryData: JSON.stringify(item.data),
    ...(item.contributor === undefined
      ? {}
      : {
          AlarmContributorId: item.contributor.id,
          AlarmContributorAttributes: item.contributor.attributes,
        }),
  }
}
