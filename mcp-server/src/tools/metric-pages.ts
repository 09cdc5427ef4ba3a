import {
  type CloudWatchClient,
  ListMetricsCommand,
  type ListMetricsCommandInput,
  type Metric,
} from '@aws-sdk/client-cloudwatch'

export type ListedMetric = Readonly<{ metric: Metric; account: string | undefined }>

export type MetricPages = Readonly<{
  metrics: readonly ListedMetric[]
  /** AWS's token for what follows; undefined at the end. */
  nextToken: string | undefined
}>

/**
 * Up to `mostPages` pages of 500 metrics, fewer when `enough` are found. AWS may give an empty page with a token: only
 * the missing token ends a listing.
 */
export async function listMetricPages(
  cloudwatch: CloudWatchClient,
  input: ListMetricsCommandInput,
  bounds: Readonly<{ mostPages: number; enough: number; signal: AbortSignal }>,
): Promise<MetricPages> {
  const metrics: ListedMetric[] = []
  let nextToken = input.NextToken
  for (let page = 0; page < bounds.mostPages && metrics.length < bounds.enough; page += 1) {
    const command = new ListMetricsCommand({ ...input, NextToken: nextToken })
    const answer = await cloudwatch.send(command, { abortSignal: bounds.signal })
    const accounts = answer.OwningAccounts ?? []
    for (const [at, metric] of (answer.Metrics ?? []).entries()) {
      metrics.push({ metric, account: accounts[at] })
    }
    nextToken = answer.NextToken
    if (nextToken === undefined) break
  }
  return { metrics, nextToken }
}
