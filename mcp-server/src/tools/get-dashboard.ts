import { z } from 'zod'
import { findDashboard } from './dashboard-find.ts'
import type { Widget } from './dashboard-widgets.ts'
import { defineTool, type ToolContext } from './define-tool.ts'
import type { GraphQuery } from './graph-plan.ts'

export const getDashboard = defineTool({
  name: 'get_dashboard',
  title: 'Get a dashboard',
  description:
    'What a CloudWatch dashboard shows: each widget with its type, title, metrics and expressions, thresholds, log query or alarms. ' +
    'get_metric_graph draws its metric widgets.',
  input: z.strictObject({
    name: z.string().min(1).max(255).describe('Exact name of the dashboard.'),
  }),
  run: async ({ name }, context) => {
    const { widgets, start, end } = await findDashboard(name, context)
    const range = [start, end].filter((one) => one !== undefined).join(' to ')
    return {
      summary: `The dashboard ${name} has ${widgets.length} ${widgets.length === 1 ? 'widget' : 'widgets'}.`,
      facts: range === '' ? [] : [['its own range', range]],
      table: {
        columns: ['widget', 'type', 'title', 'region', 'shows'],
        rows: widgets.map((widget) => [
          String(widget.number),
          widget.type,
          widget.title,
          widget.region ?? '-',
          shownText(widget),
        ]),
      },
      // Titles, texts and labels are written by whoever may edit dashboards.
      untrusted: true,
      notes: nextSteps(name, widgets, context),
      narrow: 'draw the widgets one by one',
    }
  },
})

function shownText({ graph, alarms, content }: Widget): string {
  const parts = [
    ...(graph?.queries ?? []).map(queryText),
    ...(graph?.lines ?? []).map(
      ({ value, label }) => `line at ${value}${label === undefined ? '' : ` (${label})`}`,
    ),
    ...(graph?.marks ?? []).map(
      ({ time, label }) => `mark at ${time.toISOString()} ${label ?? ''}`,
    ),
    ...(alarms.length === 0 ? [] : [`alarms ${alarms.join(', ')}`]),
    ...(content === undefined ? [] : [content]),
  ]
  return parts.join('; ') || '-'
}

function queryText(query: GraphQuery): string {
  const { expression, namespace, metricName, dimensions = [], statistic = 'Average' } = query
  const label = query.label === undefined ? '' : ` as "${query.label}"`
  const hidden = query.hidden === true ? ' (hidden)' : ''
  const of = dimensions.map(({ name, value }) => `${name}=${value}`).join(', ')
  const what =
    expression ?? `${statistic} of ${namespace}/${metricName}${of === '' ? '' : ` {${of}}`}`
  return `${query.id}: ${what}${label}${hidden}`
}

function nextSteps(
  name: string,
  widgets: readonly Widget[],
  { mayUse }: Pick<ToolContext, 'mayUse'>,
): string[] {
  const drawable = widgets.filter(({ graph }) => graph !== undefined).map(({ number }) => number)
  const alarms = [...new Set(widgets.flatMap((widget) => widget.alarms))]
  const notes: string[] = []
  if (widgets.length === 0) notes.push('It is empty: nobody has put a widget on it.')
  if (drawable.length > 0 && mayUse('get_metric_graph')) {
    notes.push(
      `get_metric_graph with dashboard "${name}" and widget ${drawable.slice(0, 20).join(', ')} draws one of these; start and end move it in time.`,
    )
  }
  if (widgets.some(({ type }) => type === 'log') && mayUse('query_logs')) {
    notes.push('query_logs runs the query of a log widget; SOURCE names its log groups.')
  }
  if (alarms.length > 0 && mayUse('list_alarms')) {
    notes.push(`list_alarms with names ${JSON.stringify(alarms.slice(0, 10))} tells their states.`)
  }
  return notes
}
