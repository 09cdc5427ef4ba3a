import type { Place } from './log-group.ts'
import type { Dimension } from './series.ts'
import type { Traffic } from './traffic.ts'
import { DEPLOY_MINUTE } from './traffic.ts'

export type AlarmState = 'OK' | 'ALARM' | 'INSUFFICIENT_DATA'

/** An alarm with its last change of state; `detail` holds the members that only its type has, as the API names them. */
export type Alarm = Readonly<{
  type: 'MetricAlarm' | 'CompositeAlarm'
  name: string
  arn: string
  description: string
  state: AlarmState
  previousState: AlarmState
  reason: string
  /** Milliseconds since 1970. */
  changedAt: number
  createdAt: number
  /** Names of the alarms that a composite alarm watches. */
  children: readonly string[]
  detail: Readonly<Record<string, unknown>>
}>

const MINUTE_MS = 60_000
const DAY_MS = 86_400_000
const NEEDED = 3
const SERVICE: readonly Dimension[] = [{ Name: 'Service', Value: 'checkout' }]

/** The alarms of the shop. Their states follow from the traffic: three minutes in a row beyond the threshold. */
export function alarmsOf(place: Place, checkout: Traffic, breaks: boolean): readonly Alarm[] {
  const rate = watch(place, checkout, breaks, 5, errorRate)
  const latency = watch(place, checkout, breaks, 1500, p99)
  const any = rate.state === 'ALARM' || latency.state === 'ALARM'
  const make = (alarm: Omit<Alarm, 'arn' | 'createdAt'>): Alarm => ({
    ...alarm,
    arn: `arn:aws:cloudwatch:${place.region}:${place.account}:alarm:${alarm.name}`,
    createdAt: place.startMinute - 29 * DAY_MS,
  })
  const quiet = {
    previousState: 'INSUFFICIENT_DATA',
    changedAt: place.startMinute - 29 * DAY_MS + 10 * MINUTE_MS,
  } as const
  return [
    make({
      type: 'MetricAlarm',
      name: 'cart-errors',
      description: 'More than 5 failed cart requests in five minutes',
      state: 'OK',
      ...quiet,
      reason: 'Threshold Crossed: 1 datapoint was not greater than the threshold (5.0).',
      children: [],
      detail: {
        ...threshold(5, 1),
        Namespace: 'Shop/Checkout',
        MetricName: 'Errors',
        Dimensions: [{ Name: 'Service', Value: 'cart' }],
        Statistic: 'Sum',
        Period: 300,
      },
    }),
    make({
      type: 'MetricAlarm',
      name: 'checkout-error-rate',
      description: 'More than 5 % of checkouts fail',
      ...rate,
      children: [],
      detail: { ...threshold(5, NEEDED), Metrics: ERROR_RATE_METRICS },
    }),
    make({
      type: 'MetricAlarm',
      name: 'checkout-latency-p99',
      description: 'The slowest checkouts take longer than 1.5 seconds',
      ...latency,
      children: [],
      detail: {
        ...threshold(1500, NEEDED),
        Namespace: 'Shop/Checkout',
        MetricName: 'Latency',
        Dimensions: SERVICE,
        ExtendedStatistic: 'p99',
        Period: 60,
        Unit: 'Milliseconds',
      },
    }),
    make({
      type: 'MetricAlarm',
      name: 'payments-queue-depth',
      description: 'Payments waiting for the acquirer; its agent was switched off in spring',
      state: 'INSUFFICIENT_DATA',
      previousState: 'OK',
      changedAt: place.startMinute - 12 * DAY_MS,
      reason: 'Insufficient Data: 1 datapoint was unknown.',
      children: [],
      detail: {
        ...threshold(100, 1),
        Namespace: 'Shop/Payments',
        MetricName: 'QueueDepth',
        Dimensions: [{ Name: 'Service', Value: 'payments' }],
        Statistic: 'Maximum',
        Period: 300,
      },
    }),
    make({
      type: 'CompositeAlarm',
      name: 'shop-health',
      description: 'Customers notice',
      state: any ? 'ALARM' : 'OK',
      previousState: any ? 'OK' : quiet.previousState,
      changedAt: any ? Math.min(rate.changedAt, latency.changedAt) : quiet.changedAt,
      reason: any
        ? 'checkout-error-rate or checkout-latency-p99 transitioned to ALARM'
        : 'No alarm that this composite alarm watches is in ALARM',
      children: ['checkout-error-rate', 'checkout-latency-p99'],
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

function threshold(value: number, needed: number) {
  return {
    Threshold: value,
    ComparisonOperator: 'GreaterThanThreshold',
    EvaluationPeriods: needed,
    DatapointsToAlarm: needed,
    TreatMissingData: 'missing',
  }
}

function watch(
  place: Place,
  traffic: Traffic,
  breaks: boolean,
  limit: number,
  measure: (traffic: Traffic, index: number) => number,
): Pick<Alarm, 'state' | 'previousState' | 'changedAt' | 'reason'> {
  const shown = (index: number) => {
    const at = new Date(place.startMinute + index * MINUTE_MS).toISOString().slice(0, 16)
    return `${measure(traffic, index).toFixed(1)} (${at})`
  }
  for (let index = DEPLOY_MINUTE; breaks && index < 0; index += 1) {
    const window = [index - 2, index - 1, index]
    if (!window.every((minute) => measure(traffic, minute) > limit)) continue
    return {
      state: 'ALARM',
      previousState: 'OK',
      changedAt: place.startMinute + (index + 1) * MINUTE_MS,
      reason:
        `Threshold Crossed: ${NEEDED} out of the last ${NEEDED} datapoints ` +
        `[${window.map(shown).join(', ')}] were greater than the threshold (${limit.toFixed(1)}).`,
    }
  }
  return {
    state: 'OK',
    previousState: 'INSUFFICIENT_DATA',
    changedAt: place.startMinute - 29 * DAY_MS + 10 * MINUTE_MS,
    reason: `Threshold Crossed: no datapoints were greater than the threshold (${limit.toFixed(1)}).`,
  }
}

function errorRate(traffic: Traffic, index: number): number {
  const requests = traffic(index)
  return (100 * requests.filter((request) => request.failed).length) / requests.length
}

function p99(traffic: Traffic, index: number): number {
  const sorted = traffic(index)
    .map((request) => request.latencyMs)
    .sort((left, right) => left - right)
  return sorted[Math.ceil(sorted.length * 0.99) - 1] ?? 0
}
