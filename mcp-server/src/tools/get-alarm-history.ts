import {
  type AlarmHistoryItem,
  DescribeAlarmHistoryCommand,
  type DescribeAlarmHistoryInput,
  type HistoryItemType,
} from '@aws-sdk/client-cloudwatch'
import { z } from 'zod'
import type { Answer } from '../answer/answer.ts'
import { dateText, durationText } from '../answer/value-text.ts'
import { describeAlarms, findAlarm } from './alarm-find.ts'
import { ALARM_TYPES, type AnyAlarm, periodOf } from './alarm-text.ts'
import {
  type Evaluation,
  investigationWindows,
  type Transition,
  toTransition,
} from './alarm-transitions.ts'
import { cursorAfter, decodeCursor } from './cursor.ts'
import { defineTool, type ToolContext } from './define-tool.ts'
import { orNote } from './or-note.ts'
import { rangeText, resolveRange, TIME_FORMS, type TimeRange } from './time-range.ts'
import { ToolProblem } from './tool-problem.ts'

/** What the argument `show` means to AWS; `all` is AWS without a filter. */
const ITEM_TYPES: Readonly<
  Record<'state' | 'configuration' | 'action' | 'series' | 'all', HistoryItemType | undefined>
> = {
  state: 'StateUpdate',
  configuration: 'ConfigurationUpdate',
  action: 'Action',
  series: 'AlarmContributorStateUpdate',
  all: undefined,
}

/** Pages that may be empty before one with items comes. */
const MOST_EMPTY_PAGES = 5

/** Children of a composite alarm whose history is read, and how many at a time. */
const CHILDREN = { most: 20, atOnce: 4 }

/** Windows that an answer offers, at most. */
const MOST_WINDOWS = 8

const DAY_MS = 86_400_000

export const getAlarmHistory = defineTool({
  name: 'get_alarm_history',
  title: 'Get alarm history',
  description:
    'The changes of one alarm, or of all alarms when no name is given, newest first: state changes with reason and how long each state lasted, ' +
    'configuration changes, actions sent. Suggests the time windows to look at, and tells when an alarm flaps. Composite alarms too, with their children on request.',
  input: z.strictObject({
    name: z
      .string()
      .min(1)
      .max(255)
      .optional()
      .describe('Exact name of an alarm, even of a deleted one. Default: all alarms.'),
    show: z
      .enum(['state', 'configuration', 'action', 'series', 'all'])
      .default('state')
      .describe('Which changes; series: those of single series of an alarm on several.'),
    children: z
      .boolean()
      .default(false)
      .describe('With the name of a composite alarm: the history of its children too.'),
    start: z.coerce.string().max(64).optional().describe(`${TIME_FORMS}. Default: -24h.`),
    end: z.coerce.string().max(64).optional().describe('Like start. Default: now.'),
    limit: z.int().min(1).max(100).default(50).describe('Changes per page.'),
    cursor: z.string().max(30_000).optional().describe('The cursor of the page before, as given.'),
  }),
  run: async ({ name, show, children, start, end, limit, cursor }, context) => {
    const range = resolveRange({ start: start ?? dayBefore(end, context.now), end }, context.now)
    const request: DescribeAlarmHistoryInput = {
      AlarmName: name,
      // Left out, AWS gives the history of metric alarms only.
      AlarmTypes: Object.values(ALARM_TYPES),
      HistoryItemType: ITEM_TYPES[show],
      StartDate: range.start,
      EndDate: range.end,
      MaxRecords: limit,
      ScanBy: 'TimestampDescending',
    }
    if (children) {
      if (name === undefined || cursor !== undefined) {
        throw new ToolProblem(
          'children needs the name of a composite alarm and goes without a cursor.',
        )
      }
      return withChildren(name, request, range, context)
    }
    // A relative start moves between two pages; as it is written, it stays the same search.
    const binding = context.binding([name, show, start, end, limit])
    const at = decodeCursor(cursor, binding)
    const [page, found] = await Promise.all([
      historyPage({ ...request, NextToken: at.token }, context),
      name === undefined
        ? { value: [], notes: [] }
        : orNote(context, 'the settings of the alarm', settingsOf([name], context)),
    ])
    const items = page.items.slice(at.skip)
    return {
      ...answerFor(
        items,
        found.value ?? [],
        { name, range, more: page.nextToken !== undefined },
        context,
      ),
      facts: [['range', rangeText(range)]],
      cursorAfter: cursorAfter(at, items.length, page.nextToken, binding),
    }
  },
})

/** A day before the end: the default start, also when only an end is given. */
function dayBefore(end: string | undefined, now: Date): string {
  const { end: to } = resolveRange({ start: '-3650d', end }, now)
  return new Date(to.getTime() - DAY_MS).toISOString()
}

type Page = Readonly<{ items: readonly AlarmHistoryItem[]; nextToken: string | undefined }>

async function historyPage(
  input: DescribeAlarmHistoryInput,
  { cloudwatch, signal }: ToolContext,
): Promise<Page> {
  let nextToken = input.NextToken
  for (let empty = 0; empty < MOST_EMPTY_PAGES; empty += 1) {
    const command = new DescribeAlarmHistoryCommand({ ...input, NextToken: nextToken })
    const answer = await cloudwatch.send(command, { abortSignal: signal })
    nextToken = answer.NextToken
    const items = answer.AlarmHistoryItems ?? []
    if (items.length > 0 || nextToken === undefined) return { items, nextToken }
  }
  return { items: [], nextToken }
}

