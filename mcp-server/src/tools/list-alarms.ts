import {
  DescribeAlarmsCommand,
  DescribeAlarmsForMetricCommand,
  type DescribeAlarmsForMetricInput,
} from '@aws-sdk/client-cloudwatch'
import { z } from 'zod'
import type { Answer } from '../answer/answer.ts'
import { dateText } from '../answer/value-text.ts'
import {
  ALARM_TYPES,
  type AnyAlarm,
  alarmRemarks,
  alarmsOf,
  thresholdText,
  watchedText,
} from './alarm-text.ts'
import { cursorAfter, decodeCursor } from './cursor.ts'
import { defineTool, type ToolContext } from './define-tool.ts'
import { DimensionsArgument, toDimensions } from './metric-dimensions.ts'
import { statisticOf } from './metric-statistic.ts'
import { ToolProblem } from './tool-problem.ts'

const COLUMNS = ['name', 'type', 'state', 'since', 'reason', 'watches', 'threshold', 'remarks']

const MetricArgument = z.strictObject({
  namespace: z.string().min(1).max(255),
  metricName: z.string().min(1).max(255),
  dimensions: DimensionsArgument.optional(),
  statistic: z.string().max(64).optional(),
})

const Input = z.strictObject({
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
  metric: MetricArgument.optional().describe(
    'Only metric alarms on exactly this metric, all its dimensions given; alarms on expressions and composite ones are not found. Only together with state.',
  ),
  actionPrefix: z
    .string()
    .min(1)
    .max(1_024)
    .optional()
    .describe('Only alarms with an action whose ARN starts so, such as that of an SNS topic.'),
  limit: z.int().min(1).max(100).default(50).describe('Alarms per page.'),
  cursor: z.string().max(30_000).optional().describe('The cursor of the page before, as given.'),
})

export const listAlarms = defineTool({
  name: 'list_alarms',
  title: 'List alarms',
  description:
    'List CloudWatch alarms of all types, with their state, since when, the reason, metric and threshold. ' +
    'For what is wrong right now, ask for state ALARM.',
  input: Input,
  run: async (
    { state, namePrefix, names, types, metric, actionPrefix, limit, cursor },
    context,
  ) => {
    if (namePrefix !== undefined && names !== undefined) {
      throw new ToolProblem('namePrefix and names cannot be used together: give one of them.')
    }
    if (metric !== undefined) {
      const others = { namePrefix, names, types, actionPrefix, cursor }
      if (Object.values(others).some((value) => value !== undefined)) {
        throw new ToolProblem('metric goes together with state only: leave the other filters out.')
      }
      return alarmsForMetric(metric, state, context)
    }
    const wanted = Object.entries(ALARM_TYPES).filter(
      ([type]) => types === undefined || types.some((one) => one === type),
    )
    const binding = context.binding([state, namePrefix, names, wanted, actionPrefix, limit])
    const at = decodeCursor(cursor, binding)
    const command = new DescribeAlarmsCommand({
      AlarmTypes: wanted.map(([, type]) => type),
      StateValue: state,
      AlarmNamePrefix: namePrefix,
      AlarmNames: names,
      ActionPrefix: actionPrefix,
      MaxRecords: limit,
      NextToken: at.token,
    })
    const page = await context.cloudwatch.send(command, { abortSignal: context.signal })
    const rows = alarmsOf(page).slice(at.skip).map(rowOf)
    const more = page.NextToken !== undefined
    return {
      summary: summaryOf(rows, state, more),
      table: { columns: COLUMNS, rows },
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

async function alarmsForMetric(
  metric: z.infer<typeof MetricArgument>,
  state: string | undefined,
  context: ToolContext,
): Promise<Answer> {
  const input: DescribeAlarmsForMetricInput = {
    Namespace: metric.namespace,
    MetricName: metric.metricName,
    Dimensions: metric.dimensions === undefined ? undefined : toDimensions(metric.dimensions),
    ...(metric.statistic !== undefined && statisticMember(metric.statistic)),
  }
  const command = new DescribeAlarmsForMetricCommand(input)
  const answer = await context.cloudwatch.send(command, { abortSignal: context.signal })
  const rows = alarmsOf(answer)
    .filter(({ alarm }) => state === undefined || alarm.StateValue === state)
    .map(rowOf)
  const only =
    'Only alarms on this metric with exactly these dimensions are found; alarms on expressions that use it, and composite alarms, are not.'
  return {
    summary: summaryOf(rows, state, false),
    facts: [['metric', `${metric.namespace} ${metric.metricName}`]],
    table: { columns: COLUMNS, rows },
    notes: [only],
    narrow: 'ask for a state or a statistic',
  }
}

/** AWS has one member for the five simple statistics and another for the rest. */
function statisticMember(
  asked: string,
): Pick<DescribeAlarmsForMetricInput, 'Statistic' | 'ExtendedStatistic'> {
  const statistic = statisticOf('the metric', asked)
  switch (statistic) {
    case 'Average':
    case 'Sum':
    case 'Minimum':
    case 'Maximum':
    case 'SampleCount':
      return { Statistic: statistic }
    default:
      return { ExtendedStatistic: statistic }
  }
}

function rowOf(one: AnyAlarm): string[] {
  const { type, alarm } = one
  return [
    alarm.AlarmName ?? '',
    type,
    alarm.StateValue ?? '',
    // StateUpdatedTimestamp also moves when an alarm is evaluated anew without changing its state.
    dateText(alarm.StateTransitionedTimestamp ?? alarm.StateUpdatedTimestamp),
    alarm.StateReason ?? '',
    watchedText(one),
    thresholdText(one),
    alarmRemarks(one).join('; '),
  ]
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
