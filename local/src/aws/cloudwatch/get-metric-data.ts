import type { Call, Operation } from '../call.ts'
import { limitOf, optionalOneOf, optionalString, requiredNumber } from '../input.ts'
import { offsetOf, requestScope, tokenOf } from '../page.ts'
import type { Story } from '../story/story.ts'
import { invalidNextToken, validationError } from './cloudwatch-errors.ts'
import { computeMetrics, type MetricResult } from './compute-metrics.ts'
import { readMetricQueries } from './metric-queries.ts'
import { type Range, roundedStart } from './points.ts'

const MAX_POINTS = 100_800

/** GetMetricData: statistics, math and one Metrics Insights query; start inclusive, end exclusive. */
export function getMetricData(story: Story): Operation {
  return (input, call) => {
    call.authorize('cloudwatch:GetMetricData', ['*'])
    const { region } = call
    const { account } = call.session
    const queries = readMetricQueries(input, [account, ...story.linkedTo(account)])
    const range = readRange(
      requiredNumber(input, 'StartTime'),
      requiredNumber(input, 'EndTime'),
      call,
    )
    const orders = ['TimestampDescending', 'TimestampAscending'] as const
    const ascending = optionalOneOf(input, 'ScanBy', orders) === 'TimestampAscending'
    const fallback = MAX_POINTS
    const limit = limitOf(input, 'MaxDatapoints', { min: 1, max: MAX_POINTS, fallback })
    const computed = computeMetrics(queries, (one) => story.region(one, region).series, range)
    const results = ascending
      ? computed
      : computed.map((result) => ({ ...result, points: result.points.toReversed() }))
    const scope = requestScope(call, input)
    const token = optionalString(input, 'NextToken')
    const start = token === undefined ? 0 : offsetOf(token, scope, invalidNextToken)
    return pageOfResults(results, start, limit, scope, call.partial)
  }
}

function readRange(startSeconds: number, endSeconds: number, call: Call): Range {
  const now = call.now.getTime()
  if (startSeconds >= endSeconds) {
    throw validationError('The parameter StartTime must be less than the parameter EndTime.')
  }
  return { start: roundedStart(startSeconds * 1000, now), end: endSeconds * 1000, now }
}

function pageOfResults(
  results: readonly MetricResult[],
  start: number,
  limit: number,
  scope: string,
  partial: boolean,
) {
  const end = start + limit
  let before = 0
  const page = results.map(({ query, label, points }) => {
    const [from, to] = [Math.max(0, start - before), Math.max(0, end - before)]
    before += points.length
    const taken = points.slice(from, partial ? Math.ceil(points.length / 2) : to)
    return {
      Id: query.id,
      Label: label,
      Timestamps: taken.map((point) => point.timestamp / 1000),
      Values: taken.map((point) => point.value),
      StatusCode: partial || to < points.length ? 'PartialData' : 'Complete',
    }
  })
  return {
    MetricDataResults: page,
    Messages: [],
    ...(end < before ? { NextToken: tokenOf(end, scope) } : {}),
  }
}
