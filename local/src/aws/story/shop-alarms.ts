import { awsDate, evaluateRule, type Rule, type StateChange } from './alarm-evaluation.ts'
import type { Alarm, Contributor } from './alarms.ts'
import { changesOfAny } from './composite-alarm.ts'
import type { Place } from './log-group.ts'
import type { Dimension } from './series.ts'
import {
  DEPLOY_MINUTE,
  type ServiceRequest,
  SLOW_BURSTS,
  SLOW_MINUTE,
  type Traffic,
} from './traffic.ts'

/** The traffic that the alarms of a shop watch. */
export type Watched = Readonly<{ checkout: Traffic; payments: Traffic; cart: Traffic }>

const MINUTE_MS = 60_000
const DAY_MS = 86_400_000
const FIVE_MINUTES_MS = 5 * MINUTE_MS
const SERVICE: readonly Dimension[] = [{ Name: 'Service', Value: 'checkout' }]

const ERROR_RATE: Rule = { threshold: 5, needed: 5, of: 10, periodSeconds: 60 }
const LATENCY: Rule = {
  threshold: 1500,
  needed: 3,
  of: 5,
  periodSeconds: 60,
  statistic: 'p99',
  unit: 'Milliseconds',
}
const TIMEOUTS: Rule = { threshold: 4, needed: 2, of: 2, periodSeconds: 300 }
const BY_SERVICE: Rule = { threshold: 5, needed: 2, of: 3, periodSeconds: 300 }

/**
 * The alarms of the shop. Their states follow from the traffic: what a rule would have found, period after period, in
 * the two times when something was wrong.
 */
