import {
  GetQueryResultsCommand,
  type GetQueryResultsResponse,
} from '@aws-sdk/client-cloudwatch-logs'
import { z } from 'zod'
import { countText } from '../answer/value-text.ts'
import { decodeCursor } from './cursor.ts'
import { defineTool } from './define-tool.ts'
import { followQuery, isRunning } from './insights-query.ts'
import { decodeQueryHandle, QUERY_HANDLE } from './query-handle.ts'
import {
  emptyNotes,
  endedWithout,
  progressText,
  recordNote,
  resultTable,
  rowsText,
  statisticsFacts,
} from './query-result.ts'
import { resultsCursor } from './results-cursor.ts'

export const getQueryResults = defineTool({
  name: 'get_query_results',
  title: 'Get query results',
  description:
    'Fetch the result of a query that query_logs started: more rows by cursor, or the result of one that still ran. Waits for the end unless wait is false; costs nothing more.',
  input: z.strictObject({
    query: z.string().min(1).max(1_024).describe(QUERY_HANDLE),
    cursor: z.string().max(30_000).optional().describe('As query_logs or the page before gave it.'),
    wait: z.boolean().default(true).describe('Wait for a query that still runs.'),
  }),
  regionFrom: 'tool',
  run: async ({ query, cursor, wait }, context) => {
    const { queryId, region } = decodeQueryHandle(query, context)
    const { logs } = context.clientsIn(region)
    const here = { ...context, region }
    const at = decodeCursor(cursor, context.handleBinding(`results ${queryId}`, region))
    const page =
      wait && at.token === undefined
        ? await finalResults()
        : await logs.send(new GetQueryResultsCommand({ queryId, nextToken: at.token }), {
            abortSignal: context.signal,
          })

    async function finalResults(): Promise<GetQueryResultsResponse> {
      const { results } = await followQuery(queryId, {
        logs,
        signal: context.signal,
        deadlineMs: context.limits.queryDeadlineMs,
        onProgress: (seen) => context.progress(progressText(seen)),
        pollAtOnce: true,
      })
      return results
    }

    const facts = [
      ['query', query] as const,
      ...statisticsFacts(page.statistics),
      ['region', region] as const,
    ]
    const status = page.status ?? 'Unknown'
    const ended = endedWithout(status)
    if (ended !== undefined) return { ...ended, facts }

    const before = at.before ?? 0
    const first = before + at.skip + 1
    const table = resultTable({ ...page, results: page.results?.slice(at.skip) }, first)
    const shown = { table, untrusted: true, facts }
    if (isRunning(status)) {
      return {
        ...shown,
        summary: `The query still runs: ${rowsText(table.rows.length)} so far.`,
        narrow: 'wait for the query to end, then page through its result',
        notes: ['The rows are incomplete and counts are too low. Call again later.'],
      }
    }
    if (table.rows.length === 0) {
      return first > 1
        ? { summary: 'There are no more rows.', facts }
        : {
            summary: 'The query is complete and found nothing.',
            facts,
            notes: emptyNotes(page.statistics, context.mayUse),
          }
    }
    const total = Math.max(before + (page.results?.length ?? 0), page.statistics?.resultCount ?? 0)
    const atLeast = page.nextToken !== undefined && page.statistics?.resultCount === undefined
    return {
      ...shown,
      summary: `The query is complete: rows from ${countText(first)} on, of ${atLeast ? 'more than ' : ''}${countText(total)}.`,
      cursorAfter: resultsCursor(queryId, at, page, here),
      notes: recordNote(table, context.mayUse),
    }
  },
})
