import {
  type CloudWatchLogsClient,
  DescribeLogGroupsCommand,
  type LogGroup,
} from '@aws-sdk/client-cloudwatch-logs'
import { bytesText } from '../answer/value-text.ts'
import { MOST_GROUPS } from './log-group-name.ts'
import type { TimeRange } from './time-range.ts'

/** List price of Logs Insights in us-east-1, in US dollars per GB scanned. */
const DOLLARS_PER_GB = 0.005

const DAY_MS = 86_400_000

/** What scanning so many bytes costs, in US dollars at list price; prices differ by region. */
export function scanCost(bytes: number): number {
  return (bytes / 1024 ** 3) * DOLLARS_PER_GB
}

/** The cost with the price that it rests on; an estimate, since a free amount may be left. */
export function costText(bytes: number): string {
  return `${dollarsText(scanCost(bytes))} at $${DOLLARS_PER_GB} per GB scanned (list price of us-east-1)`
}

/** An amount in US dollars, rounded to cents. */
export function dollarsText(dollars: number): string {
  return dollars >= 0.01 ? `about $${dollars.toFixed(2)}` : 'less than $0.01'
}

/**
 * How many bytes a query over `range` will scan, as far as the stored bytes of its log groups tell: each is taken to
 * have grown evenly over the time that its events are kept. Stored bytes are some hours old, and a log group that is
 * busier today than usual scans more.
 */
export function estimateBytes(groups: readonly LogGroup[], range: TimeRange, now: Date): number {
  return groups.reduce((sum, group) => {
    const age = now.getTime() - (group.creationTime ?? 0)
    const retention = (group.retentionInDays ?? Number.POSITIVE_INFINITY) * DAY_MS
    const kept = Math.max(3_600_000, Math.min(age, retention))
    const from = Math.max(range.start.getTime(), now.getTime() - kept)
    const share = Math.max(0, Math.min(range.end.getTime(), now.getTime()) - from) / kept
    return sum + (group.storedBytes ?? 0) * Math.min(1, share)
  }, 0)
}

/** What AWS tells of exactly these log groups, names or ARNs; ones that do not exist are missing. */
export async function describeGroups(
  logs: CloudWatchLogsClient,
  identifiers: readonly string[],
  signal: AbortSignal,
): Promise<LogGroup[]> {
  const found: LogGroup[] = []
  for (let at = 0; at < identifiers.length; at += MOST_GROUPS) {
    const some = identifiers.slice(at, at + MOST_GROUPS)
    const linked = some.some((identifier) => identifier.startsWith('arn:'))
    let nextToken: string | undefined
    do {
      const page = await logs.send(
        new DescribeLogGroupsCommand({
          logGroupIdentifiers: some,
          ...(linked && { includeLinkedAccounts: true }),
          nextToken,
        }),
        { abortSignal: signal },
      )
      found.push(...(page.logGroups ?? []))
      nextToken = page.nextToken
    } while (nextToken !== undefined && found.length < identifiers.length)
  }
  return found
}

/**
 * The log groups that a query names in its own text, as SQL does: FROM and JOIN with a name in backquotes, and
 * logGroups(logGroupIdentifier: […]). Undefined when it chooses its log groups in another way, by prefix for one.
 */
export function groupsNamedIn(query: string): readonly string[] | undefined {
  if (/namePrefix|accountIdentifier|dataSource|\bclass\s*:/i.test(query)) return undefined
  const inBackquotes = [...query.matchAll(/\b(?:from|join)\s+`([^`]{1,600})`/gi)].map(
    (match) => match[1] ?? '',
  )
  const lists = [...query.matchAll(/logGroupIdentifiers?\s*:\s*\[([^\]]{1,40000})\]/gi)]
  const listed = lists.flatMap((match) =>
    [...(match[1] ?? '').matchAll(/['"`]([^'"`]{1,600})['"`]/g)].map((name) => name[1] ?? ''),
  )
  const named = [...new Set([...inBackquotes, ...listed])]
  return named.length === 0 ? undefined : named
}

/** The estimate as an answer shows it. */
export function estimateText(bytes: number): string {
  return `${bytesText(Math.round(bytes))}, ${dollarsText(scanCost(bytes))}, from stored bytes`
}
