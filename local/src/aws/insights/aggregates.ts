import { compareValues, toNumber, toText, type Value } from './value.ts'

/** The values of each argument, one entry per record. */
type Run = (values: readonly Value[], second: Value, times: readonly Value[]) => Value
export type Aggregate = Readonly<{ min: number; max: number; run: Run }>

const agg = (min: number, max: number, run: Run): Aggregate => ({ min, max, run })

const onNumbers = (run: (numbers: readonly number[]) => number) =>
  agg(1, 1, (values) => {
    const numbers = numbersOf(values)
    return numbers.length === 0 ? undefined : run(numbers)
  })

const present = (values: readonly Value[]) => values.filter((value) => value !== undefined)
const sum = (numbers: readonly number[]) => numbers.reduce((total, one) => total + one, 0)
const mean = (numbers: readonly number[]) => sum(numbers) / numbers.length

/** The aggregation functions of stats, by lower-case name. */
export const AGGREGATES: Readonly<Record<string, Aggregate>> = {
  count: agg(0, 1, (values) => present(values).length),
  count_distinct: agg(1, 1, (values) => new Set(present(values).map(toText)).size),
  sum: onNumbers(sum),
  avg: onNumbers(mean),
  min: agg(1, 1, (values) => present(values).sort(compareValues)[0]),
  max: agg(1, 1, (values) => present(values).sort(compareValues).at(-1)),
  stddev: onNumbers((numbers) => Math.sqrt(mean(numbers.map((one) => (one - mean(numbers)) ** 2)))),
  median: agg(1, 1, (values) => percentile(numbersOf(values), 50)),
  pct: agg(2, 2, (values, rank) => percentile(numbersOf(values), toNumber(rank) ?? 50)),
  percentile: agg(2, 2, (values, rank) => percentile(numbersOf(values), toNumber(rank) ?? 50)),
  earliest: agg(1, 1, (values, _second, times) => atTime(values, times, -1)),
  latest: agg(1, 1, (values, _second, times) => atTime(values, times, 1)),
}

/** The nearest-rank percentile; undefined without numbers. */
export function percentile(numbers: readonly number[], rank: number): number | undefined {
  const sorted = [...numbers].sort((left, right) => left - right)
  return sorted[Math.max(0, Math.ceil((sorted.length * rank) / 100) - 1)]
}

function numbersOf(values: readonly Value[]): readonly number[] {
  return values.map(toNumber).filter((value) => value !== undefined)
}

function atTime(values: readonly Value[], times: readonly Value[], sign: 1 | -1): Value {
  let best = 0
  for (let at = 1; at < values.length; at += 1) {
    if (sign * compareValues(times[at], times[best]) > 0) best = at
  }
  return values[best]
}
