import type { AuditRecord } from '../../src/audit/audit-record.ts'
import { loadConfig } from '../../src/config/load.ts'
import { createGateway } from '../../src/gateway.ts'
import { createMailbox } from './mailbox.ts'
import { type Received, type SentRequest, send } from './send.ts'

/** What clients of the gateways in the tests see; the real port is another, as behind a load balancer. */
export const PUBLIC_URL = 'http://gateway.localhost'

/** The `Host` that belongs to it. */
export const HOST = 'gateway.localhost'

export type RunningGateway = Readonly<{
  port: number
  metricsPort: number
  /** Every line that it has written. */
  lines: readonly string[]
  /** The lines of its log, parsed. */
  logged: () => ReadonlyArray<Readonly<Record<string, unknown>>>
  /** The next audit record: it is written when the answer has ended. */
  nextAudit: () => Promise<AuditRecord>
  /** Audit records that nobody has taken. */
  auditsWaiting: () => number
  /** Sends a request with the right `Host`, which `headers` may change. */
  send: (request: SentRequest) => Promise<Received>
  /** Decides by these rules from now on, as after a change of the file. */
  reload: (rules: readonly object[]) => void
  stop: () => Promise<void>
}>

/** The whole gateway in this process, on free ports, with the configuration file `file` read by its own loader. */
export async function startGateway(
  file: Readonly<Record<string, unknown>>,
): Promise<RunningGateway> {
  const load = (over: Readonly<Record<string, unknown>>) =>
    loadConfig({ GATEWAY_CONFIG: 'gateway.yaml' }, () =>
      JSON.stringify({
        publicUrl: PUBLIC_URL,
        port: 0,
        metricsPort: 0,
        logLevel: 'debug',
        drainMs: 2000,
        ...file,
        ...over,
      }),
    )
  const config = load({})
  const lines: string[] = []
  const audits = createMailbox<AuditRecord>('audit record')
  const gateway = createGateway(config, (line) => {
    lines.push(line)
    const parsed = parse(line)
    // The one writer of lines of this kind is `auditRecord`.
    if (parsed.kind === 'audit') audits.put(parsed as unknown as AuditRecord)
  })
  const { port, metricsPort } = await gateway.listen()
  return {
    port,
    metricsPort,
    lines,
    logged: () => lines.map(parse).filter(({ kind }) => kind !== 'audit'),
    nextAudit: () => audits.take(),
    auditsWaiting: audits.waiting,
    send: (request) => send(port, { ...request, headers: { host: HOST, ...request.headers } }),
    reload: (rules) => gateway.reload(load({ rules })),
    stop: () => gateway.close(),
  }
}

function parse(line: string): Readonly<Record<string, unknown>> {
  // Every line is a JSON object; a test that reads one finds out otherwise.
  return JSON.parse(line) as Record<string, unknown>
}
