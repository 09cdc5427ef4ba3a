import { constraintError } from '../aws-error.ts'
import type { Input } from '../call.ts'
import {
  optionalBoolean,
  optionalNumber,
  optionalString,
  optionalStructure,
  optionalStructures,
} from '../input.ts'
import type { Dimension } from '../story/series.ts'
import { unsupported, validationError } from './cloudwatch-errors.ts'
import { readDimensions } from './dimensions.ts'
import type { MathExpr } from './math-syntax.ts'
import { type InsightsQuery, isInsightsQuery, parseInsightsQuery } from './metrics-insights.ts'
import { parseMath } from './parse-math.ts'
import { isPeriod } from './points.ts'
import { isSearch, type MetricSearch, parseSearch } from './search-expression.ts'
import { type Statistic, statisticOf } from './statistics.ts'

const MAX_QUERIES = 500

export type MetricQuery = Readonly<{
  id: string
  label: string | undefined
  returnData: boolean
  /** The account whose metrics it reads. */
  account: string
  source:
    | Readonly<{
        kind: 'metric'
        namespace: string
        metricName: string
        dimensions: readonly Dimension[]
        period: number
        statistic: Statistic
        unit: string | undefined
      }>
    | Readonly<{ kind: 'expression'; expression: MathExpr; text: string }>
    | Readonly<{ kind: 'insights'; query: InsightsQuery; period: number }>
    | Readonly<{ kind: 'search'; search: MetricSearch; period: number }>
}>

/**
 * Reads and checks the queries of GetMetricData. `accounts` are those whose metrics the caller can read, its own
 * first.
 */
export function readMetricQueries(
  input: Input,
  accounts: readonly [string, ...string[]],
): readonly MetricQuery[] {
  const given = optionalStructures(input, 'MetricDataQueries')
  if (given === undefined || given.length === 0) {
    throw constraintError(undefined, 'metricDataQueries', 'Member must not be null')
  }
  if (given.length > MAX_QUERIES) {
    throw validationError(
      `The collection MetricDataQueries must not have a size greater than ${MAX_QUERIES}.`,
    )
  }
  const queries = given.map((query, at) =>
    readQuery(query, `MetricDataQueries.member.${at + 1}`, accounts),
  )
  if (new Set(queries.map((query) => query.id)).size < queries.length) {
    throw validationError('The values for parameter id in MetricDataQueries are not unique.')
  }
  if (!queries.some((query) => query.returnData)) {
    throw validationError('At least one of the MetricDataQueries must have ReturnData set to true.')
  }
  if (queries.filter((query) => query.source.kind === 'insights').length > 1) {
    throw validationError('A request can include at most one Metrics Insights query.')
  }
  return queries
}

function readQuery(
  query: Input,
  name: string,
  accounts: readonly [string, ...string[]],
): MetricQuery {
  const id = optionalString(query, 'Id') ?? ''
  if (!/^[a-z][a-zA-Z0-9_]{0,254}$/.test(id)) {
    throw validationError(
      `The value ${id} for parameter ${name}.Id is not matching the expected pattern ^[a-z][a-zA-Z0-9_]*$.`,
    )
  }
  const metricStat = optionalStructure(query, 'MetricStat')
  const text = optionalString(query, 'Expression')
  if (metricStat !== undefined && text !== undefined) {
    throw validationError(
      `The parameters ${name}.Expression and ${name}.MetricStat are mutually exclusive and you have specified both.`,
    )
  }
  const label = optionalString(query, 'Label')
  if (label?.includes('${')) throw unsupported('A dynamic label')
  const account = optionalString(query, 'AccountId') ?? accounts[0]
  if (!accounts.includes(account)) {
    throw validationError(`The account ${account} of ${name}.AccountId is not linked to this one.`)
  }
  const returnData = optionalBoolean(query, 'ReturnData') ?? true
  const common = { id, label, returnData, account }
  if (text !== undefined) return { ...common, source: readExpression(query, text, id, name) }
  if (metricStat === undefined) {
    throw validationError(`The parameter ${name}.MetricStat is required.\n`)
  }
  return { ...common, source: readMetricStat(metricStat, `${name}.MetricStat`) }
}

function readExpression(
  query: Input,
  text: string,
  id: string,
  name: string,
): MetricQuery['source'] {
  const period = optionalNumber(query, 'Period')
  if (period !== undefined && !isPeriod(period)) throw invalidPeriod(`${name}.Period`)
  if (isSearch(text)) {
    const search = parseSearch(text, id, period)
    return { kind: 'search', search, period: search.periodSeconds }
  }
  if (!isInsightsQuery(text)) return { kind: 'expression', expression: parseMath(text, id), text }
  if (period === undefined) {
    throw validationError(`The parameter ${name}.Period is required for a Metrics Insights query.`)
  }
  return { kind: 'insights', query: parseInsightsQuery(text, id), period }
}

function invalidPeriod(name: string) {
  return validationError(
    `The parameter ${name} must be equal to 1, 5, 10, 20, 30 or a multiple of 60.`,
  )
}

function readMetricStat(stat: Input, name: string): MetricQuery['source'] {
  const metric = optionalStructure(stat, 'Metric')
  if (metric === undefined) throw validationError(`The parameter ${name}.Metric is required.`)
  const required = (value: string | undefined, member: string) => {
    if (value) return value
    throw validationError(`The parameter ${name}.${member} is required.`)
  }
  const statName = required(optionalString(stat, 'Stat'), 'Stat')
  const statistic = statisticOf(statName)
  if (statistic === undefined) throw unsupported(`The statistic ${statName} of ${name}.Stat`)
  const period = optionalNumber(stat, 'Period')
  if (period === undefined || !isPeriod(period)) throw invalidPeriod(`${name}.Period`)
  return {
    kind: 'metric',
    namespace: required(optionalString(metric, 'Namespace'), 'Metric.Namespace'),
    metricName: required(optionalString(metric, 'MetricName'), 'Metric.MetricName'),
    dimensions: readDimensions(metric),
    period,
    statistic,
    unit: optionalString(stat, 'Unit'),
  }
}
