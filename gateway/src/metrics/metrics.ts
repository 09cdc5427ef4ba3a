import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client'

/** What the gateway counts. Labels hold names from closed lists only, never what a client wrote. */
export type Metrics = Readonly<{
  request(labels: { target: string; outcome: string; status: number }, seconds: number): void
  exchange(outcome: 'issued' | 'failed', seconds: number): void
  /** An event of the login facade. */
  signIn(event: string): void
  /** Refused or cut before any target was known. */
  cut(why: string): void
  /** The metrics as text, with their content type. */
  render(): Promise<Readonly<{ contentType: string; text: string }>>
}>

/** Metrics in Prometheus' format; `sizes` are read when they are asked for. */
export function createMetrics(sizes: {
  cachedCredentials: () => number
  verifiedTokens: () => number
}): Metrics {
  const registry = new Registry()
  const registers = [registry]
  collectDefaultMetrics({ register: registry })

  const requests = new Counter({
    name: 'gateway_requests_total',
    help: 'MCP requests by target, outcome (forwarded, or the reason of the refusal) and status.',
    labelNames: ['target', 'outcome', 'status'],
    registers,
  })
  const seconds = new Histogram({
    name: 'gateway_request_duration_seconds',
    help: 'Time from the first byte of an MCP request to the end of its answer.',
    labelNames: ['target'],
    buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300],
    registers,
  })
  const cuts = new Counter({
    name: 'gateway_connections_cut_total',
    help: 'Requests refused and connections ended by the listener itself, by reason.',
    labelNames: ['reason'],
    registers,
  })
  const signIns = new Counter({
    name: 'gateway_sign_in_events_total',
    help: 'Events of the login facade, as the audit record names them.',
    labelNames: ['event'],
    registers,
  })
  const exchanges = new Histogram({
    name: 'gateway_sts_exchange_duration_seconds',
    help: 'Time of a credential exchange at STS, by how it ended.',
    labelNames: ['outcome'],
    buckets: [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
    registers,
  })
  const gauge = (name: string, help: string, read: () => number) =>
    new Gauge({
      name,
      help,
      registers,
      collect() {
        this.set(read())
      },
    })
  gauge('gateway_cached_credentials', 'Role sessions in memory.', sizes.cachedCredentials)
  gauge('gateway_verified_tokens', 'Verified tokens remembered by hash.', sizes.verifiedTokens)

  return {
    request: ({ target, outcome, status }, duration) => {
      requests.inc({ target, outcome, status })
      seconds.observe({ target }, duration)
    },
    exchange: (outcome, duration) => exchanges.observe({ outcome }, duration),
    signIn: (event) => signIns.inc({ event }),
    cut: (reason) => cuts.inc({ reason }),
    render: async () => ({ contentType: registry.contentType, text: await registry.metrics() }),
  }
}
