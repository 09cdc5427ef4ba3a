import type { MathExpr, MathValue, Track } from './math-syntax.ts'
import type { Range } from './points.ts'

/** What a function may ask for beside its arguments. */
export type MathEnvironment = Readonly<{
  range: Range
  /** The metrics of the request, without its expressions: all of them, or those whose ids hold a text. */
  metrics: (idPart: string) => MathValue
  /** The value of an expression over another range of time. */
  over: (expression: MathExpr, range: Range) => MathValue
  /** The error for an argument that the function cannot use. */
  fail: (what: string) => Error
}>

export type MathFunction = Readonly<{
  min: number
  max: number
  /** Gets the values of the arguments, and the arguments as they are written. */
  run: (
    args: readonly MathValue[],
    environment: MathEnvironment,
    written: readonly MathExpr[],
  ) => MathValue
}>

const DAY_MS = 86_400_000
/** A band is learned from the same time of day on so many days before. */
const BAND_DAYS = 7
const BAND_NEIGHBOURS = 2
const BAND_VALUES_NEEDED = 3

const fn = (min: number, max: number, run: MathFunction['run']): MathFunction => ({ min, max, run })
const scalar = (value: number): MathValue => ({ kind: 'scalar', value })

/** A function of each point alone. */
const eachPoint = (run: (value: number) => number) =>
  fn(1, 1, ([value]) =>
    value?.kind === 'scalar'
      ? scalar(run(value.value))
      : mapTracks(value, (points) => mapPoints(points, run)),
  )

/** A function of a series as a whole. */
const eachSeries = (
  run: (points: Track['points'], periodSeconds: number) => ReadonlyMap<number, number>,
) =>
  fn(1, 1, ([value], { fail }) => {
    if (value === undefined || value.kind === 'scalar') throw fail('a time series is needed')
    return mapTracks(value, (points) => run(points, value.periodSeconds))
  })

/** Of a series its one number, of an array a series: the values of its series at each time. */
const aggregate = (run: (values: readonly number[]) => number) =>
  fn(1, 1, ([value]) => {
    if (value === undefined || value.kind === 'scalar') return value ?? scalar(Number.NaN)
    if (value.kind === 'series') return scalar(run([...value.track.points.values()]))
    return acrossTracks(value, run)
  })

const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0)
const mean = (values: readonly number[]) => sum(values) / values.length
const deviation = (values: readonly number[]) =>
  Math.sqrt(mean(values.map((value) => (value - mean(values)) ** 2)))

