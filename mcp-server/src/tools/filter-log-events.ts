import {
  type CloudWatchLogsClient,
  type FilteredLogEvent,
  FilterLogEventsCommand,
  type FilterLogEventsRequest,
} from '@aws-sdk/client-cloudwatch-logs'
import { z } from 'zod'
import { dateText } from '../answer/value-text.ts'
import { decodeCursor, encodeCursor, type Position } from './cursor.ts'
import { defineTool } from './define-tool.ts'
import { logGroupIdentifier, oneGroup } from './log-group-name.ts'
import { rangeText, resolveRange, TIME_FORMS, type TimeRange } from './time-range.ts'
import { ToolProblem } from './tool-problem.ts'

/** Pages without events are normal: AWS looks through so much per call. So many calls are made for one answer. */
const MOST_PAGES = 20

/** AWS gives the newest first only for ranges that begin after this. */
const NEWEST_SINCE = Date.parse('2024-01-01T00:00:00Z')

export const filterLogEvents = defineTool({
  name: 'filter_log_events',
  title: 'Filter log events',
  description:
    'Read events of one log group, newest first, by a filter pattern (not Insights syntax; see get_syntax_help). Free of scan cost and seconds fresh: best for the latest events of a small group or a few streams; for large groups, fields or counts use query_logs.',
  input: z.strictObject({
    logGroup: z.string().min(1).max(2_048).describe('Exact name, or ARN for a linked account.'),
    pattern: z
      .string()
      .min(1)
      .max(1_024)
      .optional()
      .describe('Such as ERROR, "exact words", ?one ?other, { $.status = 500 }. Default: all.'),
    streams: z
      .array(z.string().min(1).max(512))
      .min(1)
      .max(100)
      .optional()
      .describe('Only these streams.'),
    streamPrefix: z.string().min(1).max(512).optional().describe('Only streams that start so.'),
    start: z.coerce.string().max(64).optional().describe(`${TIME_FORMS}. Default: -1h.`),
    end: z.coerce.string().max(64).optional().describe('Like start. Default: now.'),
    order: z.enum(['newest', 'oldest']).default('newest').describe('Which come first.'),
    limit: z.int().min(1).max(1_000).default(50).describe('Most events.'),
    cursor: z.string().max(30_000).optional().describe('As the answer before gave it.'),
  }),
  run: async (input, context) => {
    const { pattern, streams, streamPrefix, order, limit } = input
    if (streams !== undefined && streamPrefix !== undefined) {
      throw new ToolProblem('streams and streamPrefix cannot be used together: give one of them.')
    }
    const identifier = logGroupIdentifier(input.logGroup, 'logGroup', context.region)
    const { start, end, cursor, ...rest } = input
    const binding = context.binding([rest, start, end])
    const { at, range } = resume(
      decodeCursor(cursor, binding),
      cursor === undefined ? resolveRange({ start, end }, context.now) : undefined,
    )
    if (order === 'newest' && range.start.getTime() < NEWEST_SINCE) {
      throw new ToolProblem(
        'AWS gives the newest events first only for ranges that begin in 2024 or later: use order: oldest, or a later start.',
      )
    }
    const found = await collect(
      context.logs,
      {
        ...oneGroup(identifier),
        filterPattern: pattern,
        logStreamNames: streams,
        logStreamNamePrefix: streamPrefix,
        startTime: range.start.getTime(),
        endTime: range.end.getTime(),
        startFromHead: order === 'oldest',
        limit,
      },
      at,
      context.signal,
      () => context.progress('Searching'),
    )
    const names = new Set(found.events.map(({ logStreamName }) => logStreamName))
    const [only] = names.size === 1 ? names : []
    return {
      summary: summaryOf(found, order),
      facts: [
        ['range', rangeText(range)],
        ['log group', identifier],
        ...(only === undefined ? [] : [['stream', only] as const]),
      ],
      table: {
        columns: only === undefined ? ['time', 'stream', 'message'] : ['time', 'message'],
        rows: found.events.map((event) => rowOf(event, only === undefined)),
      },
      untrusted: true,
      notes: notesFor(found, pattern, context.mayUse),
      cursorAfter: (shown) => {
        const position = positionAfter(found, shown)
        return position && encodeCursor(withRange(position, range), binding)
      },
    }
  },
})

