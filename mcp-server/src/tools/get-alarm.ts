import {
  type AlarmContributor,
  type AlarmMuteRuleSummary,
  DescribeAlarmContributorsCommand,
  GetAlarmMuteRuleCommand,
  type GetAlarmMuteRuleOutput,
  ListAlarmMuteRulesCommand,
} from '@aws-sdk/client-cloudwatch'
import { z } from 'zod'
import { dateText } from '../answer/value-text.ts'
import { describeAlarms, findAlarm } from './alarm-find.ts'
import {
  type AnyAlarm,
  alarmRemarks,
  hasContributors,
  thresholdText,
  watchedText,
} from './alarm-text.ts'
import { defineTool, type ToolContext } from './define-tool.ts'
import { orNote } from './or-note.ts'

/** Contributors, mute rules and relatives shown, at most. */
const MOST_SHOWN = 50

/** Mute rules asked for their schedule: each costs a call. */
const MOST_RULES = 5

type Row = readonly [what: string, value: string]

export const getAlarm = defineTool({
  name: 'get_alarm',
  title: 'Get an alarm',
  description:
    'Everything about one CloudWatch alarm: state and reason, what it watches, threshold, actions; ' +
    'the children and parents of composite alarms, suppression and mute rules (why nobody was paged), and which series are in ALARM.',
  input: z.strictObject({
    name: z.string().min(1).max(255).describe('Exact name of the alarm.'),
  }),
  run: async ({ name }, context) => {
    const found = await findAlarm(name, context)
    const [children, parents, mutes, contributors] = await Promise.all([
      orNote(context, 'children', childrenOf(found, context)),
      orNote(context, 'parents', relatives({ ParentsOfAlarmName: name }, context)),
      orNote(context, 'mute rules', muteRulesOf(name, context)),
      orNote(context, 'contributors', contributorsOf(found, context)),
    ])
    const muted = (mutes.value ?? []).filter(({ summary }) => summary.Status === 'ACTIVE')
    const rows: Row[] = [
      ...stateRows(found),
      ...settingRows(found),
      ...actionRows(found),
      ...suppressionRows(found),
      ...(children.value ?? []).map(
        (one): Row => [
          'child',
          `${one.alarm.AlarmName ?? ''} (${one.type}): ${one.alarm.StateValue ?? '-'} since ${sinceText(one)}`,
        ],
      ),
      ...(parents.value ?? []).map(
        (one): Row => ['parent', `${one.alarm.AlarmName ?? ''} (${one.type})`],
      ),
      ...(mutes.value ?? []).map((one): Row => ['mute rule', muteText(one)]),
      ...(contributors.value ?? []).map((one): Row => ['series', contributorText(one)]),
    ]
    return {
      summary: `${name} (${found.type} alarm) is in ${found.alarm.StateValue ?? 'an unknown state'} since ${sinceText(found)}${muted.length > 0 ? '; its actions are muted now' : ''}.`,
      table: { columns: ['what', 'value'], rows },
      notes: [
        ...nextSteps(found, context),
        ...[children, parents, mutes, contributors].flatMap(({ notes }) => notes),
      ],
      narrow: 'look at its children one by one',
    }
  },
})

function stateRows(found: AnyAlarm): Row[] {
  const { alarm } = found
  return present([
    ['state', `${alarm.StateValue ?? '-'} since ${sinceText(found)}`],
    ['reason', alarm.StateReason],
    ['last evaluated', dateText(alarm.StateUpdatedTimestamp)],
    ['remarks', alarmRemarks(found).join('; ')],
    ['description', alarm.AlarmDescription],
  ])
}

function settingRows(found: AnyAlarm): Row[] {
  const { type, alarm } = found
  const rows: Array<readonly [string, string | undefined]> = [
    [type === 'composite' ? 'rule' : type === 'log' ? 'query' : 'watches', watchedText(found)],
    ['threshold', thresholdText(found)],
  ]
  if (type === 'log') {
    const query = alarm.ScheduledQueryConfiguration
    rows.push(
      ['aggregation', query?.AggregationExpression],
      ['log groups', query?.LogGroupIdentifiers?.join(', ')],
      ['schedule', query?.ScheduleConfiguration?.ScheduleExpression],
    )
  }
  if (type !== 'composite') {
    rows.push(['missing data', alarm.TreatMissingData ?? (type === 'metric' ? 'missing' : '')])
  }
  if (type === 'metric') {
    const zone = alarm.EvaluationWindow?.WallClockWindow
    rows.push(
      ['unit', alarm.Unit],
      ['few samples', alarm.EvaluateLowSampleCountPercentile],
      ['window', zone === undefined ? '' : `aligned to the clock (${zone.Timezone ?? 'UTC'})`],
      ['accounts', [...new Set(alarm.Metrics?.flatMap((one) => one.AccountId ?? []))].join(', ')],
    )
  }
  rows.push(['configured', dateText(alarm.AlarmConfigurationUpdatedTimestamp)])
  return present(rows)
}

function actionRows({ alarm }: AnyAlarm): Row[] {
  return present([
    ['actions', alarm.ActionsEnabled === false ? 'off' : 'on'],
    ['on ALARM', alarm.AlarmActions?.join(', ')],
    ['on OK', alarm.OKActions?.join(', ')],
    ['on INSUFFICIENT_DATA', alarm.InsufficientDataActions?.join(', ')],
  ])
}

