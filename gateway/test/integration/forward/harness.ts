import type { ServerResponse } from 'node:http'
import type { AwsCredentials } from '../../../src/credentials/aws-credentials.ts'
import { GatewayError, type Reason } from '../../../src/errors.ts'
import { answerRefusal } from '../../../src/http/answer.ts'
import { readBody } from '../../../src/http/body.ts'
import { createListener, type ListenerOptions } from '../../../src/http/listener.ts'
import { repeatedHeader } from '../../../src/http/repeated-header.ts'
import { parseRequestTarget } from '../../../src/http/request-target.ts'
import { createLog } from '../../../src/log.ts'
import {
  createForward,
  type ForwardOptions,
  type ForwardOutcome,
} from '../../../src/upstream/forward.ts'
import { upstreamHeaders } from '../../../src/upstream/headers.ts'
import { createMailbox, type Mailbox } from '../../support/mailbox.ts'

/** The doors of the gateway alone: listener, request target, body, headers and forward; no token, no role. */
export type Doors = Readonly<{
  port: number
  outcomes: Mailbox<ForwardOutcome>
  refusals: Mailbox<Reason>
  /** Errors that were no refusal: always empty. */
  failures: readonly unknown[]
  /** Lines of the log. */
  log: readonly string[]
  close: (drainMs?: number) => Promise<void>
}>

export type DoorsOptions = Readonly<{
  upstreamUrl: string
  maxBodyBytes?: number
  /** Awaited after the head of a request and before its body is read, as verification is. */
  beforeBody?: (res: ServerResponse) => Promise<void>
  forward?: Partial<ForwardOptions>
  listener?: Partial<ListenerOptions>
}>

export const GATEWAY_CREDENTIALS: AwsCredentials = {
  accessKeyId: 'ASIAGATEWAY',
  secretAccessKey: 'gateway/secret+key',
  sessionToken: 'gateway/session+token==',
  expiration: new Date('2030-01-02T03:04:05.000Z'),
}
export const ROLE = {
  roleArn: 'arn:aws:iam::111122223333:role/CloudWatchSre',
  region: 'eu-west-1',
  regions: ['eu-west-1'],
  tools: ['get_*', 'list_*'],
} as const
export const PRINCIPAL = { issuer: 'https://issuer.example/a', subject: 'auth0|b ö' } as const
export const TRACEPARENT = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01'

export async function openDoors(options: DoorsOptions): Promise<Doors> {
  const outcomes = createMailbox<ForwardOutcome>('outcome of forwarding')
  const refusals = createMailbox<Reason>('refusal')
  const failures: unknown[] = []
  const lines: string[] = []
  const log = createLog('debug', (line) => lines.push(line))
  const upstreamUrl = new URL(options.upstreamUrl)
  const { forward, close: closeForward } = createForward({
    upstreamUrl,
    connectTimeoutMs: 2000,
    responseHeaderTimeoutMs: 5000,
    maxSockets: 64,
    idleSocketMs: 4000,
    log,
    ...options.forward,
  })
  const listener = createListener({
    maxHeaderBytes: 32 * 1024,
    maxHeaderCount: 200,
    maxUrlBytes: 8192,
    maxConnections: 1000,
    servedWhenFull: () => false,
    headersTimeoutMs: 10_000,
    requestTimeoutMs: 20_000,
    keepAliveTimeoutMs: 75_000,
    clientStallMs: 60_000,
    onCut: () => {},
    log,
    handler: async (req, res) => {
      try {
        const target = parseRequestTarget(req.url)
        if (target === undefined) throw new GatewayError('request_malformed')
        if (target.path !== '/mcp') throw new GatewayError('not_found')
        if (repeatedHeader(req.rawHeaders) !== undefined)
          throw new GatewayError('request_malformed')
        await options.beforeBody?.(res)
        const body = await readBody(req, res, { maxBytes: options.maxBodyBytes ?? 8 * 1024 * 1024 })
        const headers = upstreamHeaders({
          headers: req.headers,
          host: upstreamUrl.host,
          credentials: GATEWAY_CREDENTIALS,
          role: ROLE,
          principal: PRINCIPAL,
          requestId: 'request-1',
          traceparent: TRACEPARENT,
          contentLength: body.length,
        })
        outcomes.put(await forward(req, res, { headers, body }))
      } catch (error) {
        if (!(error instanceof GatewayError)) failures.push(error)
        const reason = error instanceof GatewayError ? error.reason : 'internal_error'
        refusals.put(reason)
        answerRefusal(res, reason)
      }
    },
    ...options.listener,
  })
  const { port } = await listener.listen(0, '127.0.0.1')
  return {
    port,
    outcomes,
    refusals,
    failures,
    log: lines,
    close: async (drainMs = 0) => {
      await listener.close(drainMs)
      closeForward()
    },
  }
}
