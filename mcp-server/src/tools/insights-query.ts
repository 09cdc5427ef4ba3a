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
  /** AWS's status, or `Deadline` when the query was stopped because its time was over. */
  status: string
  /** The last results seen; partial ones unless the status is `Complete`. */
  results: GetQueryResultsResponse
}>

export type QueryOptions = Readonly<{
  logs: CloudWatchLogsClient
  signal: AbortSignal
  deadlineMs: number
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
 * Runs a Logs Insights query to its end, the deadline or the caller's departure. A query that is left before its end
 * is stopped, because it costs money and one of the account's places for running queries: nobody can fetch its result
 * later. Throws what AWS throws, and the signal's reason when the caller has gone.
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

  let ended = false
  let results: GetQueryResultsResponse = { status: 'Scheduled' }
  try {
    for (let pause = POLL_MS.first; ; pause = Math.min(pause * POLL_MS.growth, POLL_MS.longest)) {
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
      if (!RUNNING.has(status)) {
        ended = true
        return { queryId, status, results }
      }
      if (Date.now() >= endsAt) return { queryId, status: 'Deadline', results }
    }
  } finally {
    if (!ended) await stopQuery(logs, queryId)
  }
}

/** Stops a query with a signal of its own. It may have ended meanwhile, and nobody waits to hear: errors are dropped. */
async function stopQuery(logs: CloudWatchLogsClient, queryId: string): Promise<void> {
  const command = new StopQueryCommand({ queryId })
  await logs.send(command, { abortSignal: AbortSignal.timeout(STOP_MS) }).catch(() => {})
}