function suppressionRows({ type, alarm }: AnyAlarm): Row[] {
  if (type !== 'composite' || alarm.ActionsSuppressor === undefined) return []
  return [
    [
      'suppressor',
      `${alarm.ActionsSuppressor}; waits up to ${alarm.ActionsSuppressorWaitPeriod ?? 0} s for it, and ${alarm.ActionsSuppressorExtensionPeriod ?? 0} s after it`,
    ],
    [
      'suppressed now',
      alarm.ActionsSuppressedBy === undefined
        ? 'no'
        : `yes, by ${alarm.ActionsSuppressedBy}: ${alarm.ActionsSuppressedReason ?? 'no reason given'}`,
    ],
  ]
}

/** AWS finds the alarms that a rule names, whatever form the rule has. */
async function childrenOf(found: AnyAlarm, context: ToolContext): Promise<readonly AnyAlarm[]> {
  if (found.type !== 'composite') return []
  return relatives({ ChildrenOfAlarmName: found.alarm.AlarmName }, context)
}

/** No other filter may stand beside these two. */
async function relatives(
  of: { ChildrenOfAlarmName?: string | undefined; ParentsOfAlarmName?: string | undefined },
  { cloudwatch, signal }: ToolContext,
): Promise<readonly AnyAlarm[]> {
  return (await describeAlarms(cloudwatch, { ...of, MaxRecords: 100 }, signal)).slice(0, MOST_SHOWN)
}

type MuteRule = Readonly<{
  summary: AlarmMuteRuleSummary
  detail: GetAlarmMuteRuleOutput | undefined
}>

/** The rules that mute an alarm, those that are active first, with the schedule of the first few. */
async function muteRulesOf(name: string, context: ToolContext): Promise<readonly MuteRule[]> {
  const { cloudwatch, signal } = context
  const command = new ListAlarmMuteRulesCommand({ AlarmName: name, MaxRecords: MOST_SHOWN })
  const { AlarmMuteRuleSummaries = [] } = await cloudwatch.send(command, { abortSignal: signal })
  const order = ['ACTIVE', 'SCHEDULED', 'EXPIRED']
  const sorted = AlarmMuteRuleSummaries.toSorted(
    (one, other) => order.indexOf(one.Status ?? '') - order.indexOf(other.Status ?? ''),
  )
  return Promise.all(
    sorted.map(async (summary, at) => {
      if (at >= MOST_RULES || summary.Status === 'EXPIRED') return { summary, detail: undefined }
      const get = new GetAlarmMuteRuleCommand({ AlarmMuteRuleName: ruleName(summary) })
      // Its schedule is a plus: the list has already told the state.
      const { value } = await orNote(context, '', cloudwatch.send(get, { abortSignal: signal }))
      return { summary, detail: value }
    }),
  )
}

function ruleName({ AlarmMuteRuleArn = '' }: AlarmMuteRuleSummary): string {
  return AlarmMuteRuleArn.slice(AlarmMuteRuleArn.lastIndexOf(':') + 1).replace(/^.*\//, '')
}

function muteText({ summary, detail }: MuteRule): string {
  const schedule = detail?.Rule?.Schedule
  const parts = [
    `${detail?.Name ?? ruleName(summary)}: ${summary.Status ?? '-'}`,
    schedule === undefined
      ? summary.MuteType
      : `${schedule.Expression} for ${schedule.Duration} (${schedule.Timezone ?? 'UTC'})`,
    summary.ExpireDate === undefined ? undefined : `expires ${dateText(summary.ExpireDate)}`,
    detail?.Description,
  ]
  return parts.filter((part) => part !== undefined && part !== '').join(', ')
}

async function contributorsOf(
  found: AnyAlarm,
  { cloudwatch, signal }: ToolContext,
): Promise<readonly AlarmContributor[]> {
  if (!hasContributors(found)) return []
  const contributors: AlarmContributor[] = []
  let token: string | undefined
  do {
    const command = new DescribeAlarmContributorsCommand({
      AlarmName: found.alarm.AlarmName,
      NextToken: token,
    })
    const page = await cloudwatch.send(command, { abortSignal: signal })
    contributors.push(...(page.AlarmContributors ?? []))
    token = page.NextToken === token ? undefined : page.NextToken
  } while (token !== undefined && contributors.length < MOST_SHOWN)
  return contributors.slice(0, MOST_SHOWN)
}

function contributorText(contributor: AlarmContributor): string {
  const attributes = Object.entries(contributor.ContributorAttributes ?? {})
    .map(([name, value]) => `${name}=${value}`)
    .join(', ')
  return `${attributes || contributor.ContributorId}: ${contributor.StateReason ?? ''} (since ${dateText(contributor.StateTransitionedTimestamp)})`
}

function nextSteps({ type, alarm }: AnyAlarm, { mayUse }: ToolContext): string[] {
  const steps: string[] = []
  const { AlarmName: name } = alarm
  if (mayUse('get_alarm_history')) {
    steps.push(`get_alarm_history with the name "${name}" shows its changes and when to look.`)
  }
  if (type === 'metric' && mayUse('get_metric_graph')) {
    steps.push(`get_metric_graph with alarm "${name}" draws its metric with the threshold.`)
  }
  return steps
}

function sinceText({ alarm }: AnyAlarm): string {
  return dateText(alarm.StateTransitionedTimestamp ?? alarm.StateUpdatedTimestamp)
}

function present(rows: ReadonlyArray<readonly [string, string | undefined]>): Row[] {
  return rows.flatMap(([what, value]) =>
    value === undefined || value === '' || value === '-' ? [] : [[what, value] as const],
  )
}