export function alarmsOf(place: Place, watched: Watched, breaks: boolean): readonly Alarm[] {
  const { startMinute } = place
  const createdAt = startMinute - 13 * DAY_MS
  const timeOf = (index: number) => startMinute + index * MINUTE_MS
  const ranges = breaks
    ? [
        {
          from: timeOf(SLOW_MINUTE - 10),
          to: timeOf(SLOW_MINUTE + (SLOW_BURSTS.at(-1) ?? 0) + 30),
        },
        { from: timeOf(DEPLOY_MINUTE - 10), to: startMinute },
      ]
    : []
  const perMinute = (measure: (traffic: Traffic, index: number) => number) => (time: number) =>
    measure(watched.checkout, Math.round((time - startMinute) / MINUTE_MS))
  const first = (threshold: number): StateChange => ({
    at: createdAt + 5 * MINUTE_MS,
    from: 'INSUFFICIENT_DATA',
    to: 'OK',
    reason: `Threshold Crossed: 1 datapoint was not greater than the threshold (${threshold.toFixed(1)}).`,
    data: { version: '1.0', queryDate: awsDate(createdAt + 5 * MINUTE_MS), threshold },
  })
  const topic = `arn:aws:sns:${place.region}:${place.account}:shop-oncall`
  const make = (
    alarm: Pick<Alarm, 'type' | 'name' | 'description' | 'changes' | 'detail'> & Partial<Alarm>,
  ): Alarm => ({
    arn: `arn:aws:cloudwatch:${place.region}:${place.account}:alarm:${alarm.name}`,
    alarmActions: [],
    okActions: [],
    configurations: [{ at: createdAt, what: 'created', data: alarm.detail }],
    children: [],
    contributors: [],
    ...alarm,
  })

  const errorRate = make({
    type: 'MetricAlarm',
    name: 'checkout-error-rate',
    description: 'More than 5 % of checkouts fail',
    alarmActions: [topic],
    okActions: [topic],
    changes: [first(10), ...evaluateRule(ERROR_RATE, perMinute(failedPercent), ranges)],
    configurations: [
      { at: createdAt, what: 'created', data: { threshold: 10 } },
      {
        at: startMinute - 9 * DAY_MS,
        what: 'updated',
        data: { threshold: 5, originalUpdatedFields: { threshold: 10 } },
      },
    ],
    detail: { ...threshold(ERROR_RATE), Metrics: ERROR_RATE_METRICS },
  })
  const latency = make({
    type: 'MetricAlarm',
    name: 'checkout-latency-p99',
    description: 'The slowest checkouts take longer than 1.5 seconds',
    alarmActions: [topic],
    changes: [first(1500), ...evaluateRule(LATENCY, perMinute(p99), ranges)],
    detail: {
      ...threshold(LATENCY),
      Namespace: 'Shop/Checkout',
      MetricName: 'Latency',
      Dimensions: SERVICE,
      ExtendedStatistic: 'p99',
      Period: 60,
      Unit: 'Milliseconds',
    },
  })
  const byService = contributorsOf(place, watched, breaks)
  return [
    make({
      type: 'MetricAlarm',
      name: 'cart-errors',
      description: 'More than 5 failed cart requests in five minutes',
      changes: [first(5)],
      detail: {
        ...threshold({ threshold: 5, needed: 1, of: 1, periodSeconds: 300 }),
        Namespace: 'Shop/Checkout',
        MetricName: 'Errors',
        Dimensions: [{ Name: 'Service', Value: 'cart' }],
        Statistic: 'Sum',
        Period: 300,
      },
    }),
    errorRate,
    latency,
    make({
      type: 'MetricAlarm',
      name: 'payments-queue-depth',
      description: 'Payments waiting for the acquirer; its agent was switched off twelve days ago',
      changes: [
        first(100),
        {
          at: startMinute - 12 * DAY_MS + 10 * MINUTE_MS,
          from: 'OK',
          to: 'INSUFFICIENT_DATA',
          reason: 'Insufficient Data: 1 datapoint was unknown.',
          data: { version: '1.0', recentDatapoints: [], threshold: 100 },
        },
      ],
      detail: {
        ...threshold({ threshold: 100, needed: 1, of: 1, periodSeconds: 300 }),
        Namespace: 'Shop/Payments',
        MetricName: 'QueueDepth',
        Dimensions: [{ Name: 'Service', Value: 'payments' }],
        Statistic: 'Maximum',
        Period: 300,
      },
    }),
    make({
      type: 'MetricAlarm',
      name: 'shop-errors-by-service',
      description:
        'Any service with more than 5 failed requests in five minutes, in two of three periods',
      changes: [first(5), ...byService.changes],
      contributors: byService.contributors,
      detail: { ...threshold(BY_SERVICE), Metrics: BY_SERVICE_METRICS },
    }),
    make({
      type: 'LogAlarm',
      name: 'payments-pool-in-logs',
      description: 'Payments says that it has no free connection to the acquirer',
      changes: [
        first(TIMEOUTS.threshold),
        ...evaluateRule(
          TIMEOUTS,
          inFiveMinutes(watched.payments, startMinute, waited),
          ranges.slice(-1),
        ),
      ],
      detail: {
        ScheduledQueryConfiguration: {
          QueryString: 'filter message like /no free connection/',
          LogGroupIdentifiers: ['/shop/payments'],
          QueryARN: `arn:aws:logs:${place.region}:${place.account}:scheduled-query:payments-pool-in-logs`,
          ScheduledQueryRoleARN: `arn:aws:iam::${place.account}:role/ScheduledQueries`,
          ScheduleConfiguration: { ScheduleExpression: 'rate(5 minutes)', StartTimeOffset: 300 },
          AggregationExpression: 'count(*)',
        },
        QueryResultsToEvaluate: TIMEOUTS.of,
        QueryResultsToAlarm: TIMEOUTS.needed,
        Threshold: TIMEOUTS.threshold,
        ComparisonOperator: 'GreaterThanThreshold',
        TreatMissingData: 'notBreaching',
      },
    }),
    make({
      type: 'CompositeAlarm',
      name: 'shop-health',
      description: 'Customers notice',
      alarmActions: [topic],
      changes: [
        { ...first(0), reason: 'No alarm that this composite alarm watches is in ALARM', data: {} },
        ...changesOfAny([errorRate, latency]),
      ],
      children: [errorRate.name, latency.name],
      detail: { AlarmRule: 'ALARM("checkout-error-rate") OR ALARM("checkout-latency-p99")' },
    }),
  ]
}

