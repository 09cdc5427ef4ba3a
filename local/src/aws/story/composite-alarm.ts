import { awsDate, type StateChange } from './alarm-evaluation.ts'
import type { Alarm } from './alarms.ts'

/** The changes of a composite alarm that is on while one of its children is. */
export function changesOfAny(children: readonly Alarm[]): readonly StateChange[] {
  const events = children
    .flatMap((child) => child.changes.slice(1).map((change) => ({ child, change })))
    .sort((left, right) => left.change.at - right.change.at)
  const on = new Set<string>()
  const changes: StateChange[] = []
  for (const { child, change } of events) {
    const before = on.size > 0
    if (change.to === 'ALARM') on.add(child.name)
    else on.delete(child.name)
    if (before === on.size > 0) continue
    changes.push({
      at: change.at,
      from: before ? 'ALARM' : 'OK',
      to: before ? 'OK' : 'ALARM',
      reason: `${child.arn} transitioned to ${change.to} at ${longDate(change.at)}`,
      data: {
        triggeringAlarms: [
          { arn: child.arn, state: { value: change.to, timestamp: awsDate(change.at) } },
        ],
      },
    })
  }
  return changes
}

/** Such as `Tuesday 24 November, 2026 19:34:00 UTC`: how composite alarms write a time into their reason. */
function longDate(time: number): string {
  const date = new Date(time)
  const part = (options: Intl.DateTimeFormatOptions) =>
    date.toLocaleString('en-US', { ...options, timeZone: 'UTC' })
  return (
    `${part({ weekday: 'long' })} ${date.getUTCDate()} ${part({ month: 'long' })}, ` +
    `${date.getUTCFullYear()} ${date.toISOString().slice(11, 19)} UTC`
  )
}
