import type { Input, Operation } from '../call.ts'
import { optionalBoolean, optionalOneOf, optionalString, optionalStructures } from '../input.ts'
import { pageOf, requestScope } from '../page.ts'
import type { Series } from '../story/series.ts'
import type { Story } from '../story/story.ts'
import { invalidNextToken, unsupported, validationError } from './cloudwatch-errors.ts'

const PAGE_SIZE = 500

/** ListMetrics: exact filters on namespace, name and dimensions, 500 per page. */
export function listMetrics(story: Story): Operation {
  return (input, call) => {
    call.authorize('cloudwatch:ListMetrics', ['*'])
    // Every metric of the story is active, so this filter changes nothing.
    optionalOneOf(input, 'RecentlyActive', ['PT3H'] as const)
    const { account } = call.session
    if (
      optionalBoolean(input, 'IncludeLinkedAccounts') === true ||
      (optionalString(input, 'OwningAccount') ?? account) !== account
    ) {
      throw unsupported('Cross-account observability')
    }
    const namespace = optionalString(input, 'Namespace')
    const name = optionalString(input, 'MetricName')
    const filters = readFilters(input)
    const found = story
      .region(account, call.region)
      .series.filter(
        (series) =>
          (namespace ?? series.namespace) === series.namespace &&
          (name ?? series.metricName) === series.metricName &&
          filters.every((filter) => hasDimension(series, filter)),
      )
    const scope = requestScope(call, input)
    const token = optionalString(input, 'NextToken')
    const { page, nextToken } = pageOf(found, PAGE_SIZE, token, scope, invalidNextToken)
    return {
      Metrics: page.map((series) => ({
        Namespace: series.namespace,
        MetricName: series.metricName,
        Dimensions: series.dimensions,
      })),
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
