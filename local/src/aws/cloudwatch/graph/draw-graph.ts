import { type Canvas, type Color, createCanvas, type Place } from './canvas.ts'
import { GLYPH, textWidth } from './font.ts'
import { numberTicks, timeTicks } from './ticks.ts'

/** A line of a graph; points oldest first, times in milliseconds. */
export type GraphLine = Readonly<{
  label: string
  color: Color
  axis: 'left' | 'right'
  periodMs: number
  points: ReadonlyArray<Readonly<{ timestamp: number; value: number }>>
}>

export type AxisOptions = Readonly<{
  min: number | undefined
  max: number | undefined
  label: string
}>

export type Graph = Readonly<{
  width: number
  height: number
  title: string
  theme: 'light' | 'dark'
  stacked: boolean
  legend: boolean
  start: number
  end: number
  zoneOffsetMs: number
  lines: readonly GraphLine[]
  axes: Readonly<Record<'left' | 'right', AxisOptions>>
  horizontal: ReadonlyArray<
    Readonly<{ value: number; label: string; color: Color; axis: 'left' | 'right' }>
  >
  vertical: ReadonlyArray<Readonly<{ time: number; label: string; color: Color }>>
}>

export type Theme = Readonly<{ background: Color; grid: Color; axis: Color; text: Color }>

export const THEMES: Readonly<Record<Graph['theme'], Theme>> = {
  light: {
    background: [255, 255, 255],
    grid: [229, 231, 235],
    axis: [140, 146, 156],
    text: [40, 44, 52],
  },
  dark: {
    background: [25, 32, 42],
    grid: [51, 60, 73],
    axis: [125, 135, 150],
    text: [220, 224, 230],
  },
}
const MARGIN = 10
const LEGEND_ROW = 14
const MAX_LEGEND_ROWS = 4
const PIXELS_PER_TIME = 70
const PIXELS_PER_NUMBER = 40

type Box = Readonly<{ left: number; right: number; top: number; bottom: number }>
type Scale = Readonly<{ low: number; high: number }>

/** Draws a graph with axes, grid, lines or stacked areas, thresholds, marked times and a legend, as PNG. */
export function drawGraph(graph: Graph): Buffer {
  const theme = THEMES[graph.theme]
  const canvas = createCanvas(graph.width, graph.height, theme.background)
  const lines = graph.stacked
    ? stack(graph.lines)
    : graph.lines.map((line) => ({ line, base: undefined }))
  const rows = graph.legend ? legendRows(graph) : []
  const hasRight = usesAxis(graph, 'right')
  const box: Box = {
    left: MARGIN + 40,
    right: graph.width - MARGIN - (hasRight ? 40 : 6),
    top: MARGIN + (graph.title === '' ? 4 : 24) + (graph.axes.left.label === '' ? 0 : 10),
    bottom: graph.height - MARGIN - 14 - rows.length * LEGEND_ROW,
  }
  drawTitle(canvas, graph, theme)
  const scales = { left: scaleOf(graph, lines, 'left'), right: scaleOf(graph, lines, 'right') }
  const xOf = (time: number) =>
    box.left + ((time - graph.start) / (graph.end - graph.start)) * (box.right - box.left)
  const yOf = (value: number, axis: 'left' | 'right') => {
    const { low, high } = scales[axis]
    return box.bottom - ((value - low) / (high - low)) * (box.bottom - box.top)
  }
  drawNumberAxis(canvas, graph, theme, box, scales.left, 'left')
  if (hasRight) drawNumberAxis(canvas, graph, theme, box, scales.right, 'right')
  drawTimeAxis(canvas, graph, theme, box, xOf)
  for (const one of [...lines].reverse()) drawLine(canvas, one, box, xOf, yOf)
  drawThresholds(canvas, graph, box, yOf)
  drawTimes(canvas, graph, box, xOf)
  if (graph.lines.every((line) => line.points.length === 0)) drawEmpty(canvas, theme, box)
  drawLegend(canvas, rows, theme, box.bottom + 20)
  return canvas.toPng()
}

type Drawn = Readonly<{ line: GraphLine; base: ReadonlyMap<number, number> | undefined }>

