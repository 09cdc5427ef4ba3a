import type { ServiceRequest, Traffic } from './traffic.ts'
import { HISTORY_MINUTES } from './traffic.ts'

export type Dimension = Readonly<{ Name: string; Value: string }>

export type Sample = Readonly<{ timestamp: number; value: number }>

/** One metric; its samples are the requests that the logs speak of, each counted in the minute it ended. */
export type Series = Readonly<{
  namespace: string
  metricName: string
  dimensions: readonly Dimension[]
  unit: string
  /** When the last sample was or will be made, in milliseconds; undefined for a metric that goes on. */
  lastSampleAt: number | undefined
  /** Samples whose minute begins in [from, to), none later than `now`; their timestamps are minute starts. */
  samples: (from: number, to: number, now: number) => readonly Sample[]
}>

/** What a metric needs of a minute. Requests are too large to be kept for two weeks. */
type Minute = Readonly<{ latencies: readonly number[]; failures: number }>

type Metric = Readonly<{
  name: string
  unit: string
  values: (minute: Minute) => readonly number[]
}>

const counts = (name: string): Metric => ({
  name,
  unit: 'Count',
  values: ({ latencies }) => latencies.map(() => 1),
})
const failures = (name: string): Metric => ({
  name,
  unit: 'Count',
  values: (minute) => minute.latencies.map((_, at) => (at < minute.failures ? 1 : 0)),
})
const milliseconds = (name: string): Metric => ({
  name,
  unit: 'Milliseconds',
  values: ({ latencies }) => latencies,
})

const SERVICE_METRICS = [counts('Requests'), failures('Errors'), milliseconds('Latency')]
const METRICS: Readonly<Record<string, readonly Metric[]>> = {
  'Shop/Checkout': SERVICE_METRICS,
  'Shop/Catalog': SERVICE_METRICS,
  'Shop/Payments': [
    {
      name: 'ConnectionsInUse',
      unit: 'Count',
      values: ({ latencies }) => latencies.map(connectionsInUse),
    },
  ],
  'AWS/Lambda': [counts('Invocations'), failures('Errors'), milliseconds('Duration')],
  'AWS/ApplicationELB': [
    counts('RequestCount'),
    failures('HTTPCode_Target_5XX_Count'),
    {
      name: 'TargetResponseTime',
      unit: 'Seconds',
      values: ({ latencies }) => latencies.map((latency) => latency / 1000),
    },
  ],
}

const MINUTE_MS = 60_000

/** How many of the acquirer's ten connections payments holds while it answers a request that takes so long. */
export function connectionsInUse(latencyMs: number): number {
  return latencyMs > 2000 ? 10 : 1 + (latencyMs % 4)
}

/** The metrics of one service in a namespace, made from its traffic. */
export function serviceSeries(
  startMinute: number,
  namespace: string,
  dimensions: readonly Dimension[],
  traffic: Traffic,
): readonly Series[] {
  const wholeMinute = rememberMinutes(traffic)
  return (METRICS[namespace] ?? []).map((metric) => ({
    namespace,
    metricName: metric.name,
    dimensions,
    unit: metric.unit,
    lastSampleAt: undefined,
    samples: (from, to, now) =>
      samplesOf(startMinute, from, to, now, (index, untilMs) =>
        metric.values(
          untilMs >= MINUTE_MS
            ? wholeMinute(index)
            : minuteOf(traffic(index).filter((request) => request.offsetMs <= untilMs)),
        ),
      ),
  }))
}

/** A metric that somebody measured every `everyMinutes` minutes until `untilIndex`. */
export function gaugeSeries(
  startMinute: number,
  metric: Pick<Series, 'namespace' | 'metricName' | 'dimensions' | 'unit'>,
  everyMinutes: number,
  untilIndex: number,
  measure: (index: number) => number,
): Series {
  return {
    ...metric,
    lastSampleAt: startMinute + untilIndex * MINUTE_MS,
    samples: (from, to, now) =>
      samplesOf(startMinute, from, to, now, (index) =>
        index <= untilIndex && index % everyMinutes === 0 ? [measure(index)] : [],
      ),
  }
}

function samplesOf(
  startMinute: number,
  from: number,
  to: number,
  now: number,
  valuesAt: (index: number, untilMs: number) => readonly number[],
): readonly Sample[] {
  const first = Math.max(-HISTORY_MINUTES, Math.ceil((from - startMinute) / MINUTE_MS))
  const end = Math.min(
    Math.ceil((to - startMinute) / MINUTE_MS),
    Math.floor((now - startMinute) / MINUTE_MS) + 1,
  )
  const samples: Sample[] = []
  for (let index = first; index < end; index += 1) {
    const timestamp = startMinute + index * MINUTE_MS
    for (const value of valuesAt(index, now - timestamp)) samples.push({ timestamp, value })
  }
  return samples
}

function minuteOf(requests: readonly ServiceRequest[]): Minute {
  return {
    latencies: requests.map((request) => request.latencyMs),
    failures: requests.filter((request) => request.failed).length,
  }
}

function rememberMinutes(traffic: Traffic): (index: number) => Minute {
  const made = new Map<number, Minute>()
  return (index) => {
    const known = made.get(index)
    if (known !== undefined) return known
    const fresh = minuteOf(traffic(index))
    made.set(index, fresh)
    return fresh
  }
}
