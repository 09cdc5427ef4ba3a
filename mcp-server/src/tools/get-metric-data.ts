import {
  type CloudWatchClient,
  GetMetricDataCommand,
  type GetMetricDataCommandInput,
  type MetricDataQuery,
  type MetricDataResult,
} from '@aws-sdk/client-cloudwatch'
import { z } from 'zod'
import type { Answer } from '../answer/answer.ts'
import { defineTool } from './define-tool.ts'
import { choosePeriod } from './metric-period.ts'
import { joinSeries, type Series, SUMMARY_COLUMNS, summarize, valuesText } from './metric-series.ts'
import { rangeText, resolveRange, TIME_FORMS, type TimeRange } from './time-range.ts'
import { ToolProblem } from './tool-problem.ts'

/** AWS gives up to 100,800 points a page; beyond this many pages an answer could not be used anyway. */
const MOST_PAGES = 5

const STATISTICS: Readonly<Record<string, string>> = {
  average: 'Average',
  avg: 'Average',
  sum: 'Sum',
  minimum: 'Minimum',
  min: 'Minimum',
  maximum: 'Maximum',
  max: 'Maximum',
  samplecount: 'SampleCount',
  iqm: 'IQM',
}
const EXTENDED =
  /^(?:p|tm|tc|ts|wm)\d{1,2}(?:\.\d{1,10})?$|^p100$|^(?:TM|TC|TS|WM|PR)\([\d.%:]{1,40}\)$/

const Query = z.strictObject({
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
  dimensions: z
    .array(
      z.strictObject({ name: z.string().min(1).max(255), value: z.string().min(1).max(1_024) }),
    )
    .max(30)
    .optional()
    .describe('The exact and complete set of dimensions of the metric.'),
  statistic: z
    .string()
    .max(64)
    .optional()
    .describe(
      'Average (default), Sum, Minimum, Maximum, SampleCount, or a percentile such as p99.',
    ),
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
      'In place of namespace and metricName: metric math over the other ids (m1/m2*100), SEARCH(…), or a Metrics Insights SELECT (last two weeks only).',
    ),
  label: z.string().min(1).max(255).optional().describe('Name of the series in the answer.'),
})

type QueryInput = z.infer<typeof Query>

export const getMetricData = defineTool({
  name: 'get_metric_data',
  title: 'Get metric data',
  description:
    'Read CloudWatch metrics: one or more metrics or expressions over one range. ' +
    'Answers a summary per series (min, max, average, last, peak, trend); ask for values to see the points.',
  input: z.strictObject({
    queries: z
      .array(Query)
      .min(1)
      .max(100)
      .describe('What to read; each becomes one or more series.'),
    start: z.coerce.string().max(64).optional().describe(`${TIME_FORMS}. Default: -1h.`),
    end: z.coerce.string().max(64).optional().describe('Like start, exclusive. Default: now.'),
    points: z
      .enum(['summary', 'values'])
      .default('summary')
      .describe('summary: one row of figures per series. values: the points too.'),
  }),
  run: async ({ queries, start, end, points }, context) => {
    const range = resolveRange({ start, end }, context.now)
    const prepared = prepare(queries, range, context.now)
    const fetched = await fetchPages(
      context.cloudwatch,
      {
        MetricDataQueries: prepared.queries,
        StartTime: range.start,
        EndTime: range.end,
        ScanBy: 'TimestampAscending',
      },
      context.signal,
    )
    const series = joinSeries(fetched.results)
    const periods = [...new Set(prepared.periods.values())]
    return {
      ...answerFor(series, points, prepared.periods),
      facts: [
        ['range', rangeText(range)],
        ['period', periods.map((seconds) => `${seconds} s`).join(', ')],
      ],
      notes: [
        ...prepared.notes,
        ...fetched.messages.map((message) => `AWS: ${message}`),
        ...statusNotes(series, fetched.complete),
        ...emptyNotes(series),
      ],
    }
  },
})

type Prepared = Readonly<{
  queries: MetricDataQuery[]
  periods: ReadonlyMap<string, number>
  notes: readonly string[]
}>

function prepare(inputs: readonly QueryInput[], range: TimeRange, now: Date): Prepared {
  const periods = new Map<string, number>()
  const notes = new Set<string>()
  const queries = inputs.map((input, at) => {
    const id = input.id ?? `m${at + 1}`
    if (periods.has(id)) throw new ToolProblem(`Two queries have the id ${id}: give each its own.`)
    const period = choosePeriod(input.period, range, now)
    periods.set(id, period.seconds)
    if (period.note !== undefined) notes.add(period.note)
    return { Id: id, Label: input.label, ...sourceOf(id, input, period.seconds, range, now) }
  })
  return { queries, periods, notes: [...notes] }
}

