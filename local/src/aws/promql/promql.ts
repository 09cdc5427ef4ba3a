import type { Session } from '../call.ts'
import type { Story } from '../story/story.ts'
import { evaluatePromql, type Fetch, matchesSeries, type VectorSample } from './evaluate-promql.ts'
import { createOtlpSeries, type Labels, type PromqlSeries } from './otlp-series.ts'
import { limitOf, stepOf, timeOf } from './parameters.ts'
import { parseMatch, parsePromql } from './parse-promql.ts'
import { badParameter, cannotRun } from './promql-error.ts'
import { type Matcher, selectorsIn } from './syntax.ts'

/** One authenticated call of the PromQL HTTP API. */
export type PromqlCall = Readonly<{
  region: string
  session: Session
  now: Date
  /** A fault asks for an incomplete answer. */
  partial: boolean
  authorize: (action: string, resources: readonly string[]) => void
}>

/** The data of a successful answer. */
export type PromqlAnswer = Readonly<{ data: unknown; warnings: readonly string[] }>

export type PromqlOperation = (form: URLSearchParams, call: PromqlCall) => PromqlAnswer

/** Series of one query's answer. */
const MAX_SERIES = 500
/** Labels, values or series of one answer about what there is. */
const MAX_DISCOVERED = 10_000
const MAX_RANGE_MS = 7 * 86_400_000
const MAX_STEPS = 11_000
const TRUNCATED = 'results truncated due to limit'

/** The operations of the PromQL HTTP API, as IAM and CloudTrail group them: QueryMetrics, GetSeries and GetLabels. */
export function createPromql(story: Story, startedAt: Date) {
  const seriesOf = createOtlpSeries(story, startedAt.getTime())
  const visible = (call: PromqlCall) => seriesOf(call.session.account, call.region)

  const query: PromqlOperation = (form, call) => {
    authorizeQuery(call)
    const expr = parsePromql(required(form, 'query'))
    const time = timeOf(form, 'time', call.now.getTime())
    const limit = limitFor(form, call, MAX_SERIES)
    checkSelectors(selectorsIn(expr).map((selector) => selector.matchers))
    checkRange(selectorsIn(expr).reduce((most, one) => Math.max(most, one.rangeMs ?? 0), 0))
    const fetch = fetchFrom(visible(call), call.now.getTime())
    if (expr.kind === 'selector' && expr.rangeMs !== undefined) {
      const to = time - expr.offsetMs
      const found = fetch(expr, to - expr.rangeMs + 1, to).filter((one) => one.points.length > 0)
      return limited(found, limit, (shown) => ({
        resultType: 'matrix',
        result: shown.map(({ labels, points }) => ({
          metric: labels,
          values: points.map((point) => [point.time / 1000, numberText(point.value)]),
        })),
      }))
    }
    const value = evaluatePromql(expr, time, fetch)
    if (value.kind === 'scalar') {
      const result = [time / 1000, numberText(value.value)]
      return { data: { resultType: 'scalar', result }, warnings: [] }
    }
    return limited(value.samples, limit, (shown) => ({
      resultType: 'vector',
      result: shown.map((sample) => ({
        metric: sample.labels,
        value: [time / 1000, numberText(sample.value)],
      })),
    }))
  }

  const queryRange: PromqlOperation = (form, call) => {
    authorizeQuery(call)
    const expr = parsePromql(required(form, 'query'))
    const [start, end] = [timeOf(form, 'start', undefined), timeOf(form, 'end', undefined)]
    const step = stepOf(form)
    const limit = limitFor(form, call, MAX_SERIES)
    if (end < start) throw badParameter('end', 'end timestamp must not be before start time')
    if ((end - start) / step > MAX_STEPS) {
      throw badParameter(
        'step',
        'exceeded maximum resolution of 11,000 points per timeseries. Try decreasing the query resolution (?step=XX)',
      )
    }
    checkSelectors(selectorsIn(expr).map((selector) => selector.matchers))
    checkRange(end - start)
    const fetch = fetchFrom(visible(call), call.now.getTime())
    const rows = new Map<string, { labels: Labels; values: Array<[number, string]> }>()
    for (let time = start; time <= end; time += step) {
      const value = evaluatePromql(expr, time, fetch)
      const samples: readonly VectorSample[] =
        value.kind === 'scalar' ? [{ labels: {}, value: value.value }] : value.samples
      for (const sample of samples) {
        const key = JSON.stringify(Object.entries(sample.labels).sort())
        const row = rows.get(key) ?? { labels: sample.labels, values: [] }
        row.values.push([time / 1000, numberText(sample.value)])
        rows.set(key, row)
      }
    }
    return limited([...rows.values()], limit, (shown) => ({
      resultType: 'matrix',
      result: shown.map(({ labels, values }) => ({ metric: labels, values })),
    }))
  }

  const series: PromqlOperation = (form, call) => {
    call.authorize('cloudwatch:ListMetrics', ['*'])
    const matches = form.getAll('match[]').map((text) => parseMatch(text).matchers)
    if (matches.length === 0) throw badParameter('match[]', 'no match[] parameter provided')
    checkSelectors(matches)
    checkRange(timeOf(form, 'end', undefined) - timeOf(form, 'start', undefined))
    const found = visible(call).filter((one) => matches.some((match) => matchesSeries(one, match)))
    const limit = limitFor(form, call, MAX_DISCOVERED)
    return limited(found, limit, (shown) => shown.map((one) => one.labels))
  }

  const labels: PromqlOperation = (form, call) => {
    const names = new Set(matching(form, call).flatMap((one) => Object.keys(one.labels)))
    return limited([...names].sort(), limitFor(form, call, MAX_DISCOVERED), (shown) => shown)
  }

  const labelValues =
    (name: string): PromqlOperation =>
    (form, call) => {
      const values = new Set(matching(form, call).flatMap((one) => one.labels[name] ?? []))
      return limited([...values].sort(), limitFor(form, call, MAX_DISCOVERED), (shown) => shown)
    }

  function matching(form: URLSearchParams, call: PromqlCall): readonly PromqlSeries[] {
    call.authorize('cloudwatch:ListMetrics', ['*'])
    const matches = form.getAll('match[]').map((text) => parseMatch(text).matchers)
    const now = call.now.getTime()
    const end = timeOf(form, 'end', now)
    checkRange(end - timeOf(form, 'start', end - 3_600_000))
    return visible(call).filter(
      (one) => matches.length === 0 || matches.some((match) => matchesSeries(one, match)),
    )
  }

  return { query, queryRange, series, labels, labelValues }
}

