import { z } from 'zod'
import type { Series } from './metric-series.ts'

const Labels = z.record(z.string(), z.string())
const Sample = z.tuple([z.number(), z.string()])

/** What /query and /query_range answer (Prometheus HTTP API, expression query result formats). */
const Result = z.discriminatedUnion('resultType', [
  z.object({
    resultType: z.literal('vector'),
    result: z.array(z.object({ metric: Labels, value: Sample.optional() })),
  }),
  z.object({
    resultType: z.literal('matrix'),
    result: z.array(z.object({ metric: Labels, values: z.array(Sample).optional() })),
  }),
  z.object({ resultType: z.literal('scalar'), result: Sample }),
  z.object({ resultType: z.literal('string'), result: Sample }),
])

export type LabelledSeries = Readonly<{
  labels: Readonly<Record<string, string>>
  series: Series
}>

/** The series of a query's answer; an instant gives one point each. Undefined for an answer of another form. */
export function readPromql(data: unknown): readonly LabelledSeries[] | undefined {
  const parsed = Result.safeParse(data)
  if (!parsed.success) return undefined
  const { data: answer } = parsed
  switch (answer.resultType) {
    case 'vector':
      return answer.result.map(({ metric, value }) => toSeries(metric, value ? [value] : []))
    case 'matrix':
      return answer.result.map(({ metric, values = [] }) => toSeries(metric, values))
    default:
      return [toSeries({}, [answer.result])]
  }
}

function toSeries(
  labels: Readonly<Record<string, string>>,
  samples: ReadonlyArray<readonly [number, string]>,
): LabelledSeries {
  const points = samples.flatMap(([time, written]) => {
    const value = numberOf(written)
    return Number.isFinite(value) ? [[time * 1_000, value] as const] : []
  })
  const dropped = samples.length - points.length
  return { labels, series: { id: '', label: '', points, dropped, status: 'Complete' } }
}

/** Prometheus writes +Inf and NaN, and a number as a string so that JSON keeps it whole. */
function numberOf(written: string): number {
  return written.trim() === '' ? Number.NaN : Number(written)
}

/** Labels that all series have with the same value: told once in place of in every row. */
export function commonLabels(all: readonly LabelledSeries[]): Readonly<Record<string, string>> {
  const [first] = all
  if (first === undefined || all.length < 2) return {}
  return Object.fromEntries(
    Object.entries(first.labels).filter(([name, value]) =>
      all.every(({ labels }) => labels[name] === value),
    ),
  )
}

/** Labels in the form of a selector, those in `without` left out: `{service="checkout", code="500"}`. */
export function labelsText(
  labels: Readonly<Record<string, string>>,
  without: Readonly<Record<string, string>> = {},
): string {
  const shown = Object.entries(labels)
    .filter(([name]) => !(name in without))
    .sort(([one], [other]) => (one < other ? -1 : 1))
    .map(([name, value]) => `${labelName(name)}=${JSON.stringify(value)}`)
  return `{${shown.join(', ')}}`
}

/** A name of Prometheus 3 may hold any character, and is then written in quotes. */
function labelName(name: string): string {
  return /^[a-zA-Z_]\w*$/.test(name) ? name : JSON.stringify(name)
}