/** Each line on top of those before it. */
function stack(lines: readonly GraphLine[]): readonly Drawn[] {
  const sums = new Map<number, number>()
  return lines.map((line) => {
    const base = new Map(line.points.map(({ timestamp }) => [timestamp, sums.get(timestamp) ?? 0]))
    const points = line.points.map(({ timestamp, value }) => {
      const top = (sums.get(timestamp) ?? 0) + value
      sums.set(timestamp, top)
      return { timestamp, value: top }
    })
    return { line: { ...line, points }, base }
  })
}

function usesAxis(graph: Graph, axis: 'left' | 'right'): boolean {
  return (
    graph.lines.some((line) => line.axis === axis) ||
    graph.horizontal.some((one) => one.axis === axis)
  )
}

function scaleOf(graph: Graph, drawn: readonly Drawn[], axis: 'left' | 'right'): Scale {
  const values = [
    ...drawn
      .filter(({ line }) => line.axis === axis)
      .flatMap(({ line }) => line.points.map((point) => point.value)),
    ...graph.horizontal.filter((one) => one.axis === axis).map((one) => one.value),
  ]
  const least = values.reduce((low, value) => Math.min(low, value), Number.POSITIVE_INFINITY)
  const most = values.reduce((high, value) => Math.max(high, value), Number.NEGATIVE_INFINITY)
  const high = graph.axes[axis].max ?? (Number.isFinite(most) ? most * (most > 0 ? 1.06 : 0.94) : 1)
  // From zero, unless all values are close together far above it, or below it.
  const natural = least >= 0 && least < 0.6 * high ? 0 : least - 0.06 * Math.abs(high - least)
  const low = graph.axes[axis].min ?? (Number.isFinite(least) ? natural : 0)
  return high > low ? { low, high } : { low: low - 1, high: low + 1 }
}

/** Writes the title in the middle of the upper edge, as large as it fits. */
export function drawTitle(
  canvas: Canvas,
  graph: Pick<Graph, 'title' | 'width'>,
  theme: Theme,
): void {
  const scale = textWidth(graph.title) * 2 < graph.width - 2 * MARGIN ? 2 : 1
  const title = fit(graph.title, (graph.width - 2 * MARGIN) / scale)
  const x = (graph.width - textWidth(title) * scale) / 2
  canvas.text(x, MARGIN, title, theme.text, scale)
}

function drawNumberAxis(
  canvas: Canvas,
  graph: Graph,
  theme: Theme,
  box: Box,
  scale: Scale,
  axis: 'left' | 'right',
): void {
  const count = Math.max(2, Math.floor((box.bottom - box.top) / PIXELS_PER_NUMBER))
  for (const { value, label } of numberTicks(scale.low, scale.high, count)) {
    const share = (value - scale.low) / (scale.high - scale.low)
    const y = Math.round(box.bottom - share * (box.bottom - box.top))
    if (axis === 'left') canvas.rectangle(box.left, y, box.right - box.left, 1, theme.grid)
    const x = axis === 'left' ? box.left - 5 - textWidth(label) : box.right + 5
    canvas.text(x, y - 3, label, theme.text, 1)
  }
  const x = axis === 'left' ? box.left : box.right
  canvas.rectangle(x, box.top, 1, box.bottom - box.top, theme.axis)
  const { label } = graph.axes[axis]
  const labelX = axis === 'left' ? MARGIN : graph.width - MARGIN - textWidth(label)
  canvas.text(labelX, box.top - 12, label, theme.text, 1)
}

function drawTimeAxis(
  canvas: Canvas,
  graph: Graph,
  theme: Theme,
  box: Box,
  xOf: (time: number) => number,
): void {
  const count = Math.max(2, Math.floor((box.right - box.left) / PIXELS_PER_TIME))
  for (const { value, label } of timeTicks(graph.start, graph.end, count, graph.zoneOffsetMs)) {
    const x = Math.round(xOf(value))
    canvas.rectangle(x, box.top, 1, box.bottom - box.top, theme.grid)
    canvas.rectangle(x, box.bottom, 1, 4, theme.axis)
    canvas.text(x - textWidth(label) / 2, box.bottom + 7, label, theme.text, 1)
  }
  canvas.rectangle(box.left, box.bottom, box.right - box.left + 1, 1, theme.axis)
}

