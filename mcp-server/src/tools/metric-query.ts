import type { MetricDataQuery } from '@aws-sdk/client-cloudwatch'
import { z } from 'zod'
import { DimensionsArgument, toDimensions } from './metric-dimensions.ts'
import { choosePeriod } from './metric-period.ts'
import { STATISTIC_FORMS, statisticOf } from './metric-statistic.ts'
import type { TimeRange } from './time-range.ts'
import { ToolProblem } from './tool-problem.ts'

/** One series to read, or an expression over others; shared by every tool that reads metric data. */
export const MetricQueryArgument = z.strictObject({
  id: z
    .string()
    .regex(
      /^[a-z][a-zA-Z0-9_]{0,254}$/,
      'starts with a lower-case letter, then letters, digits and _',
    )
    .optional()
    .describe('Name for use in expressions. Default: m1, m2, … by place.'),
  namespace: z.string().min(1).max(255).optional().describe('Such as AWS/Lambda.'),
  metricName: z.string().min(1).max(255).optional().describe('Such as Errors.'),
  dimensions: DimensionsArgument.optional().describe(
    'The exact and complete set of dimensions of the metric.',
  ),
  statistic: z.string().max(64).optional().describe(`${STATISTIC_FORMS}. Default: Average.`),
  period: z
    .int()
    .min(1)
    .max(86_400)
    .optional()
    .describe('Seconds per point. Default: one that fits the range.'),
  expression: z
    .string()
    .min(1)
    .max(2_048)
    .optional()
    .describe(
      'In place of namespace and metricName: metric math over other ids (m1/m2*100), SEARCH(…), ANOMALY_DETECTION_BAND(m1, 2), or one Metrics Insights SELECT (last two weeks only).',
    ),
  label: z.string().min(1).max(255).optional().describe('Name of the series in the answer.'),
  hidden: z
    .boolean()
    .optional()
    .describe('Only an input for expressions: read it but leave it out of the answer.'),
  account: z
    .string()
    .regex(/^\d{12}$/, 'is an account number of 12 digits')
    .optional()
    .describe('In a monitoring account: the linked account that owns the metric.'),
})

export type MetricQueryInput = z.infer<typeof MetricQueryArgument>

export type PreparedQueries = Readonly<{
  queries: MetricDataQuery[]
  /** Seconds per point of each query, by id. */
  periods: ReadonlyMap<string, number>
  notes: readonly string[]
}>

/** Metrics Insights keeps two weeks, in milliseconds. */
const INSIGHTS_MS = 14 * 86_400_000

/**
 * Queries as AWS takes them, with an id, a period that AWS has for this range and a statistic as AWS spells it. Throws a
 * ToolProblem for what AWS would refuse or, worse, answer with nothing.
 */
export function prepareQueries(
  inputs: readonly MetricQueryInput[],
  range: TimeRange,
  now: Date,
): PreparedQueries {
  const periods = new Map<string, number>()
  const notes = new Set<string>()
  const queries = inputs.map((input, at) => {
    const id = input.id ?? `m${at + 1}`
    if (periods.has(id)) {
      throw new ToolProblem(
        `Two queries have the id ${id}: give each its own. A query without an id is called m and its place.`,
      )
    }
    const period = choosePeriod(input.period ?? searchPeriod(input.expression), range, now)
    periods.set(id, period.seconds)
    if (period.note !== undefined) notes.add(period.note)
    return {
      Id: id,
      Label: input.label,
      AccountId: input.account,
      ReturnData: input.hidden === true ? false : undefined,
      ...sourceOf(id, input, period.seconds, range, now),
    }
  })
  if (queries.every((query) => query.ReturnData === false)) {
    throw new ToolProblem('Every query is hidden: leave hidden out of the one to be shown.')
  }
  if (inputs.filter(({ expression = '' }) => isInsights(expression)).length > 1) {
    throw new ToolProblem(
      'AWS runs one Metrics Insights query (SELECT) per call: send each in a call of its own.',
    )
  }
  return { queries, periods, notes: [...notes] }
}

/** The ids of the expressions that compute over other series, unlike SELECT and SEARCH, which read metrics. */
export function computedIds(queries: readonly MetricDataQuery[]): ReadonlySet<string> {
  return new Set(
    queries.flatMap(({ Id, Expression }) =>
      Id === undefined || Expression === undefined || /^\s*(?:SELECT|SEARCH)\b/i.test(Expression)
        ? []
        : Id,
    ),
  )
}

function sourceOf(
  id: string,
  input: MetricQueryInput,
  period: number,
  range: TimeRange,
  now: Date,
): Pick<MetricDataQuery, 'Expression' | 'Period' | 'MetricStat'> {
  const { namespace, metricName, dimensions, expression } = input
  if (expression !== undefined) {
    if (namespace !== undefined || metricName !== undefined || dimensions !== undefined) {
      throw new ToolProblem(
        `Query ${id} has an expression and a metric: give the expression, or namespace and metricName, not both.`,
      )
    }
    if (isInsights(expression) && now.getTime() - range.start.getTime() > INSIGHTS_MS) {
      throw new ToolProblem(
        'Metrics Insights (SELECT) reaches back two weeks only: take a later start, or name the metrics one by one.',
      )
    }
    return { Expression: expression, Period: period }
  }
  if (namespace === undefined || metricName === undefined) {
    throw new ToolProblem(`Query ${id} needs namespace and metricName, or an expression.`)
  }
  return {
    MetricStat: {
      Metric: {
        Namespace: namespace,
        MetricName: metricName,
        Dimensions: dimensions === undefined ? undefined : toDimensions(dimensions),
      },
      Period: period,
      Stat: statisticOf(`query ${id}`, input.statistic),
    },
  }
}

/** The period that SEARCH('…', 'Sum', 300) names for its series: AWS takes it before the one of the query. */
function searchPeriod(expression = ''): number | undefined {
  const written = /\bSEARCH\s*\([^)]*'\s*,\s*([1-9]\d{0,4})\s*\)/i.exec(expression)?.[1]
  return written === undefined ? undefined : Number(written)
}

function isInsights(expression: string): boolean {
  return /^\s*SELECT\b/i.test(expression)
}
