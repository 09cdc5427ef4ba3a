import { expect } from 'chai'
import { openRawSocket, type RawSocket } from '../../support/raw-socket.ts'
import {
  type RawUpstream,
  type Respond,
  startRawUpstream,
  type UpstreamConnection,
} from '../../support/raw-upstream.ts'
import { type Doors, type DoorsOptions, openDoors } from './harness.ts'

export type Started = Readonly<{
  upstream: RawUpstream
  doors: Doors
  /** Opens another connection to the doors. */
  connect: () => Promise<RawSocket>
}>

export type StartOptions = Partial<DoorsOptions> &
  Readonly<{ onUpstreamBytes?: (connection: UpstreamConnection) => void }>

/** A function that starts a raw upstream and the doors before it; everything is closed after each test. */
export function startPerTest(): (respond: Respond, options?: StartOptions) => Promise<Started> {
  const running: Array<Started & { clients: RawSocket[] }> = []
  afterEach(async () => {
    for (const { upstream, doors, clients } of running.splice(0)) {
      for (const client of clients) client.destroy()
      await doors.close()
      await upstream.close()
      expect(doors.failures).to.deep.equal([])
    }
  })
  return async (respond, { onUpstreamBytes, ...options } = {}) => {
    const upstream = await startRawUpstream(respond, onUpstreamBytes)
    const doors = await openDoors({ upstreamUrl: `http://127.0.0.1:${upstream.port}`, ...options })
    const clients: RawSocket[] = []
    const connect = async () => {
      const client = await openRawSocket(doors.port)
      clients.push(client)
      return client
    }
    const started = { upstream, doors, connect, clients }
    running.push(started)
    return started
  }
}

/** A POST of JSON with its length; `extra` are further header lines. */
export function post(body = '{}', extra: readonly string[] = [], target = '/mcp'): string {
  return [
    `POST ${target} HTTP/1.1`,
    'Host: gateway.example',
    'Content-Type: application/json',
    `Content-Length: ${Buffer.byteLength(body, 'latin1')}`,
    ...extra,
    '',
    body,
  ].join('\r\n')
}

/** A request without a body. */
export function bare(method: string, extra: readonly string[] = [], target = '/mcp'): string {
  return [`${method} ${target} HTTP/1.1`, 'Host: gateway.example', ...extra, '', ''].join('\r\n')
}
