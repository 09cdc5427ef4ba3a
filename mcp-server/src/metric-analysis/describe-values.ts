/** What the values of a series come to. */
export type ValueSummary = Readonly<{
  count: number
  min: number
  max: number
  mean: number
  median: number
  p95: number
  p99: number
  standardDeviation: number
  /** Standard deviation as a share of the mean's size; undefined when the mean is zero. */
  variation: number | undefined
  zeros: number
}>

/** The figures of one or more values; undefined for none. */
export function describeValues(values: readonly number[]): ValueSummary | undefined {
  const sorted = [...values].sort((one, other) => one - other)
  const min = sorted[0]
  const max = sorted.at(-1)
  if (min === undefined || max === undefined) return undefined
  const mean = meanOf(values)
  const standardDeviation = Math.sqrt(varianceOf(values))
  return {
    count: values.length,
    min,
    max,
    mean,
    median: quantileOf(sorted, 0.5),
    p95: quantileOf(sorted, 0.95),
    p99: quantileOf(sorted, 0.99),
    standardDeviation,
    variation: mean === 0 ? undefined : standardDeviation / Math.abs(mean),
    zeros: values.filter((value) => value === 0).length,
  }
}

/** The arithmetic mean; 0 for no values. */
export function meanOf(values: readonly number[]): number {
  if (values.length === 0) return 0
  return values.reduce((sum, value) => sum + value, 0) / values.length
}

/** The variance of values that are the whole, not a sample; 0 for none. */
export function varianceOf(values: readonly number[]): number {
  const mean = meanOf(values)
  return meanOf(values.map((value) => (value - mean) ** 2))
}

/** The value below which a share (0 to 1) of sorted values lies, between two of them in proportion. */
export function quantileOf(sorted: readonly number[], share: number): number {
  const at = (sorted.length - 1) * share
  const low = sorted[Math.floor(at)] ?? 0
  const high = sorted[Math.ceil(at)] ?? low
  return low + (high - low) * (at - Math.floor(at))
}

/** Values with the outermost shares pulled in to the rest, so that a few outliers do not decide. */
export function winsorize(values: readonly number[], share: number): number[] {
  const sorted = [...values].sort((one, other) => one - other)
  const low = quantileOf(sorted, share)
  const high = quantileOf(sorted, 1 - share)
  return values.map((value) => Math.min(high, Math.max(low, value)))
}
