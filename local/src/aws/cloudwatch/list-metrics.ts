import type { Input, Operation } from '../call.ts'
import { optionalBoolean, optionalOneOf, optionalString, optionalStructures } from '../input.ts'
import { pageOf, requestScope } from '../page.ts'
import type { Series } from '../story/series.ts'
import type { Story } from '../story/story.ts'
import { invalidNextToken, validationError } from './cloudwatch-errors.ts'

const PAGE_SIZE = 500
/** A metric that was silent for two weeks is not listed. */
const LISTED_MS = 14 * 86_400_000
const RECENT_MS = 3 * 3_600_000

/** ListMetrics: exact filters on namespace, name and dimensions, 500 per page; silent metrics are hidden. */
export function listMetrics(story: Story): Operation {
  return (input, call) => {
    call.authorize('cloudwatch:ListMetrics', ['*'])
    const recent = optionalOneOf(input, 'RecentlyActive', ['PT3H'] as const)
    const activeSince = call.now.getTime() - (recent === undefined ? LISTED_MS : RECENT_MS)
    const { account } = call.session
    const linked = optionalBoolean(input, 'IncludeLinkedAccounts') ?? false
    const owner = optionalString(input, 'OwningAccount')
    if (owner !== undefined && !linked) {
      throw validationError('OwningAccount needs IncludeLinkedAccounts to be true.')
    }
    const accounts = [account, ...(linked ? story.linkedTo(account) : [])]
    const namespace = optionalString(input, 'Namespace')
    const name = optionalString(input, 'MetricName')
    const filters = readFilters(input)
    const found = accounts
      .filter((one) => (owner ?? one) === one)
      .flatMap((one) => story.region(one, call.region).series.map((series) => ({ one, series })))
      .filter(
        ({ series }) =>
          (series.lastSampleAt ?? Number.POSITIVE_INFINITY) >= activeSince &&
          (namespace ?? series.namespace) === series.namespace &&
          (name ?? series.metricName) === series.metricName &&
          filters.every((filter) => hasDimension(series, filter)),
      )
    const scope = requestScope(call, input)
    const token = optionalString(input, 'NextToken')
    const { page, nextToken } = pageOf(found, PAGE_SIZE, token, scope, invalidNextToken)
    return {
      Metrics: page.map(({ series }) => ({
        Namespace: series.namespace,
        MetricName: series.metricName,
        Dimensions: series.dimensions,
      })),
      ...(linked ? { OwningAccounts: page.map(({ one }) => one) } : {}),
      ...(nextToken === undefined ? {} : { NextToken: nextToken }),
    }
  }
}

type Filter = Readonly<{ name: string; value: string | undefined }>

function readFilters(input: Input): readonly Filter[] {
  return (optionalStructures(input, 'Dimensions') ?? []).map((filter) => {
    const name = optionalString(filter, 'Name')
    if (name === undefined) throw validationError('A dimension filter needs a Name.')
    return { name, value: optionalString(filter, 'Value') }
  })
}

function hasDimension(series: Series, filter: Filter): boolean {
  return series.dimensions.some(
    ({ Name, Value }) => Name === filter.name && (filter.value ?? Value) === Value,
  )
}
