export type AlarmState = 'OK' | 'ALARM' | 'INSUFFICIENT_DATA'

/** A change of an alarm's state; all times are milliseconds since 1970. */
export type StateChange = Readonly<{
  at: number
  from: AlarmState
  to: AlarmState
  reason: string
  /** What the API calls StateReasonData, before it is made text. */
  data: Readonly<Record<string, unknown>>
}>

export type Rule = Readonly<{
  threshold: number
  /** The alarm is on while at least `needed` of the last `of` datapoints are beyond the threshold. */
  needed: number
  of: number
  periodSeconds: number
  /** Goes into StateReasonData, where the alarm has one. */
  statistic?: string
  unit?: string
}>

/** The value of the period that begins at this time; undefined when it has none. */
export type Measure = (periodStart: number) => number | undefined

/**
 * Evaluates a rule, period after period, over ranges of time (start inclusive, end exclusive, oldest first) and gives
 * its changes. The alarm is OK when a range begins: outside of the ranges nothing happens, which the caller knows.
 */
export function evaluateRule(
  rule: Rule,
  measure: Measure,
  ranges: ReadonlyArray<Readonly<{ from: number; to: number }>>,
): readonly StateChange[] {
  const period = rule.periodSeconds * 1000
  const changes: StateChange[] = []
  for (const { from, to } of ranges) {
    let state: AlarmState = 'OK'
    for (let start = Math.ceil(from / period) * period; start + period <= to; start += period) {
      const window = Array.from({ length: rule.of }, (_, at) => {
        const time = start - (rule.of - 1 - at) * period
        return { time, value: measure(time) }
      })
      const known = window.flatMap(({ time, value }) =>
        value === undefined ? [] : [{ time, value }],
      )
      const beyond = known.filter(({ value }) => value > rule.threshold)
      const next: AlarmState = beyond.length >= rule.needed ? 'ALARM' : 'OK'
      if (next === state) continue
      const at = start + period
      const shown = next === 'ALARM' ? beyond : known.slice(-1)
      changes.push({
        at,
        from: state,
        to: next,
        reason: thresholdReason(rule, shown, next === 'ALARM'),
        data: reasonData(rule, shown, at),
      })
      state = next
    }
  }
  return changes
}

type Datapoint = Readonly<{ time: number; value: number }>

function thresholdReason(rule: Rule, points: readonly Datapoint[], crossed: boolean): string {
  const shown = points
    .map(({ time, value }) => `${value.toFixed(1)} (${new Date(time).toISOString().slice(0, 16)})`)
    .join(', ')
  const limit = `the threshold (${rule.threshold.toFixed(1)})`
  const count = crossed
    ? `${points.length} out of the last ${rule.of} datapoints [${shown}] were greater than`
    : `1 datapoint [${shown}] was not greater than`
  return `Threshold Crossed: ${count} ${limit}.`
}

function reasonData(rule: Rule, points: readonly Datapoint[], at: number) {
  const [first] = points
  return {
    version: '1.0',
    queryDate: awsDate(at),
    startDate: awsDate(first?.time ?? at),
    ...(rule.statistic === undefined ? {} : { statistic: rule.statistic }),
    ...(rule.unit === undefined ? {} : { unit: rule.unit }),
    period: rule.periodSeconds,
    recentDatapoints: points.map(({ value }) => value),
    threshold: rule.threshold,
    // Newest first, as CloudWatch lists them.
    evaluatedDatapoints: [...points]
      .reverse()
      .map(({ time, value }) => ({ timestamp: awsDate(time), value })),
  }
}

/** A time as alarms write it into their JSON: with milliseconds and an offset without a colon. */
export function awsDate(time: number): string {
  return new Date(time).toISOString().replace('Z', '+0000')
}
