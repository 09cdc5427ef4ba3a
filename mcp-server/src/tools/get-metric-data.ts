import { z } from 'zod'
import type { Answer } from '../answer/answer.ts'
import { defineTool } from './define-tool.ts'
import { emptyNotes, fetchSeries, rangeFacts } from './metric-fetch.ts'
import { computedIds, MetricQueryArgument, prepareQueries } from './metric-query.ts'
import { type Series, SUMMARY_COLUMNS, summarize, valuesText } from './metric-series.ts'
import { resolveRange, TIME_FORMS } from './time-range.ts'

export const getMetricData = defineTool({
  name: 'get_metric_data',
  title: 'Get metric data',
  description:
    'Read CloudWatch metrics: up to 500 metrics, metric math or one Metrics Insights SELECT over one range, such as ' +
    'SELECT MAX(Errors) FROM SCHEMA("AWS/Lambda", FunctionName) GROUP BY FunctionName ORDER BY MAX() DESC LIMIT 10. ' +
    'Answers a summary per series (min, max, average, last, peak, trend); ask for values to see the points.',
  input: z.strictObject({
    queries: z
      .array(MetricQueryArgument)
      .min(1)
      .max(500)
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
    const prepared = prepareQueries(queries, range, context.now)
    const { series, notes } = await fetchSeries(context.cloudwatch, prepared, range, context.signal)
    return {
      ...answerFor(series, points, prepared.periods),
      facts: rangeFacts(range, prepared.periods),
      notes: [
        ...prepared.notes,
        ...notes,
        ...emptyNotes(series, context.mayUse('list_metrics'), computedIds(prepared.queries)),
      ],
    }
  },
})

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
