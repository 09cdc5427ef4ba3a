/**
 * Makes `localhost` mean the same in a container as on the laptop: loaded before a program (`node --import`), it takes
 * connections on ports of the container's own loopback and passes them on to the stand-ins. Tokens name their issuer as
 * the browser sees it, `http://localhost:9000`, and this is where the gateway and AWS find its keys.
 *
 * LOCAL_RELAYS lists `port=host:port`, with spaces between. The program starts when all of them answer, so that it does
 * not begin by reporting an issuer that is not there; after 30 seconds it starts anyway, and says itself what it misses.
 * LOCAL_RELAY_FOR is the end of the program's path: others in the container, such as a health check, find the ports
 * taken care of.
 */

import { connect, createServer, type Socket } from 'node:net'

const WAIT_MS = 30_000
const PAUSE_MS = 50

type Relay = Readonly<{ port: number; to: Readonly<{ host: string; port: number }> }>

function parse(text: string): Relay {
  const [, port, host, toPort] = /^(\d+)=([\w.-]+):(\d+)$/.exec(text) ?? []
  if (host === undefined) throw new Error(`LOCAL_RELAYS: ${text} is not port=host:port`)
  return { port: Number(port), to: { host, port: Number(toPort) } }
}

function listen({ port, to }: Relay): Promise<void> {
  const server = createServer((near) => {
    const far = connect(to)
    near.pipe(far).pipe(near)
    endTogether(near, far)
    endTogether(far, near)
    near.unref()
    far.unref()
  })
  // The program's end is not the relay's to hold up.
  server.unref()
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, '127.0.0.1', () => resolve())
  })
}

function endTogether(one: Socket, other: Socket): void {
  one.on('error', () => other.destroy())
  one.on('close', () => other.destroy())
}

function answers({ to }: Relay): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(to, () => {
      socket.destroy()
      resolve(true)
    }).on('error', () => resolve(false))
  })
}

const program = process.env.LOCAL_RELAY_FOR ?? ''
if (program !== '' && process.argv[1]?.endsWith(program)) {
  // The first process of a container has no default for a signal.
  const end = () => process.exit(0)
  process.once('SIGTERM', end)
  const relays = (process.env.LOCAL_RELAYS ?? '').split(' ').filter((text) => text !== '')
  const deadline = Date.now() + WAIT_MS
  for (const relay of relays.map(parse)) {
    await listen(relay)
    while (!(await answers(relay)) && Date.now() < deadline) {
      await new Promise((resolve) => setTimeout(resolve, PAUSE_MS))
    }
  }
  process.off('SIGTERM', end)
}
