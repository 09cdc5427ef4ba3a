import { randomUUID } from 'node:crypto'
import { AwsError } from '../aws-error.ts'
import type { Call, Input, Operation } from '../call.ts'
import { limitOf, optionalOneOf, optionalString, requiredString } from '../input.ts'
import { eventRow } from '../insights/record.ts'
import { type QueryResult, runQuery } from '../insights/run-query.ts'
import type { Command } from '../insights/syntax.ts'
import { pageOf, requestScope } from '../page.ts'
import type { LogGroup } from '../story/log-group.ts'
import type { PastQuery } from '../story/past-queries.ts'
import type { QueryLanguage } from '../story/saved-queries.ts'
import type { Story } from '../story/story.ts'
import { invalidParameter, noGroupResource } from './log-groups.ts'
import { pointerTo } from './pointer.ts'
import { LANGUAGES, readQueryRequest } from './start-query-input.ts'

const MAX_CONCURRENT = 100
const STATUSES = ['Scheduled', 'Running', 'Complete', 'Failed', 'Cancelled', 'Timeout'] as const
const PAGE_ROWS = 10_000
const KEPT_QUERIES = 500
/** How long DescribeQueries remembers. */
const KEPT_DAYS = 30

type Query = {
  readonly id: string
  readonly owner: string
  readonly caller: string
  readonly language: QueryLanguage
  readonly text: string
  readonly groups: readonly LogGroup[]
  readonly startedAt: number
  cancelled: boolean
  readonly run: () => Outcome
}

type Outcome = QueryResult & Readonly<{ scanned: number; bytes: number; groups: number }>
type Status = 'Scheduled' | 'Running' | 'Complete' | 'Cancelled'

/**
 * StartQuery, GetQueryResults, StopQuery, DescribeQueries and ListLogGroupsForQuery. A query belongs to its account and
 * region; whoever may read results there and knows its id can read it, as at AWS. It is Scheduled, then Running with
 * some of its rows, and Complete `queryMilliseconds` after its start.
 */
export function createQueries(story: Story, queryMilliseconds: number) {
  const queries = new Map<string, Query>()

  function statusOf(query: Query, now: number): Status {
    if (query.cancelled) return 'Cancelled'
    const age = now - query.startedAt
    if (age >= queryMilliseconds) return 'Complete'
    return age < queryMilliseconds / 4 ? 'Scheduled' : 'Running'
  }

  function find(input: Input, call: Call): Query {
    const id = requiredString(input, 'queryId')
    const query = queries.get(id)
    if (query !== undefined && query.owner === ownerOf(call)) return query
    throw new AwsError('ResourceNotFoundException', `Query with id '${id}' does not exist`)
  }

  const startQuery: Operation = (input, call) => {
    const { language, text, commands, groups, from, to, limit } = readQueryRequest(
      story,
      input,
      call,
    )
    const now = call.now.getTime()
    const running = [...queries.values()].filter((query) => {
      const status = statusOf(query, now)
      return query.owner === ownerOf(call) && (status === 'Scheduled' || status === 'Running')
    })
    if (running.length >= MAX_CONCURRENT) {
      throw new AwsError(
        'LimitExceededException',
        'Account maximum query concurrency limit of [100] reached.',
      )
    }
    let outcome: Outcome | undefined
    const queryId = randomUUID()
    queries.set(queryId, {
      id: queryId,
      caller: call.session.callerArn,
      language,
      text,
      groups,
      owner: ownerOf(call),
      startedAt: now,
      cancelled: false,
      run: () => {
        outcome ??= execute(commands, groups, from, to, now, limit)
        return outcome
      },
    })
    const oldest = queries.size > KEPT_QUERIES ? queries.keys().next().value : undefined
    if (oldest !== undefined) queries.delete(oldest)
    return { queryId }
  }

  const getQueryResults: Operation = (input, call) => {
    call.authorize('logs:GetQueryResults', [noGroupResource(call)])
    const query = find(input, call)
    const status = call.partial ? 'Running' : statusOf(query, call.now.getTime())
    const limit = limitOf(input, 'maxItems', { min: 1, max: PAGE_ROWS, fallback: PAGE_ROWS })
    const token = optionalString(input, 'nextToken')
    if (status === 'Scheduled') return answer(query, status, [], emptyOutcome(), undefined)
    const outcome = query.run()
    if (status !== 'Complete') {
      // Half of everything: an unfinished query has seen some records and shows some rows.
      const half = Math.floor(outcome.rows.length / 2)
      return answer(
        query,
        status,
        outcome.rows.slice(0, Math.min(half, limit)),
        halfOf(outcome),
        undefined,
      )
    }
    const reject = () => invalidParameter('The specified nextToken is invalid.')
    const scope = requiredString(input, 'queryId')
    const { page, nextToken } = pageOf(outcome.rows, limit, token, scope, reject)
    return answer(query, status, page, outcome, nextToken)
  }

  const stopQuery: Operation = (input, call) => {
    call.authorize('logs:StopQuery', [noGroupResource(call)])
    const query = find(input, call)
    const status = statusOf(query, call.now.getTime())
    if (status === 'Complete' || status === 'Cancelled') {
      throw invalidParameter(`Query is not running: its status is ${status}`)
    }
    query.cancelled = true
    return { success: true }
  }

  /** What was run here and what the story says was run before, newest first. */
  const describeQueries: Operation = (input, call) => {
    call.authorize('logs:DescribeQueries', [noGroupResource(call)])
    const group = optionalString(input, 'logGroupName')
    const wanted = optionalOneOf(input, 'status', STATUSES)
    const language = optionalOneOf(input, 'queryLanguage', LANGUAGES)
    const limit = limitOf(input, 'maxResults', { min: 1, max: 1000, fallback: 1000 })
    const now = call.now.getTime()
    const own = [...queries.values()].filter((query) => query.owner === ownerOf(call)).reverse()
    const past = story
      .region(call.session.account, call.region)
      .pastQueries.filter((query) => now - query.createdAt < KEPT_DAYS * 86_400_000)
    const found = [
      ...own.flatMap((query) => describe(query, now)),
      ...past.map(describePast),
    ].filter(
      (query) =>
        (group ?? query.logGroupName) === query.logGroupName &&
        (wanted ?? query.status) === query.status &&
        (language ?? query.queryLanguage) === query.queryLanguage,
    )
    const reject = () => invalidParameter('The specified nextToken is invalid.')
    const token = optionalString(input, 'nextToken')
    const { page, nextToken } = pageOf(found, limit, token, requestScope(call, input), reject)
    return { queries: page, ...(nextToken === undefined ? {} : { nextToken }) }
  }

  /** A query of several groups is listed once for each of them. */
  function describe(query: Query, now: number) {
    const status = statusOf(query, now)
    return query.groups.map((group) => ({
      queryLanguage: query.language,
      queryId: query.id,
      queryString: query.text,
      status: String(status),
      createTime: query.startedAt,
      logGroupName: group.name,
      userIdentity: query.caller,
      ...(status === 'Complete'
        ? { queryDuration: queryMilliseconds, bytesScanned: query.run().bytes }
        : {}),
    }))
  }

  const listLogGroupsForQuery: Operation = (input, call) => {
    call.authorize('logs:ListLogGroupsForQuery', [noGroupResource(call)])
    const query = find(input, call)
    const limit = limitOf(input, 'maxResults', { min: 50, max: 500, fallback: 50 })
    const reject = () => invalidParameter('The specified nextToken is invalid.')
    const token = optionalString(input, 'nextToken')
    const names = query.groups.map((group) => group.arn)
    const { page, nextToken } = pageOf(names, limit, token, requestScope(call, input), reject)
    return { logGroupIdentifiers: page, ...(nextToken === undefined ? {} : { nextToken }) }
  }

  return {
    StartQuery: startQuery,
    GetQueryResults: getQueryResults,
    StopQuery: stopQuery,
    DescribeQueries: describeQueries,
    ListLogGroupsForQuery: listLogGroupsForQuery,
  }
}

