import type { Sample, Series } from '../story/series.ts'
import type { Statistic } from './statistics.ts'

export type Point = Readonly<{ timestamp: number; value: number }>

/** Milliseconds since 1970; start inclusive, end exclusive. */
export type Range = Readonly<{ start: number; end: number; now: number }>

const HOUR_MS = 3_600_000
const DAY_MS = 24 * HOUR_MS

/**
 * The points of one or more metrics together, oldest first, one for each period that has samples. Periods that
 * CloudWatch no longer keeps at this resolution have none.
 */
export function pointsOf(
  series: readonly Series[],
  range: Range,
  periodSeconds: number,
  statistic: Statistic,
): readonly Point[] {
  const period = periodSeconds * 1000
  const bins = new Map<number, number[]>()
  for (const { timestamp, value } of samplesOf(series, range, periodSeconds)) {
    const bin = Math.floor(timestamp / period) * period
    const values = bins.get(bin)
    if (values === undefined) bins.set(bin, [value])
    else values.push(value)
  }
  return [...bins]
    .filter(([timestamp]) => isKept(timestamp, periodSeconds, range.now))
    .flatMap(([timestamp, values]) => {
      const value = statistic(values)
      return value === undefined ? [] : [{ timestamp, value }]
    })
    .sort((left, right) => left.timestamp - right.timestamp)
}

/** The samples behind the points; the first period of a range counts whole. */
export function samplesOf(
  series: readonly Series[],
  range: Range,
  periodSeconds: number,
): readonly Sample[] {
  const period = periodSeconds * 1000
  const first = Math.floor(range.start / period) * period
  return series.flatMap((one) => one.samples(first, range.end, range.now))
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
