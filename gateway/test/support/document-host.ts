import type { IncomingMessage, ServerResponse } from 'node:http'
import { createServer } from 'node:https'
import type { AddressInfo, Socket } from 'node:net'
import { type SelfSigned, selfSigned } from './self-signed.ts'

/** A host of documents on 127.0.0.1, over TLS. */
export type DocumentHost = Readonly<{
  port: number
  /** The certificate to trust. */
  ca: string
  /** How many connections were opened to it so far. */
  connections: () => number
  requests: readonly IncomingMessage[]
  close(): Promise<void>
}>

/** Starts a host that answers every request by `answer`. */
export async function startDocumentHost(
  answer: (req: IncomingMessage, res: ServerResponse) => void,
  { key, cert }: SelfSigned = selfSigned(['client.example.test', 'keys.example.test']),
  address = '127.0.0.1',
): Promise<DocumentHost> {
  let connections = 0
  const requests: IncomingMessage[] = []
  const sockets = new Set<Socket>()
  const server = createServer({ key, cert }, (req, res) => {
    requests.push(req)
    answer(req, res)
  })
  server.on('connection', (socket: Socket) => {
    connections += 1
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket)).on('error', () => undefined)
  })
  server.on('tlsClientError', () => undefined)
  await new Promise<void>((resolve) => server.listen(0, address, resolve))
  return {
    // A TCP server that listens has an address of this shape.
    port: (server.address() as AddressInfo).port,
    ca: cert,
    connections: () => connections,
    requests,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        for (const socket of sockets) socket.destroy()
      }),
  }
}

/** Answers with a JSON document. */
export function json(document: unknown, headers: Readonly<Record<string, string>> = {}) {
  return (_req: IncomingMessage, res: ServerResponse): void => {
    res.writeHead(200, { 'content-type': 'application/json', ...headers })
    res.end(typeof document === 'string' ? document : JSON.stringify(document))
  }
}
