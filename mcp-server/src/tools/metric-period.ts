import type { TimeRange } from './time-range.ts'
import { ToolProblem } from './tool-problem.ts'

const HOUR = 3_600
const DAY = 86_400

/** Periods below a minute, which only high-resolution metrics have, and only for three hours. */
const FINE = [1, 5, 10, 20, 30]

/** Periods to choose from when none is asked for, in seconds. */
const COARSE = [60, 300, 900, HOUR, 6 * HOUR, DAY]

/** Points that a chosen period aims at, at most. */
const TARGET_POINTS = 150

/** Points of one series that are worth asking for: AWS gives 100,800 in one page, for all series together. */
const MOST_POINTS = 10_000

export type Period = Readonly<{
  seconds: number
  /** Set when the period differs from the one asked for. */
  note?: string
}>

/** The finest period that AWS still keeps for a start of this age: 60 s for 15 days, 300 s for 63 days, then 3600 s. */
export function finestPeriod(start: Date, now: Date): number {
  const age = (now.getTime() - start.getTime()) / 1_000
  if (age > 63 * DAY) return HOUR
  return age > 15 * DAY ? 300 : 60
}

/**
 * The period for a range: the one asked for where AWS has it, the next coarser one where not, and by itself one that
 * gives some 150 points. Throws a ToolProblem when the range would give more points than anyone can use.
 */
export function choosePeriod(asked: number | undefined, range: TimeRange, now: Date): Period {
  const { start, end } = range
  const length = (end.getTime() - start.getTime()) / 1_000
  const finest = finestPeriod(start, now)
  const period = asked === undefined ? chosen(length, finest) : possible(asked, start, finest, now)
  if (length / period.seconds > MOST_POINTS) {
    throw new ToolProblem(
      `A period of ${period.seconds} s gives more than ${MOST_POINTS} points in this range. Take a longer period, a shorter range, or leave the period out.`,
    )
  }
  return period
}

function chosen(length: number, finest: number): Period {
  const fits = COARSE.find((seconds) => seconds >= finest && length / seconds <= TARGET_POINTS)
  return { seconds: fits ?? DAY }
}

function possible(asked: number, start: Date, finest: number, now: Date): Period {
  const age = (now.getTime() - start.getTime()) / 1_000
  if (FINE.includes(asked) && age <= 3 * HOUR) return { seconds: asked }
  const seconds = Math.max(finest, Math.ceil(asked / 60) * 60, 60)
  const stepped = Math.ceil(seconds / finest) * finest
  if (stepped === asked) return { seconds: asked }
  return {
    seconds: stepped,
    note: `The period is ${stepped} s, not the ${asked} s asked for: AWS has multiples of 60 s for 15 days, of 300 s for 63 days and of 3600 s after that; shorter ones only for high-resolution metrics of the last three hours.`,
  }
}
