import type { AlarmAdvice } from '../metric-catalogue/schema.ts'
import { comparisonText } from './alarm-text.ts'

/** When an advised alarm fires, on one line: `Sum > 0 for 3 of 3 periods of 60 s, missing data notBreaching`. */
export function adviceText(advice: AlarmAdvice): string {
  const { threshold, statistic, datapointsToAlarm, evaluationPeriods, periodSeconds } = advice
  const number = 'value' in threshold ? String(threshold.value) : '(choose)'
  const choose = 'choose' in threshold ? ` Choose: ${threshold.choose}` : ''
  return `${statistic} ${comparisonText(advice.comparison)} ${number} for ${datapointsToAlarm} of ${evaluationPeriods} periods of ${periodSeconds} s, missing data ${advice.missingData}.${choose} Why: ${advice.why}`
}

/** A set of dimensions as an answer shows it; `(none)` for the metric without any. */
export function setText(dimensions: readonly string[]): string {
  return dimensions.length === 0 ? '(none)' : dimensions.join('+')
}
