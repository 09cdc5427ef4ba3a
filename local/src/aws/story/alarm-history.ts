import type { AlarmState, StateChange } from './alarm-evaluation.ts'
import type { Alarm } from './alarms.ts'
import type { MuteRule } from './mute-rules.ts'

export type HistoryItemType =
  | 'ConfigurationUpdate'
  | 'StateUpdate'
  | 'Action'
  | 'AlarmContributorStateUpdate'

/** One thing that happened to an alarm; `data` is what the API gives as JSON text. */
export type HistoryItem = Readonly<{
  alarm: Alarm
  /** Milliseconds since 1970. */
  at: number
  type: HistoryItemType
  summary: string
  data: object
  contributor: Alarm['contributors'][number] | undefined
}>

/** What happened to an alarm: it was made, it changed its state, it told people, unless a rule muted it. */
export function historyOf(alarm: Alarm, muteRules: readonly MuteRule[]): readonly HistoryItem[] {
  const item = (
    type: HistoryItemType,
    at: number,
    summary: string,
    data: object,
    contributor?: HistoryItem['contributor'],
  ): HistoryItem => ({ alarm, at, type, summary, data, contributor })

  const configurations = alarm.configurations.map(({ at, what, data }) =>
    item('ConfigurationUpdate', at, `Alarm "${alarm.name}" ${what}`, {
      version: '1.0',
      type: what === 'created' ? 'Create' : 'Update',
      [what === 'created' ? 'createdAlarm' : 'updatedAlarm']: {
        alarmName: alarm.name,
        alarmArn: alarm.arn,
        ...data,
      },
    }),
  )
  const updates = alarm.changes.flatMap((change, at) => [
    item('StateUpdate', change.at, `Alarm updated from ${change.from} to ${change.to}`, {
      version: '1.0',
      oldState: oldStateOf(change.from, alarm.changes[at - 1]),
      newState: {
        stateValue: change.to,
        stateReason: change.reason,
        stateReasonData: change.data,
      },
    }),
    ...actionsOf(alarm, change, muteRules).map((action) =>
      item('Action', change.at + ACTION_DELAY_MS, `Successfully executed action ${action}`, {
        actionState: 'Succeeded',
        stateUpdateTimestamp: change.at,
        notificationResource: action,
      }),
    ),
  ])
  const contributors = alarm.contributors.map((one) =>
    item(
      'AlarmContributorStateUpdate',
      one.since,
      'Alarm contributor updated from OK to ALARM',
      {
        version: '1.0',
        oldState: { stateValue: 'OK' },
        newState: { stateValue: 'ALARM', stateReason: one.reason },
      },
      one,
    ),
  )
  return [...configurations, ...updates, ...contributors]
}

const ACTION_DELAY_MS = 40

function oldStateOf(state: AlarmState, before: StateChange | undefined): object {
  return before === undefined
    ? { stateValue: state, stateReason: 'Unchecked: Initial alarm creation' }
    : { stateValue: state, stateReason: before.reason, stateReasonData: before.data }
}

function actionsOf(
  alarm: Alarm,
  change: StateChange,
  muteRules: readonly MuteRule[],
): readonly string[] {
  const muted = muteRules.some(
    (rule) => rule.alarmNames.includes(alarm.name) && change.at >= rule.from && change.at < rule.to,
  )
  // An alarm that was just made does not call anybody to say that it is OK.
  if (muted || change.from === 'INSUFFICIENT_DATA') return []
  return change.to === 'ALARM' ? alarm.alarmActions : change.to === 'OK' ? alarm.okActions : []
}