function authorizeQuery(call: PromqlCall): void {
  for (const action of ['cloudwatch:GetMetricData', 'cloudwatch:ListMetrics']) {
    call.authorize(action, ['*'])
  }
}

function required(form: URLSearchParams, name: string): string {
  const text = form.get(name)
  if (text) return text
  throw badParameter(name, 'it is required')
}

function checkSelectors(selectors: ReadonlyArray<readonly Matcher[]>): void {
  for (const matchers of selectors) {
    const named = matchers.some(
      ({ label, operator, value }) =>
        ['__name__', '@datapoint.@name'].includes(label) && operator === '=' && value !== '',
    )
    if (!named) {
      const what = 'each selector must have an equal matcher on the metric name'
      throw badParameter('query', what)
    }
  }
}

function checkRange(milliseconds: number): void {
  if (milliseconds <= MAX_RANGE_MS) return
  throw cannotRun('the query range exceeds the limit of 7 days')
}

function limitFor(form: URLSearchParams, call: PromqlCall, most: number): number {
  const limit = limitOf(form, most)
  return call.partial ? 1 : limit
}

function limited<T>(
  items: readonly T[],
  limit: number,
  show: (items: readonly T[]) => unknown,
): PromqlAnswer {
  const warnings = items.length > limit ? [TRUNCATED] : []
  return { data: show(items.slice(0, limit)), warnings }
}

/** Finds the series of a selector once; the steps of a range query ask for the same ones. */
function fetchFrom(all: readonly PromqlSeries[], now: number): Fetch {
  const found = new Map<string, readonly PromqlSeries[]>()
  return (selector, from, to) => {
    const key = JSON.stringify(selector.matchers)
    const series = found.get(key) ?? all.filter((one) => matchesSeries(one, selector.matchers))
    found.set(key, series)
    return series.map((one) => ({ labels: one.labels, points: one.points(from, to, now) }))
  }
}

function numberText(value: number): string {
  if (value === Number.POSITIVE_INFINITY) return '+Inf'
  return value === Number.NEGATIVE_INFINITY ? '-Inf' : String(value)
}
