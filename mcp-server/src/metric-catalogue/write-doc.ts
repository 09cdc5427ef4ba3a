import type { AlarmAdvice, MetricDoc, Unit } from './schema.ts'

const COMPARISONS = {
  '>': 'GreaterThanThreshold',
  '>=': 'GreaterThanOrEqualToThreshold',
  '<': 'LessThanThreshold',
  '<=': 'LessThanOrEqualToThreshold',
} as const

/** Sets of dimension names, each written as one string with spaces; the empty string is the metric without any. */
export function sets(...written: readonly string[]): string[][] {
  return written.map(words)
}

/** A metric; `statistics` are names with spaces between, the most telling first. */
export function metric(
  name: string,
  unit: Unit,
  statistics: string,
  meaning: string,
  ...alarms: readonly AlarmAdvice[]
): MetricDoc {
  return { name, unit, statistics: words(statistics), meaning, alarms: [...alarms] }
}

/** A metric that is published with other dimensions than the rest of its namespace. */
export function metricOf(
  dimensions: readonly string[],
  ...rest: Parameters<typeof metric>
): MetricDoc {
  return { ...metric(...rest), dimensions: sets(...dimensions) }
}

export type AdviceWords = Readonly<{
  /** The exact dimensions, with spaces between. */
  on: string
  stat: string
  /** Seconds of a period, periods looked at, periods that must be beyond. */
  timing: readonly [periodSeconds: number, evaluationPeriods: number, datapointsToAlarm: number]
  /** Default: missing. */
  missing?: AlarmAdvice['missingData']
  why: string
}>

/** Alarm advice with a threshold that fits everyone (a number), or with words on how to find one's own. */
export function alarm(
  comparison: keyof typeof COMPARISONS,
  threshold: number | string,
  { on, stat, timing, missing = 'missing', why }: AdviceWords,
): AlarmAdvice {
  const [periodSeconds, evaluationPeriods, datapointsToAlarm] = timing
  return {
    dimensions: words(on),
    statistic: stat,
    comparison: COMPARISONS[comparison],
    threshold: typeof threshold === 'number' ? { value: threshold } : { choose: threshold },
    periodSeconds,
    evaluationPeriods,
    datapointsToAlarm,
    missingData: missing,
    why,
  }
}

function words(text: string): string[] {
  return text.split(' ').filter((word) => word !== '')
}
