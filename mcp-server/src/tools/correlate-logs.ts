import { z } from 'zod'
import { countText } from '../answer/value-text.ts'
import { defineTool, type ToolContext } from './define-tool.ts'
import { inTurns } from './in-turns.ts'
import { type QueryOutcome, runInsightsQuery } from './insights-query.ts'
import { logGroupIdentifier, logGroupName, MOST_GROUPS, queryGroups } from './log-group-name.ts'
import { estimateQuery, guardCost } from './query-guard.ts'
import { ACCEPT_COST } from './query-logs.ts'
import { endedWithout, progressText, statisticsFacts } from './query-result.ts'
import { rangeText, resolveRange, TIME_FORMS } from './time-range.ts'

const AT_A_TIME = 4

export const correlateLogs = defineTool({
  name: 'correlate_logs',
  title: 'Correlate logs',
  description:
    'Follow one id (request, trace, order, user) through many log groups: every event that holds it, merged into one timeline, oldest first. Costs like query_logs over these groups.',
  input: z.strictObject({
    id: z
      .string()
      .min(4)
      .max(256)
      .regex(/^[^\r\n]*$/, 'must be on one line')
      .describe('The id as it stands in the messages, case-sensitive.'),
    logGroups: z
      .array(z.string().min(1).max(2_048))
      .min(1)
      .max(200)
      .describe('Exact names or ARNs of the log groups to look in.'),
    start: z.coerce.string().max(64).optional().describe(`${TIME_FORMS}. Default: -1h.`),
    end: z.coerce.string().max(64).optional().describe('Like start. Default: now.'),
    limit: z.int().min(1).max(1_000).default(200).describe('Most events, the oldest ones.'),
    acceptCost: z.boolean().default(false).describe(ACCEPT_COST),
  }),
  run: async ({ id, logGroups, start, end, limit, acceptCost }, context) => {
    const range = resolveRange({ start, end }, context.now)
    const groups = [
      ...new Set(logGroups.map((group) => logGroupIdentifier(group, 'logGroups', context.region))),
    ]
    const estimate = await estimateQuery(context.logs, groups, range, context)
    const warnings = guardCost([estimate], { acceptCost, chooses: false, range }, context)
    const outcomes = await ask(chunks(groups), context, {
      queryString: queryFor(id, limit),
      startTime: Math.floor(range.start.getTime() / 1_000),
      endTime: Math.floor(range.end.getTime() / 1_000),
      limit,
    })
    const events = outcomes.flatMap(({ results }) => eventsOf(results)).toSorted(byTime)
    const shown = events.slice(0, limit)
    const seen = new Set(shown.map(({ group }) => group))
    const silent = groups.map(logGroupName).filter((name) => !seen.has(name))
    const failures = outcomes.flatMap(({ status }) => endedWithout(status) ?? [])
    const late = outcomes.some(({ status }) => status === 'Deadline')
    const capped = shown.length >= limit
    return {
      summary: summaryOf(shown, seen.size),
      ...(failures.length === outcomes.length && { failed: true }),
      facts: [
        ['range', rangeText(range)],
        ...statisticsFacts({
          recordsMatched: sumOf(outcomes, 'recordsMatched'),
          recordsScanned: sumOf(outcomes, 'recordsScanned'),
          bytesScanned: sumOf(outcomes, 'bytesScanned'),
        }),
      ],
      table: {
        columns: ['time', 'after first', 'log group', 'message'],
        rows: shown.map((event) => [
          event.time,
          offsetText(event.time, shown[0]?.time ?? event.time),
          event.group,
          event.message,
        ]),
      },
      untrusted: true,
      narrow: 'take fewer log groups or a shorter range',
      notes: [
        ...failures.map(({ summary }) => summary),
        ...(late
          ? [
              'A query was stopped before its end, so events may be missing. Take a shorter range or fewer log groups.',
            ]
          : []),
        ...(capped
          ? [
              `The limit of ${limit} events is reached: later ones are missing. Raise limit, or begin later.`,
            ]
          : []),
        ...(shown.length === 0
          ? [
              'The id is looked for as it is written, case-sensitive, anywhere in the message. Try a part of it, a longer range (start: -24h) or other log groups.',
            ]
          : silent.length > 0 && !capped && !late
            ? [
                `No event with it: ${silent.slice(0, 10).join(', ')}${silent.length > 10 ? ` and ${silent.length - 10} more` : ''}.`,
              ]
            : []),
        ...warnings,
      ],
    }
  },
})