type Found = Readonly<{
  events: readonly FilteredLogEvent[]
  /** Where each page's events begin in `events`, and how to ask for that page again. */
  pages: ReadonlyArray<Readonly<{ from: number; token: string | undefined; skip: number }>>
  nextToken: string | undefined
}>

async function collect(
  logs: CloudWatchLogsClient,
  request: FilterLogEventsRequest & { limit: number },
  at: Position,
  signal: AbortSignal,
  onPage: () => Promise<void>,
): Promise<Found> {
  const events: FilteredLogEvent[] = []
  const pages: Array<{ from: number; token: string | undefined; skip: number }> = []
  let token = at.token
  for (let made = 0; made < MOST_PAGES && events.length < request.limit; made += 1) {
    const command = new FilterLogEventsCommand({ ...request, nextToken: token })
    const page = await logs.send(command, { abortSignal: signal })
    const skip = made === 0 ? at.skip : 0
    pages.push({ from: events.length, token, skip })
    events.push(...(page.events ?? []).slice(skip))
    // A token that comes again would never end.
    token = page.nextToken === token ? undefined : page.nextToken
    if (token === undefined) break
    await onPage()
  }
  return { events, pages, nextToken: token }
}

/** The place behind the first `shown` events: inside one of the pages, or behind all of them. */
function positionAfter({ events, pages, nextToken }: Found, shown: number): Position | undefined {
  if (shown >= events.length) {
    return nextToken === undefined ? undefined : { token: nextToken, skip: 0 }
  }
  const page = pages.findLast(({ from }) => from <= shown)
  return page && { token: page.token, skip: page.skip + shown - page.from }
}

/** A relative range moves with the clock, and AWS's token holds for one range only: the cursor carries it. */
function withRange({ token = '', skip }: Position, { start, end }: TimeRange): Position {
  return { token: `${start.getTime()} ${end.getTime()} ${token}`, skip }
}

function resume(
  position: Position,
  fresh: TimeRange | undefined,
): { at: Position; range: TimeRange } {
  if (fresh !== undefined) return { at: position, range: fresh }
  const [, start, end, token] = /^(\d{1,16}) (\d{1,16}) (.*)$/s.exec(position.token ?? '') ?? []
  if (start === undefined || end === undefined) {
    throw new ToolProblem(
      'The cursor is damaged: pass it exactly as it was given, or call without it.',
    )
  }
  return {
    at: { token: token || undefined, skip: position.skip },
    range: { start: new Date(Number(start)), end: new Date(Number(end)) },
  }
}

function rowOf(event: FilteredLogEvent, withStream: boolean): string[] {
  const time =
    event.timestamp === undefined ? '-' : new Date(event.timestamp).toISOString().slice(0, 23)
  const message = (event.message ?? '').trimEnd()
  return withStream ? [time, event.logStreamName ?? '', message] : [time, message]
}

function summaryOf({ events, nextToken }: Found, order: 'newest' | 'oldest'): string {
  const more = nextToken !== undefined
  if (events.length === 0) {
    return more ? 'No events in the part searched so far.' : 'No events match.'
  }
  const last = order === 'newest' ? events.at(-1) : events[0]
  const first = order === 'newest' ? events[0] : events.at(-1)
  const count = `${events.length} ${events.length === 1 ? 'event' : 'events'}`
  return `${count}, ${order} first, from ${dateText(last?.timestamp)} to ${dateText(first?.timestamp)}${more ? '; the rest of the range is not searched yet' : ''}.`
}

function notesFor(
  { events, nextToken }: Found,
  pattern: string | undefined,
  mayUse: (tool: string) => boolean,
): string[] {
  if (events.length > 0) return []
  if (nextToken !== undefined) {
    const faster = mayUse('query_logs') ? ', or use query_logs, which is faster over much data' : ''
    return [
      `AWS searched ${MOST_PAGES} parts of the log group without a match, and there is more. Call again with the cursor, take a shorter range${faster}.`,
    ]
  }
  return [
    pattern === undefined
      ? 'The log group has no events in this range, or the streams are named wrongly. Take a longer range (start: -24h).'
      : 'Terms are case-sensitive and all of them must occur; a term with other characters than letters, digits and _ needs quotes; fields of JSON are written { $.field = "value" }. Try a single word, no pattern at all, or a longer range (start: -24h).',
  ]
}
