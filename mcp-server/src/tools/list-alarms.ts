import {
  type CompositeAlarm,
  DescribeAlarmsCommand,
  type Dimension,
  type LogAlarm,
  type MetricAlarm,
} from '@aws-sdk/client-cloudwatch'
import { z } from 'zod'
import { dateText, numberText } from '../answer/value-text.ts'
import { cursorAfter, decodeCursor } from './cursor.ts'
import { defineTool } from './define-tool.ts'
import { ToolProblem } from './tool-problem.ts'

/** AWS lists metric alarms only unless it is told all types. */
const TYPES = { metric: 'MetricAlarm', composite: 'CompositeAlarm', log: 'LogAlarm' } as const

const COMPARISONS: Readonly<Record<string, string>> = {
  GreaterThanOrEqualToThreshold: '>=',
  GreaterThanThreshold: '>',
  LessThanThreshold: '<',
  LessThanOrEqualToThreshold: '<=',
  LessThanLowerOrGreaterThanUpperThreshold: 'outside the band',
  LessThanLowerThreshold: 'below the band',
  GreaterThanUpperThreshold: 'above the band',
}

export const listAlarms = defineTool({
  name: 'list_alarms',
  title: 'List alarms',
  description:
    'List CloudWatch alarms of all types, with their state, since when, the reason, metric and threshold. ' +
    'For what is wrong right now, ask for state ALARM.',
  input: z.strictObject({
    state: z
      .enum(['OK', 'ALARM', 'INSUFFICIENT_DATA'])
      .optional()
      .describe('Only alarms in this state.'),
    namePrefix: z
      .string()
      .min(1)
      .max(255)
      .optional()
      .describe('Start of the name. Not together with names.'),
    names: z
      .array(z.string().min(1).max(255))
      .min(1)
      .max(100)
      .optional()
      .describe('Exact names. Not together with namePrefix.'),
    types: z
      .array(z.enum(['metric', 'composite', 'log']))
      .min(1)
      .max(3)
      .optional()
      .describe('Only alarms of these types. Default: all.'),
    limit: z.int().min(1).max(100).default(50).describe('Alarms per page.'),
    cursor: z.string().max(30_000).optional().describe('The cursor of the page before, as given.'),
  }),
  run: async ({ state, namePrefix, names, types, limit, cursor }, context) => {
    if (namePrefix !== undefined && names !== undefined) {
      throw new ToolProblem('namePrefix and names cannot be used together: give one of them.')
    }
    const wanted = Object.entries(TYPES).filter(
      ([type]) => types === undefined || types.some((one) => one === type),
    )
    const binding = context.binding([state, namePrefix, names, wanted, limit])
    const at = decodeCursor(cursor, binding)
    const command = new DescribeAlarmsCommand({
      AlarmTypes: wanted.map(([, type]) => type),
      StateValue: state,
      AlarmNamePrefix: namePrefix,
      AlarmNames: names,
      MaxRecords: limit,
      NextToken: at.token,
    })
    const page = await context.cloudwatch.send(command, { abortSignal: context.signal })
    const rows = [
      ...(page.MetricAlarms ?? []).map(metricRow),
      ...(page.CompositeAlarms ?? []).map(compositeRow),
      ...(page.LogAlarms ?? []).map(logRow),
    ].slice(at.skip)
    const more = page.NextToken !== undefined
    return {
      summary: summaryOf(rows, state, more),
      table: {
        columns: ['name', 'type', 'state', 'since', 'reason', 'watches', 'threshold', 'remarks'],
        rows,
      },
      notes:
        rows.length > 0 || more
          ? []
          : [
              'Alarms belong to one region and account, and names are case-sensitive. Try without filters to see what exists.',
            ],
      cursorAfter: cursorAfter(at, rows.length, page.NextToken, binding),
    }
  },
})

function metricRow(alarm: MetricAlarm): string[] {
  return [
    ...common('metric', alarm),
    metricText(alarm),
    thresholdText(alarm),
    remarks([
      alarm.ActionsEnabled === false && 'actions are off',
      // Says that the state is not to be trusted: PARTIAL_DATA, EVALUATION_ERROR, EVALUATION_FAILURE.
      alarm.EvaluationState !== undefined && `evaluation: ${alarm.EvaluationState}`,
    ]),
  ]
}

