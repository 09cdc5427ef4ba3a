import { meanOf } from './describe-values.ts'
import { fitLine } from './fit-line.ts'

export type Trend = Readonly<{
  direction: 'rising' | 'falling' | 'none'
  /** Change of the fitted line from the first value to the last. */
  change: number
  /** How likely a change of this size is in values that have no trend. */
  p: number
}>

const SIGNIFICANT = 0.05

/** Fewer independent values than this say nothing about a trend. */
const LEAST_VALUES = 10

/**
 * Whether values at equal distances rise or fall over the whole: the slope of the line with the least squares, tested
 * against none. Neighbours in a metric are alike, which makes any wandering look like a trend; the test counts them as
 * fewer values, by their correlation (n (1 - r) / (1 + r)).
 */
export function findTrend(values: readonly number[]): Trend {
  const line = fitLine(values)
  const change = line.slope * (values.length - 1)
  const residuals = values.map((value, at) => value - (line.start + line.slope * at))
  const error = residuals.reduce((sum, residual) => sum + residual ** 2, 0)
  const alike = Math.max(0, correlationOfNeighbours(residuals))
  const independent = (values.length * (1 - alike)) / (1 + alike)
  if (independent < LEAST_VALUES) return { direction: 'none', change, p: 1 }
  const scale = meanOf(values.map(Math.abs))
  if (error <= (scale * 1e-12) ** 2 * values.length) {
    // No scatter at all: a perfect line, or a constant.
    return change === 0 || Math.abs(change) < scale * 1e-9
      ? { direction: 'none', change: 0, p: 1 }
      : { direction: change > 0 ? 'rising' : 'falling', change, p: 0 }
  }
  const places = (independent * (values.length ** 2 - 1)) / 12
  const deviation = Math.sqrt(error / values.length / places)
  const p = 2 * normalTail(Math.abs(line.slope) / deviation)
  const direction = p >= SIGNIFICANT ? 'none' : change > 0 ? 'rising' : 'falling'
  return { direction, change, p }
}

function correlationOfNeighbours(values: readonly number[]): number {
  let product = 0
  let square = 0
  for (const [at, value] of values.entries()) {
    square += value ** 2
    if (at > 0) product += value * (values[at - 1] ?? 0)
  }
  return square === 0 ? 0 : Math.min(0.999999, product / square)
}

/** Share of the normal distribution above z >= 0 (Abramowitz and Stegun 26.2.17, error below 1e-7). */
function normalTail(z: number): number {
  const t = 1 / (1 + 0.2316419 * z)
  const series =
    t * (0.31938153 + t * (-0.356563782 + t * (1.781477937 + t * (-1.821255978 + t * 1.330274429))))
  return (Math.exp((-z * z) / 2) / Math.sqrt(2 * Math.PI)) * series
}