function describePast(query: PastQuery) {
  return {
    queryLanguage: query.language,
    queryId: query.id,
    queryString: query.text,
    status: String(query.status),
    createTime: query.createdAt,
    logGroupName: query.logGroupName,
    userIdentity: query.userIdentity,
    queryDuration: query.milliseconds,
    bytesScanned: query.bytesScanned,
  }
}

function ownerOf(call: Call): string {
  return `${call.session.account} ${call.region}`
}

function execute(
  commands: readonly Command[],
  groups: readonly LogGroup[],
  from: number,
  to: number,
  now: number,
  limit: number,
): Outcome {
  const found = groups
    .flatMap((group) => group.events(from, to, now).map((event) => ({ group, event })))
    // Newest first, as Insights returns records that nothing sorts.
    .sort((left, right) => right.event.timestamp - left.event.timestamp)
  const rows = found.map(({ group, event }) =>
    eventRow(event, `${group.account}:${group.name}`, pointerTo(group.arn, event)),
  )
  return {
    ...runQuery(commands, rows, limit),
    scanned: found.length,
    bytes: found.reduce((sum, { event }) => sum + Buffer.byteLength(event.message), 0),
    groups: groups.length,
  }
}

function answer(
  query: Query,
  status: Status,
  results: QueryResult['rows'],
  outcome: Outcome,
  nextToken: string | undefined,
) {
  return {
    queryLanguage: query.language,
    status,
    results,
    statistics: {
      recordsMatched: outcome.recordsMatched,
      recordsScanned: outcome.scanned,
      bytesScanned: outcome.bytes,
      estimatedRecordsSkipped: 0,
      estimatedBytesSkipped: 0,
      logGroupsScanned: outcome.groups,
      resultCount: outcome.rows.length,
    },
    ...(nextToken === undefined ? {} : { nextToken }),
  }
}

function emptyOutcome(): Outcome {
  return { rows: [], recordsMatched: 0, scanned: 0, bytes: 0, groups: 0 }
}

function halfOf(outcome: Outcome): Outcome {
  return {
    rows: outcome.rows.slice(0, Math.floor(outcome.rows.length / 2)),
    recordsMatched: Math.floor(outcome.recordsMatched / 2),
    scanned: Math.floor(outcome.scanned / 2),
    bytes: Math.floor(outcome.bytes / 2),
    groups: outcome.groups,
  }
}
