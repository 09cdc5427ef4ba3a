import type {
  CompositeAlarm,
  DescribeAlarmsOutput,
  LogAlarm,
  MetricAlarm,
} from '@aws-sdk/client-cloudwatch'
import { numberText } from '../answer/value-text.ts'
import { dimensionsText } from './metric-dimensions.ts'

/** An alarm of any type with its type's name, as `list_alarms` and others show it. */
export type AnyAlarm =
  | Readonly<{ type: 'metric'; alarm: MetricAlarm }>
  | Readonly<{ type: 'composite'; alarm: CompositeAlarm }>
  | Readonly<{ type: 'log'; alarm: LogAlarm }>

/** AWS lists metric alarms only unless it is told all types. */
export const ALARM_TYPES = {
  metric: 'MetricAlarm',
  composite: 'CompositeAlarm',
  log: 'LogAlarm',
} as const

const COMPARISONS: Readonly<Record<string, string>> = {
  GreaterThanOrEqualToThreshold: '>=',
  GreaterThanThreshold: '>',
  LessThanThreshold: '<',
  LessThanOrEqualToThreshold: '<=',
  LessThanLowerOrGreaterThanUpperThreshold: 'outside the band',
  LessThanLowerThreshold: 'below the band',
  GreaterThanUpperThreshold: 'above the band',
}

/** The alarms of an answer of AWS in one list: metric alarms, then composite ones, then log alarms. */
export function alarmsOf({
  MetricAlarms = [],
  CompositeAlarms = [],
  LogAlarms = [],
}: Pick<DescribeAlarmsOutput, 'MetricAlarms' | 'CompositeAlarms' | 'LogAlarms'>): AnyAlarm[] {
  return [
    ...MetricAlarms.map((alarm) => ({ type: 'metric', alarm }) as const),
    ...CompositeAlarms.map((alarm) => ({ type: 'composite', alarm }) as const),
    ...LogAlarms.map((alarm) => ({ type: 'log', alarm }) as const),
  ]
}

/** What an alarm looks at: a metric, an expression, a rule over other alarms or a query of logs. */
export function watchedText({ type, alarm }: AnyAlarm): string {
  if (type === 'metric') return metricText(alarm)
  return type === 'composite'
    ? (alarm.AlarmRule ?? '')
    : (alarm.ScheduledQueryConfiguration?.QueryString ?? '')
}

/** When an alarm fires: `> 10 for 3 of 5 periods of 60 s`; empty for a composite alarm, whose rule says it. */
export function thresholdText({ type, alarm }: AnyAlarm): string {
  if (type === 'composite') return ''
  const comparison = comparisonText(alarm.ComparisonOperator)
  if (type === 'log') {
    return alarm.Threshold === undefined
      ? ''
      : `${comparison} ${numberText(alarm.Threshold)} for ${alarm.QueryResultsToAlarm ?? 1} of ${alarm.QueryResultsToEvaluate ?? 1} query results`
  }
  const promql = promqlOf(alarm)
  if (promql !== undefined) {
    return `any result for ${promql.PendingPeriod ?? 0} s, over after ${promql.RecoveryPeriod ?? 0} s without`
  }
  const threshold = alarm.Threshold === undefined ? '' : ` ${numberText(alarm.Threshold)}`
  const evaluated = alarm.EvaluationPeriods ?? 1
  const needed = alarm.DatapointsToAlarm ?? evaluated
  const seconds = periodOf(alarm)
  const period = seconds === undefined ? 'periods' : `periods of ${seconds} s`
  return `${comparison}${threshold} for ${needed} of ${evaluated} ${period}`
}

/** A comparison operator of AWS as a sign or in words. */
export function comparisonText(operator: string | undefined): string {
  return COMPARISONS[operator ?? ''] ?? operator ?? ''
}

/** What keeps an alarm from telling the truth or from telling anyone; a sentence part each. */
export function alarmRemarks({ type, alarm }: AnyAlarm): string[] {
  const remarks: string[] = []
  if (alarm.ActionsEnabled === false) remarks.push('actions are off')
  if (type === 'composite') {
    if (alarm.ActionsSuppressedBy !== undefined) {
      remarks.push(
        `actions suppressed by ${alarm.ActionsSuppressedBy}: ${alarm.ActionsSuppressedReason ?? ''}`,
      )
    }
  } else if (alarm.EvaluationState !== undefined) {
    // Says that the state is not to be trusted: PARTIAL_DATA, EVALUATION_ERROR, EVALUATION_FAILURE.
    remarks.push(`evaluation: ${alarm.EvaluationState}`)
  }
  return remarks
}

/** Seconds of one evaluation period of a metric alarm; an alarm on an expression has it at its parts. */
export function periodOf(alarm: MetricAlarm): number | undefined {
  return (
    alarm.Period ??
    alarm.Metrics?.map((query) => query.MetricStat?.Period ?? query.Period).find(
      (seconds) => seconds !== undefined,
    )
  )
}

/** Whether an alarm watches several series, of which each can be in ALARM by itself. */
export function hasContributors({ type, alarm }: AnyAlarm): boolean {
  if (type === 'composite') return false
  if (type === 'log') return true
  return (
    promqlOf(alarm) !== undefined ||
    (alarm.Metrics ?? []).some(({ Expression = '' }) => /^\s*SELECT\b/i.test(Expression))
  )
}

function promqlOf(alarm: MetricAlarm) {
  return alarm.EvaluationCriteria?.PromQLCriteria
}

/** A single metric, the expression that is watched with its inputs, or a PromQL query: these have no MetricName. */
function metricText(alarm: MetricAlarm): string {
  const { Namespace, MetricName, Dimensions, Statistic, ExtendedStatistic, Metrics } = alarm
  const promql = promqlOf(alarm)
  if (promql !== undefined) return `PromQL: ${promql.Query ?? ''}`
  if (MetricName !== undefined) {
    return statText(Statistic ?? ExtendedStatistic ?? '', Namespace, MetricName, Dimensions)
  }
  return (Metrics ?? [])
    .map(({ Id, Expression, MetricStat }) =>
      Expression === undefined
        ? `${Id}: ${statText(
            MetricStat?.Stat ?? '',
            MetricStat?.Metric?.Namespace,
            MetricStat?.Metric?.MetricName,
            MetricStat?.Metric?.Dimensions,
          )}`
        : `${Id}: ${Expression}`,
    )
    .join('; ')
}

function statText(
  statistic: string,
  namespace: string | undefined,
  name: string | undefined,
  dimensions: MetricAlarm['Dimensions'],
): string {
  const of = dimensionsText(dimensions)
  return `${statistic} of ${namespace}/${name}${of === '' ? '' : ` ${of}`}`
}
