import {
  type CloudWatchClient,
  GetMetricWidgetImageCommand,
  type MetricDataQuery,
} from '@aws-sdk/client-cloudwatch'
import { z } from 'zod'
import type { Answer } from '../answer/answer.ts'
import { findAlarm } from './alarm-find.ts'
import { findDashboard } from './dashboard-find.ts'
import { defineTool, type ToolContext } from './define-tool.ts'
import { type GraphLine, type GraphPlan, planOfAlarm } from './graph-plan.ts'
import { emptyNotes, fetchSeries, rangeFacts } from './metric-fetch.ts'
import { computedIds, MetricQueryArgument, prepareQueries } from './metric-query.ts'
import { type Series, SUMMARY_COLUMNS, summarize } from './metric-series.ts'
import { MOST_METRICS, toMetricWidget } from './metric-widget.ts'
import { orNote } from './or-note.ts'
import { beyondText, shapeText } from './series-shape.ts'
import { parseTime, resolveRange, TIME_FORMS, type TimeRange } from './time-range.ts'
import { ToolProblem } from './tool-problem.ts'

const DEFAULT_START = '-3h'

/** Clients refuse larger images, or drop the whole answer; a graph of these measures has about 50 KB. */
const MOST_IMAGE_BYTES = 2_000_000
const PNG_HEAD = '89504e470d0a1a0a'

const axis = z.enum(['left', 'right']).optional()

const Input = z.strictObject({
  queries: z
    .array(MetricQueryArgument.extend({ axis }))
    .min(1)
    .max(MOST_METRICS)
    .optional()
    .describe('What to draw, as in get_metric_data.'),
  alarm: z
    .string()
    .min(1)
    .max(255)
    .optional()
    .describe('In place of queries: a metric alarm by name; its threshold becomes a line.'),
  dashboard: z
    .string()
    .min(1)
    .max(255)
    .optional()
    .describe('In place of queries: a dashboard by name, together with widget.'),
  widget: z.int().min(1).max(500).optional().describe('Number of the widget in get_dashboard.'),
  start: z.coerce.string().max(64).optional().describe(`${TIME_FORMS}. Default: -3h.`),
  end: z.coerce.string().max(64).optional().describe('Default: now.'),
  title: z.string().min(1).max(255).optional(),
  lines: z
    .array(
      z.strictObject({ value: z.number(), label: z.string().min(1).max(255).optional(), axis }),
    )
    .max(10)
    .optional()
    .describe('Horizontal lines, such as a threshold.'),
  marks: z
    .array(
      z.strictObject({ time: z.coerce.string().max(64), label: z.string().max(255).optional() }),
    )
    .max(20)
    .optional()
    .describe('Vertical lines, such as the time of a deployment.'),
  stacked: z.boolean().optional().describe('Stack the series instead of drawing lines.'),
  theme: z.enum(['light', 'dark']).default('light'),
  width: z.int().min(200).max(1_600).default(800).describe('Pixels.'),
  height: z.int().min(150).max(1_000).default(400).describe('Pixels.'),
})

export const getMetricGraph = defineTool({
  name: 'get_metric_graph',
  title: 'Draw a metric graph',
  description:
    'Draw CloudWatch metrics as a PNG, with the figures and outline of the same series as text. ' +
    'Draws queries, an alarm with its threshold, or a widget of a dashboard. ' +
    'Show it to a person, or look at the form of a curve; for figures alone get_metric_data is cheaper.',
  input: Input,
  run: async (input, context) => {
    const range = rangeOf(input, context.now)
    const plan = withExtras(await planFor(input, context), input, context.now)
    const prepared = prepareQueries(plan.queries, range, context.now)
    const look = { range, width: input.width, height: input.height, theme: input.theme }
    const widget = toMetricWidget(plan, prepared.queries, look)
    const region = plan.region ?? context.region
    const { cloudwatch } = context.clientsIn(region)
    const [image, data] = await Promise.all([
      orNote(context, 'the picture', drawWidget(cloudwatch, widget, region, context.signal)),
      orNote(context, 'the figures', fetchSeries(cloudwatch, prepared, range, context.signal)),
    ])
    const series = data.value?.series
    return {
      ...answerFor(plan, series, image.value !== undefined, range),
      facts: [
        ...rangeFacts(range, prepared.periods),
        ...(region === context.region ? [] : [['region of the metrics', region] as const]),
      ],
      ...(image.value !== undefined && { images: [{ data: image.value, mimeType: 'image/png' }] }),
      notes: [
        ...image.notes,
        ...data.notes,
        ...prepared.notes,
        ...(data.value?.notes ?? []),
        ...(series === undefined
          ? []
          : plan.lines.map((line) =>
              beyondText(line, onAxis(plan, prepared.queries, line, series)),
            )),
        ...(series === undefined
          ? []
          : emptyNotes(series, context.mayUse('list_metrics'), computedIds(prepared.queries))),
      ],
      failed: image.value === undefined && data.value === undefined,
    }
  },
})

