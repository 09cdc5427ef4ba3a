import type { GetQueryResultsResponse, QueryStatistics } from '@aws-sdk/client-cloudwatch-logs'
import { z } from 'zod'
import type { Answer, Table } from '../answer/answer.ts'
import { cut } from '../answer/clean-text.ts'
import { bytesText, countText } from '../answer/value-text.ts'
import { defineTool } from './define-tool.ts'
import { type QueryOutcome, runInsightsQuery } from './insights-query.ts'
import { rangeText, resolveRange, TIME_FORMS } from './time-range.ts'
import { ToolProblem } from './tool-problem.ts'

/** List price of Logs Insights in us-east-1, in US dollars per GB scanned. */
const DOLLARS_PER_GB = 0.005

const GROUP_NAME = /^[.\-_/#A-Za-z0-9]{1,512}$/
const GROUP_ARN =
  /^(arn:aws[a-z-]*:logs:[a-z0-9-]+:\d{12}:log-group:[.\-_/#A-Za-z0-9]{1,512})(?::\*)?$/

export const queryLogs = defineTool({
  name: 'query_logs',
  title: 'Query logs',
  description:
    'Run a CloudWatch Logs Insights query over 1 to 50 log groups and wait for its result. ' +
    'Costs money by the amount of data in the log groups and range, not by the rows found: keep both small. ' +
    'Examples: fields @timestamp, @message | filter @message like /ERROR/ | sort @timestamp desc | limit 20 -- ' +
    'stats count(*) as errors by bin(5m).',
  input: z.strictObject({
    logGroups: z
      .array(z.string().min(1).max(2_048))
      .min(1)
      .max(50)
      .describe('Exact names of log groups, or ARNs (needed for those of a linked account).'),
    query: z.string().min(1).max(10_000).describe('The query, in the Logs Insights language.'),
    start: z.coerce.string().max(64).optional().describe(`${TIME_FORMS}. Default: -1h.`),
    end: z.coerce.string().max(64).optional().describe('Like start. Default: now.'),
    limit: z
      .int()
      .min(1)
      .max(10_000)
      .default(200)
      .describe('Most rows to return; a limit command in the query narrows it further.'),
  }),
  run: async ({ logGroups, query, start, end, limit }, context) => {
    const range = resolveRange({ start, end }, context.now)
    const outcome = await runInsightsQuery(
      {
        ...groupsOf(logGroups),
        queryString: query,
        // Both ends are inclusive and in whole seconds.
        startTime: Math.floor(range.start.getTime() / 1_000),
        endTime: Math.floor(range.end.getTime() / 1_000),
        limit,
      },
      {
        logs: context.logs,
        signal: context.signal,
        deadlineMs: context.limits.queryDeadlineMs,
        onProgress: (results) => context.progress(progressText(results)),
      },
    )
    const facts: Array<readonly [string, string]> = [
      ['range', rangeText(range)],
      ['log groups', logGroups.join(', ')],
      ['query id', outcome.queryId],
      ...statisticsOf(outcome.results.statistics),
    ]
    const seconds = context.limits.queryDeadlineMs / 1_000
    return { facts, ...answerFor(outcome, limit, seconds, context.mayUse('list_log_groups')) }
  },
})

/** AWS takes names and ARNs in different fields, and only one of the fields: one ARN moves all to the field for both. */
function groupsOf(
  logGroups: readonly string[],
): { logGroupNames: string[] } | { logGroupIdentifiers: string[] } {
  const groups = logGroups.map((group) => {
    const arn = GROUP_ARN.exec(group)?.[1]
    if (arn === undefined && !GROUP_NAME.test(group)) {
      throw new ToolProblem(
        'An entry of logGroups is neither the name nor the ARN of a log group. Names have letters, digits and . - _ / # only; patterns are not understood here.',
      )
    }
    return arn ?? group
  })
  const withArn = groups.some((group) => group.startsWith('arn:'))
  return withArn ? { logGroupIdentifiers: groups } : { logGroupNames: groups }
}

function progressText({ status, statistics }: GetQueryResultsResponse): string {
  const scanned = `${countText(statistics?.recordsScanned ?? 0)} records, ${bytesText(statistics?.bytesScanned ?? 0)} scanned`
  return `${status ?? 'Running'}: ${scanned}, ${countText(statistics?.recordsMatched ?? 0)} matched`
}

function statisticsOf(statistics: QueryStatistics | undefined): Array<readonly [string, string]> {
  if (statistics === undefined) return []
  const { recordsMatched = 0, recordsScanned = 0, bytesScanned = 0 } = statistics
  return [
    ['records', `${countText(recordsMatched)} matched of ${countText(recordsScanned)} scanned`],
    ['scanned', `${bytesText(bytesScanned)}, ${costText(bytesScanned)}`],
  ]
}

/** What scanning costs at list price; an estimate, since prices differ by region and a free amount may be left. */
export function costText(bytes: number): string {
  const dollars = (bytes / 1024 ** 3) * DOLLARS_PER_GB
  const amount = dollars >= 0.01 ? `about $${dollars.toFixed(2)}` : 'less than $0.01'
  return `${amount} at $${DOLLARS_PER_GB} per GB scanned (list price of us-east-1)`
}

function answerFor(
  { status, results }: QueryOutcome,
  limit: number,
  deadlineSeconds: number,
  canList: boolean,
): Answer {
  const table = tableOf(results)
  const found = `${countText(table.rows.length)} ${table.rows.length === 1 ? 'row' : 'rows'}`
  const rows = {
    table,
    untrusted: true,
    narrow: 'narrow the query: a filter, fewer fields, a shorter range, or stats',
  }
  switch (status) {
    case 'Complete':
      if (table.rows.length === 0) return emptyAnswer(results.statistics, canList)
      return {
        summary: `The query is complete: ${found}.`,
        ...rows,
        notes:
          table.rows.length >= limit
            ? [
                `The limit of ${limit} rows is reached: there may be more. Narrow the query or raise limit.`,
              ]
            : [],
      }
    case 'Deadline':
      return {
        summary: `The query was stopped after ${deadlineSeconds} s, before it had ended: ${found} so far.`,
        ...rows,
        notes: [
          'The rows are incomplete and counts are too low. A stopped query cannot be fetched later: narrow it and call again, with a shorter range, fewer log groups, or stats in place of raw events.',
        ],
      }
    case 'Timeout':
      return {
        failed: true,
        summary: 'The query ran longer than Logs Insights allows (60 minutes) and was ended.',
        notes: ['Retrying the same query does not help: take a shorter range or fewer log groups.'],
      }
    case 'Cancelled':
      return {
        failed: true,
        summary: 'Someone else stopped the query.',
        notes: ['Retrying helps, unless it is stopped again.'],
      }
    case 'Failed':
      return {
        failed: true,
        summary: 'Logs Insights could not carry out the query and gives no reason.',
        notes: ['Retry once; if it fails again, simplify the query or take a shorter range.'],
      }
    default:
      return {
        failed: true,
        summary: `Logs Insights answered with the status ${cut(status, 40)}.`,
        notes: ['Retry once.'],
      }
  }
}

/** An empty result is an answer, and most often a wrong question: says which. */
function emptyAnswer(statistics: QueryStatistics | undefined, canList: boolean): Answer {
  const scanned = statistics?.recordsScanned ?? 0
  const notes =
    scanned === 0
      ? [
          `The log groups hold no events in this range. Take a longer one (start: -24h)${canList ? ', or check the names with list_log_groups' : ''}; new events take up to a few minutes to be found.`,
        ]
      : [
          `${countText(scanned)} events lie in the range but none passed the filter. Matching is case-sensitive: try /(?i)error/, drop parts of the filter, or look at a few events first with fields @timestamp, @message | limit 5.`,
        ]
  return { summary: 'The query is complete and found nothing.', notes }
}

/** One column per field in order of appearance; `@ptr` only identifies an event for other calls. */
function tableOf({ results = [] }: GetQueryResultsResponse): Table {
  const columns = [
    ...new Set(results.flatMap((row) => row.flatMap(({ field }) => field ?? []))),
  ].filter((column) => column !== '@ptr')
  const rows = results.map((row) => {
    const values = new Map(row.map(({ field, value }) => [field, value]))
    return columns.map((column) => values.get(column) ?? '')
  })
  return { columns, rows }
}
