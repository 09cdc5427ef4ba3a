import { z } from 'zod'
import type { GraphLine, GraphMark, GraphPlan, GraphQuery } from './graph-plan.ts'

const text = z.string().optional().catch(undefined)
const axis = z.enum(['left', 'right']).optional().catch(undefined)

const Rendering = z.object({
  id: text,
  label: text,
  stat: text,
  period: z.number().optional().catch(undefined),
  expression: text,
  visible: z.boolean().optional().catch(undefined),
  color: text,
  yAxis: axis,
  region: text,
  accountId: text,
})

const Line = z.object({ value: z.number(), label: text, yAxis: axis })
const Mark = z.object({ value: z.string(), label: text })
/** A line or, between two of them, a band. */
const oneOrMore = <Item extends z.ZodType>(item: Item) =>
  z.array(z.union([item, z.array(item)]).catch([])).catch([])

const Properties = z.object({
  title: text,
  region: text,
  view: text,
  stat: text,
  period: z.number().optional().catch(undefined),
  stacked: z.boolean().optional().catch(undefined),
  accountId: text,
  metrics: z.array(z.unknown()).catch([]),
  yAxis: z.unknown().optional(),
  annotations: z
    .object({
      horizontal: oneOrMore(Line),
      vertical: oneOrMore(Mark),
      alarms: z.array(z.string()).catch([]),
    })
    .partial()
    .catch({}),
  markdown: text,
  query: text,
  alarms: z.array(z.string()).catch([]),
  endpoint: text,
})

const Body = z.object({
  start: text,
  end: text,
  widgets: z.array(z.unknown()).catch([]),
})

const WidgetForm = z.object({ type: text, properties: Properties.catch(Properties.parse({})) })

/** One widget of a dashboard; `number` counts from one, in the order of the dashboard's body. */
export type Widget = Readonly<{
  number: number
  type: string
  title: string
  region: string | undefined
  /** Names of the alarms that it shows. */
  alarms: readonly string[]
  /** Text of a text widget, query of a log widget, function of a custom one. */
  content: string | undefined
  /** Set when get_metric_graph can draw it. */
  graph: GraphPlan | undefined
}>

export type DashboardBody = Readonly<{
  start: string | undefined
  end: string | undefined
  widgets: readonly Widget[]
}>

/**
 * The widgets of a dashboard's body, a JSON text that people and programs write: members of an unexpected form are left
 * out. Undefined when it is no JSON object at all.
 */
export function parseDashboard(body: string): DashboardBody | undefined {
  const parsed = Body.safeParse(parseJson(body))
  if (!parsed.success) return undefined
  const { start, end, widgets } = parsed.data
  return { start, end, widgets: widgets.map(toWidget) }
}

function toWidget(value: unknown, at: number): Widget {
  const { type = 'unknown', properties } = WidgetForm.catch({
    type: 'unknown',
    properties: Properties.parse({}),
  }).parse(value)
  const { title, region, markdown, query, endpoint } = properties
  const shown = [...properties.alarms, ...(properties.annotations.alarms ?? [])]
  return {
    number: at + 1,
    type,
    title: title ?? '',
    region,
    alarms: shown.map((arn) => /:alarm:(.+)$/.exec(arn)?.[1] ?? arn),
    content: markdown ?? query ?? endpoint,
    graph:
      type === 'metric' && properties.metrics.length > 0 ? planOf(title, properties) : undefined,
  }
}

function planOf(title: string | undefined, properties: z.infer<typeof Properties>): GraphPlan {
  const { annotations, view, stacked, yAxis, region } = properties
  return {
    title,
    queries: queriesOf(properties),
    lines: (annotations.horizontal ?? [])
      .flat()
      .map(({ value, label, yAxis: side }): GraphLine => ({ value, label, axis: side })),
    marks: (annotations.vertical ?? []).flat().flatMap(({ value, label }): GraphMark[] => {
      const time = new Date(value)
      return Number.isNaN(time.getTime()) ? [] : [{ time, label }]
    }),
    view,
    stacked,
    yAxis,
    region,
  }
}

function queriesOf(properties: z.infer<typeof Properties>): GraphQuery[] {
  const rows = expandMetrics(properties.metrics)
  const taken = new Set(rows.map(({ look }) => look.id))
  let next = 0
  const freeId = (): string => {
    do next += 1
    while (taken.has(`m${next}`))
    return `m${next}`
  }
  return rows.flatMap(({ names, look }): GraphQuery[] => {
    const [namespace, metricName, ...rest] = names
    const drawn = {
      // An id of AWS's own making in the console may be in any form; expressions use lower-case ones only.
      id: look.id ?? freeId(),
      label: look.label,
      period: look.period ?? properties.period,
      hidden: look.visible === false ? true : undefined,
      account: look.accountId ?? properties.accountId,
      axis: look.yAxis,
      color: look.color,
    }
    if (look.expression !== undefined) return [{ ...drawn, expression: look.expression }]
    if (namespace === undefined || metricName === undefined) return []
    const dimensions = Array.from({ length: Math.floor(rest.length / 2) }, (_, pair) => ({
      name: rest[pair * 2] ?? '',
      value: rest[pair * 2 + 1] ?? '',
    }))
    return [
      {
        ...drawn,
        namespace,
        metricName,
        dimensions: dimensions.length === 0 ? undefined : dimensions,
        statistic: look.stat ?? properties.stat,
      },
    ]
  })
}

type MetricRow = Readonly<{ names: readonly string[]; look: z.infer<typeof Rendering> }>

/**
 * Rows of a widget's metrics with their abbreviations written out: `.` is what the row before has at this place, `...`
 * is everything of it that the rest of the row does not replace.
 */
function expandMetrics(rows: readonly unknown[]): MetricRow[] {
  let before: readonly string[] = []
  return rows.flatMap((row) => {
    if (!Array.isArray(row)) return []
    const written = row.filter((item) => typeof item === 'string')
    const look = Rendering.safeParse(row.find((item) => typeof item === 'object') ?? {})
    const names: string[] = []
    for (const [at, item] of written.entries()) {
      if (item === '...') {
        const after = written.length - at - 1
        names.push(...before.slice(names.length, Math.max(names.length, before.length - after)))
      } else {
        names.push(item === '.' ? (before[names.length] ?? '') : item)
      }
    }
    if (names.length > 0) before = names
    return [{ names, look: look.success ? look.data : Rendering.parse({}) }]
  })
}

function parseJson(body: string): unknown {
  try {
    return JSON.parse(body)
  } catch {
    return undefined
  }
}
