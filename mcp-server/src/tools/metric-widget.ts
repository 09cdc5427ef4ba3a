import type { MetricDataQuery } from '@aws-sdk/client-cloudwatch'
import type { GraphPlan, GraphQuery } from './graph-plan.ts'
import type { TimeRange } from './time-range.ts'
import { ToolProblem } from './tool-problem.ts'

/** CloudWatch's bounds of one image: metrics and expressions, and the widget's JSON in bytes. */
export const MOST_METRICS = 100
const MOST_BYTES = 100 * 1_024

export type GraphLook = Readonly<{
  range: TimeRange
  width: number
  height: number
  theme: 'light' | 'dark'
}>

/**
 * The widget that GetMetricWidgetImage draws, as JSON (Metric Widget Structure and Syntax in the CloudWatch API
 * reference). `queries` are those of the plan as GetMetricData takes them, so that picture and figures agree. Throws a
 * ToolProblem for a graph that AWS would not draw.
 */
export function toMetricWidget(
  plan: GraphPlan,
  queries: readonly MetricDataQuery[],
  { range, ...look }: GraphLook,
): string {
  if (queries.length > MOST_METRICS) {
    throw new ToolProblem(
      `A graph shows up to ${MOST_METRICS} metrics and expressions; these are ${queries.length}. Draw fewer, or read them with get_metric_data.`,
    )
  }
  const widget = {
    title: plan.title,
    view: plan.view ?? 'timeSeries',
    stacked: plan.stacked,
    metrics: queries.map((query, at) => metricOf(query, plan.queries[at])),
    yAxis: plan.yAxis,
    annotations: annotationsOf(plan),
    start: range.start.toISOString(),
    end: range.end.toISOString(),
    timezone: '+0000',
    ...look,
  }
  const text = JSON.stringify(widget)
  if (Buffer.byteLength(text) > MOST_BYTES) {
    throw new ToolProblem('The graph is described in more than 100 KB: draw fewer metrics.')
  }
  return text
}

/** Namespace, name, names and values of the dimensions, then how to draw it: CloudWatch's form of one metric. */
function metricOf(
  { Id, Label, Expression, MetricStat, Period, ReturnData, AccountId }: MetricDataQuery,
  look: GraphQuery | undefined,
): unknown[] {
  const drawn = {
    id: Id,
    label: Label,
    visible: ReturnData === false ? false : undefined,
    accountId: AccountId,
    yAxis: look?.axis,
    color: look?.color,
  }
  if (MetricStat === undefined) return [{ expression: Expression, period: Period, ...drawn }]
  const { Metric, Stat } = MetricStat
  return [
    Metric?.Namespace,
    Metric?.MetricName,
    ...(Metric?.Dimensions ?? []).flatMap(({ Name, Value }) => [Name, Value]),
    { stat: Stat, period: MetricStat.Period, ...drawn },
  ]
}

function annotationsOf({ lines, marks }: GraphPlan): unknown {
  if (lines.length === 0 && marks.length === 0) return undefined
  return {
    horizontal: lines.map(({ value, label, axis }) => ({ value, label, yAxis: axis })),
    vertical: marks.map(({ time, label }) => ({ value: time.toISOString(), label })),
  }
}