type GraphInput = z.infer<typeof Input>

function rangeOf({ start, end }: GraphInput, now: Date): TimeRange {
  return resolveRange(
    start === undefined && end === undefined ? { start: DEFAULT_START } : { start, end },
    now,
  )
}

/** What to draw, from the one source that the arguments name. */
async function planFor(
  { queries, alarm, dashboard, widget }: GraphInput,
  context: ToolContext,
): Promise<GraphPlan> {
  if ([queries, alarm, dashboard].filter((source) => source !== undefined).length !== 1) {
    throw new ToolProblem('Give one of queries, alarm, or dashboard with widget.')
  }
  if ((dashboard === undefined) !== (widget === undefined)) {
    throw new ToolProblem('dashboard and widget go together: get_dashboard numbers the widgets.')
  }
  if (queries !== undefined) return { queries, lines: [], marks: [] }
  if (alarm !== undefined) return planOfAlarm(await findAlarm(alarm, context))
  const { widgets } = await findDashboard(dashboard ?? '', context)
  const found = widgets.find(({ number }) => number === widget)
  if (found?.graph !== undefined) return found.graph
  const [shown] = found?.alarms ?? []
  if (found?.type === 'metric' && shown !== undefined) {
    return planOfAlarm(await findAlarm(shown, context))
  }
  const drawable = widgets.filter(({ graph }) => graph !== undefined).map(({ number }) => number)
  throw new ToolProblem(
    `Widget ${widget} of "${dashboard}" ${found === undefined ? 'does not exist' : `is of type ${found.type} and has no metrics to draw`}. ${drawable.length === 0 ? 'None of its widgets has.' : `Those with metrics: ${drawable.join(', ')}.`}`,
  )
}

function withExtras(
  plan: GraphPlan,
  { title, lines = [], marks = [], stacked }: GraphInput,
  now: Date,
): GraphPlan {
  return {
    ...plan,
    title: title ?? plan.title,
    stacked: stacked ?? plan.stacked,
    lines: [...plan.lines, ...lines],
    marks: [
      ...plan.marks,
      ...marks.map(({ time, label }) => ({ time: parseTime('marks.time', time, now), label })),
    ],
  }
}

/** A line says something of the series of its own axis only. */
function onAxis(
  plan: GraphPlan,
  queries: readonly MetricDataQuery[],
  line: GraphLine,
  series: readonly Series[],
): readonly Series[] {
  const there = new Set(
    queries
      .filter((_, at) => (plan.queries[at]?.axis ?? 'left') === (line.axis ?? 'left'))
      .map(({ Id }) => Id),
  )
  return series.filter(({ id }) => there.has(id))
}

/** The picture in base64. Throws a ToolProblem where AWS draws none. */
async function drawWidget(
  cloudwatch: CloudWatchClient,
  widget: string,
  region: string,
  signal: AbortSignal,
): Promise<string> {
  const nowhere = `CloudWatch draws no graphs in ${region}; the figures are the same.`
  if (region.startsWith('us-gov-')) throw new ToolProblem(nowhere)
  const command = new GetMetricWidgetImageCommand({ MetricWidget: widget, OutputFormat: 'png' })
  const image = await cloudwatch.send(command, { abortSignal: signal }).catch((error: unknown) => {
    const unknown = error instanceof Error && /^(UnknownOperation|InvalidAction)/.test(error.name)
    throw unknown ? new ToolProblem(nowhere) : error
  })
  const bytes = Buffer.from(image.MetricWidgetImage ?? [])
  if (bytes.subarray(0, 8).toString('hex') !== PNG_HEAD) {
    throw new ToolProblem('CloudWatch answered with no PNG. Retry.')
  }
  if (bytes.length > MOST_IMAGE_BYTES) {
    throw new ToolProblem('The picture is larger than 2 MB: take less width and height.')
  }
  return bytes.toString('base64')
}

function answerFor(
  plan: GraphPlan,
  series: readonly Series[] | undefined,
  drawn: boolean,
  range: TimeRange,
): Pick<Answer, 'summary' | 'table' | 'narrow'> {
  const title = plan.title === undefined ? '' : ` "${plan.title}"`
  if (series === undefined) {
    return {
      summary: drawn
        ? `A picture${title} without figures.`
        : `Neither picture nor figures${title}.`,
    }
  }
  const withPoints = series.filter((one) => one.points.length > 0).length
  return {
    summary: `${drawn ? 'A picture' : 'No picture, but the figures'}${title} of ${series.length} series, ${withPoints} with points.`,
    table: {
      columns: [...SUMMARY_COLUMNS, 'outline'],
      rows: series.map((one) => [...summarize(one), shapeText(one, range)]),
    },
    narrow: 'draw fewer series',
  }
}
