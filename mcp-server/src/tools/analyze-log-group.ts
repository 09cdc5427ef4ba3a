import {
  type Anomaly,
  type CloudWatchLogsClient,
  ListAnomaliesCommand,
  ListLogAnomalyDetectorsCommand,
} from '@aws-sdk/client-cloudwatch-logs'
import { z } from 'zod'
import { cut } from '../answer/clean-text.ts'
import { dateText, numberText } from '../answer/value-text.ts'
import { defineTool, type ToolContext } from './define-tool.ts'
import { type QueryOutcome, runInsightsQuery } from './insights-query.ts'
import { logGroupArn, logGroupIdentifier, logGroupName, queryGroups } from './log-group-name.ts'
import { estimateQuery, guardCost } from './query-guard.ts'
import { ACCEPT_COST } from './query-logs.ts'
import { endedWithout, firstSample, statisticsFacts } from './query-result.ts'
import { rangeText, resolveRange, TIME_FORMS, type TimeRange } from './time-range.ts'
import { ToolProblem } from './tool-problem.ts'

const PATTERNS = 'pattern @message | sort @sampleCount desc | limit 5'
const ERRORS = 'filter @message like /(?i)(error|exception|fail|timeout|timed out|fatal|panic)/'

/** Pages of detectors and anomalies, 50 each. */
const MOST_PAGES = 10
const MOST_ANOMALIES = 10

/** Characters of a pattern or sample: enough to tell what it is. */
const TEXT_CHARS = 300

export const analyzeLogGroup = defineTool({
  name: 'analyze_log_group',
  title: 'Analyze a log group',
  description:
    'First look at a log group: its most frequent message patterns, its error patterns and the anomalies that CloudWatch found, in one short answer. Runs two queries, which cost like query_logs.',
  input: z.strictObject({
    logGroup: z.string().min(1).max(2_048).describe('Exact name, or ARN for a linked account.'),
    start: z.coerce.string().max(64).optional().describe(`${TIME_FORMS}. Default: -1h.`),
    end: z.coerce.string().max(64).optional().describe('Like start. Default: now.'),
    acceptCost: z.boolean().default(false).describe(ACCEPT_COST),
  }),
  run: async ({ logGroup, start, end, acceptCost }, context) => {
    const range = resolveRange({ start, end }, context.now)
    const identifier = logGroupIdentifier(logGroup, 'logGroup', context.region)
    const estimate = await estimateQuery(context.logs, [identifier], range, context)
    // Two queries scan the same data twice.
    const asked = { acceptCost, chooses: false, range }
    const warnings = guardCost([estimate, estimate], asked, context)
    const arn = identifier.startsWith('arn:')
      ? identifier
      : estimate.groups?.find((group) => group.logGroupName === identifier)?.logGroupArn
    const problems: string[] = []
    // Each part has an IAM action of its own: what one may not see does not hide the rest.
    const part = async <Part>(name: string, work: Promise<Part>): Promise<Part | undefined> => {
      try {
        return await work
      } catch (error) {
        const words = context.signal.aborted ? undefined : context.explain(error)
        if (words === undefined) throw error
        problems.push(`${name}: ${words}`)
        return undefined
      }
    }
    const ends = await Promise.allSettled([
      part('Patterns', runQuery(identifier, PATTERNS, range, context)),
      part('Error patterns', runQuery(identifier, `${ERRORS} | ${PATTERNS}`, range, context)),
      part(
        'Anomalies',
        anomaliesOf(context.logs, arn ?? arnOf(identifier, context), range, context.signal),
      ),
    ])
    // Only when all have ended: a query that is left alone is not stopped.
    for (const end of ends) if (end.status === 'rejected') throw end.reason
    const [patterns, errors, anomalies] = ends.map((end) =>
      end.status === 'fulfilled' ? end.value : undefined,
    ) as [QueryOutcome?, QueryOutcome?, Found?] // the order and types of the list above
    const rows = [
      ...patternRows('error pattern', errors),
      ...(anomalies?.shown ?? []).map(anomalyRow),
      ...patternRows('pattern', patterns),
    ]
    return {
      summary: summaryOf(patterns, errors, anomalies),
      ...(patterns === undefined &&
        errors === undefined &&
        !anomalies?.shown.length && { failed: true }),
      facts: [
        ['range', rangeText(range)],
        ['log group', identifier],
        ...statisticsFacts(patterns?.results.statistics),
      ],
      table: { columns: ['what', 'count', 'share', 'pattern', 'sample or time'], rows },
      untrusted: true,
      notes: [
        ...problems,
        ...partNotes('patterns', patterns),
        ...partNotes('error patterns', errors),
        ...(anomalies?.detectors === 0
          ? ['No anomaly detector watches this log group, so anomalies are not known.']
          : []),
        ...warnings,
      ],
    }
  },
})

function runQuery(
  identifier: string,
  queryString: string,
  range: TimeRange,
  context: ToolContext,
): Promise<QueryOutcome> {
  return runInsightsQuery(
    {
      ...queryGroups([identifier]),
      queryString,
      startTime: Math.floor(range.start.getTime() / 1_000),
      endTime: Math.floor(range.end.getTime() / 1_000),
      limit: 5,
    },
    {
      logs: context.logs,
      signal: context.signal,
      deadlineMs: context.limits.queryDeadlineMs,
      onProgress: ({ status }) => context.progress(`Looking for patterns: ${status ?? 'Running'}`),
    },
  )
}

