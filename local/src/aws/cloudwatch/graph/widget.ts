import type { Input } from '../../call.ts'
import {
  isStructure,
  optionalBoolean,
  optionalNumber,
  optionalOneOf,
  optionalString,
  optionalStructure,
  optionalStructures,
} from '../../input.ts'
import { unsupported, validationError } from '../cloudwatch-errors.ts'
import { type Color, parseColor } from './canvas.ts'

const MAX_METRICS = 100
const PALETTE = [
  '#1f77b4',
  '#ff7f0e',
  '#2ca02c',
  '#d62728',
  '#9467bd',
  '#8c564b',
  '#e377c2',
  '#7f7f7f',
  '#bcbd22',
  '#17becf',
]
const GREY: Color = [127, 127, 127]

/** Lines over time, or the last value of each metric as a number or as a bar. */
export type View = 'timeSeries' | 'singleValue' | 'bar'

/** How one metric of a widget is drawn; found again by its id. */
export type Style = Readonly<{
  color: Color | undefined
  axis: 'left' | 'right'
}>

/** What a widget asks for: the queries that GetMetricData would be sent, and how to draw their results. */
export type Widget = Readonly<{
  queries: readonly Input[]
  styles: ReadonlyMap<string, Style>
  view: View
  start: number
  end: number
  width: number
  height: number
  title: string
  theme: 'light' | 'dark'
  stacked: boolean
  legend: boolean
  zoneOffsetMs: number
  axes: Readonly<
    Record<
      'left' | 'right',
      Readonly<{ min: number | undefined; max: number | undefined; label: string }>
    >
  >
  horizontal: ReadonlyArray<
    Readonly<{ value: number; label: string; color: Color; axis: 'left' | 'right' }>
  >
  vertical: ReadonlyArray<Readonly<{ time: number; label: string; color: Color }>>
  /** ARNs of alarms whose metric and threshold are drawn. */
  alarms: readonly string[]
}>

/** Reads the JSON of a metric widget. `now` is in milliseconds since 1970. */
export function parseWidget(text: string, now: number): Widget {
  const widget = parseJson(text)
  const view = optionalString(widget, 'view') ?? 'timeSeries'
  if (!isView(view)) throw unsupported(`The view ${view} of a metric widget`)
  const metrics = readMetrics(widget)
  const start = timeOf(optionalString(widget, 'start') ?? '-PT3H', now)
  const end = timeOf(optionalString(widget, 'end') ?? 'PT0H', now)
  if (start >= end) throw invalid('start must be before end')
  const annotations = optionalStructure(widget, 'annotations') ?? {}
  const axes = optionalStructure(widget, 'yAxis') ?? {}
  const alarms = annotations.alarms
  const legend = optionalStructure(widget, 'legend') ?? {}
  return {
    ...metrics,
    view,
    start,
    end,
    width: sizeOf(widget, 'width', 600),
    height: sizeOf(widget, 'height', 400),
    title: optionalString(widget, 'title') ?? '',
    theme: optionalOneOf(widget, 'theme', ['light', 'dark'] as const) ?? 'light',
    stacked: optionalBoolean(widget, 'stacked') ?? false,
    legend: optionalString(legend, 'position') !== 'hidden',
    zoneOffsetMs: zoneOf(optionalString(widget, 'timezone') ?? '+0000'),
    axes: { left: axisOf(axes, 'left'), right: axisOf(axes, 'right') },
    horizontal: readHorizontal(annotations),
    vertical: (optionalStructures(annotations, 'vertical') ?? []).map((one) => ({
      time: timeOf(optionalString(one, 'value') ?? '', now),
      label: optionalString(one, 'label') ?? '',
      color: parseColor(optionalString(one, 'color')) ?? GREY,
    })),
    alarms: Array.isArray(alarms) ? alarms.filter((one) => typeof one === 'string') : [],
  }
}

function isView(view: string): view is View {
  return view === 'timeSeries' || view === 'singleValue' || view === 'bar'
}

/** The colour of the line at this place, when its metric names none. */
export function paletteColor(at: number): Color {
  return parseColor(PALETTE[at % PALETTE.length]) ?? GREY
}

function parseJson(text: string): Input {
  try {
    const value: unknown = JSON.parse(text)
    if (isStructure(value)) return value
  } catch {
    // Falls through: text that is no JSON and JSON that is no object get the same answer.
  }
  throw invalid('it is not a JSON object')
}

