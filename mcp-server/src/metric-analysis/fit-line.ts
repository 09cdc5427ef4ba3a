/** A line through values at equal distances. */
export type Line = Readonly<{
  /** The line's value at the first place, and its change from one place to the next. */
  start: number
  slope: number
}>

/** The line with the least squares; flat for fewer than two values. */
export function fitLine(values: readonly number[]): Line {
  const { length } = values
  const middle = (length - 1) / 2
  const mean = values.reduce((sum, value) => sum + value, 0) / Math.max(1, length)
  let across = 0
  let square = 0
  for (const [at, value] of values.entries()) {
    across += (at - middle) * (value - mean)
    square += (at - middle) ** 2
  }
  const slope = square === 0 ? 0 : across / square
  return { start: mean - slope * middle, slope }
}