/** Detectors are found by ARN only; of a name it is made up when AWS did not tell it. */
function arnOf(identifier: string, { region, account }: ToolContext): string | undefined {
  return account && logGroupArn(region, account, logGroupName(identifier))
}

type Found = Readonly<{ detectors: number; total: number; shown: readonly Anomaly[] }>

/** Anomalies that nobody suppressed and that were seen in the range; AWS has no filter by time. */
async function anomaliesOf(
  logs: CloudWatchLogsClient,
  filterLogGroupArn: string | undefined,
  range: TimeRange,
  signal: AbortSignal,
): Promise<Found> {
  // Without the filter AWS lists the detectors of all log groups.
  if (filterLogGroupArn === undefined) {
    throw new ToolProblem('not known, since the account of the log group is not: give its ARN.')
  }
  const detectors = await allPages(async (nextToken) => {
    const command = new ListLogAnomalyDetectorsCommand({ filterLogGroupArn, nextToken })
    const page = await logs.send(command, { abortSignal: signal })
    return { items: page.anomalyDetectors ?? [], nextToken: page.nextToken }
  })
  const found: Anomaly[] = []
  for (const { anomalyDetectorArn } of detectors) {
    const anomalies = await allPages(async (nextToken) => {
      const command = new ListAnomaliesCommand({
        anomalyDetectorArn,
        suppressionState: 'UNSUPPRESSED',
        nextToken,
      })
      const page = await logs.send(command, { abortSignal: signal })
      return { items: page.anomalies ?? [], nextToken: page.nextToken }
    })
    found.push(...anomalies)
  }
  const inRange = found
    .filter(
      ({ firstSeen = 0, lastSeen = 0 }) =>
        lastSeen >= range.start.getTime() && firstSeen <= range.end.getTime(),
    )
    .toSorted(
      (one, other) =>
        rank(one.priority) - rank(other.priority) || (other.lastSeen ?? 0) - (one.lastSeen ?? 0),
    )
  return {
    detectors: detectors.length,
    total: inRange.length,
    shown: inRange.slice(0, MOST_ANOMALIES),
  }
}

async function allPages<Item>(
  page: (nextToken?: string) => Promise<{ items: Item[]; nextToken: string | undefined }>,
): Promise<Item[]> {
  const all: Item[] = []
  let token: string | undefined
  for (let at = 0; at < MOST_PAGES; at += 1) {
    const { items, nextToken } = await page(token)
    all.push(...items)
    if (nextToken === undefined) break
    token = nextToken
  }
  return all
}

function rank(priority: string | undefined): number {
  return { HIGH: 0, MEDIUM: 1, LOW: 2 }[priority ?? ''] ?? 3
}

function anomalyRow(anomaly: Anomaly): string[] {
  const counts = Object.values(anomaly.histogram ?? {}).reduce((sum, count) => sum + count, 0)
  const times = `${dateText(anomaly.firstSeen)} to ${dateText(anomaly.lastSeen)}`
  return [
    `anomaly, ${(anomaly.priority ?? 'unknown').toLowerCase()} priority`,
    counts === 0 ? '' : String(counts),
    '',
    cut(`${anomaly.description ?? ''}: ${anomaly.patternString ?? ''}`, TEXT_CHARS),
    times,
  ]
}

/** The pattern command gives its parts twice more, as tokens and for drawing: only what can be read is kept. */
function patternRows(what: string, outcome: QueryOutcome | undefined): string[][] {
  if (outcome === undefined) return []
  return (outcome.results.results ?? []).map((row) => {
    const value = (name: string) => row.find(({ field }) => field === name)?.value ?? ''
    const ratio = Number(value('@ratio'))
    return [
      what,
      value('@sampleCount'),
      value('@ratio') === '' || Number.isNaN(ratio) ? '' : `${numberText(ratio * 100, 3)} %`,
      cut(value('@pattern'), TEXT_CHARS),
      cut(firstSample(value('@logSamples')), TEXT_CHARS),
    ]
  })
}

function summaryOf(
  patterns: QueryOutcome | undefined,
  errors: QueryOutcome | undefined,
  anomalies: Found | undefined,
): string {
  const counted = (count: number, one: string, many: string) =>
    `${count} ${count === 1 ? one : many}`
  const count = (outcome: QueryOutcome | undefined, one: string, many: string) =>
    outcome === undefined
      ? `${many} not known`
      : counted(outcome.results.results?.length ?? 0, one, many)
  const found =
    anomalies === undefined || anomalies.detectors === 0
      ? 'anomalies not known'
      : counted(anomalies.total, 'anomaly', 'anomalies')
  return `The most frequent: ${count(errors, 'error pattern', 'error patterns')}, ${found}, ${count(patterns, 'pattern', 'patterns')}.`
}

function partNotes(name: string, outcome: QueryOutcome | undefined): string[] {
  if (outcome === undefined) return []
  const ended = endedWithout(outcome.status)
  if (ended !== undefined) return [`The query for ${name} gave nothing. ${ended.summary}`]
  if (outcome.status === 'Deadline') {
    return [
      `The query for ${name} was stopped before its end: counts are too low. Take a shorter range.`,
    ]
  }
  return []
}
