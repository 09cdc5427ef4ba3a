import { type Canvas, createCanvas } from './canvas.ts'
import { drawTitle, fit, type Graph, type GraphLine, THEMES } from './draw-graph.ts'
import { GLYPH, textWidth } from './font.ts'
import { numberTicks } from './ticks.ts'

const MARGIN = 10
const TOP = 40

/** The last value of each metric, in large digits above its label. */
export function drawNumbers(graph: Graph): Buffer {
  const theme = THEMES[graph.theme]
  const canvas = createCanvas(graph.width, graph.height, theme.background)
  drawTitle(canvas, graph, theme)
  const width = (graph.width - 2 * MARGIN) / Math.max(1, graph.lines.length)
  for (const [at, line] of graph.lines.entries()) {
    const left = MARGIN + at * width
    const text = valueText(line)
    const scale = Math.max(1, Math.min(6, Math.floor((width * 0.8) / Math.max(1, textWidth(text)))))
    const y = (TOP + graph.height - scale * GLYPH.height) / 2
    canvas.text(left + (width - textWidth(text) * scale) / 2, y, text, line.color, scale)
    const label = fit(line.label, width - 6)
    const labelY = y + scale * GLYPH.height + 10
    canvas.text(left + (width - textWidth(label)) / 2, labelY, label, theme.text, 1)
  }
  return canvas.toPng()
}

/** The last value of each metric as a bar from zero. */
export function drawBars(graph: Graph): Buffer {
  const theme = THEMES[graph.theme]
  const canvas = createCanvas(graph.width, graph.height, theme.background)
  drawTitle(canvas, graph, theme)
  const [left, right, bottom] = [MARGIN + 40, graph.width - MARGIN, graph.height - 30]
  const values = graph.lines.map((line) => line.points.at(-1)?.value ?? 0)
  const high = values.reduce((most, value) => Math.max(most, value), 0) * 1.06 || 1
  const heightOf = (value: number) => (Math.max(0, value) / high) * (bottom - TOP)
  for (const { value, label } of numberTicks(0, high, Math.max(2, (bottom - TOP) / 40))) {
    const y = bottom - heightOf(value)
    canvas.rectangle(left, y, right - left, 1, theme.grid)
    canvas.text(left - 5 - textWidth(label), y - 3, label, theme.text, 1)
  }
  const slot = (right - left) / Math.max(1, graph.lines.length)
  for (const [at, line] of graph.lines.entries()) {
    drawBar(canvas, line, left + at * slot, slot, bottom, heightOf(values[at] ?? 0))
    const label = fit(line.label, slot - 4)
    const x = left + at * slot + (slot - textWidth(label)) / 2
    canvas.text(x, bottom + 8, label, theme.text, 1)
  }
  canvas.rectangle(left, bottom, right - left, 1, theme.axis)
  return canvas.toPng()
}

function drawBar(
  canvas: Canvas,
  line: GraphLine,
  left: number,
  slot: number,
  bottom: number,
  height: number,
): void {
  canvas.rectangle(left + slot * 0.2, bottom - height, slot * 0.6, height, line.color)
}

function valueText(line: GraphLine): string {
  const last = line.points.at(-1)
  return last === undefined ? '--' : String(Number(last.value.toPrecision(4)))
}
