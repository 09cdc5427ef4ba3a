import type { Operation } from '../call.ts'
import { limitOf, optionalNumber, optionalOneOf, optionalString } from '../input.ts'
import { pageOf, requestScope } from '../page.ts'
import type { Alarm } from '../story/alarms.ts'
import type { Story } from '../story/story.ts'
import { invalidNextToken, unsupported } from './cloudwatch-errors.ts'
import { readAlarmTypes } from './describe-alarms.ts'

const ITEM_TYPES = [
  'ConfigurationUpdate',
  'StateUpdate',
  'Action',
  'AlarmContributorStateUpdate',
  'AlarmContributorAction',
] as const

/** DescribeAlarmHistory: when each alarm was made and when it last changed its state; newest first by default. */
export function describeAlarmHistory(story: Story): Operation {
  return (input, call) => {
    const { account } = call.session
    const name = optionalString(input, 'AlarmName')
    const arn = `arn:aws:cloudwatch:${call.region}:${account}:alarm:${name ?? '*'}`
    call.authorize('cloudwatch:DescribeAlarmHistory', [arn])
    if (input.AlarmContributorId !== undefined) throw unsupported('AlarmContributorId')
    const types = readAlarmTypes(input)
    const itemType = optionalOneOf(input, 'HistoryItemType', ITEM_TYPES)
    const from = optionalNumber(input, 'StartDate') ?? 0
    const to = optionalNumber(input, 'EndDate') ?? Number.POSITIVE_INFINITY
    const limit = limitOf(input, 'MaxRecords', { min: 1, max: 100, fallback: 100 })
    const orders = ['TimestampDescending', 'TimestampAscending'] as const
    const sign = optionalOneOf(input, 'ScanBy', orders) === 'TimestampAscending' ? 1 : -1
    const items = story
      .region(account, call.region)
      .alarms.filter((alarm) => types.includes(alarm.type) && (name ?? alarm.name) === alarm.name)
      .flatMap(historyOf)
      .filter(
        (item) =>
          (itemType ?? item.HistoryItemType) === item.HistoryItemType &&
          item.Timestamp >= from &&
          item.Timestamp <= to,
      )
      .sort((left, right) => sign * (left.Timestamp - right.Timestamp))
    const scope = requestScope(call, input)
    const token = optionalString(input, 'NextToken')
    const { page, nextToken } = pageOf(items, limit, token, scope, invalidNextToken)
    return {
      AlarmHistoryItems: page,
      ...(nextToken === undefined ? {} : { NextToken: nextToken }),
    }
  }
}

function historyOf(alarm: Alarm) {
  const common = { AlarmName: alarm.name, AlarmType: alarm.type }
  return [
    {
      ...common,
      Timestamp: alarm.createdAt / 1000,
      HistoryItemType: 'ConfigurationUpdate',
      HistorySummary: `Alarm "${alarm.name}" created`,
      HistoryData: JSON.stringify({ version: '1.0', type: 'Create' }),
    },
    {
      ...common,
      Timestamp: alarm.changedAt / 1000,
      HistoryItemType: 'StateUpdate',
      HistorySummary: `Alarm updated from ${alarm.previousState} to ${alarm.state}`,
      HistoryData: JSON.stringify({
        version: '1.0',
        oldState: { stateValue: alarm.previousState },
        newState: { stateValue: alarm.state, stateReason: alarm.reason },
      }),
    },
  ]
}
