import { constraintError } from '../aws-error.ts'
import type { Input } from '../call.ts'
import {
  isStructure,
  optionalBoolean,
  optionalNumber,
  optionalString,
  optionalStructure,
  optionalStructures,
} from '../input.ts'
import type { Dimension } from '../story/series.ts'
import { unsupported, validationError } from './cloudwatch-errors.ts'
import { type MathExpr, parseMath } from './expression.ts'
import { isPeriod, type Statistic, statisticOf } from './points.ts'

const MAX_QUERIES = 500

export type MetricQuery = Readonly<{
  id: string
  label: string | undefined
  returnData: boolean
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
}>

/** Reads and checks the queries of GetMetricData. */
export function readMetricQueries(input: Input, account: string): readonly MetricQuery[] {
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
    readQuery(query, `MetricDataQueries.member.${at + 1}`, account),
  )
  if (new Set(queries.map((query) => query.id)).size < queries.length) {
    throw validationError('The values for parameter id in MetricDataQueries are not unique.')
  }
  if (!queries.some((query) => query.returnData)) {
    throw validationError('At least one of the MetricDataQueries must have ReturnData set to true.')
  }
  return queries
}

function readQuery(query: Input, name: string, account: string): MetricQuery {
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
  if ((optionalString(query, 'AccountId') ?? account) !== account) {
    throw unsupported('The AccountId of another account')
  }
  const common = { id, label, returnData: optionalBoolean(query, 'ReturnData') ?? true }
  if (text !== undefined) {
    const source = { kind: 'expression', expression: parseMath(text, id), text } as const
    return { ...common, source }
  }
  if (metricStat === undefined) {
    throw validationError(`The parameter ${name}.MetricStat is required.\n`)
  }
  return { ...common, source: readMetricStat(metricStat, `${name}.MetricStat`) }
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
  if (period === undefined || !isPeriod(period)) {
    throw validationError(
      `The parameter ${name}.Period must be equal to 1, 5, 10, 20, 30 or a multiple of 60.`,
    )
  }
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

function readDimensions(metric: Input): readonly Dimension[] {
  return (optionalStructures(metric, 'Dimensions') ?? []).map((dimension) => {
    const { Name, Value } = isStructure(dimension) ? dimension : {}
    if (typeof Name !== 'string' || typeof Value !== 'string') {
      throw validationError('A dimension needs a Name and a Value.')
    }
    return { Name, Value }
  })
}
