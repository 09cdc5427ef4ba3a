import { percentile } from '../insights/aggregates.ts'

/** One value out of the samples of a period; undefined when none of them counts. */
export type Statistic = (values: readonly number[]) => number | undefined

const sum: Statistic = (values) => values.reduce((total, value) => total + value, 0)
const mean: Statistic = (values) =>
  values.length === 0 ? undefined : (sum(values) ?? 0) / values.length

const PLAIN: Readonly<Record<string, Statistic>> = {
  Average: mean,
  Sum: sum,
  // Not Math.min(...values): a long period has more samples than a call may have arguments.
  Minimum: (values) => values.reduce((least, value) => Math.min(least, value)),
  Maximum: (values) => values.reduce((most, value) => Math.max(most, value)),
  SampleCount: (values) => values.length,
  IQM: (values) => mean(between(values, { share: 25 }, { share: 75 })),
}

/** A boundary of a trimmed statistic: a share of the samples in percent, or a value. */
type Bound = Readonly<{ share: number }> | Readonly<{ value: number }> | undefined

/**
 * Finds a statistic by its name: the plain ones, pNN, and the trimmed ones in both forms (`tm90`, `TM(10%:90%)`,
 * `WM(:500)`, `PR(100:)`): trimmed mean, count and sum, winsorized mean and percentile rank. Undefined for others.
 */
export function statisticOf(name: string): Statistic | undefined {
  if (Object.hasOwn(PLAIN, name)) return PLAIN[name]
  const rank = /^p(\d{1,2}(?:\.\d{1,10})?|100)$/.exec(name)?.[1]
  if (rank !== undefined) return (values) => percentile(values, Number(rank))
  const short = /^(tm|tc|ts|wm)(\d{1,2}(?:\.\d{1,10})?|100)$/.exec(name)
  if (short !== null) return trimmed(short[1] ?? '', undefined, { share: Number(short[2]) })
  const long = /^(TM|TC|TS|WM|PR)\(([\d.]*%?):([\d.]*%?)\)$/.exec(name)
  if (long === null) return undefined
  const [kind, low, high] = [long[1] ?? '', long[2] ?? '', long[3] ?? '']
  const bounds = [low, high].filter((text) => text !== '')
  const percents = bounds.filter((text) => text.endsWith('%'))
  // Both bounds are of one kind, and a rank is about values.
  if (bounds.length === 0 || (percents.length > 0 && percents.length < bounds.length)) {
    return undefined
  }
  if (kind === 'PR' && percents.length > 0) return undefined
  return trimmed(kind.toLowerCase(), boundOf(low), boundOf(high))
}

function boundOf(text: string): Bound {
  if (text === '') return undefined
  return text.endsWith('%') ? { share: Number(text.slice(0, -1)) } : { value: Number(text) }
}

function trimmed(kind: string, low: Bound, high: Bound): Statistic {
  return (values) => {
    if (kind === 'wm') return mean(winsorized(values, low, high))
    const kept = between(values, low, high)
    switch (kind) {
      case 'tc':
        return kept.length
      case 'ts':
        return sum(kept)
      case 'pr':
        return (100 * kept.length) / values.length
      default:
        return mean(kept)
    }
  }
}

/** The samples between two bounds; the lower one excluded, the upper one included. */
function between(values: readonly number[], low: Bound, high: Bound): readonly number[] {
  const sorted = [...values].sort((left, right) => left - right)
  const [from, to] = indexes(sorted, low, high)
  return sorted.slice(from, to)
}

function winsorized(values: readonly number[], low: Bound, high: Bound): readonly number[] {
  const sorted = [...values].sort((left, right) => left - right)
  const [from, to] = indexes(sorted, low, high)
  const [least, most] = [sorted[from], sorted[to - 1]]
  if (least === undefined || most === undefined) return []
  return sorted.map((value, at) => (at < from ? least : at >= to ? most : value))
}

function indexes(sorted: readonly number[], low: Bound, high: Bound): readonly [number, number] {
  const count = (holds: (value: number) => boolean) => sorted.filter(holds).length
  const from =
    low === undefined
      ? 0
      : 'share' in low
        ? Math.floor((sorted.length * low.share) / 100)
        : count((value) => value <= low.value)
  const to =
    high === undefined
      ? sorted.length
      : 'share' in high
        ? Math.ceil((sorted.length * high.share) / 100)
        : count((value) => value <= high.value)
  return [from, Math.max(from, to)]
}
