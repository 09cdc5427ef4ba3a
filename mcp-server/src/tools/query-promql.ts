import { z } from 'zod'
import type { Answer } from '../answer/answer.ts'
import { dateText, numberText } from '../answer/value-text.ts'
import { defineTool } from './define-tool.ts'
import { SUMMARY_COLUMNS, summarize, valuesText } from './metric-series.ts'
import { commonLabels, type LabelledSeries, labelsText, readPromql } from './promql-result.ts'
import { checkRange, chooseStep, promqlTime } from './promql-time.ts'
import { parseTime, rangeText, resolveRange, TIME_FORMS, type TimeRange } from './time-range.ts'
import { ToolProblem } from './tool-problem.ts'

const MOST_SERIES = 500

export const queryPromql = defineTool({
  name: 'query_promql',
  title: 'Query with PromQL',
  description:
    'Query CloudWatch metrics that came by OpenTelemetry, and AWS metrics enriched for it, with PromQL: at one moment, or over a range when start is given (seven days at most). ' +
    'A query must name its metric, such as sum by ("@resource.service.name") (rate({"http.server.requests"}[5m])). promql_labels finds names. For other metrics use get_metric_data.',
  input: z.strictObject({
    query: z.string().min(1).max(8_192).describe('PromQL (Prometheus 3).'),
    time: z.coerce.string().max(64).optional().describe('The moment. Default: now.'),
    start: z.coerce.string().max(64).optional().describe(`Makes it a range. ${TIME_FORMS}.`),
    end: z.coerce.string().max(64).optional().describe('End of the range. Default: now.'),
    step: z
      .int()
      .min(1)
      .max(86_400)
      .optional()
      .describe('Seconds between points of a range. Default: one that fits.'),
    limit: z.int().min(1).max(MOST_SERIES).default(100).describe('Most series.'),
    points: z
      .enum(['summary', 'values'])
      .default('summary')
      .describe('Of a range. summary: figures per series. values: the points too.'),
  }),
  run: async ({ query, time, start, end, step, limit, points }, context) => {
    const { promql, signal, now } = context
    if (start === undefined) {
      if (end !== undefined || step !== undefined) {
        throw new ToolProblem(
          'end and step belong to a range: give start with them, or time alone.',
        )
      }
      const moment = time === undefined ? now : parseTime('time', time, now)
      const { data, warnings } = await promql(
        {
          operation: 'QueryMetrics',
          path: 'query',
          query: { query, time: promqlTime(moment), limit: String(limit) },
        },
        signal,
      )
      const series = seriesOf(data)
      return {
        ...instantAnswer(series),
        facts: [['time', dateText(moment)], ...commonFact(series)],
        notes: notesFor(series, warnings, limit, context.mayUse('promql_labels')),
      }
    }
    if (time !== undefined) throw new ToolProblem('Give time or start, not both.')
    const range = resolveRange({ start, end }, now)
    checkRange(range)
    const seconds = chooseStep(step, range)
    const { data, warnings } = await promql(
      {
        operation: 'QueryMetrics',
        path: 'query_range',
        query: {
          query,
          start: promqlTime(range.start),
          end: promqlTime(range.end),
          step: String(seconds),
          limit: String(limit),
        },
      },
      signal,
    )
    const series = seriesOf(data)
    return {
      ...rangeAnswer(series, points, seconds),
      facts: rangeFacts(series, range, seconds),
      notes: notesFor(series, warnings, limit, context.mayUse('promql_labels')),
    }
  },
})

function seriesOf(data: unknown): readonly LabelledSeries[] {
  const series = readPromql(data)
  if (series === undefined) {
    throw new ToolProblem(
      'CloudWatch answered in a form that is not known here. Try another query.',
    )
  }
  return series
}

function countOf(series: readonly LabelledSeries[]): string {
  return `${series.length} series`
}

function commonFact(series: readonly LabelledSeries[]): ReadonlyArray<readonly [string, string]> {
  const common = commonLabels(series)
  return Object.keys(common).length === 0 ? [] : [['all of them', labelsText(common)]]
}

function rangeFacts(
  series: readonly LabelledSeries[],
  range: TimeRange,
  step: number,
): ReadonlyArray<readonly [string, string]> {
  return [['range', rangeText(range)], ['step', `${step} s`], ...commonFact(series)]
}

function instantAnswer(
  series: readonly LabelledSeries[],
): Pick<Answer, 'summary' | 'table' | 'narrow'> {
  const common = commonLabels(series)
  return {
    summary: `${countOf(series)}.`,
    table: {
      columns: ['series', 'value'],
      rows: series.map(({ labels, series: { points } }) => {
        const value = points[0]?.[1]
        return [
          labelsText(labels, common),
          value === undefined ? 'not a number' : numberText(value),
        ]
      }),
    },
    narrow: 'aggregate, as with topk(10, …), or narrow the selectors',
  }
}

function rangeAnswer(
  series: readonly LabelledSeries[],
  points: 'summary' | 'values',
  step: number,
): Pick<Answer, 'summary' | 'table' | 'narrow'> {
  const common = commonLabels(series)
  // Without the id and the label of a metric query.
  const columns = SUMMARY_COLUMNS.slice(2)
  return {
    summary: `${countOf(series)}.`,
    table: {
      columns: [
        'series',
        ...columns,
        ...(points === 'values' ? ['values from the first point on'] : []),
      ],
      rows: series.map(({ labels, series: one }) => [
        labelsText(labels, common),
        ...summarize(one).slice(2),
        ...(points === 'values' ? [valuesText(one, step)] : []),
      ]),
    },
    narrow: 'aggregate, as with topk(10, …), take a longer step, or the summary only',
  }
}

function notesFor(
  series: readonly LabelledSeries[],
  warnings: readonly string[],
  limit: number,
  canFind: boolean,
): string[] {
  const dropped = series.reduce((sum, one) => sum + one.series.dropped, 0)
  const notes = warnings.slice(0, 5).map((warning) => `CloudWatch warns: ${warning}`)
  if (series.length >= limit && limit < MOST_SERIES) {
    notes.push(`The limit of ${limit} series is reached: there may be more.`)
  }
  if (dropped > 0) notes.push(`${dropped} points are not numbers and are left out.`)
  if (series.length === 0) {
    notes.push(
      `Nothing matches. Names and labels must match exactly; a range selector ([5m]) needs at least two points in it; AWS metrics are there only where OTel enrichment is on for the account.${canFind ? ' promql_labels with label __name__ shows the metrics.' : ''}`,
    )
  }
  return notes
}
