import {
  type CloudWatchLogsClient,
  GetLogRecordCommand,
  GetQueryResultsCommand,
} from '@aws-sdk/client-cloudwatch-logs'
import { z } from 'zod'
import { maskSecrets } from '../answer/mask-secrets.ts'
import { countText } from '../answer/value-text.ts'
import { defineTool } from './define-tool.ts'
import { decodeQueryHandle, QUERY_HANDLE } from './query-handle.ts'
import { ToolProblem } from './tool-problem.ts'

export const getLogRecord = defineTool({
  name: 'get_log_record',
  title: 'Get a whole log event',
  description:
    'Show one event of a query result with all its fields, uncut: for rows whose cells end in ….',
  input: z.strictObject({
    query: z.string().min(1).max(1_024).describe(QUERY_HANDLE),
    row: z.int().min(1).max(100_000).describe('The number of the row, from its column #.'),
    from: z
      .int()
      .min(0)
      .max(2_000_000)
      .default(0)
      .describe('Character of @message to begin at, for one that is too long for one answer.'),
  }),
  regionFrom: 'tool',
  run: async ({ query, row, from }, context) => {
    const { queryId, region } = decodeQueryHandle(query, context)
    const { logs } = context.clientsIn(region)
    const logRecordPointer = await pointerOf(logs, queryId, row, context.signal)
    const command = new GetLogRecordCommand({ logRecordPointer })
    const { logRecord = {} } = await logs.send(command, { abortSignal: context.signal })
    const { '@message': message = '', '@ptr': _pointer, ...fields } = logRecord
    const { maxAnswerChars, maskSecrets: mask } = context.limits
    // Before it is taken apart: half a secret would not be known for one.
    const whole = mask ? maskSecrets(message) : { text: message, masked: 0 }
    if (from > 0 && from >= whole.text.length) {
      throw new ToolProblem(
        `The message has ${countText(whole.text.length)} characters: from has to be less.`,
      )
    }
    const part = partOf(whole.text, from, Math.floor(maxAnswerChars / 2))
    return {
      summary: `The event of row ${countText(row)}.`,
      facts: [
        ...(whole.masked > 0
          ? [['masked secrets in @message', countText(whole.masked)] as const]
          : []),
        ['@message', `${countText(whole.text.length)} characters`],
        ['region', region],
      ],
      table: {
        columns: ['field', 'value'],
        rows: [
          ...(from === 0 ? Object.entries(fields).map(readable) : []),
          ['@message', part.text],
        ],
      },
      untrusted: true,
      narrow: 'name the fields that you need in a query',
      notes:
        part.next === undefined ? [] : [`The message goes on: call again with from: ${part.next}.`],
    }
  },
})

/** AWS gives the two times of an event in milliseconds since 1970 here, and as text everywhere else. */
function readable([field, value]: readonly [string, string]): [string, string] {
  const isTime = field === '@timestamp' || field === '@ingestionTime'
  return [field, isTime && /^\d{1,15}$/.test(value) ? new Date(Number(value)).toISOString() : value]
}

/** At most `room` characters from a place on, and where the next part begins; never half a surrogate pair. */
function partOf(text: string, from: number, room: number): { text: string; next?: number } {
  const part = text.slice(from, from + room).replace(/[\ud800-\udbff]$/, '')
  const next = from + part.length
  return next < text.length ? { text: part, next } : { text: part }
}

/** The pointer of a row; pages are walked, since AWS gives no other way to a row. */
async function pointerOf(
  logs: CloudWatchLogsClient,
  queryId: string,
  row: number,
  signal: AbortSignal,
): Promise<string> {
  let before = 0
  let nextToken: string | undefined
  do {
    const command = new GetQueryResultsCommand({ queryId, nextToken })
    const page = await logs.send(command, { abortSignal: signal })
    const { results = [] } = page
    const found = results[row - before - 1]
    if (found !== undefined) {
      const pointer = found.find(({ field }) => field === '@ptr')?.value
      if (pointer !== undefined) return pointer
      throw new ToolProblem(
        'The rows of this query are not log events but figures made from them (stats, pattern, dedup): there is no event to show.',
      )
    }
    before += results.length
    // A page may be empty while more follow; one that gives the same token again would never end.
    nextToken = page.nextToken === nextToken ? undefined : page.nextToken
  } while (nextToken !== undefined)
  throw new ToolProblem(
    `The query has ${countText(before)} rows now, and no row ${countText(row)}. Rows of a query that still runs may change: wait for its end with get_query_results.`,
  )
}
