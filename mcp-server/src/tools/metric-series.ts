import type { MetricDataResult } from '@aws-sdk/client-cloudwatch'
import { dateText, numberText } from '../answer/value-text.ts'

export type Series = Readonly<{
  id: string
  label: string
  /** Oldest first. */
  points: ReadonlyArray<readonly [time: number, value: number]>
  /** Points that were no numbers (NaN of a division by zero, infinities) and are not among `points`. */
  dropped: number
  status: string
}>

/**
 * The series of several pages, those of one id and label joined, in order of appearance. A later page brings the
 * status that counts: AWS says PartialData until the last one.
 */
export function joinSeries(results: readonly MetricDataResult[]): readonly Series[] {
  const joined = new Map<string, Series>()
  for (const { Id = '', Label = '', Timestamps = [], Values = [], StatusCode } of results) {
    const key = JSON.stringify([Id, Label])
    const points = Timestamps.flatMap((time, at) => {
      const value = Values[at]
      return Number.isFinite(value) ? [[time.getTime(), Number(value)] as const] : []
    })
    const before = joined.get(key)
    joined.set(key, {
      id: Id,
      label: Label,
      points: [...(before?.points ?? []), ...points],
      dropped: (before?.dropped ?? 0) + Timestamps.length - points.length,
      status: StatusCode ?? before?.status ?? 'Complete',
    })
  }
  return [...joined.values()].map((series) => ({
    ...series,
    points: series.points.toSorted(([one], [other]) => one - other),
  }))
}

export const SUMMARY_COLUMNS = [
  'id',
  'label',
  'points',
  'min',
  'max',
  'avg',
  'last',
  'peak at',
  'from',
  'to',
  'trend',
]

/** One row for a series: what its points come to. */
export function summarize({ id, label, points }: Series): string[] {
  const first = points[0]
  const last = points.at(-1)
  if (first === undefined || last === undefined) {
    return [id, label, '0', ...SUMMARY_COLUMNS.slice(3).map(() => '-')]
  }
  const values = points.map(([, value]) => value)
  const max = largest(values)
  const peak = points.find(([, value]) => value === max) ?? last
  return [
    id,
    label,
    String(points.length),
    numberText(values.reduce((low, value) => Math.min(low, value), Number.POSITIVE_INFINITY)),
    numberText(max),
    numberText(values.reduce((sum, value) => sum + value, 0) / values.length),
    numberText(last[1]),
    dateText(peak[0]),
    dateText(first[0]),
    dateText(last[0]),
    trendOf(values),
  ]
}

/**
 * How the peaks move: the highest value of the first third against that of the last third. Averages hide what
 * people look for, a load that touches its limit more and more often.
 */
export function trendOf(values: readonly number[]): string {
  if (values.length < 6) return '-'
  const third = Math.floor(values.length / 3)
  const early = largest(values.slice(0, third))
  const late = largest(values.slice(-third))
  const change = late - early
  const from = `(peaks ${numberText(early, 4)} to ${numberText(late, 4)})`
  if (Math.abs(change) <= 0.1 * Math.max(Math.abs(early), Math.abs(late))) return `steady ${from}`
  return `${change > 0 ? 'rising' : 'falling'} ${from}`
}

/** The points of a series without their times: one value per period from the first point on, `-` where one is missing. */
export function valuesText({ points }: Series, periodSeconds: number): string {
  const start = points[0]?.[0]
  const end = points.at(-1)?.[0]
  if (start === undefined || end === undefined) return '-'
  const step = periodSeconds * 1_000
  const byTime = new Map(points.map(([time, value]) => [Math.round((time - start) / step), value]))
  const slots = Math.round((end - start) / step) + 1
  const values = Array.from({ length: slots }, (_, at) => {
    const value = byTime.get(at)
    return value === undefined ? '-' : numberText(value)
  })
  return values.join(',')
}

/** Math.max with a spread overflows the stack at some hundred thousand values. */
function largest(values: readonly number[]): number {
  return values.reduce((high, value) => Math.max(high, value), Number.NEGATIVE_INFINITY)
}