/** A quoted string is looked for as it is; its own quotes and backslashes are escaped. */
export function queryFor(id: string, limit: number): string {
  const quoted = id.replaceAll('\\', '\\\\').replaceAll('"', '\\"')
  return `fields @timestamp, @log, @message | filter @message like "${quoted}" | sort @timestamp asc | limit ${limit}`
}

function chunks(groups: readonly string[]): string[][] {
  const parts: string[][] = []
  for (let at = 0; at < groups.length; at += MOST_GROUPS) {
    parts.push(groups.slice(at, at + MOST_GROUPS))
  }
  return parts
}

type Request = Readonly<{ queryString: string; startTime: number; endTime: number; limit: number }>

/** One query per 50 log groups; raw events may be put together, unlike sums. When one fails, all are stopped. */
async function ask(
  parts: readonly string[][],
  context: ToolContext,
  request: Request,
): Promise<QueryOutcome[]> {
  const endsAt = Date.now() + context.limits.queryDeadlineMs
  const stop = new AbortController()
  const signal = AbortSignal.any([context.signal, stop.signal])
  let cause: unknown
  try {
    return await inTurns(parts, AT_A_TIME, async (groups) => {
      try {
        return await runInsightsQuery(
          { ...request, ...queryGroups(groups) },
          {
            logs: context.logs,
            signal,
            deadlineMs: Math.max(0, endsAt - Date.now()),
            onProgress: (results) => context.progress(progressText(results)),
          },
        )
      } catch (error) {
        // The first failure is the one to tell; those of the queries that it stops follow from it.
        cause ??= error
        stop.abort(error)
        throw error
      }
    })
  } catch (error) {
    throw cause ?? error
  }
}

type Event = Readonly<{ time: string; group: string; message: string }>

function eventsOf({ results = [] }: QueryOutcome['results']): Event[] {
  return results.map((row) => {
    const value = (name: string) => row.find(({ field }) => field === name)?.value ?? ''
    // @log is `account:name`.
    const group = value('@log').replace(/^\d{12}:/, '')
    return { time: value('@timestamp'), group, message: value('@message').trimEnd() }
  })
}

/** Insights writes times so that their texts are ordered as they are. */
function byTime(one: Event, other: Event): number {
  return one.time < other.time ? -1 : one.time > other.time ? 1 : 0
}

function millis(time: string): number {
  return Date.parse(`${time.replace(' ', 'T')}Z`)
}

function offsetText(time: string, first: string): string {
  const seconds = (millis(time) - millis(first)) / 1_000
  return Number.isNaN(seconds) ? '-' : `+${seconds.toFixed(3)} s`
}

function summaryOf(events: readonly Event[], groups: number): string {
  const first = events[0]
  const last = events.at(-1)
  if (first === undefined || last === undefined) return 'No event holds the id.'
  const count = `${countText(events.length)} ${events.length === 1 ? 'event' : 'events'}`
  return `${count} in ${groups} log ${groups === 1 ? 'group' : 'groups'} within ${offsetText(last.time, first.time).slice(1)}.`
}

function sumOf(
  outcomes: readonly QueryOutcome[],
  name: 'recordsMatched' | 'recordsScanned' | 'bytesScanned',
): number {
  return outcomes.reduce((sum, { results }) => sum + (results.statistics?.[name] ?? 0), 0)
}
