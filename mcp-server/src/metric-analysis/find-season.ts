import { varianceOf, winsorize } from './describe-values.ts'

/** Lengths of a cycle that are looked for, in seconds: a quarter of an hour, an hour, six hours, a day, a week. */
export const SEASONS = [900, 3_600, 21_600, 86_400, 604_800] as const

/** Below this strength (0 none, 1 a perfect repetition) a cycle is not worth building on. */
const LEAST_STRENGTH = 0.6

/** A day that repeats also repeats as a week: the longer cycle has to be this much stronger to be the answer. */
const CLEARLY_STRONGER = 0.05

/** Fewer points than this cannot show a form. */
const LEAST_POINTS_PER_CYCLE = 3

const OUTLIERS = 0.001

export type Season = Readonly<{
  seconds: number
  /** 0 (none) to 1 (the same again and again). */
  strength: number
  /** The usual deviation from the level, one value per step of the cycle, from the grid's first moment on. */
  cycle: readonly number[]
}>

/**
 * The cycle in which values at equal distances repeat, if any: the shortest of those that explain most of what is left
 * when slower movements, a trend among them, are taken away. Needs two whole cycles.
 */
export function findSeason(grid: readonly number[], periodSeconds: number): Season | undefined {
  if (varianceOf(grid) === 0) return undefined
  const level = winsorize(grid, OUTLIERS)
  let best: Season | undefined
  for (const seconds of SEASONS) {
    const length = seconds / periodSeconds
    if (!Number.isInteger(length) || length < LEAST_POINTS_PER_CYCLE) continue
    if (level.length < 2 * length) continue
    const { strength, cycle } = strengthOf(level, length)
    if (strength < LEAST_STRENGTH) continue
    if (best === undefined || strength > best.strength + CLEARLY_STRONGER) {
      best = { seconds, strength, cycle }
    }
  }
  return best
}

/** Values without their cycle. */
export function withoutSeason(grid: readonly number[], season: Season | undefined): number[] {
  const length = season?.cycle.length ?? 1
  return grid.map((value, at) => value - (season?.cycle[at % length] ?? 0))
}

/**
 * How much of the movement within a cycle is the same in each: 1 - Var(remainder) / Var(movement). The mean of m cycles
 * fits noise too, by 1/m; the remainder is weighed up by m / (m - 1), so that noise has a strength about zero however
 * few the cycles.
 */
function strengthOf(
  values: readonly number[],
  length: number,
): Readonly<{ strength: number; cycle: readonly number[] }> {
  const slow = movingAverage(values, length)
  const movement = values.map((value, at) => value - (slow[at] ?? 0))
  const sums = Array.from({ length }, () => 0)
  const counts = Array.from({ length }, () => 0)
  for (const [at, value] of movement.entries()) {
    const phase = at % length
    sums[phase] = (sums[phase] ?? 0) + value
    counts[phase] = (counts[phase] ?? 0) + 1
  }
  const cycle = sums.map((sum, phase) => sum / (counts[phase] ?? 1))
  const remainder = movement.map((value, at) => value - (cycle[at % length] ?? 0))
  const cycles = values.length / length
  const total = varianceOf(movement)
  const left = varianceOf(remainder) * (cycles / (cycles - 1))
  return { strength: total === 0 ? 0 : Math.max(0, 1 - left / total), cycle }
}

/**
 * The mean of one cycle around each value; at both ends that of the nearest whole cycle. A fitted line in its place would
 * turn one step in the middle into two equal saw teeth.
 */
function movingAverage(values: readonly number[], length: number): number[] {
  const sums = [0]
  for (const value of values) sums.push((sums.at(-1) ?? 0) + value)
  const half = Math.floor(length / 2)
  return values.map((_, at) => {
    const from = Math.min(Math.max(0, at - half), values.length - length)
    return ((sums[from + length] ?? 0) - (sums[from] ?? 0)) / length
  })
}
