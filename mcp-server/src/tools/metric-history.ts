import { z } from 'zod'
import { type Analysis, analyzeSeries } from '../metric-analysis/analyze-series.ts'
import { findMetric } from '../metric-catalogue/catalogue.ts'
import type { ToolContext } from './define-tool.ts'
import { DimensionsArgument, type DimensionsInput, toDimensions } from './metric-dimensions.ts'
import { fetchSeries } from './metric-fetch.ts'
import { STATISTIC_FORMS, statisticOf } from './metric-statistic.ts'
import type { TimeRange } from './time-range.ts'

/** CloudWatch keeps points of a minute for 15 days; two whole weeks show a week twice. */
const HISTORY_MS = 14 * 86_400_000
const PERIOD_SECONDS = 60

/** One metric as an argument of a tool. */
export const OneMetric = {
  namespace: z.string().min(1).max(255).describe('Such as AWS/Lambda.'),
  metricName: z.string().min(1).max(255).describe('Such as Errors.'),
  dimensions: DimensionsArgument.optional().describe(
    'The exact and complete set of dimensions of the metric.',
  ),
  statistic: z
    .string()
    .max(64)
    .optional()
    .describe(`${STATISTIC_FORMS}. Default: what suits the metric, else Average.`),
}

export type OneMetricInput = Readonly<{
  namespace: string
  metricName: string
  dimensions?: DimensionsInput | undefined
  statistic?: string | undefined
}>

export type History = Readonly<{
  range: TimeRange
  /** Undefined when the metric has no points in the range. */
  analysis: Analysis | undefined
  notes: readonly string[]
}>

/** The statistic asked for as AWS spells it, else the most telling one of the catalogue, else Average. */
export function statisticFor({ namespace, metricName, statistic }: OneMetricInput): string {
  const usual = findMetric(namespace, metricName)?.statistics[0]
  return statisticOf('the metric', statistic ?? usual)
}

/** The last fourteen days of a metric, analyzed. */
export async function readHistory(
  metric: OneMetricInput,
  { cloudwatch, now, signal }: Pick<ToolContext, 'cloudwatch' | 'now' | 'signal'>,
): Promise<History> {
  const range = { start: new Date(now.getTime() - HISTORY_MS), end: now }
  // 20,160 points, far below the 100,800 of a page, and only their sum leaves this server.
  const query = {
    Id: 'm1',
    MetricStat: {
      Metric: {
        Namespace: metric.namespace,
        MetricName: metric.metricName,
        Dimensions: metric.dimensions === undefined ? undefined : toDimensions(metric.dimensions),
      },
      Period: PERIOD_SECONDS,
      Stat: statisticFor(metric),
    },
  }
  const { series, notes } = await fetchSeries(cloudwatch, { queries: [query] }, range, signal)
  return { range, analysis: analyzeSeries(series[0]?.points ?? []), notes }
}
