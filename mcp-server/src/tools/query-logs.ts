import type { GetQueryResultsResponse } from '@aws-sdk/client-cloudwatch-logs'
import { z } from 'zod'
import type { Answer } from '../answer/answer.ts'
import { countText } from '../answer/value-text.ts'
import { defineTool, type ToolContext } from './define-tool.ts'
import { type QueryOutcome, runInsightsQuery } from './insights-query.ts'
import { logGroupIdentifier, MOST_GROUPS, queryGroups } from './log-group-name.ts'
import { groupsNamedIn } from './query-cost.ts'
import { estimateQuery, guardCost } from './query-guard.ts'
import { encodeQueryHandle } from './query-handle.ts'
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
import { rangeText, resolveRange, TIME_FORMS } from './time-range.ts'
import { ToolProblem } from './tool-problem.ts'

export const LANGUAGES = { insights: 'CWLI', sql: 'SQL', ppl: 'PPL' } as const

/** Rows that AWS gives at most: OpenSearch's languages have a lower limit. */
const MOST_ROWS = { insights: 100_000, sql: 10_000, ppl: 10_000 } as const

/** The answer to it costs money: said wherever a query can be started. */
export const ACCEPT_COST = 'The person agreed to a cost beyond the limit.'

export const queryLogs = defineTool({
  name: 'query_logs',
  title: 'Query logs',
  description:
    'Run a Logs Insights query over up to 50 log groups and wait for its result. ' +
    'Costs money by the data in the log groups and range, not by the rows found: keep both small. ' +
    'Examples: fields @timestamp, @message | filter @message like /ERROR/ | sort @timestamp desc | limit 20 -- ' +
    'stats count(*) as errors by bin(5m).',
  input: z.strictObject({
    query: z.string().min(1).max(10_000).describe('The query.'),
    logGroups: z
      .array(z.string().min(1).max(2_048))
      .min(1)
      .max(MOST_GROUPS)
      .optional()
      .describe(
        'Exact names, or ARNs (for a linked account). Not for sql, which names them in FROM.',
      ),
    language: z
      .enum(['insights', 'sql', 'ppl'])
      .default('insights')
      .describe('insights: Logs Insights QL. sql, ppl: OpenSearch.'),
    start: z.coerce.string().max(64).optional().describe(`${TIME_FORMS}. Default: -1h.`),
    end: z.coerce.string().max(64).optional().describe('Like start. Default: now.'),
    limit: z
      .int()
      .min(1)
      .max(100_000)
      .default(200)
      .describe('Most rows; a limit in the query narrows it further.'),
    acceptCost: z.boolean().default(false).describe(ACCEPT_COST),
  }),
  run: async ({ logGroups, query, language, start, end, limit, acceptCost }, context) => {
    const range = resolveRange({ start, end }, context.now)
    const groups = groupsFor(language, logGroups, query, context.region)
    const named = groups ?? groupsNamedIn(query)
    const estimate = await estimateQuery(context.logs, named, range, context)
    const chooses = named === undefined
    const warnings = guardCost([estimate], { acceptCost, chooses, range }, context)
    const mostRows = Math.min(limit, MOST_ROWS[language])
    const canFetch = context.mayUse('get_query_results')
    const outcome = await runInsightsQuery(
      {
        ...(groups !== undefined && queryGroups(groups)),
        ...(language !== 'insights' && { queryLanguage: LANGUAGES[language] }),
        queryString: query,
        // Both ends are inclusive and in whole seconds.
        startTime: Math.floor(range.start.getTime() / 1_000),
        endTime: Math.floor(range.end.getTime() / 1_000),
        limit: mostRows,
      },
      {
        logs: context.logs,
        signal: context.signal,
        deadlineMs: context.limits.queryDeadlineMs,
        leaveRunning: canFetch,
        onProgress: (results) => context.progress(progressText(results)),
      },
    )
    const { region } = context
    const handle = encodeQueryHandle({ queryId: outcome.queryId, region }, context)
    const answer = answerFor(outcome, mostRows, context, canFetch)
    return {
      ...answer,
      facts: [
        ['range', rangeText(range)],
        ['log groups', named?.join(', ') ?? 'as the query says'],
        ['query', handle],
        ...(context.limits.queryCostGuard === 'off'
          ? []
          : [['estimate before', estimate.fact] as const]),
        ...statisticsFacts(outcome.results.statistics),
      ],
      notes: [...(answer.notes ?? []), ...warnings],
    }
  },
})

type Language = keyof typeof LANGUAGES

/** The log groups to send along; undefined when the query names them. */
function groupsFor(
  language: Language,
  logGroups: readonly string[] | undefined,
  query: string,
  region: string,
): readonly string[] | undefined {
  if (language === 'sql') {
    if (logGroups !== undefined) {
      throw new ToolProblem(
        'A query in SQL names its log groups itself, as in SELECT … FROM `/shop/checkout`: leave out logGroups.',
      )
    }
    return undefined
  }
  const ownSource = language === 'insights' && /^\s*SOURCE\b/i.test(query)
  if (logGroups === undefined) {
    if (ownSource) return undefined
    throw new ToolProblem('logGroups is missing: name one to 50 log groups.')
  }
  if (ownSource) {
    throw new ToolProblem(
      'The query begins with SOURCE, which chooses the log groups: leave out logGroups, or take SOURCE out of the query.',
    )
  }
  return logGroups.map((group) => logGroupIdentifier(group, 'logGroups', region))
}

function answerFor(
  { status, results, queryId }: QueryOutcome,
  limit: number,
  context: ToolContext,
  canFetch: boolean,
): Answer {
  const ended = endedWithout(status)
  if (ended !== undefined) return ended
  const table = resultTable(results)
  const rows = {
    table,
    untrusted: true,
    narrow: 'narrow the query: a filter, fewer fields, a shorter range, or stats',
  }
  if (status === 'Deadline') {
    const seconds = context.limits.queryDeadlineMs / 1_000
    const how = canFetch
      ? `still runs after ${seconds} s`
      : `was stopped after ${seconds} s, before it had ended`
    return {
      summary: `The query ${how}: ${rowsText(table.rows.length)} so far.`,
      ...rows,
      notes: [
        canFetch
          ? `The rows are incomplete and counts are too low. Call get_query_results with query for the result${context.mayUse('cancel_query') ? ', or cancel_query to end it' : ''}; scanning goes on and costs until it ends.`
          : 'The rows are incomplete and counts are too low. A stopped query cannot be fetched later: narrow it and call again, with a shorter range, fewer log groups, or stats in place of raw events.',
      ],
    }
  }
  if (table.rows.length === 0) {
    return {
      summary: 'The query is complete and found nothing.',
      notes: emptyNotes(results.statistics, context.mayUse),
    }
  }
  const total = totalOf(results)
  return {
    summary: `The query is complete: ${rowsText(total)}.`,
    ...rows,
    ...(canFetch && {
      cursorAfter: resultsCursor(queryId, { token: undefined, skip: 0 }, results, context),
      cursorUse: 'call get_query_results with query and this cursor',
    }),
    notes: [
      ...(total >= limit
        ? [
            `The limit of ${countText(limit)} rows is reached: there may be more. Narrow the query or raise limit.`,
          ]
        : []),
      ...recordNote(table, context.mayUse),
    ],
  }
}

/** Rows of the whole result, all pages together. */
function totalOf({ results = [], statistics }: GetQueryResultsResponse): number {
  return Math.max(results.length, statistics?.resultCount ?? 0)
}