const CHECKOUT_SUM = (Id: string, MetricName: string) => ({
  Id,
  MetricStat: {
    Metric: { Namespace: 'Shop/Checkout', MetricName, Dimensions: SERVICE },
    Period: 60,
    Stat: 'Sum',
  },
  ReturnData: false,
})

const ERROR_RATE_METRICS = [
  { Id: 'rate', Expression: 'errors / requests * 100', Label: 'error rate', ReturnData: true },
  CHECKOUT_SUM('errors', 'Errors'),
  CHECKOUT_SUM('requests', 'Requests'),
]

const BY_SERVICE_METRICS = [
  {
    Id: 'q1',
    Expression: 'SELECT SUM(Errors) FROM SCHEMA("Shop/Checkout", Service) GROUP BY Service',
    Period: 300,
    ReturnData: true,
  },
]

function threshold(rule: Rule) {
  return {
    Threshold: rule.threshold,
    ComparisonOperator: 'GreaterThanThreshold',
    EvaluationPeriods: rule.of,
    DatapointsToAlarm: rule.needed,
    TreatMissingData: 'missing',
  }
}

/** The alarm on a query has one state and one contributor for each service that is beyond the threshold. */
function contributorsOf(place: Place, watched: Watched, breaks: boolean) {
  const { startMinute } = place
  const ranges = breaks
    ? [{ from: startMinute + (DEPLOY_MINUTE - 20) * MINUTE_MS, to: startMinute }]
    : []
  const contributors = Object.entries(watched).flatMap(([service, traffic]): Contributor[] => {
    const failed = inFiveMinutes(traffic, startMinute, (request) => request.failed)
    const last = evaluateRule(BY_SERVICE, failed, ranges).at(-1)
    if (last?.to !== 'ALARM') return []
    return [
      {
        id: contributorId(place, service),
        attributes: { Service: service },
        reason: last.reason,
        since: last.at,
      },
    ]
  })
  const [firstOne] = [...contributors].sort((left, right) => left.since - right.since)
  const changes: readonly StateChange[] =
    firstOne === undefined
      ? []
      : [
          {
            at: firstOne.since,
            from: 'OK',
            to: 'ALARM',
            reason: firstOne.reason,
            data: {
              version: '1.0',
              period: FIVE_MINUTES_MS / 1000,
              threshold: BY_SERVICE.threshold,
            },
          },
        ]
  return { contributors, changes }
}

/** How many requests of five minutes are of a kind. */
function inFiveMinutes(
  traffic: Traffic,
  startMinute: number,
  is: (request: ServiceRequest) => boolean,
): (time: number) => number {
  return (time) => {
    const from = Math.round((time - startMinute) / MINUTE_MS)
    return [0, 1, 2, 3, 4].reduce(
      (sum, minute) => sum + traffic(from + minute).filter(is).length,
      0,
    )
  }
}

function waited(request: ServiceRequest): boolean {
  return request.failed && request.latencyMs > 2000
}

function contributorId(place: Place, service: string): string {
  return Buffer.from(`${place.region}:${service}`).toString('hex').padEnd(32, '0').slice(0, 32)
}

function failedPercent(traffic: Traffic, index: number): number {
  const requests = traffic(index)
  return (100 * requests.filter((request) => request.failed).length) / requests.length
}

function p99(traffic: Traffic, index: number): number {
  const sorted = traffic(index)
    .map((request) => request.latencyMs)
    .sort((left, right) => left - right)
  return sorted[Math.ceil(sorted.length * 0.99) - 1] ?? 0
}