/** The functions of metric math, by name. */
export const MATH_FUNCTIONS: Readonly<Record<string, MathFunction>> = {
  ABS: eachPoint(Math.abs),
  CEIL: eachPoint(Math.ceil),
  FLOOR: eachPoint(Math.floor),
  LOG: eachPoint(Math.log),
  LOG10: eachPoint(Math.log10),
  AVG: aggregate(mean),
  MAX: aggregate((values) => values.reduce((most, value) => Math.max(most, value), -Infinity)),
  MIN: aggregate((values) => values.reduce((least, value) => Math.min(least, value), Infinity)),
  STDDEV: aggregate(deviation),
  SUM: aggregate(sum),
  DIFF: eachSeries((points) => pairs(points, (before, after) => after.value - before.value)),
  DIFF_TIME: eachSeries((points) =>
    pairs(points, (before, after) => (after.time - before.time) / 1000),
  ),
  RATE: eachSeries((points) =>
    pairs(
      points,
      (before, after) => (after.value - before.value) / ((after.time - before.time) / 1000),
    ),
  ),
  RUNNING_SUM: eachSeries((points) => {
    let total = 0
    return mapPoints(points, (value) => {
      total += value
      return total
    })
  }),
  DATAPOINT_COUNT: fn(1, 1, ([value], { fail }) => {
    if (value?.kind === 'series') return scalar(value.track.points.size)
    if (value?.kind === 'array') return acrossTracks(value, (values) => values.length)
    throw fail('a time series is needed')
  }),
  METRIC_COUNT: fn(1, 1, ([value]) => scalar(value?.kind === 'array' ? value.tracks.length : 1)),
  FIRST: fn(1, 1, ([value], { fail }) => oneOf(value, 0, fail)),
  LAST: fn(1, 1, ([value], { fail }) => oneOf(value, -1, fail)),
  REMOVE_EMPTY: fn(1, 1, ([value], { fail }) => {
    if (value?.kind !== 'array') throw fail('an array of time series is needed')
    return { ...value, tracks: value.tracks.filter((track) => track.points.size > 0) }
  }),
  PERIOD: fn(1, 1, ([value], { fail }) => {
    if (value === undefined || value.kind === 'scalar') throw fail('a time series is needed')
    return scalar(value.periodSeconds)
  }),
  METRICS: fn(0, 1, (_, { metrics, fail }, [part]) => {
    if (part === undefined) return metrics('')
    if (part.kind !== 'text') throw fail('METRICS takes a text')
    return metrics(part.value)
  }),
  IF: fn(2, 3, ([condition, yes, no], { fail }) => {
    if (condition === undefined || yes === undefined) throw fail('a condition is needed')
    return choose(condition, yes, no)
  }),
  FILL: fn(2, 2, ([value, filling], { range, fail }, [, how]) => {
    if (value === undefined || value.kind === 'scalar') throw fail('a time series is needed')
    const times = gridOf(range, value.periodSeconds)
    return mapTracks(value, (points) => filled(points, times, filling, how))
  }),
  TIME_SERIES: fn(1, 1, ([value], { range, fail }) => {
    if (value?.kind !== 'scalar') throw fail('TIME_SERIES takes a number')
    const points = new Map(gridOf(range, 60).map((time) => [time, value.value]))
    return { kind: 'series', track: { label: '', points }, periodSeconds: 60 }
  }),
  ANOMALY_DETECTION_BAND: fn(1, 2, ([value, width], { range, over, fail }, [what]) => {
    if (value?.kind !== 'series' || what === undefined) throw fail('a time series is needed')
    const deviations = width?.kind === 'scalar' ? width.value : 2
    const history = over(what, { ...range, start: range.start - (BAND_DAYS + 1) * DAY_MS })
    const points = history.kind === 'series' ? history.track.points : new Map<number, number>()
    return bandOf(points, gridOf(range, value.periodSeconds), value.periodSeconds, deviations)
  }),
}

/** The beginnings of the periods of a range, as far as they have come. */
export function gridOf(range: Range, periodSeconds: number): readonly number[] {
  const period = periodSeconds * 1000
  const first = Math.floor(range.start / period) * period
  const end = Math.min(range.end, range.now)
  return Array.from(
    { length: Math.max(0, Math.ceil((end - first) / period)) },
    (_, at) => first + at * period,
  )
}

function mapTracks(
  value: MathValue | undefined,
  run: (points: Track['points']) => ReadonlyMap<number, number>,
): MathValue {
  if (value?.kind === 'series') {
    return { ...value, track: { ...value.track, points: run(value.track.points) } }
  }
  if (value?.kind === 'array') {
    const tracks = value.tracks.map((track) => ({ ...track, points: run(track.points) }))
    return { ...value, tracks }
  }
  return value ?? scalar(Number.NaN)
}

function mapPoints(
  points: Track['points'],
  run: (value: number) => number,
): ReadonlyMap<number, number> {
  return new Map(
    [...points]
      .map(([time, value]): [number, number] => [time, run(value)])
      .filter(([, value]) => Number.isFinite(value)),
  )
}

function acrossTracks(
  value: Extract<MathValue, { kind: 'array' }>,
  run: (values: readonly number[]) => number,
): MathValue {
  const byTime = new Map<number, number[]>()
  for (const { points } of value.tracks) {
    for (const [time, one] of points) byTime.set(time, [...(byTime.get(time) ?? []), one])
  }
  const points = new Map(
    [...byTime]
      .sort(([left], [right]) => left - right)
      .map(([time, values]): [number, number] => [time, run(values)]),
  )
  return { kind: 'series', track: { label: '', points }, periodSeconds: value.periodSeconds }
}

