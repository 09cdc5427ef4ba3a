import type { CloudWatchLogsClient, LogGroup } from '@aws-sdk/client-cloudwatch-logs'
import { bytesText } from '../answer/value-text.ts'
import type { ToolContext } from './define-tool.ts'
import { logGroupName } from './log-group-name.ts'
import { describeGroups, dollarsText, estimateBytes, estimateText, scanCost } from './query-cost.ts'
import type { TimeRange } from './time-range.ts'
import { ToolProblem } from './tool-problem.ts'

/** What a query is expected to scan. */
export type Estimate = Readonly<{
  /** Undefined when nothing is known of its log groups. */
  bytes: number | undefined
  /** The log groups that AWS knows of; undefined when it was not asked or did not tell. */
  groups: readonly LogGroup[] | undefined
  fact: string
}>

/**
 * Estimates a query over log groups in one region. `identifiers` is undefined when the query chooses its log groups
 * by itself. A caller who may not describe log groups gets no estimate, which is no reason to refuse the query.
 */
export async function estimateQuery(
  logs: CloudWatchLogsClient,
  identifiers: readonly string[] | undefined,
  range: TimeRange,
  context: Pick<ToolContext, 'limits' | 'now' | 'signal' | 'explain'>,
): Promise<Estimate> {
  if (context.limits.queryCostGuard === 'off') {
    return { bytes: undefined, groups: undefined, fact: 'not made' }
  }
  if (identifiers === undefined) {
    const fact = 'not possible, since the query itself chooses its log groups'
    return { bytes: undefined, groups: undefined, fact }
  }
  try {
    const groups = await describeGroups(logs, identifiers, context.signal)
    const bytes = estimateBytes(groups, range, context.now)
    return { bytes, groups, fact: estimateText(bytes) }
  } catch (error) {
    if (context.signal.aborted || context.explain(error) === undefined) throw error
    return {
      bytes: undefined,
      groups: undefined,
      fact: 'not possible: logs:DescribeLogGroups failed',
    }
  }
}

/**
 * Lets a query pass or throws a ToolProblem that tells how to narrow it. `chooses` says that the query chooses its
 * log groups by itself and may reach all of them: without an estimate it passes only when the cost is accepted. Gives
 * a note for a query that `shadow` lets pass.
 */
export function guardCost(
  estimates: readonly Estimate[],
  asked: Readonly<{ acceptCost: boolean; chooses: boolean; range: TimeRange }>,
  context: Pick<ToolContext, 'limits' | 'log' | 'now'>,
): readonly string[] {
  const { maxQueryCostUsd, queryCostGuard } = context.limits
  if (queryCostGuard === 'off' || asked.acceptCost) return []
  const bytes = estimates.reduce((sum, estimate) => sum + (estimate.bytes ?? 0), 0)
  const cost = scanCost(bytes)
  if (cost <= maxQueryCostUsd && !asked.chooses) return []
  const problem = asked.chooses
    ? 'The query itself chooses its log groups, so what it will cost is not known. Name the log groups in logGroups'
    : `The query would scan about ${bytesText(Math.round(bytes))} and cost ${dollarsText(cost)}; the limit is $${maxQueryCostUsd}. ${howToNarrow(estimates, cost / maxQueryCostUsd, asked.range, context.now)}`
  if (queryCostGuard === 'enforce') {
    throw new ToolProblem(
      `Not run. ${problem}. If the person who asks agrees to the cost, call again with acceptCost: true.`,
    )
  }
  context.log.warn('a query passed the cost guard in shadow mode', {
    bytes: Math.round(bytes),
    dollars: Number(cost.toFixed(4)),
    chooses: asked.chooses,
  })
  return [`This query would be refused if the cost guard were enforced: ${problem}.`]
}

function howToNarrow(
  estimates: readonly Estimate[],
  factor: number,
  range: TimeRange,
  now: Date,
): string {
  const groups = estimates.flatMap((estimate) => estimate.groups ?? [])
  const largest = groups
    .map((group) => ({
      name: logGroupName(group.logGroupName ?? ''),
      bytes: estimateBytes([group], range, now),
    }))
    .sort((one, other) => other.bytes - one.bytes)
    .slice(0, 3)
    .map(({ name, bytes }) => `${name} (${bytesText(Math.round(bytes))})`)
  const hours = (range.end.getTime() - range.start.getTime()) / 3_600_000 / factor
  const fits = hours >= 1 ? `${Math.floor(hours)} h` : `${Math.max(1, Math.floor(hours * 60))} min`
  const which =
    groups.length > 1 ? `, or leave out log groups; most lies in ${largest.join(', ')}` : ''
  return `Take a shorter range (about ${fits} would fit)${which}`
}
