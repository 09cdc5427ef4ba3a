import { percentile } from '../insights/aggregates.ts'
import type { Series } from '../story/series.ts'

export type Point = Readonly<{ timestamp: number; value: number }>

/** One value out of the samples of a period; undefined for a statistic that is not known here. */
export type Statistic = (values: readonly number[]) => number

const HOUR_MS = 3_600_000
const DAY_MS = 24 * HOUR_MS

/** Finds a statistic by its name: the five plain ones and pNN. */
export function statisticOf(name: string): Statistic | undefined {
  const sum: Statistic = (values) => values.reduce((total, value) => total + value, 0)
  switch (name) {
    case 'Average':
      return (values) => sum(values) / values.length
    case 'Sum':
      return sum
    case 'Minimum':
      return (values) => Math.min(...values)
    case 'Maximum':
      return (values) => Math.max(...values)
    case 'SampleCount':
      return (values) => values.length
  }
  const rank = /^p(\d{1,2}(?:\.\d{1,10})?|100)$/.exec(name)?.[1]
  return rank === undefined ? undefined : (values) => percentile(values, Number(rank)) ?? 0
}

/**
 * The points of a metric from `start` (inclusive) to `end` (exclusive), oldest first, one for each period that has
 * samples. Periods that CloudWatch no longer keeps at this resolution have none.
 */
export function pointsOf(
  series: Series,
  range: Readonly<{ start: number; end: number; now: number }>,
  periodSeconds: number,
  statistic: Statistic,
): readonly Point[] {
  const period = periodSeconds * 1000
  const bins = new Map<number, number[]>()
  const first = Math.floor(range.start / period) * period
  for (const { timestamp, value } of series.samples(first, range.end, range.now)) {
    const bin = Math.floor(timestamp / period) * period
    const values = bins.get(bin)
    if (values === undefined) bins.set(bin, [value])
    else values.push(value)
  }
  return [...bins]
    .filter(([timestamp]) => isKept(timestamp, periodSeconds, range.now))
    .map(([timestamp, values]) => ({ timestamp, value: statistic(values) }))
    .sort((left, right) => left.timestamp - right.timestamp)
}

/** Below a minute for 3 hours, minutes for 15 days, five minutes for 63 days, hours for 455 days. */
function isKept(timestamp: number, periodSeconds: number, now: number): boolean {
  const age = now - timestamp
  if (periodSeconds < 60) return age <= 3 * HOUR_MS
  if (periodSeconds < 300) return age <= 15 * DAY_MS
  if (periodSeconds < 3600) return age <= 63 * DAY_MS
  return age <= 455 * DAY_MS
}

/** The start that CloudWatch really uses: rounded down, the more the older it is. */
export function roundedStart(start: number, now: number): number {
  const age = now - start
  const step = age > 63 * DAY_MS ? HOUR_MS : age > 15 * DAY_MS ? 5 * 60_000 : 60_000
  return Math.floor(start / step) * step
}

/** Whether CloudWatch takes this period: 1, 5, 10, 20, 30 seconds or whole minutes. */
export function isPeriod(seconds: number): boolean {
  return [1, 5, 10, 20, 30].includes(seconds) || (seconds >= 60 && seconds % 60 === 0)
}