function settingsOf(
  names: readonly string[],
  { cloudwatch, signal }: ToolContext,
): Promise<readonly AnyAlarm[]> {
  const input = { AlarmNames: [...names], AlarmTypes: Object.values(ALARM_TYPES) }
  return describeAlarms(cloudwatch, input, signal)
}

/** The history of a composite alarm and its children in one list: which child pulled it over. */
async function withChildren(
  name: string,
  request: DescribeAlarmHistoryInput,
  range: TimeRange,
  context: ToolContext,
): Promise<Answer> {
  const parent = await findAlarm(name, context)
  if (parent.type !== 'composite') {
    throw new ToolProblem(
      `"${name}" is a ${parent.type} alarm and has no children: leave children out.`,
    )
  }
  const { cloudwatch, signal } = context
  const related = await describeAlarms(
    cloudwatch,
    { ChildrenOfAlarmName: name, MaxRecords: 100 },
    signal,
  )
  const names = related.flatMap(({ alarm }) => alarm.AlarmName ?? [])
  const read = [name, ...names.slice(0, CHILDREN.most)]
  const items: AlarmHistoryItem[] = []
  for (let from = 0; from < read.length; from += CHILDREN.atOnce) {
    const pages = await Promise.all(
      read
        .slice(from, from + CHILDREN.atOnce)
        .map((one) => historyPage({ ...request, AlarmName: one }, context)),
    )
    items.push(...pages.flatMap((page) => page.items))
  }
  const settings = await orNote(context, 'the settings of the children', settingsOf(read, context))
  const sorted = items.toSorted(
    (one, other) => (other.Timestamp?.getTime() ?? 0) - (one.Timestamp?.getTime() ?? 0),
  )
  const answer = answerFor(sorted, settings.value ?? [], { name, range, more: false }, context)
  const left = names.length - (read.length - 1)
  return {
    ...answer,
    facts: [
      ['range', rangeText(range)],
      ['alarms', `${name} and ${read.length - 1} children`],
    ],
    notes: [
      ...(answer.notes ?? []),
      ...settings.notes,
      ...(left > 0 ? [`${left} more children were not read: ask for them by name.`] : []),
    ],
    narrow: 'take a shorter range or one alarm',
  }
}

function answerFor(
  items: readonly AlarmHistoryItem[],
  settings: readonly AnyAlarm[],
  { name, range, more }: { name: string | undefined; range: TimeRange; more: boolean },
  context: ToolContext,
): Pick<Answer, 'summary' | 'table' | 'notes'> {
  const transitions = items.flatMap((item) => toTransition(item) ?? [])
  const alarming = transitions.filter(({ to }) => to === 'ALARM').length
  // Changes of configuration, actions and series are to no state of the alarm.
  const toAlarm = transitions.length === 0 ? '' : `, ${alarming} of them to ALARM`
  const of = name === undefined ? 'all alarms' : `"${name}"`
  const count = `${items.length} ${items.length === 1 ? 'change' : 'changes'}`
  return {
    summary:
      items.length === 0
        ? `No changes of ${of} in this range${more ? ' on this page, but there are more pages' : ''}.`
        : `${count} of ${of}${toAlarm}${more ? ', and more on the next page' : ''}.`,
    table: {
      columns: ['time', 'alarm', 'what', 'change', 'lasted', 'reason'],
      rows: items.map((item) => rowOf(item, transitions, range)),
    },
    notes:
      items.length === 0 && !more ? [emptyNote(name)] : windowNotes(transitions, settings, context),
  }
}

function rowOf(
  item: AlarmHistoryItem,
  transitions: readonly Transition[],
  range: TimeRange,
): string[] {
  const head = [dateText(item.Timestamp), item.AlarmName ?? '', item.HistoryItemType ?? '']
  const transition = toTransition(item)
  if (transition === undefined) {
    const series = Object.entries(item.AlarmContributorAttributes ?? {})
      .map(([key, value]) => `${key}=${value}`)
      .join(', ')
    return [...head, series, '', item.HistorySummary ?? '']
  }
  const later = transitions.filter(
    ({ alarm, time }) => alarm === transition.alarm && time > transition.time,
  )
  const until = Math.min(range.end.getTime(), ...later.map(({ time }) => time))
  const lasted = `${durationText(until - transition.time)}${later.length === 0 ? ' until the end of the range' : ''}`
  return [...head, `${transition.from} -> ${transition.to}`, lasted, transition.reason]
}

function windowNotes(
  transitions: readonly Transition[],
  settings: readonly AnyAlarm[],
  { now }: ToolContext,
): string[] {
  const windows = [...new Set(transitions.map(({ alarm }) => alarm))].flatMap((alarm) => {
    const own = transitions.filter((transition) => transition.alarm === alarm)
    return investigationWindows(own, evaluationOf(alarm, settings), now).map((window) => ({
      ...window,
      alarm,
    }))
  })
  return windows
    .toSorted((one, other) => other.start - one.start)
    .slice(0, MOST_WINDOWS)
    .map(
      ({ alarm, start, end, why }) =>
        `Look at start ${dateText(start)}, end ${dateText(end)}: "${alarm}" ${why}.`,
    )
}

function evaluationOf(name: string, settings: readonly AnyAlarm[]): Evaluation {
  const found = settings.find(({ alarm }) => alarm.AlarmName === name)
  return found?.type === 'metric'
    ? { periodSeconds: periodOf(found.alarm), periods: found.alarm.EvaluationPeriods }
    : { periodSeconds: undefined, periods: undefined }
}

function emptyNote(name: string | undefined): string {
  const of = name === undefined ? '' : ' The name is case-sensitive.'
  return `AWS keeps the history for a limited time, and an alarm that has not changed has none. Try a longer range (start: -7d) or show: all.${of}`
}
