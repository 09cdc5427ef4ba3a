import type { MetricAlarm } from '@aws-sdk/client-cloudwatch'
import { type AnyAlarm, comparisonText, periodOf } from './alarm-text.ts'
import type { MetricQueryInput } from './metric-query.ts'
import { ToolProblem } from './tool-problem.ts'

export type Axis = 'left' | 'right'

/** A horizontal line over the whole graph, such as an alarm's threshold. */
export type GraphLine = Readonly<{
  value: number
  label?: string | undefined
  axis?: Axis | undefined
  /** Which values count as beyond it; above the line where nothing else is known. */
  beyond?: 'above' | 'below'
}>

/** A moment worth a vertical line, such as a deployment. */
export type GraphMark = Readonly<{ time: Date; label?: string | undefined }>

export type GraphQuery = MetricQueryInput &
  Readonly<{ axis?: Axis | undefined; color?: string | undefined }>

/** What a graph shows, wherever it comes from: queries, an alarm or a widget of a dashboard. */
export type GraphPlan = Readonly<{
  title?: string | undefined
  queries: readonly GraphQuery[]
  lines: readonly GraphLine[]
  marks: readonly GraphMark[]
  stacked?: boolean | undefined
  view?: string | undefined
  /** Bounds and names of the axes, in CloudWatch's own form. */
  yAxis?: unknown
  /** Region of the metrics, where it is not that of the call. */
  region?: string | undefined
}>

/** The graph of a metric alarm: what it watches, with its threshold as a line. Throws a ToolProblem for other alarms. */
export function planOfAlarm({ type, alarm }: AnyAlarm): GraphPlan {
  const name = alarm.AlarmName ?? ''
  if (type === 'composite') {
    throw new ToolProblem(
      `"${name}" is a composite alarm, which watches other alarms and no metric: draw its children (get_alarm lists them).`,
    )
  }
  if (type === 'log') {
    throw new ToolProblem(
      `"${name}" is a log alarm: it watches the results of a query (get_alarm shows it) and no metric.`,
    )
  }
  const promql = alarm.EvaluationCriteria?.PromQLCriteria?.Query
  if (promql !== undefined) {
    throw new ToolProblem(
      `"${name}" watches a PromQL query, which CloudWatch does not draw; query_promql reads it: ${promql}`,
    )
  }
  return { title: name, queries: queriesOf(alarm), lines: thresholdOf(alarm), marks: [] }
}

function queriesOf(alarm: MetricAlarm): GraphQuery[] {
  if (alarm.Metrics === undefined || alarm.Metrics.length === 0) {
    return [
      {
        namespace: alarm.Namespace,
        metricName: alarm.MetricName,
        dimensions: dimensionsOf(alarm.Dimensions),
        statistic: alarm.Statistic ?? alarm.ExtendedStatistic,
        period: alarm.Period,
      },
    ]
  }
  return alarm.Metrics.map(
    ({ Id, Label, Expression, MetricStat, Period, ReturnData, AccountId }) => ({
      id: Id,
      label: Label || undefined,
      hidden: ReturnData === false ? true : undefined,
      account: AccountId,
      ...(Expression === undefined
        ? {
            namespace: MetricStat?.Metric?.Namespace,
            metricName: MetricStat?.Metric?.MetricName,
            dimensions: dimensionsOf(MetricStat?.Metric?.Dimensions),
            statistic: MetricStat?.Stat,
            period: MetricStat?.Period,
          }
        : { expression: Expression, period: Period ?? periodOf(alarm) }),
    }),
  )
}

function dimensionsOf(dimensions: MetricAlarm['Dimensions']): GraphQuery['dimensions'] {
  return dimensions?.map(({ Name = '', Value = '' }) => ({ name: Name, value: Value }))
}

/** An anomaly alarm has no number: its band is one of the series. */
function thresholdOf({ Threshold, ComparisonOperator }: MetricAlarm): GraphLine[] {
  if (Threshold === undefined) return []
  const comparison = comparisonText(ComparisonOperator)
  return [
    {
      value: Threshold,
      label: `ALARM ${comparison} ${Threshold}`,
      beyond: comparison.startsWith('<') ? 'below' : 'above',
    },
  ]
}