function drawLine(
  canvas: Canvas,
  { line, base }: Drawn,
  box: Box,
  xOf: (time: number) => number,
  yOf: (value: number, axis: 'left' | 'right') => number,
): void {
  const clamp = (y: number) => Math.min(box.bottom, Math.max(box.top, y))
  const place = ({ timestamp, value }: GraphLine['points'][number]): Place => ({
    x: xOf(timestamp),
    y: clamp(yOf(value, line.axis)),
  })
  const floorOf = (timestamp: number) => clamp(yOf(base?.get(timestamp) ?? 0, line.axis))
  for (const [at, point] of line.points.entries()) {
    const next = line.points[at + 1]
    const here = place(point)
    // A gap in the data is a gap in the line.
    const joined = next !== undefined && next.timestamp - point.timestamp <= 1.5 * line.periodMs
    if (!joined) {
      const before = line.points[at - 1]
      const alone = before === undefined || point.timestamp - before.timestamp > 1.5 * line.periodMs
      if (alone) canvas.line(here, here, line.color, 3)
      continue
    }
    const there = place(next)
    if (base !== undefined) {
      const [low, nextLow] = [floorOf(point.timestamp), floorOf(next.timestamp)]
      for (let x = Math.round(here.x); x < Math.round(there.x); x += 1) {
        const share = (x - here.x) / (there.x - here.x)
        const top = here.y + share * (there.y - here.y)
        canvas.column(x, top, low + share * (nextLow - low), line.color, 0.35)
      }
    }
    canvas.line(here, there, line.color, 1.6)
  }
}

function drawThresholds(
  canvas: Canvas,
  graph: Graph,
  box: Box,
  yOf: (value: number, axis: 'left' | 'right') => number,
): void {
  for (const { value, label, color, axis } of graph.horizontal) {
    // On whole pixels a level line is sharp.
    const y = Math.round(yOf(value, axis))
    if (y < box.top - 1 || y > box.bottom + 1) continue
    dashes(box.left, box.right, (from, to) => canvas.line({ x: from, y }, { x: to, y }, color, 1.4))
    const x = axis === 'left' ? box.left + 6 : box.right - 6 - textWidth(label)
    canvas.text(x, y - GLYPH.height - 3, label, color, 1)
  }
}

function drawTimes(canvas: Canvas, graph: Graph, box: Box, xOf: (time: number) => number): void {
  for (const { time, label, color } of graph.vertical) {
    const x = Math.round(xOf(time))
    if (x < box.left || x > box.right) continue
    dashes(box.top, box.bottom, (from, to) => canvas.line({ x, y: from }, { x, y: to }, color, 1.4))
    const fits = x + 5 + textWidth(label) < box.right
    canvas.text(fits ? x + 5 : x - 5 - textWidth(label), box.top + 4, label, color, 1)
  }
}

function dashes(from: number, to: number, draw: (from: number, to: number) => void): void {
  for (let at = from; at < to; at += 9) draw(at, Math.min(to, at + 5))
}

function drawEmpty(canvas: Canvas, theme: Theme, box: Box): void {
  const text = 'No data available'
  const x = (box.left + box.right - textWidth(text)) / 2
  canvas.text(x, (box.top + box.bottom) / 2, text, theme.axis, 1)
}

type LegendItem = Readonly<{ x: number; label: string; color: Color }>

function legendRows(graph: Graph): ReadonlyArray<readonly LegendItem[]> {
  const rows: LegendItem[][] = [[]]
  let x = MARGIN + 40
  for (const { label, color } of graph.lines) {
    const text = fit(label, graph.width - 2 * MARGIN - 60)
    const width = 14 + textWidth(text) + 16
    if (x + width > graph.width - MARGIN && (rows.at(-1)?.length ?? 0) > 0) {
      rows.push([])
      x = MARGIN + 40
    }
    rows.at(-1)?.push({ x, label: text, color })
    x += width
  }
  return rows.slice(0, MAX_LEGEND_ROWS)
}

function drawLegend(
  canvas: Canvas,
  rows: ReadonlyArray<readonly LegendItem[]>,
  theme: Theme,
  top: number,
): void {
  for (const [row, items] of rows.entries()) {
    const y = top + row * LEGEND_ROW
    for (const { x, label, color } of items) {
      canvas.rectangle(x, y, 8, 8, color)
      canvas.text(x + 13, y, label, theme.text, 1)
    }
  }
}

/** The text, cut to so many pixels at scale 1. */
export function fit(text: string, pixels: number): string {
  const characters = Math.max(1, Math.floor(pixels / GLYPH.advance))
  return text.length <= characters ? text : `${text.slice(0, Math.max(1, characters - 3))}...`
}
