import { setTimeout as sleep } from 'node:timers/promises'
import {
  type CloudWatchLogsClient,
  GetQueryResultsCommand,
  type GetQueryResultsResponse,
  StartQueryCommand,
  type StartQueryRequest,
  StopQueryCommand,
} from '@aws-sdk/client-cloudwatch-logs'

export type QueryOutcome = Readonly<{
  queryId: string
  /** AWS's status, or `Deadline` when the time was over before the query. */
  status: string
  /** The last results seen; partial ones unless the status is `Complete`. */
  results: GetQueryResultsResponse
}>

export type QueryOptions = Readonly<{
  logs: CloudWatchLogsClient
  signal: AbortSignal
  deadlineMs: number
  /** Whether a query that outlasts the deadline goes on. */
  leaveRunning?: boolean
  /** For a query that was started long ago: the first poll does not wait. */
  pollAtOnce?: boolean
  onProgress: (results: GetQueryResultsResponse) => Promise<void>
}>

/** Polling grows from the first to the second pause: the quota of 10 polls a second is shared by the account. */
const POLL_MS = { first: 500, longest: 2_000, growth: 1.5 }

/** Time beyond the deadline for the last poll to answer, in milliseconds. */
const LAST_POLL_MS = 2_000

/** Time for stopping a query after its asker has gone, in milliseconds. */
const STOP_MS = 3_000

const RUNNING = new Set(['Scheduled', 'Running'])

/**
 * Runs a Logs Insights query to its end, the deadline or the caller's departure. A query whose caller has gone, or
 * that cannot be followed, is stopped, because it costs money and one of the account's places for running queries. At
 * the deadline `leaveRunning` decides: whoever can fetch the result later leaves it running, anyone else stops it.
 * Throws what AWS throws, and the signal's reason when the caller has gone.
 */
export async function runInsightsQuery(
  request: StartQueryRequest,
  options: QueryOptions,
): Promise<QueryOutcome> {
  const { logs, signal } = options
  const endsAt = Date.now() + options.deadlineMs
  signal.throwIfAborted()
  // Not aborted with the caller: a start whose answer is lost is a query that nobody can stop.
  const { queryId } = await logs.send(new StartQueryCommand(request))
  if (queryId === undefined) throw new Error('StartQuery gave no query id')

  let leave = false
  try {
    const outcome = await followQuery(queryId, { ...options, deadlineMs: endsAt - Date.now() })
    leave = outcome.status !== 'Deadline' || options.leaveRunning === true
    return outcome
  } finally {
    if (!leave) await stopQuery(logs, queryId)
  }
}

/** Polls a query that runs until its end, the deadline or the caller's departure; stops nothing. */
export async function followQuery(queryId: string, options: QueryOptions): Promise<QueryOutcome> {
  const { logs, signal } = options
  const endsAt = Date.now() + options.deadlineMs
  let results: GetQueryResultsResponse = { status: 'Scheduled' }
  let pause = options.pollAtOnce ? 0 : POLL_MS.first
  for (; ; pause = Math.min(Math.max(POLL_MS.first, pause * POLL_MS.growth), POLL_MS.longest)) {
    await options.onProgress(results)
    await sleep(Math.max(0, Math.min(pause, endsAt - Date.now())), undefined, { signal })
    const late = AbortSignal.timeout(Math.max(0, endsAt - Date.now()) + LAST_POLL_MS)
    const command = new GetQueryResultsCommand({ queryId })
    try {
      results = await logs.send(command, { abortSignal: AbortSignal.any([signal, late]) })
    } catch (error) {
      if (late.aborted && !signal.aborted) return { queryId, status: 'Deadline', results }
      throw error
    }
    const status = results.status ?? 'Unknown'
    if (!RUNNING.has(status)) return { queryId, status, results }
    if (Date.now() >= endsAt) return { queryId, status: 'Deadline', results }
  }
}

/** Whether a status is one of a query that has not ended. */
export function isRunning(status: string | undefined): boolean {
  return status !== undefined && RUNNING.has(status)
}

/** Stops a query with a signal of its own. It may have ended meanwhile, and nobody waits to hear: errors are dropped. */
async function stopQuery(logs: CloudWatchLogsClient, queryId: string): Promise<void> {
  const command = new StopQueryCommand({ queryId })
  await logs.send(command, { abortSignal: AbortSignal.timeout(STOP_MS) }).catch(() => {})
}
