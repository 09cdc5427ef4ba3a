import type { PromqlPoint } from './otlp-series.ts'

/** A function of a range of samples; undefined when it has no result. `from` and `to` are the ends of the range. */
type OverRange = (points: readonly PromqlPoint[], from: number, to: number) => number | undefined

export type PromqlFunction =
  | Readonly<{ kind: 'range'; min: 1; max: 1; run: OverRange }>
  | Readonly<{
      kind: 'value'
      min: number
      max: number
      run: (...numbers: readonly number[]) => number
    }>
  | Readonly<{ kind: 'order'; min: 1; max: 1; sign: 1 | -1 }>
  | Readonly<{ kind: 'time'; min: 0; max: 0 }>
  | Readonly<{ kind: 'vector'; min: 1; max: 1 }>
  | Readonly<{ kind: 'scalar'; min: 1; max: 1 }>

const range = (run: OverRange): PromqlFunction => ({ kind: 'range', min: 1, max: 1, run })
const over = (run: (values: readonly number[]) => number): PromqlFunction =>
  range((points) => (points.length === 0 ? undefined : run(points.map((point) => point.value))))
const value = (
  min: number,
  max: number,
  run: (...numbers: readonly number[]) => number,
): PromqlFunction => ({ kind: 'value', min, max, run })

const sum = (values: readonly number[]) => values.reduce((total, one) => total + one, 0)

/** The functions of PromQL that this stand-in has. */
export const PROMQL_FUNCTIONS: Readonly<Record<string, PromqlFunction>> = {
  rate: range((points, from, to) => extrapolated(points, from, to, true, true)),
  increase: range((points, from, to) => extrapolated(points, from, to, true, false)),
  delta: range((points, from, to) => extrapolated(points, from, to, false, false)),
  irate: range((points) => {
    const [before, last] = points.slice(-2)
    if (before === undefined || last === undefined) return undefined
    const grown = last.value < before.value ? last.value : last.value - before.value
    return (grown * 1000) / (last.time - before.time)
  }),
  avg_over_time: over((values) => sum(values) / values.length),
  sum_over_time: over(sum),
  min_over_time: over((values) => values.reduce((least, one) => Math.min(least, one))),
  max_over_time: over((values) => values.reduce((most, one) => Math.max(most, one))),
  count_over_time: over((values) => values.length),
  last_over_time: over((values) => values.at(-1) ?? Number.NaN),
  abs: value(1, 1, (one = 0) => Math.abs(one)),
  ceil: value(1, 1, (one = 0) => Math.ceil(one)),
  floor: value(1, 1, (one = 0) => Math.floor(one)),
  sqrt: value(1, 1, (one = 0) => Math.sqrt(one)),
  round: value(1, 2, (one = 0, to = 1) => Math.round(one / to) * to),
  clamp_min: value(2, 2, (one = 0, least = 0) => Math.max(one, least)),
  clamp_max: value(2, 2, (one = 0, most = 0) => Math.min(one, most)),
  sort: { kind: 'order', min: 1, max: 1, sign: 1 },
  sort_desc: { kind: 'order', min: 1, max: 1, sign: -1 },
  time: { kind: 'time', min: 0, max: 0 },
  vector: { kind: 'vector', min: 1, max: 1 },
  scalar: { kind: 'scalar', min: 1, max: 1 },
}

/**
 * What Prometheus does for rate, increase and delta: the difference between the first and the last sample, resets of
 * a counter added, stretched towards the ends of the range where samples come near enough to them.
 */
function extrapolated(
  points: readonly PromqlPoint[],
  from: number,
  to: number,
  isCounter: boolean,
  isRate: boolean,
): number | undefined {
  const [first, last] = [points[0], points.at(-1)]
  if (first === undefined || last === undefined || points.length < 2) return undefined
  let difference = last.value - first.value
  if (isCounter) {
    for (const [at, point] of points.entries()) {
      const before = points[at - 1]
      if (before !== undefined && point.value < before.value) difference += before.value
    }
  }
  const sampled = last.time - first.time
  const spacing = sampled / (points.length - 1)
  const threshold = spacing * 1.1
  let toStart = first.time - from
  const toEnd = to - last.time
  if (isCounter && difference > 0 && first.value >= 0) {
    // A counter was not below zero before its first sample.
    toStart = Math.min(toStart, sampled * (first.value / difference))
  }
  const reach = (distance: number) => (distance < threshold ? distance : spacing / 2)
  const factor = (sampled + reach(toStart) + reach(toEnd)) / sampled
  const whole = difference * factor
  return isRate ? (whole * 1000) / (to - from) : whole
}
