import type { AlarmState, StateChange } from './alarm-evaluation.ts'

/** One of the series that an alarm with several series has in ALARM. */
export type Contributor = Readonly<{
  id: string
  attributes: Readonly<Record<string, string>>
  reason: string
  /** Milliseconds since 1970. */
  since: number
}>

export type Configuration = Readonly<{ at: number; what: 'created' | 'updated'; data: object }>

/** An alarm with everything that happened to it; `detail` holds the members that only its type has. */
export type Alarm = Readonly<{
  type: 'MetricAlarm' | 'CompositeAlarm' | 'LogAlarm'
  name: string
  arn: string
  description: string
  alarmActions: readonly string[]
  okActions: readonly string[]
  /** Oldest first; never empty. */
  changes: readonly StateChange[]
  /** Oldest first; the first one is the creation. */
  configurations: readonly Configuration[]
  /** Names of the alarms that a composite alarm watches. */
  children: readonly string[]
  contributors: readonly Contributor[]
  detail: Readonly<Record<string, unknown>>
}>

/** The state that an alarm has now. */
export function stateOf(alarm: Alarm): AlarmState {
  return alarm.changes.at(-1)?.to ?? 'INSUFFICIENT_DATA'
}

/** The newest change of an alarm. */
export function lastChangeOf(alarm: Alarm): StateChange {
  const last = alarm.changes.at(-1)
  if (last === undefined) throw new Error(`${alarm.name} has no state`)
  return last
}
