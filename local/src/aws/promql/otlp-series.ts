import type { Series } from '../story/series.ts'
import type { Story } from '../story/story.ts'

export type Labels = Readonly<Record<string, string>>

/** A sample; its time is in milliseconds since 1970. */
export type PromqlPoint = Readonly<{ time: number; value: number }>

/** A series that the shop's services send as OpenTelemetry metrics, one sample at the end of each minute. */
export type PromqlSeries = Readonly<{
  labels: Labels
  /** Samples from `from` to `to`, both inclusive, oldest first, none later than `now`. */
  points: (from: number, to: number, now: number) => readonly PromqlPoint[]
}>

type Instrument = Readonly<{
  name: string
  /** A counter only grows: each sample is the sum of everything before. */
  kind: 'counter' | 'mean' | 'maximum'
  labels: Labels
}>

/** Which metrics of the shop are sent this way, too. Those of AWS services are not: their enrichment is off. */
const INSTRUMENTS: Readonly<Record<string, Instrument>> = {
  Requests: { name: 'shop_requests_total', kind: 'counter', labels: {} },
  Errors: { name: 'shop_errors_total', kind: 'counter', labels: {} },
  Latency: { name: 'shop_latency_milliseconds', kind: 'mean', labels: {} },
  ConnectionsInUse: { name: 'shop.pool.in_use', kind: 'maximum', labels: { pool: 'acquirer' } },
}
const MINUTE_MS = 60_000
/** A query reads seven days at most; counters began a day before that. */
const COUNTER_AGE_MS = 8 * 86_400_000

/** Gives the series of an account and region, as they are at the stand-in's start and from then on. */
export function createOtlpSeries(story: Story, startedAt: number) {
  const regions = new Map<string, readonly PromqlSeries[]>()
  const origin = Math.floor((startedAt - COUNTER_AGE_MS) / MINUTE_MS) * MINUTE_MS
  return (account: string, region: string): readonly PromqlSeries[] => {
    const key = `${account} ${region}`
    const known = regions.get(key)
    if (known !== undefined) return known
    const made = story.region(account, region).series.flatMap((series) => {
      const instrument = series.namespace.startsWith('Shop/')
        ? INSTRUMENTS[series.metricName]
        : undefined
      return instrument === undefined ? [] : [toSeries(series, instrument, account, region, origin)]
    })
    regions.set(key, made)
    return made
  }
}

function toSeries(
  series: Series,
  instrument: Instrument,
  account: string,
  region: string,
  origin: number,
): PromqlSeries {
  const service = series.dimensions.find(({ Name }) => Name === 'Service')?.Value ?? ''
  const labels = {
    __name__: instrument.name,
    service,
    ...instrument.labels,
    '@resource.service.name': service,
    '@instrumentation.@name': 'shop-metrics',
    '@aws.account': account,
    '@aws.region': region,
  }
  const measure =
    instrument.kind === 'counter' ? counter(series, origin) : gauge(series, instrument)
  return {
    labels,
    points(from, to, now) {
      const points: PromqlPoint[] = []
      const first = Math.max(origin + MINUTE_MS, Math.ceil(from / MINUTE_MS) * MINUTE_MS)
      for (let time = first; time <= Math.min(to, now); time += MINUTE_MS) {
        const value = measure(time)
        if (value !== undefined) points.push({ time, value })
      }
      return points
    },
  }
}

/** The sum of everything from the origin to a minute's end; minutes are added up once. */
function counter(series: Series, origin: number): (time: number) => number {
  const sums: number[] = [0]
  return (time) => {
    const wanted = Math.round((time - origin) / MINUTE_MS)
    while (sums.length <= wanted) {
      const start = origin + (sums.length - 1) * MINUTE_MS
      const added = valuesOf(series, start).reduce((sum, value) => sum + value, 0)
      sums.push((sums.at(-1) ?? 0) + added)
    }
    return sums[wanted] ?? 0
  }
}

function gauge(series: Series, instrument: Instrument): (time: number) => number | undefined {
  return (time) => {
    const values = valuesOf(series, time - MINUTE_MS)
    if (values.length === 0) return undefined
    return instrument.kind === 'maximum'
      ? values.reduce((most, value) => Math.max(most, value))
      : values.reduce((sum, value) => sum + value, 0) / values.length
  }
}

function valuesOf(series: Series, minute: number): readonly number[] {
  const end = minute + MINUTE_MS
  return series.samples(minute, end, end - 1).map((sample) => sample.value)
}