function readMetrics(widget: Input): Pick<Widget, 'queries' | 'styles'> {
  const rows = widget.metrics ?? []
  if (!Array.isArray(rows)) throw invalid('metrics must be an array')
  if (rows.length > MAX_METRICS) throw invalid(`metrics can have at most ${MAX_METRICS} members`)
  const queries: Input[] = []
  const styles = new Map<string, Style>()
  let before: readonly string[] = []
  for (const [at, row] of rows.entries()) {
    if (!Array.isArray(row)) throw invalid('each of metrics must be an array')
    const last: unknown = row.at(-1)
    const options = isStructure(last) ? last : {}
    const parts = row.filter((part) => typeof part === 'string')
    const id = optionalString(options, 'id') ?? `m${at + 1}`
    const axis = optionalOneOf(options, 'yAxis', ['left', 'right'] as const) ?? 'left'
    styles.set(id, { color: parseColor(optionalString(options, 'color')), axis })
    const expression = optionalString(options, 'expression')
    if (expression === undefined) before = expand(parts, before)
    queries.push({
      Id: id,
      Label: optionalString(options, 'label'),
      ReturnData: optionalBoolean(options, 'visible') ?? true,
      AccountId: optionalString(options, 'accountId'),
      ...(expression === undefined
        ? { MetricStat: metricStatOf(before, options, widget) }
        : { Expression: expression, Period: periodOf(options, widget) }),
    })
  }
  return { queries, styles }
}

/** `.` stands for what the row before has in that place, `...` for everything that is not given again. */
function expand(parts: readonly string[], before: readonly string[]): readonly string[] {
  if (parts[0] === '...') {
    return [...before.slice(0, before.length - (parts.length - 1)), ...parts.slice(1)]
  }
  return parts.map((part, at) => (part === '.' ? (before[at] ?? '') : part))
}

function metricStatOf(parts: readonly string[], options: Input, widget: Input): Input {
  const [Namespace, MetricName, ...dimensions] = parts
  if (Namespace === undefined || MetricName === undefined || dimensions.length % 2 !== 0) {
    throw invalid(`"${parts.join(' ')}" is not a metric`)
  }
  const Dimensions = Array.from({ length: dimensions.length / 2 }, (_, at) => ({
    Name: dimensions[2 * at],
    Value: dimensions[2 * at + 1],
  }))
  return {
    Metric: { Namespace, MetricName, Dimensions },
    Period: periodOf(options, widget),
    Stat: optionalString(options, 'stat') ?? optionalString(widget, 'stat') ?? 'Average',
  }
}

function periodOf(options: Input, widget: Input): number {
  return optionalNumber(options, 'period') ?? optionalNumber(widget, 'period') ?? 300
}

function readHorizontal(annotations: Input): Widget['horizontal'] {
  const given = annotations.horizontal
  // A band is given as an array of two lines.
  const lines = Array.isArray(given) ? given.flat().filter(isStructure) : []
  return lines.map((line) => {
    const value = optionalNumber(line, 'value')
    if (value === undefined) throw invalid('a horizontal annotation needs a value')
    return {
      value,
      label: optionalString(line, 'label') ?? '',
      color: parseColor(optionalString(line, 'color')) ?? [214, 39, 40],
      axis: optionalOneOf(line, 'yAxis', ['left', 'right'] as const) ?? 'left',
    }
  })
}

function axisOf(axes: Input, side: 'left' | 'right') {
  const axis = optionalStructure(axes, side) ?? {}
  return {
    min: optionalNumber(axis, 'min'),
    max: optionalNumber(axis, 'max'),
    label: optionalString(axis, 'label') ?? '',
  }
}

function sizeOf(widget: Input, name: string, fallback: number): number {
  const size = optionalNumber(widget, name) ?? fallback
  if (Number.isInteger(size) && size >= 1 && size <= 2000) return size
  throw invalid(`${name} must be a whole number from 1 to 2000`)
}

/** An ISO 8601 time, or a duration before now such as `-PT3H`. */
function timeOf(text: string, now: number): number {
  const found = /^-?P(?:(\d+)W)?(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)S)?)?$/.exec(text)
  if (found !== null) {
    const [weeks = 0, days = 0, hours = 0, minutes = 0, seconds = 0] = found
      .slice(1)
      .map((part) => Number(part ?? 0))
    const total = (((weeks * 7 + days) * 24 + hours) * 60 + minutes) * 60 + seconds
    return now - total * 1000
  }
  const time = Date.parse(text)
  if (Number.isNaN(time)) throw invalid(`"${text}" is not a time`)
  return time
}

function zoneOf(text: string): number {
  const found = /^([+-])(\d\d)(\d\d)$/.exec(text)
  if (found === null) throw invalid(`"${text}" is not a timezone such as +0130`)
  const minutes = Number(found[2]) * 60 + Number(found[3])
  return (found[1] === '-' ? -1 : 1) * minutes * 60_000
}

function invalid(what: string) {
  return validationError(`The MetricWidget is not valid: ${what}.`)
}
