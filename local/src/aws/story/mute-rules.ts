import type { Place } from './log-group.ts'

/** A rule that keeps alarms from calling anybody; all times are milliseconds since 1970. */
export type MuteRule = Readonly<{
  name: string
  arn: string
  description: string
  /** `at(yyyy-MM-ddThh:mm)`, in UTC. */
  expression: string
  /** ISO 8601. */
  duration: string
  alarmNames: readonly string[]
  from: number
  to: number
  lastUpdatedAt: number
}>

const HOUR_MS = 3_600_000

/** One rule: somebody announced a load test, so that nobody is called about the latency of checkout today. */
export function muteRulesOf(place: Place): readonly MuteRule[] {
  const from = place.startMinute - 2 * HOUR_MS
  const name = 'load-test-checkout'
  return [
    {
      name,
      arn: `arn:aws:cloudwatch:${place.region}:${place.account}:alarm-mute-rule:${name}`,
      description: 'Load test of checkout: its latency is expected to rise',
      expression: `at(${new Date(from).toISOString().slice(0, 16)})`,
      duration: 'PT6H',
      alarmNames: ['checkout-latency-p99'],
      from,
      to: from + 6 * HOUR_MS,
      lastUpdatedAt: from - 20 * HOUR_MS,
    },
  ]
}

/** Whether a rule is waiting, at work or over. */
export function muteStatusOf(rule: MuteRule, now: number): 'SCHEDULED' | 'ACTIVE' | 'EXPIRED' {
  if (now < rule.from) return 'SCHEDULED'
  return now < rule.to ? 'ACTIVE' : 'EXPIRED'
}
