import {
  type CloudWatchLogsClient,
  DescribeAccountPoliciesCommand,
  DescribeQueriesCommand,
  type IndexPolicy,
  type QueryInfo,
} from '@aws-sdk/client-cloudwatch-logs'
import { z } from 'zod'
import { bytesText, countText, dateText } from '../answer/value-text.ts'
import { defineTool } from './define-tool.ts'
import { fieldsInPolicy, fieldsOf, indexesOf, policiesOf } from './get-log-group.ts'
import { type Candidate, INDEXED_BY_DEFAULT, indexCandidates } from './index-advice.ts'
import { logGroupIdentifier, logGroupName } from './log-group-name.ts'
import { costText } from './query-cost.ts'
import { ToolProblem } from './tool-problem.ts'

/** AWS indexes at most so many fields of a log group by policy. */
const MOST_FIELDS = 20

export const recommendIndexes = defineTool({
  name: 'recommend_indexes',
  title: 'Recommend field indexes',
  description:
    'Which fields to index so that log queries scan less: read from the queries of the last 30 days, for one log group or the whole account, set against the indexes that exist. Free; changes nothing.',
  input: z.strictObject({
    logGroup: z
      .string()
      .min(1)
      .max(2_048)
      .optional()
      .describe('Exact name or ARN. Default: all log groups of the account.'),
    maxQueries: z
      .int()
      .min(100)
      .max(10_000)
      .default(2_000)
      .describe('Most queries of the history to read.'),
  }),
  run: async ({ logGroup, maxQueries }, context) => {
    const { logs, signal } = context
    const identifier =
      logGroup === undefined ? undefined : logGroupIdentifier(logGroup, 'logGroup', context.region)
    const problems: string[] = []
    const part = async <Part>(work: Promise<Part>, empty: Part): Promise<Part> => {
      try {
        return await work
      } catch (error) {
        const words = signal.aborted ? undefined : context.explain(error)
        if (words === undefined) throw error
        problems.push(words)
        return empty
      }
    }
    const [history, policies, indexes, fields] = await Promise.all([
      historyOf(logs, identifier, maxQueries, signal),
      part(
        identifier === undefined
          ? accountPolicies(logs, signal)
          : policiesOf(logs, identifier, signal),
        [],
      ),
      identifier === undefined ? [] : part(indexesOf(logs, identifier, signal), []),
      identifier === undefined ? [] : part(fieldsOf(logs, identifier, undefined, signal), []),
    ])
    // Every call that names the log group failed, for one that does not exist: the account's answer would mislead.
    if (history.queries.length === 0 && problems.length === 3 && problems[0] !== undefined) {
      throw new ToolProblem(problems[0])
    }
    const byPolicy = policies.flatMap(fieldsInPolicy)
    const indexed = new Set([
      ...INDEXED_BY_DEFAULT,
      ...byPolicy,
      ...indexes.flatMap(({ fieldIndexName, indexCategory }) =>
        indexCategory === 'INACTIVE' ? [] : (fieldIndexName ?? []),
      ),
    ])
    const candidates = indexCandidates(history.queries, context.now)
    const open = candidates.filter(({ field }) => !indexed.has(field)).slice(0, MOST_FIELDS)
    const percents = new Map(fields.map(({ name, percent }) => [name, percent]))
    return {
      summary: summaryOf(open, history.queries.length, identifier),
      facts: [
        ['history', historyText(history)],
        ['indexed by policy', byPolicy.join(', ') || 'nothing'],
      ],
      table: {
        columns: [
          'field',
          'score',
          'queries that gain',
          'of queries with it',
          'last used',
          'they scanned',
          identifier === undefined ? 'log groups' : 'in events',
        ],
        rows: open.map((candidate) => rowOf(candidate, identifier, percents)),
      },
      // Names of fields are what people typed into queries.
      untrusted: true,
      notes: [
        ...advice(open, policies, identifier, indexed, candidates),
        ...(history.complete
          ? []
          : [`Only the latest ${countText(maxQueries)} queries were read.`]),
        ...problems,
      ],
    }
  },
})

type History = Readonly<{ queries: readonly QueryInfo[]; complete: boolean }>

