import type { Call, Input, Operation } from '../call.ts'
import { optionalString, requiredString } from '../input.ts'
import type { Alarm } from '../story/alarms.ts'
import type { Story } from '../story/story.ts'
import { unsupported, validationError } from './cloudwatch-errors.ts'
import { computeMetrics } from './compute-metrics.ts'
import { drawGraph, type GraphLine } from './graph/draw-graph.ts'
import { drawBars, drawNumbers } from './graph/draw-values.ts'
import { paletteColor, parseWidget, type Widget } from './graph/widget.ts'
import { type MetricQuery, readMetricQueries } from './metric-queries.ts'
import { roundedStart } from './points.ts'

const MAX_WIDGET_BYTES = 100 * 1024

/** GetMetricWidgetImage: a widget as PNG, from the data that GetMetricData gives. */
export function getMetricWidgetImage(story: Story): Operation {
  return (input, call) => {
    call.authorize('cloudwatch:GetMetricWidgetImage', ['*'])
    const text = requiredString(input, 'MetricWidget')
    if (Buffer.byteLength(text) > MAX_WIDGET_BYTES) {
      throw validationError('The MetricWidget must have at most 102400 bytes.')
    }
    const format = optionalString(input, 'OutputFormat') ?? 'png'
    if (format !== 'png') throw unsupported(`The OutputFormat ${format}`)
    const now = call.now.getTime()
    const widget = withAlarms(parseWidget(text, now), story, call)
    const { account } = call.session
    const queries = readMetricQueries({ MetricDataQueries: widget.queries }, [
      account,
      ...story.linkedTo(account),
    ])
    const range = { start: roundedStart(widget.start, now), end: widget.end, now }
    const results = computeMetrics(queries, (one) => story.region(one, call.region).series, range)
    const lines = results.map(({ query, label, points }, at): GraphLine => {
      const style = widget.styles.get(query.id)
      return {
        label,
        points,
        color: style?.color ?? paletteColor(at),
        axis: style?.axis ?? 'left',
        periodMs: periodMsOf(query, points),
      }
    })
    const draw =
      widget.view === 'timeSeries' ? drawGraph : widget.view === 'bar' ? drawBars : drawNumbers
    return { MetricWidgetImage: draw({ ...widget, lines }).toString('base64') }
  }
}

/** The period of a query; of an expression the smallest distance between its points. */
function periodMsOf(query: MetricQuery, points: GraphLine['points']): number {
  const { source } = query
  if (source.kind !== 'expression') return source.period * 1000
  const distances = points
    .slice(1)
    .map(({ timestamp }, at) => timestamp - (points[at]?.timestamp ?? 0))
  return distances.reduce((least, one) => Math.min(least, one), 3_600_000)
}

/** Adds the metric and the threshold of the alarms that the widget names. */
function withAlarms(widget: Widget, story: Story, call: Call): Widget {
  const { alarms } = story.region(call.session.account, call.region)
  const found = widget.alarms.flatMap((arn) => alarms.find((alarm) => alarm.arn === arn) ?? [])
  return {
    ...widget,
    queries: [...widget.queries, ...found.flatMap(queriesOf)],
    horizontal: [...widget.horizontal, ...found.flatMap(thresholdOf)],
  }
}

function queriesOf(alarm: Alarm, at: number): readonly Input[] {
  const { detail } = alarm
  if (Array.isArray(detail.Metrics)) return detail.Metrics
  if (detail.MetricName === undefined) return []
  return [
    {
      Id: `alarm${at + 1}`,
      MetricStat: {
        Metric: {
          Namespace: detail.Namespace,
          MetricName: detail.MetricName,
          Dimensions: detail.Dimensions,
        },
        Period: detail.Period,
        Stat: detail.Statistic ?? detail.ExtendedStatistic,
      },
    },
  ]
}

function thresholdOf(alarm: Alarm): Widget['horizontal'] {
  const { Threshold } = alarm.detail
  if (typeof Threshold !== 'number') return []
  const label = `${alarm.name} > ${Threshold}`
  return [{ value: Threshold, label, color: [214, 39, 40], axis: 'left' }]
}
