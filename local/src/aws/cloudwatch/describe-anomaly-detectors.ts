import type { Operation } from '../call.ts'
import { limitOf, optionalString, optionalStrings } from '../input.ts'
import { pageOf, requestScope } from '../page.ts'
import { uuidOf } from '../story/saved-queries.ts'
import type { Dimension, Series } from '../story/series.ts'
import type { Story } from '../story/story.ts'
import { invalidCombination, invalidNextToken, validationError } from './cloudwatch-errors.ts'
import { readDimensions } from './dimensions.ts'

const TYPES = ['SINGLE_METRIC', 'METRIC_MATH']

/** DescribeAnomalyDetectors: the one model that the shop has trained, on the sum of checkout's requests. */
export function describeAnomalyDetectors(story: Story): Operation {
  return (input, call) => {
    call.authorize('cloudwatch:DescribeAnomalyDetectors', ['*'])
    const namespace = optionalString(input, 'Namespace')
    const name = optionalString(input, 'MetricName')
    const dimensions = readDimensions(input)
    const types = optionalStrings(input, 'AnomalyDetectorTypes')
    const ids = optionalStrings(input, 'AnomalyDetectorIds')
    const limit = limitOf(input, 'MaxResults', { min: 1, max: 100, fallback: 100 })
    if (types?.some((type) => !TYPES.includes(type))) {
      throw validationError(`The AnomalyDetectorTypes must be among ${TYPES.join(', ')}.`)
    }
    const filtered = [namespace, name, types].some((one) => one !== undefined)
    if (ids !== undefined && (filtered || dimensions.length > 0)) {
      throw invalidCombination('AnomalyDetectorIds cannot be specified with metric filters.')
    }
    const found = story
      .region(call.session.account, call.region)
      .series.filter(isModelled)
      .filter(
        (series) =>
          (types === undefined || types.length === 0 || types.includes('SINGLE_METRIC')) &&
          (ids?.includes(idOf(series)) ?? true) &&
          (namespace ?? series.namespace) === series.namespace &&
          (name ?? series.metricName) === series.metricName &&
          dimensions.every((wanted) => series.dimensions.some((one) => isSame(one, wanted))),
      )
    const scope = requestScope(call, input)
    const token = optionalString(input, 'NextToken')
    const { page, nextToken } = pageOf(found, limit, token, scope, invalidNextToken)
    return {
      AnomalyDetectors: page.map(toApi),
      ...(nextToken === undefined ? {} : { NextToken: nextToken }),
    }
  }
}

function isModelled({ namespace, metricName, dimensions }: Series): boolean {
  return (
    namespace === 'Shop/Checkout' &&
    metricName === 'Requests' &&
    dimensions.some(({ Value }) => Value === 'checkout')
  )
}

function isSame(left: Dimension, right: Dimension): boolean {
  return left.Name === right.Name && left.Value === right.Value
}

function idOf(series: Series): string {
  return uuidOf(`${series.namespace}:${series.metricName}:detector`)
}

function toApi(series: Series) {
  const metric = {
    Namespace: series.namespace,
    MetricName: series.metricName,
    Dimensions: series.dimensions,
    Stat: 'Sum',
  }
  return {
    ...metric,
    AnomalyDetectorId: idOf(series),
    Configuration: { ExcludedTimeRanges: [] },
    StateValue: 'TRAINED',
    SingleMetricAnomalyDetector: metric,
  }
}
