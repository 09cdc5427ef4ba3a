import type { AddressInfo } from 'node:net'
import { createServer, type Socket } from 'node:net'
import { createMailbox, type Mailbox } from './mailbox.ts'

/** A request as a plain upstream reads it: by `content-length` or chunks, whatever remains is the next request. */
export type RecordedRequest = Readonly<{
  line: string
  /** Header lines as pairs, in order, with the names as they came. */
  headers: ReadonlyArray<readonly [string, string]>
  body: string
  connection: UpstreamConnection
}>

export type UpstreamConnection = Readonly<{
  /** 1 for the first connection that was accepted. */
  number: number
  socket: Socket
  /** Every byte received, as latin-1. */
  bytes: () => string
  write: (text: string) => void
  /** Resolves when the other side, or we, have closed. */
  closed: Promise<void>
}>

export type RawUpstream = Readonly<{
  port: number
  /** Every request so far. */
  requests: readonly RecordedRequest[]
  connections: readonly UpstreamConnection[]
  arrivals: Mailbox<RecordedRequest>
  close: () => Promise<void>
}>

export type Respond = (request: RecordedRequest) => void

export const OK_JSON =
  'HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 2\r\n\r\n{}'

/** A `respond` that always answers the same text. */
export function always(text: string): Respond {
  return ({ connection }) => connection.write(text)
}

/**
 * A server of raw TCP that records the exact bytes of every connection and hands each request to `respond`.
 * `onBytes` sees every piece before it is parsed and may answer or close early.
 */
export async function startRawUpstream(
  respond: Respond,
  onBytes: (connection: UpstreamConnection) => void = () => {},
): Promise<RawUpstream> {
  const requests: RecordedRequest[] = []
  const connections: UpstreamConnection[] = []
  const arrivals = createMailbox<RecordedRequest>('request at the upstream')
  const server = createServer({ noDelay: true }, (socket) => {
    let bytes = ''
    let at = 0
    const connection: UpstreamConnection = {
      number: connections.length + 1,
      socket,
      bytes: () => bytes,
      write: (text) => {
        socket.write(Buffer.from(text, 'latin1'))
      },
      closed: new Promise((resolve) => socket.once('close', () => resolve())),
    }
    connections.push(connection)
    socket.on('error', () => {})
    socket.on('data', (piece) => {
      bytes += piece.toString('latin1')
      onBytes(connection)
      for (let next = parse(bytes, at); next !== undefined; next = parse(bytes, at)) {
        at = next.end
        const request = { ...next.request, connection }
        requests.push(request)
        arrivals.put(request)
        respond(request)
      }
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    // A TCP server that listens has an address of this shape.
    port: (server.address() as AddressInfo).port,
    requests,
    connections,
    arrivals,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        for (const { socket } of connections) socket.destroy()
      }),
  }
}

/** All values of a header, by its name without regard to case. */
export function valuesOf(request: RecordedRequest, name: string): string[] {
  return request.headers.filter(([key]) => key.toLowerCase() === name).map(([, value]) => value)
}

type Parsed = Readonly<{ request: Omit<RecordedRequest, 'connection'>; end: number }>

function parse(bytes: string, from: number): Parsed | undefined {
  const headEnd = bytes.indexOf('\r\n\r\n', from)
  if (headEnd === -1) return undefined
  const [line = '', ...lines] = bytes.slice(from, headEnd).split('\r\n')
  const headers = lines.map((text): readonly [string, string] => {
    const colon = text.indexOf(':')
    return [text.slice(0, colon), text.slice(colon + 1).trim()]
  })
  const bodyStart = headEnd + 4
  const value = (wanted: string) => headers.find(([name]) => name.toLowerCase() === wanted)?.[1]
  const length = value('content-length')
  if (length === undefined && value('transfer-encoding') !== undefined) {
    const end = bytes.indexOf('0\r\n\r\n', bodyStart)
    if (end === -1) return undefined
    return { request: { line, headers, body: bytes.slice(bodyStart, end + 5) }, end: end + 5 }
  }
  const end = bodyStart + Number(length ?? 0)
  if (bytes.length < end) return undefined
  return { request: { line, headers, body: bytes.slice(bodyStart, end) }, end }
}