function compositeRow(alarm: CompositeAlarm): string[] {
  return [
    ...common('composite', alarm),
    alarm.AlarmRule ?? '',
    '',
    remarks([
      alarm.ActionsEnabled === false && 'actions are off',
      alarm.ActionsSuppressedBy !== undefined &&
        `actions suppressed by ${alarm.ActionsSuppressedBy}: ${alarm.ActionsSuppressedReason ?? ''}`,
    ]),
  ]
}

function logRow(alarm: LogAlarm): string[] {
  const threshold =
    alarm.Threshold === undefined
      ? ''
      : `${COMPARISONS[alarm.ComparisonOperator ?? ''] ?? alarm.ComparisonOperator ?? ''} ${numberText(alarm.Threshold)} for ${alarm.QueryResultsToAlarm ?? 1} of ${alarm.QueryResultsToEvaluate ?? 1} query results`
  return [
    ...common('log', alarm),
    alarm.ScheduledQueryConfiguration?.QueryString ?? '',
    threshold,
    remarks([
      alarm.ActionsEnabled === false && 'actions are off',
      alarm.EvaluationState !== undefined && `evaluation: ${alarm.EvaluationState}`,
    ]),
  ]
}

function common(type: string, alarm: MetricAlarm | CompositeAlarm | LogAlarm): string[] {
  return [
    alarm.AlarmName ?? '',
    type,
    alarm.StateValue ?? '',
    // StateUpdatedTimestamp also moves when an alarm is evaluated anew without changing its state.
    dateText(alarm.StateTransitionedTimestamp ?? alarm.StateUpdatedTimestamp),
    alarm.StateReason ?? '',
  ]
}

/** What a metric alarm watches: one metric, or expressions (an alarm on those has no MetricName). */
function metricText(alarm: MetricAlarm): string {
  if (alarm.MetricName !== undefined) {
    const statistic = alarm.ExtendedStatistic ?? alarm.Statistic ?? ''
    return `${statistic} of ${alarm.Namespace ?? ''}/${alarm.MetricName}${dimensionsText(alarm.Dimensions)}`
  }
  const parts = (alarm.Metrics ?? []).map(({ Id, Expression, MetricStat }) =>
    Expression !== undefined
      ? `${Id}: ${Expression}`
      : `${Id}: ${MetricStat?.Stat ?? ''} of ${MetricStat?.Metric?.Namespace ?? ''}/${MetricStat?.Metric?.MetricName ?? ''}${dimensionsText(MetricStat?.Metric?.Dimensions)}`,
  )
  return parts.length > 0 ? parts.join('; ') : '-'
}

function dimensionsText(dimensions: readonly Dimension[] | undefined): string {
  if (dimensions === undefined || dimensions.length === 0) return ''
  return ` {${dimensions.map(({ Name, Value }) => `${Name}=${Value}`).join(', ')}}`
}

function thresholdText(alarm: MetricAlarm): string {
  const comparison = COMPARISONS[alarm.ComparisonOperator ?? ''] ?? alarm.ComparisonOperator ?? ''
  const threshold = alarm.Threshold === undefined ? '' : ` ${numberText(alarm.Threshold)}`
  const evaluated = alarm.EvaluationPeriods ?? 1
  const needed = alarm.DatapointsToAlarm ?? evaluated
  const period = alarm.Period === undefined ? 'periods' : `periods of ${alarm.Period} s`
  return `${comparison}${threshold} for ${needed} of ${evaluated} ${period}`
}

function remarks(parts: ReadonlyArray<string | false>): string {
  return parts.filter(Boolean).join('; ')
}

function summaryOf(
  rows: ReadonlyArray<readonly string[]>,
  state: string | undefined,
  more: boolean,
): string {
  const which = state === undefined ? '' : ` in state ${state}`
  if (rows.length === 0) {
    return more ? `No alarms${which} on this page, but there are more pages.` : `No alarms${which}.`
  }
  const alarming = rows.filter((row) => row[2] === 'ALARM').length
  const counted = state === undefined ? `, ${alarming} of them in ALARM` : ''
  const count = `${rows.length} ${rows.length === 1 ? 'alarm' : 'alarms'}`
  return `${count}${which}${counted}${more ? ', and more on the next page' : ''}.`
}