/** Text and authors of the queries stay inside: they are other people's. */
async function historyOf(
  logs: CloudWatchLogsClient,
  identifier: string | undefined,
  most: number,
  signal: AbortSignal,
): Promise<History> {
  const queries: QueryInfo[] = []
  let nextToken: string | undefined
  do {
    const command = new DescribeQueriesCommand({
      ...(identifier !== undefined && { logGroupName: logGroupName(identifier) }),
      status: 'Complete',
      maxResults: Math.min(1_000, most - queries.length),
      nextToken,
    })
    const page = await logs.send(command, { abortSignal: signal })
    queries.push(...(page.queries ?? []))
    nextToken = page.nextToken === nextToken ? undefined : page.nextToken
  } while (nextToken !== undefined && queries.length < most)
  return { queries, complete: nextToken === undefined }
}

async function accountPolicies(
  logs: CloudWatchLogsClient,
  signal: AbortSignal,
): Promise<IndexPolicy[]> {
  const command = new DescribeAccountPoliciesCommand({ policyType: 'FIELD_INDEX_POLICY' })
  const { accountPolicies: policies = [] } = await logs.send(command, { abortSignal: signal })
  return policies.map(({ policyDocument }) => ({ policyDocument, source: 'ACCOUNT' as const }))
}

function historyText({ queries }: History): string {
  const times = queries.flatMap(({ createTime }) => createTime ?? [])
  const bytes = queries.reduce((sum, { bytesScanned }) => sum + (bytesScanned ?? 0), 0)
  const since = dateText(
    times.reduce<number | undefined>((one, other) => Math.min(one ?? other, other), undefined),
  )
  if (queries.length === 0) return 'no queries'
  return `${countText(queries.length)} queries since ${since}, ${bytesText(bytes)} scanned, ${costText(bytes)}`
}

function summaryOf(
  open: readonly Candidate[],
  queries: number,
  identifier: string | undefined,
): string {
  const where = identifier === undefined ? 'the account' : logGroupName(identifier)
  if (queries === 0)
    return `Nobody queried ${where} in the last 30 days, so there is nothing to go by.`
  if (open.length === 0) return `No further index would help the queries of ${where}.`
  return `${open.length} ${open.length === 1 ? 'field is' : 'fields are'} worth an index in ${where}.`
}

function rowOf(
  candidate: Candidate,
  identifier: string | undefined,
  percents: ReadonlyMap<string | undefined, number | undefined>,
): string[] {
  const percent = percents.get(candidate.field)
  return [
    candidate.field,
    String(candidate.score),
    String(candidate.equalityQueries),
    String(candidate.queries),
    dateText(candidate.lastUsed),
    bytesText(candidate.bytesScanned),
    identifier === undefined
      ? String(candidate.logGroups)
      : percent === undefined
        ? 'not in the last 15 minutes'
        : `${percent} %`,
  ]
}

/** A new policy takes the place of the old one, so the one that is shown names its fields too. */
function advice(
  open: readonly Candidate[],
  policies: readonly IndexPolicy[],
  identifier: string | undefined,
  indexed: ReadonlySet<string>,
  candidates: readonly Candidate[],
): string[] {
  const used = candidates.filter(({ field }) => indexed.has(field)).map(({ field }) => field)
  const notes =
    used.length === 0 ? [] : [`Indexed already and used: ${used.slice(0, 20).join(', ')}.`]
  if (open.length === 0) return notes
  const source = identifier === undefined ? 'ACCOUNT' : 'LOG_GROUP'
  const kept = policies.filter((policy) => policy.source === source).flatMap(fieldsInPolicy)
  const document = JSON.stringify({
    Fields: [...new Set([...kept, ...open.map(({ field }) => field)])].slice(0, MOST_FIELDS),
  })
  return [
    ...notes,
    `An administrator sets them with ${identifier === undefined ? 'PutAccountPolicy (FIELD_INDEX_POLICY)' : 'PutIndexPolicy'}; this server changes nothing. Policy with the fields that are indexed now: ${document}`,
    'Only events that come after the policy are indexed; queries gain when they compare the field by = or in. Log groups of the class INFREQUENT_ACCESS have no indexes.',
    ...(identifier === undefined
      ? ['For the indexes of single log groups, ask again with logGroup.']
      : []),
  ]
}
