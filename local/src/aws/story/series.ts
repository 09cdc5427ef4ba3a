import type { ServiceRequest, Traffic } from './traffic.ts'

export type Dimension = Readonly<{ Name: string; Value: string }>

export type Sample = Readonly<{ timestamp: number; value: number }>

/** One metric; its samples are the requests that the logs speak of, each counted in the minute it ended. */
export type Series = Readonly<{
  namespace: string
  metricName: string
  dimensions: readonly Dimension[]
  unit: string
  /** Samples whose minute begins in [from, to), none later than `now`; their timestamps are minute starts. */
  samples: (from: number, to: number, now: number) => readonly Sample[]
}>

type Metric = Readonly<{
  name: string
  unit: string
  value: (request: ServiceRequest) => number
}>

const counts = (name: string): Metric => ({ name, unit: 'Count', value: () => 1 })
const failures = (name: string): Metric => ({
  name,
  unit: 'Count',
  value: (request) => (request.failed ? 1 : 0),
})
const milliseconds = (name: string): Metric => ({
  name,
  unit: 'Milliseconds',
  value: (request) => request.latencyMs,
})

const METRICS: Readonly<Record<string, readonly Metric[]>> = {
  'Shop/Checkout': [counts('Requests'), failures('Errors'), milliseconds('Latency')],
  'AWS/Lambda': [counts('Invocations'), failures('Errors'), milliseconds('Duration')],
  'AWS/ApplicationELB': [
    counts('RequestCount'),
    failures('HTTPCode_Target_5XX_Count'),
    {
      name: 'TargetResponseTime',
      unit: 'Seconds',
      value: (request) => request.latencyMs / 1000,
    },
  ],
}

const MINUTE_MS = 60_000
const QUIET_MINUTES = 1440

/** The metrics of one service in a namespace, made from its traffic. */
export function serviceSeries(
  startMinute: number,
  namespace: string,
  dimensions: readonly Dimension[],
  traffic: Traffic,
): readonly Series[] {
  return (METRICS[namespace] ?? []).map((metric) => ({
    namespace,
    metricName: metric.name,
    dimensions,
    unit: metric.unit,
    samples: (from, to, now) => samplesOf(startMinute, traffic, metric, from, to, now),
  }))
}

function samplesOf(
  startMinute: number,
  traffic: Traffic,
  metric: Metric,
  from: number,
  to: number,
  now: number,
): readonly Sample[] {
  const first = Math.max(-QUIET_MINUTES, Math.ceil((from - startMinute) / MINUTE_MS))
  const end = Math.min(
    Math.ceil((to - startMinute) / MINUTE_MS),
    Math.floor((now - startMinute) / MINUTE_MS) + 1,
  )
  const samples: Sample[] = []
  for (let index = first; index < end; index += 1) {
    const timestamp = startMinute + index * MINUTE_MS
    for (const request of traffic(index)) {
      if (timestamp + request.offsetMs <= now)
        samples.push({ timestamp, value: metric.value(request) })
    }
  }
  return samples
}
