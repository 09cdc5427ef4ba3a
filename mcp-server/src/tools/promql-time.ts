import type { TimeRange } from './time-range.ts'
import { ToolProblem } from './tool-problem.ts'

/** CloudWatch's bound of one PromQL query, in milliseconds. */
const LONGEST_MS = 7 * 86_400_000

/** Steps to choose from when none is asked for, in seconds. */
const STEPS = [15, 30, 60, 300, 900, 3_600]
const TARGET_POINTS = 150

/** Prometheus itself refuses more points per series. */
const MOST_POINTS = 11_000

/** A moment as the PromQL API takes it: seconds since 1970. */
export function promqlTime(time: Date): string {
  return String(time.getTime() / 1_000)
}

/** Throws a ToolProblem for a range that CloudWatch refuses. */
export function checkRange({ start, end }: TimeRange): void {
  if (end.getTime() - start.getTime() > LONGEST_MS) {
    throw new ToolProblem(
      'A PromQL query reaches over seven days at most: take a later start or an earlier end.',
    )
  }
}

/** The step for a range: the one asked for, else one that gives some 150 points. */
export function chooseStep(asked: number | undefined, { start, end }: TimeRange): number {
  const seconds = (end.getTime() - start.getTime()) / 1_000
  const step = asked ?? STEPS.find((one) => seconds / one <= TARGET_POINTS) ?? 7_200
  if (seconds / step > MOST_POINTS) {
    throw new ToolProblem(
      `A step of ${step} s gives more than ${MOST_POINTS} points per series: take a longer step.`,
    )
  }
  return step
}
