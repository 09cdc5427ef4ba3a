import { connect, createServer, type Socket } from 'node:net'

/** One process behind the front, by the port that it listens on. */
export type Endpoint = Readonly<{ name: string; port: number }>

/** A Kubernetes Service with the habits of kube-proxy: it forwards connections, not requests. */
export type ServiceFront = Readonly<{
  port: number
  add: (endpoint: Endpoint) => void
  /** New connections no longer go there. Those that are open stay where they are, for as long as both ends keep them. */
  remove: (name: string) => void
  /** Connections that an endpoint has now. */
  connectionsTo: (name: string) => number
  /** Streams with progress that an endpoint is in the middle of. */
  streamsOf: (name: string) => number
  close: () => Promise<void>
}>

type Forwarded = { endpoint: string; streaming: boolean; sockets: readonly [Socket, Socket] }

const LAST_CHUNK = '0\r\n\r\n'

/** Starts a front without endpoints on a free port. */
export async function startServiceFront(): Promise<ServiceFront> {
  let endpoints: readonly Endpoint[] = []
  let turn = 0
  const forwarded = new Set<Forwarded>()
  const server = createServer({ allowHalfOpen: true, noDelay: true }, (client) => {
    turn += 1
    const endpoint = endpoints[turn % endpoints.length]
    if (endpoint === undefined) {
      client.resetAndDestroy()
      return
    }
    const upstream = connect({
      port: endpoint.port,
      host: '127.0.0.1',
      allowHalfOpen: true,
      noDelay: true,
    })
    const one: Forwarded = {
      endpoint: endpoint.name,
      streaming: false,
      sockets: [client, upstream],
    }
    forwarded.add(one)
    // A body's text is read as it passes: the two words below never lie across two packets of such small events.
    upstream.on('data', (chunk: Buffer) => {
      const text = chunk.toString('latin1')
      if (text.includes('notifications/progress')) one.streaming = true
      if (text.endsWith(LAST_CHUNK)) one.streaming = false
    })
    for (const [from, to] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      from.on('data', (chunk: Buffer) => to.write(chunk))
      from.on('end', () => to.end())
      from.on('error', () => to.resetAndDestroy())
      from.on('close', () => {
        if (!to.writableEnded) to.destroy()
        forwarded.delete(one)
      })
    }
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(0, '127.0.0.1', resolve)
  })
  const address = server.address()
  const count = (name: string, which: (one: Forwarded) => boolean) =>
    [...forwarded].filter((one) => one.endpoint === name && which(one)).length
  return {
    port: typeof address === 'object' && address !== null ? address.port : 0,
    add: (endpoint) => {
      endpoints = [...endpoints, endpoint]
    },
    remove: (name) => {
      endpoints = endpoints.filter((endpoint) => endpoint.name !== name)
    },
    connectionsTo: (name) => count(name, () => true),
    streamsOf: (name) => count(name, ({ streaming }) => streaming),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        for (const { sockets } of forwarded) for (const socket of sockets) socket.destroy()
      }),
  }
}
