import type { Call, Operation } from '../call.ts'
import { limitOf, optionalOneOf, optionalString, requiredNumber } from '../input.ts'
import { offsetOf, requestScope, tokenOf } from '../page.ts'
import type { Dimension, Series } from '../story/series.ts'
import type { Story } from '../story/story.ts'
import { invalidNextToken, validationError } from './cloudwatch-errors.ts'
import { computeMath, idsOf, type MathValue, toSeries } from './expression.ts'
import { type MetricQuery, readMetricQueries } from './metric-queries.ts'
import { type Point, pointsOf, roundedStart } from './points.ts'

const MAX_POINTS = 100_800

type Range = Readonly<{ start: number; end: number; now: number }>

/** GetMetricData: metric statistics and arithmetic over them; start inclusive, end exclusive. */
export function getMetricData(story: Story): Operation {
  return (input, call) => {
    call.authorize('cloudwatch:GetMetricData', ['*'])
    const queries = readMetricQueries(input, call.session.account)
    const range = readRange(
      requiredNumber(input, 'StartTime'),
      requiredNumber(input, 'EndTime'),
      call,
    )
    const orders = ['TimestampDescending', 'TimestampAscending'] as const
    const ascending = optionalOneOf(input, 'ScanBy', orders) === 'TimestampAscending'
    const fallback = MAX_POINTS
    const limit = limitOf(input, 'MaxDatapoints', { min: 1, max: MAX_POINTS, fallback })
    const { region } = call
    const { series } = story.region(call.session.account, region)
    const all = computeAll(queries, series, range)
    const results = queries
      .filter((query) => query.returnData)
      .map((query) => {
        const points = all.get(query.id) ?? []
        return { query, points: ascending ? points : [...points].reverse() }
      })
    const scope = requestScope(call, input)
    const token = optionalString(input, 'NextToken')
    const start = token === undefined ? 0 : offsetOf(token, scope, invalidNextToken)
    return pageOfResults(results, start, limit, scope, call.partial)
  }
}

function readRange(startSeconds: number, endSeconds: number, call: Call): Range {
  const now = call.now.getTime()
  if (startSeconds >= endSeconds) {
    throw validationError('The parameter StartTime must be less than the parameter EndTime.')
  }
  return { start: roundedStart(startSeconds * 1000, now), end: endSeconds * 1000, now }
}

function computeAll(
  queries: readonly MetricQuery[],
  series: readonly Series[],
  range: Range,
): ReadonlyMap<string, readonly Point[]> {
  const byId = new Map(queries.map((query) => [query.id, query]))
  const values = new Map<string, MathValue>()

  function resolveId(id: string, asking: readonly string[]): MathValue {
    const known = values.get(id)
    if (known !== undefined) return known
    const query = byId.get(id)
    const by = asking.at(-1) ?? id
    if (query === undefined) {
      throw validationError(`Error in expression '${by}': The id '${id}' does not exist`)
    }
    if (asking.includes(id)) {
      throw validationError(`Error in expression '${by}': Circular reference to '${id}'`)
    }
    const { source } = query
    const value =
      source.kind === 'metric'
        ? toSeries(metricPoints(source, series, range))
        : computeMath(source.expression, (other) => resolveId(other, [...asking, id]))
    values.set(id, value)
    return value
  }

  for (const query of queries) checkPeriods(query, byId)
  return new Map(queries.map(({ id }) => [id, toPoints(id, resolveId(id, []))]))
}

/** Arithmetic on different periods has rules of its own, which this stand-in does not claim to know. */
function checkPeriods(query: MetricQuery, byId: ReadonlyMap<string, MetricQuery>): void {
  if (query.source.kind !== 'expression') return
  const periods = new Set(
    idsOf(query.source.expression).flatMap((id) => {
      const source = byId.get(id)?.source
      return source?.kind === 'metric' ? [source.period] : []
    }),
  )
  if (periods.size > 1) {
    throw validationError(`Error in expression '${query.id}': its metrics have different periods`)
  }
}

function toPoints(id: string, value: MathValue): readonly Point[] {
  if (typeof value === 'number') {
    throw validationError(`Error in expression '${id}': The result must be a time series`)
  }
  return [...value].map(([timestamp, point]) => ({ timestamp, value: point }))
}

function metricPoints(
  source: Extract<MetricQuery['source'], { kind: 'metric' }>,
  series: readonly Series[],
  range: Range,
): readonly Point[] {
  const found = series.find(
    (one) =>
      one.namespace === source.namespace &&
      one.metricName === source.metricName &&
      sameDimensions(one.dimensions, source.dimensions) &&
      (source.unit === undefined || source.unit === one.unit),
  )
  // A metric that does not exist has no points; CloudWatch does not call that an error.
  return found === undefined ? [] : pointsOf(found, range, source.period, source.statistic)
}

function sameDimensions(left: readonly Dimension[], right: readonly Dimension[]): boolean {
  const text = (list: readonly Dimension[]) =>
    JSON.stringify(list.map(({ Name, Value }) => [Name, Value]).sort())
  return text(left) === text(right)
}

function pageOfResults(
  results: ReadonlyArray<Readonly<{ query: MetricQuery; points: readonly Point[] }>>,
  start: number,
  limit: number,
  scope: string,
  partial: boolean,
) {
  const end = start + limit
  let before = 0
  const page = results.map(({ query, points }) => {
    const [from, to] = [Math.max(0, start - before), Math.max(0, end - before)]
    before += points.length
    const taken = points.slice(from, partial ? Math.ceil(points.length / 2) : to)
    return {
      Id: query.id,
      Label: query.label ?? defaultLabel(query),
      Timestamps: taken.map((point) => point.timestamp / 1000),
      Values: taken.map((point) => point.value),
      StatusCode: partial || to < points.length ? 'PartialData' : 'Complete',
    }
  })
  return {
    MetricDataResults: page,
    Messages: [],
    ...(end < before ? { NextToken: tokenOf(end, scope) } : {}),
  }
}

function defaultLabel(query: MetricQuery): string {
  return query.source.kind === 'metric' ? query.source.metricName : query.id
}