function sourceOf(
  id: string,
  input: QueryInput,
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
    const twoWeeks = 14 * 86_400_000
    if (/^\s*SELECT\b/i.test(expression) && now.getTime() - range.start.getTime() > twoWeeks) {
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
        Dimensions: dimensions?.map(({ name, value }) => ({ Name: name, Value: value })),
      },
      Period: period,
      Stat: statisticOf(id, input.statistic),
    },
  }
}

function statisticOf(id: string, asked = 'Average'): string {
  const known = STATISTICS[asked.toLowerCase()]
  if (known !== undefined) return known
  if (EXTENDED.test(asked)) return asked
  throw new ToolProblem(
    `The statistic of query ${id} is not known: use Average, Sum, Minimum, Maximum, SampleCount, or a percentile such as p99 or p99.9.`,
  )
}

type Fetched = Readonly<{
  results: readonly MetricDataResult[]
  messages: readonly string[]
  complete: boolean
}>

async function fetchPages(
  cloudwatch: CloudWatchClient,
  input: GetMetricDataCommandInput,
  signal: AbortSignal,
): Promise<Fetched> {
  const results: MetricDataResult[] = []
  const messages = new Set<string>()
  let token: string | undefined
  for (let page = 0; page < MOST_PAGES; page += 1) {
    const command = new GetMetricDataCommand({ ...input, NextToken: token })
    const answer = await cloudwatch.send(command, { abortSignal: signal })
    results.push(...(answer.MetricDataResults ?? []))
    const told = [
      ...(answer.Messages ?? []),
      ...(answer.MetricDataResults ?? []).flatMap((result) => result.Messages ?? []),
    ]
    for (const { Code = '', Value = '' } of told) messages.add(`${Code} ${Value}`.trim())
    token = answer.NextToken
    if (token === undefined) break
  }
  return { results, messages: [...messages].slice(0, 5), complete: token === undefined }
}

function answerFor(
  series: readonly Series[],
  points: 'summary' | 'values',
  periods: ReadonlyMap<string, number>,
): Pick<Answer, 'summary' | 'table' | 'narrow'> {
  const withPoints = series.filter((one) => one.points.length > 0).length
  const columns =
    points === 'values' ? [...SUMMARY_COLUMNS, 'values from the first point on'] : SUMMARY_COLUMNS
  const rows = series.map((one) =>
    points === 'values'
      ? [...summarize(one), valuesText(one, periods.get(one.id) ?? 60)]
      : summarize(one),
  )
  const count = `${series.length} series`
  return {
    summary:
      series.length === 0
        ? 'No series: nothing matches the queries.'
        : withPoints === 0
          ? `${count}, none with a point in this range.`
          : `${count}, ${withPoints} with points.`,
    table: { columns, rows },
    narrow: 'ask for fewer series, a longer period, or the summary only',
  }
}

function statusNotes(series: readonly Series[], complete: boolean): string[] {
  const named = (status: string) =>
    series.filter((one) => one.status === status).map((one) => one.id)
  const notes: string[] = []
  if (!complete) {
    notes.push(
      'There is more data than was read: the figures cover the first part of the range. Take a longer period or a shorter range.',
    )
  } else if (named('PartialData').length > 0) {
    notes.push(
      `AWS gave only part of the data of ${named('PartialData').join(', ')}: the figures may be incomplete. Retry, or take a shorter range.`,
    )
  }
  if (named('InternalError').length > 0) {
    notes.push(`AWS failed to read ${named('InternalError').join(', ')}. Retry.`)
  }
  if (named('Forbidden').length > 0) {
    notes.push(
      `The role may not read ${named('Forbidden').join(', ')}: cloudwatch:GetMetricData is needed in the account that owns the metric.`,
    )
  }
  return notes
}

/** No points is an answer, and most often a metric that is named slightly wrong. */
function emptyNotes(series: readonly Series[]): string[] {
  const empty = series.filter((one) => one.points.length === 0 && one.status !== 'Forbidden')
  if (series.length > 0 && empty.length === 0) return []
  const which =
    series.length === 0
      ? 'The queries'
      : empty
          .slice(0, 10)
          .map((one) => one.id)
          .join(', ')
  return [
    `${which}: no points. Namespace, metric name and the whole set of dimensions must match exactly (a missing or extra dimension is another metric); the metric may live in another region or account, be silent in this range, or be reported less often than the period. Try a longer range (start: -24h).`,
  ]
}
