import { dateText } from '../answer/value-text.ts'
import type { GraphLine } from './graph-plan.ts'
import type { Series } from './metric-series.ts'
import type { TimeRange } from './time-range.ts'

const HEIGHTS = '▁▂▃▄▅▆▇█'
const BUCKETS = 24

/**
 * The outline of a series over a range in one line, for readers without eyes: the highest value of each 24th part of the
 * range between the series' lowest and highest point, `·` where there is none.
 */
export function shapeText({ points }: Pick<Series, 'points'>, { start, end }: TimeRange): string {
  const length = end.getTime() - start.getTime()
  const peaks = new Map<number, number>()
  for (const [time, value] of points) {
    const at = Math.min(BUCKETS - 1, Math.floor(((time - start.getTime()) / length) * BUCKETS))
    peaks.set(at, Math.max(value, peaks.get(at) ?? Number.NEGATIVE_INFINITY))
  }
  if (peaks.size === 0) return '-'
  const low = Math.min(...peaks.values())
  const span = Math.max(...peaks.values()) - low
  return Array.from({ length: BUCKETS }, (_, at) => {
    const peak = peaks.get(at)
    if (peak === undefined) return '·'
    const share = span === 0 ? 0.5 : (peak - low) / span
    return HEIGHTS[Math.min(HEIGHTS.length - 1, Math.floor(share * HEIGHTS.length))]
  }).join('')
}

/** Which series go beyond a line, how often and when, as one sentence; it says so too when none does. */
export function beyondText(line: GraphLine, series: readonly Series[]): string {
  const beyond = line.beyond ?? 'above'
  const is = (value: number) => (beyond === 'above' ? value > line.value : value < line.value)
  const name = `The line ${line.value}${line.label === undefined ? '' : ` (${line.label})`}`
  const crossing = series.flatMap(({ id, points }) => {
    const over = points.filter(([, value]) => is(value))
    const first = over[0]
    const last = over.at(-1)
    if (first === undefined || last === undefined) return []
    return [
      `${id} is ${beyond} it at ${over.length} of ${points.length} points, first ${dateText(first[0])}, last ${dateText(last[0])}`,
    ]
  })
  if (crossing.length === 0) return `${name}: no point is ${beyond} it.`
  const shown = crossing.slice(0, 5).join('; ')
  return `${name}: ${shown}${crossing.length > 5 ? `; and ${crossing.length - 5} more series` : ''}.`
}