type Moment = Readonly<{ time: number; value: number }>

function pairs(
  points: Track['points'],
  run: (before: Moment, after: Moment) => number,
): ReadonlyMap<number, number> {
  const result = new Map<number, number>()
  let before: Moment | undefined
  for (const [time, value] of points) {
    const after = { time, value }
    if (before !== undefined) result.set(time, run(before, after))
    before = after
  }
  return result
}

function oneOf(value: MathValue | undefined, at: number, fail: MathEnvironment['fail']): MathValue {
  const track = value?.kind === 'array' ? value.tracks.at(at) : undefined
  if (value?.kind !== 'array' || track === undefined) {
    throw fail('an array of time series is needed')
  }
  return { kind: 'series', track, periodSeconds: value.periodSeconds }
}

function choose(condition: MathValue, yes: MathValue, no: MathValue | undefined): MathValue {
  if (condition.kind === 'scalar') {
    return condition.value !== 0 ? yes : (no ?? scalar(Number.NaN))
  }
  const at = (value: MathValue | undefined, time: number) =>
    value === undefined || value.kind === 'array'
      ? undefined
      : value.kind === 'scalar'
        ? value.value
        : value.track.points.get(time)
  return mapTracks(condition, (points) => {
    const result = new Map<number, number>()
    for (const [time, holds] of points) {
      const value = at(holds !== 0 ? yes : no, time)
      if (value !== undefined) result.set(time, value)
    }
    return result
  })
}

function filled(
  points: Track['points'],
  times: readonly number[],
  filling: MathValue | undefined,
  how: MathExpr | undefined,
): ReadonlyMap<number, number> {
  const known = [...points].map(([time, value]) => ({ time, value }))
  const result = new Map<number, number>()
  let next = 0
  for (const time of times) {
    while ((known[next]?.time ?? Infinity) <= time) next += 1
    const [before, after] = [known[next - 1], known[next]]
    const value = points.get(time) ?? fillingAt(time, before, after, filling, how)
    if (value !== undefined) result.set(time, value)
  }
  return result
}

function fillingAt(
  time: number,
  before: Moment | undefined,
  after: Moment | undefined,
  filling: MathValue | undefined,
  how: MathExpr | undefined,
): number | undefined {
  if (how?.kind !== 'word') {
    if (filling?.kind === 'scalar') return filling.value
    return filling?.kind === 'series' ? filling.track.points.get(time) : undefined
  }
  if (before === undefined) return undefined
  if (how.word === 'REPEAT') return before.value
  if (after === undefined) return undefined
  const share = (time - before.time) / (after.time - before.time)
  return before.value + share * (after.value - before.value)
}

/** Two series: what is expected at most, then what is expected at least. */
function bandOf(
  points: Track['points'],
  times: readonly number[],
  periodSeconds: number,
  deviations: number,
): MathValue {
  const [high, low] = [new Map<number, number>(), new Map<number, number>()]
  for (const time of times) {
    const values: number[] = []
    for (let day = 1; day <= BAND_DAYS; day += 1) {
      for (let step = -BAND_NEIGHBOURS; step <= BAND_NEIGHBOURS; step += 1) {
        const value = points.get(time - day * DAY_MS + step * periodSeconds * 1000)
        if (value !== undefined) values.push(value)
      }
    }
    if (values.length < BAND_VALUES_NEEDED) continue
    high.set(time, mean(values) + deviations * deviation(values))
    low.set(time, mean(values) - deviations * deviation(values))
  }
  const tracks = [
    { label: 'expected high', points: high },
    { label: 'expected low', points: low },
  ]
  return { kind: 'array', tracks, periodSeconds }
}
