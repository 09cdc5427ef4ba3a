import type { Series } from '../story/series.ts'
import { validationError } from './cloudwatch-errors.ts'
import { computeMath } from './compute-math.ts'
import { sameDimensions } from './dimensions.ts'
import type { MathValue } from './math-syntax.ts'
import type { MetricQuery } from './metric-queries.ts'
import { runInsightsQuery } from './metrics-insights.ts'
import { type Point, pointsOf, type Range } from './points.ts'
import { runSearch } from './search-expression.ts'

/** One series of an answer; a query that gives an array has several, all with its id. */
export type MetricResult = Readonly<{ query: MetricQuery; label: string; points: readonly Point[] }>

/** Computes the queries that return data, in their order; points oldest first. */
export function computeMetrics(
  queries: readonly MetricQuery[],
  seriesOf: (account: string) => readonly Series[],
  range: Range,
): readonly MetricResult[] {
  const resolve = createResolver(queries, seriesOf)
  // All of them, so that an error in one that returns nothing is an error, too.
  const values = queries.map((query) => ({ query, value: resolve(query.id, [], range) }))
  return values
    .filter(({ query }) => query.returnData)
    .flatMap(({ query, value }) => resultsOf(query, value))
}

function createResolver(
  queries: readonly MetricQuery[],
  seriesOf: (account: string) => readonly Series[],
) {
  const byId = new Map(queries.map((query) => [query.id, query]))
  const values = new Map<string, MathValue>()

  function resolve(id: string, asking: readonly string[], range: Range): MathValue {
    const key = `${id} ${range.start}`
    const known = values.get(key)
    if (known !== undefined) return known
    const query = byId.get(id)
    const by = asking.at(-1) ?? id
    if (query === undefined) {
      throw validationError(`Error in expression '${by}': The id '${id}' does not exist`)
    }
    if (asking.includes(id)) {
      throw validationError(`Error in expression '${by}': Circular reference to '${id}'`)
    }
    const value = computeOne(query, [...asking, id], range)
    values.set(key, value)
    return value
  }

  function computeOne(query: MetricQuery, asking: readonly string[], range: Range): MathValue {
    const { source } = query
    switch (source.kind) {
      case 'metric':
        return {
          kind: 'series',
          track: { label: labelOf(query), points: metricPoints(query, source, seriesOf, range) },
          periodSeconds: source.period,
        }
      case 'insights':
        return {
          kind: 'array',
          tracks: runInsightsQuery(source.query, seriesOf(query.account), range, source.period),
          periodSeconds: source.period,
        }
      case 'search':
        return {
          kind: 'array',
          tracks: runSearch(source.search, seriesOf(query.account), range),
          periodSeconds: source.period,
        }
      case 'expression': {
        const resolveId = (id: string) => resolve(id, asking, range)
        const fail = (what: string) => validationError(`Error in expression '${query.id}': ${what}`)
        return computeMath(source.expression, resolveId, {
          range,
          fail,
          metrics: (part) => metricsOf(part, resolveId, fail),
          over: (expression, other) =>
            computeMath(expression, (id) => resolve(id, asking, other), {
              range: other,
              fail,
              metrics: () => {
                throw fail('METRICS() is not allowed here')
              },
              over: () => {
                throw fail('A band of a band is not allowed')
              },
            }),
        })
      }
    }
  }

  function metricsOf(
    part: string,
    resolveId: (id: string) => MathValue,
    fail: (what: string) => Error,
  ): MathValue {
    const found = queries.filter(
      (query) => query.source.kind === 'metric' && query.id.includes(part),
    )
    const parts = found
      .map((query) => resolveId(query.id))
      .flatMap((value) => (value.kind === 'series' ? [value] : []))
    const [first, ...others] = new Set(parts.map((value) => value.periodSeconds))
    if (others.length > 0) throw fail('its metrics have different periods')
    return { kind: 'array', tracks: parts.map((value) => value.track), periodSeconds: first ?? 60 }
  }

  return resolve
}

function metricPoints(
  query: MetricQuery,
  source: Extract<MetricQuery['source'], { kind: 'metric' }>,
  seriesOf: (account: string) => readonly Series[],
  range: Range,
): ReadonlyMap<number, number> {
  const found = seriesOf(query.account).find(
    (one) =>
      one.namespace === source.namespace &&
      one.metricName === source.metricName &&
      sameDimensions(one.dimensions, source.dimensions) &&
      (source.unit === undefined || source.unit === one.unit),
  )
  // A metric that does not exist has no points; CloudWatch does not call that an error.
  const points =
    found === undefined ? [] : pointsOf([found], range, source.period, source.statistic)
  return new Map(points.map(({ timestamp, value }) => [timestamp, value]))
}

function resultsOf(query: MetricQuery, value: MathValue): readonly MetricResult[] {
  if (value.kind === 'scalar') {
    throw validationError(`Error in expression '${query.id}': The result must be a time series`)
  }
  const result = (label: string, points: ReadonlyMap<number, number>): MetricResult => ({
    query,
    label,
    points: [...points]
      .map(([timestamp, one]) => ({ timestamp, value: one }))
      .sort((left, right) => left.timestamp - right.timestamp),
  })
  if (value.kind === 'series') return [result(labelOf(query), value.track.points)]
  return value.tracks.map((track) =>
    result(
      query.label === undefined ? track.label : `${query.label} ${track.label}`.trim(),
      track.points,
    ),
  )
}

function labelOf(query: MetricQuery): string {
  return query.label ?? (query.source.kind === 'metric' ? query.source.metricName : query.id)
}
