import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'

/** One request as AWS would see it. */
export type AwsCall = Readonly<{
  operation: string
  accessKeyId: string
  sessionToken: string
  region: string
  userAgent: string
  input: Record<string, unknown>
  /** Settles when the connection or the answer is closed; `finished` tells whether the answer went out whole. */
  ended: Promise<{ finished: boolean }>
}>

/** What a handler gives: an answer, or an error as AWS words it. */
export type AwsAnswer =
  | Readonly<{ output: Record<string, unknown> }>
  | Readonly<{ status: number; type: string; message: string }>

export type AwsHandler = (
  input: Record<string, unknown>,
  call: AwsCall,
) => AwsAnswer | Promise<AwsAnswer>

export type FakeAws = Readonly<{
  url: string
  calls: readonly AwsCall[]
  callsOf: (operation: string) => readonly AwsCall[]
  /** Connections accepted so far. */
  connections: () => number
  /** Connections open right now. */
  openConnections: () => number
  /** Settles when no connection is open. */
  quiet: () => Promise<void>
  on: (operation: string, handler: AwsHandler) => void
  /** The next call of an operation, or the last one seen when there was one already. */
  called: (operation: string) => Promise<AwsCall>
  close: () => Promise<void>
}>

/**
 * AWS at the wire: JSON over HTTP, one handler per operation, and a memory of who called with which key. It checks no
 * signature; what is proven with it is which credentials a call carries and how answers and failures are dealt with.
 */
export async function startFakeAws(): Promise<FakeAws> {
  const handlers = new Map<string, AwsHandler>()
  const calls: AwsCall[] = []
  const waiting: Array<{ operation: string; resolve: (call: AwsCall) => void }> = []
  const sockets = new Set<Socket>()
  let accepted = 0

  const answer = async (req: IncomingMessage, res: ServerResponse): Promise<void> => {
    const chunks: Buffer[] = []
    for await (const chunk of req) chunks.push(Buffer.from(chunk))
    const call = toCall(req, res, Buffer.concat(chunks).toString('utf8'))
    calls.push(call)
    for (const waiter of waiting.filter(({ operation }) => operation === call.operation)) {
      waiting.splice(waiting.indexOf(waiter), 1)
      waiter.resolve(call)
    }
    const handler = handlers.get(call.operation)
    const given: AwsAnswer = handler
      ? await handler(call.input, call)
      : { status: 400, type: 'UnknownOperationException', message: call.operation }
    const failed = 'status' in given
    res.writeHead(failed ? given.status : 200, {
      'content-type': 'application/x-amz-json-1.1',
      'x-amzn-requestid': `aws-${calls.length}`,
    })
    res.end(JSON.stringify(failed ? { __type: given.type, message: given.message } : given.output))
  }

  const server = createServer((req, res) => {
    answer(req, res).catch(() => res.destroy())
  })
  server.on('connection', (socket) => {
    accepted += 1
    sockets.add(socket)
    socket.once('close', () => sockets.delete(socket))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo // a TCP server has an address object

  return {
    url: `http://127.0.0.1:${port}`,
    calls,
    callsOf: (operation) => calls.filter((call) => call.operation === operation),
    connections: () => accepted,
    openConnections: () => sockets.size,
    quiet: async () => {
      await Promise.all([...sockets].map((socket) => once(socket, 'close')))
    },
    on: (operation, handler) => {
      handlers.set(operation, handler)
    },
    called: (operation) => {
      const seen = calls.findLast((call) => call.operation === operation)
      if (seen !== undefined) return Promise.resolve(seen)
      return new Promise((resolve) => waiting.push({ operation, resolve }))
    },
    close: async () => {
      for (const socket of sockets) socket.destroy()
      server.close()
      await once(server, 'close')
    },
  }
}

function toCall(req: IncomingMessage, res: ServerResponse, body: string): AwsCall {
  const scope = /Credential=([^/]+)\/\d+\/([^/]+)\//.exec(req.headers.authorization ?? '')
  const target = String(req.headers['x-amz-target'] ?? '')
  return {
    operation: target.slice(target.indexOf('.') + 1),
    accessKeyId: scope?.[1] ?? '',
    region: scope?.[2] ?? '',
    sessionToken: String(req.headers['x-amz-security-token'] ?? ''),
    userAgent: String(req.headers['user-agent'] ?? ''),
    input: JSON.parse(body),
    ended: new Promise((resolve) => {
      res.once('close', () => resolve({ finished: res.writableFinished }))
    }),
  }
}

/** A promise with its resolver, for handlers that wait for the test. */
export function gate(): Readonly<{ opened: Promise<void>; open: () => void }> {
  let open = (): void => {}
  const opened = new Promise<void>((resolve) => {
    open = resolve
  })
  return { opened, open }
}
