/** Points of a series, oldest first: time in epoch milliseconds, value. */
export type Points = ReadonlyArray<readonly [time: number, value: number]>

/** Periods that metrics are published with, in seconds. */
const PERIODS = [60, 120, 180, 300, 600, 900, 1_800, 3_600, 7_200, 10_800, 21_600, 43_200, 86_400]

/** How far a gap may be from a period and still be taken for it. */
const TOLERANCE = 0.1

/** How regularly a series is published. */
export type Publishing = Readonly<{
  /** Seconds from one point to the next, most often; undefined for fewer than two points. */
  periodSeconds: number | undefined
  /** Share of the moments between first and last point that have one, 0 to 1. */
  density: number
  longestGapSeconds: number
}>

/** The usual distance of points, snapped to a usual period where it is within 10 % of one, and how many are missing. */
export function publishingOf(points: Points): Publishing {
  const gaps = points.slice(1).map(([time], at) => (time - (points[at]?.[0] ?? time)) / 1_000)
  const usual = mostCommon(gaps)
  const first = points[0]?.[0]
  const last = points.at(-1)?.[0]
  if (usual === undefined || first === undefined || last === undefined) {
    return { periodSeconds: undefined, density: points.length, longestGapSeconds: 0 }
  }
  const near = PERIODS.find((period) => Math.abs(usual - period) <= period * TOLERANCE)
  const periodSeconds = near ?? usual
  const moments = Math.round((last - first) / 1_000 / periodSeconds) + 1
  return {
    periodSeconds,
    density: Math.min(1, points.length / moments),
    longestGapSeconds: gaps.reduce((longest, gap) => Math.max(longest, gap), 0),
  }
}

/** The shortest of the most frequent gaps; rounding keeps jitter of a second from splitting them. */
function mostCommon(gaps: readonly number[]): number | undefined {
  const counts = new Map<number, number>()
  for (const gap of gaps) {
    const rounded = Math.max(1, Math.round(gap))
    counts.set(rounded, (counts.get(rounded) ?? 0) + 1)
  }
  const [first] = [...counts].sort(([one, count], [other, others]) => others - count || one - other)
  return first?.[0]
}

/** Values at equal distances from the first point to the last; what is missing lies on the line between its neighbours. */
export function toGrid(points: Points, periodSeconds: number): number[] {
  const start = points[0]?.[0]
  const end = points.at(-1)?.[0]
  if (start === undefined || end === undefined) return []
  const step = periodSeconds * 1_000
  const values: number[] = []
  let at = 0
  for (let time = start; time <= end; time += step) {
    while (at + 1 < points.length && (points[at + 1]?.[0] ?? 0) <= time) at += 1
    const [before, value] = points[at] ?? [time, 0]
    const [after, next] = points[at + 1] ?? [before, value]
    const share = after === before ? 0 : (time - before) / (after - before)
    values.push(value + (next - value) * share)
  }
  return values
}
