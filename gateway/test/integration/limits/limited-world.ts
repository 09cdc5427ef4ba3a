import { httpText, openRawSocket, type RawSocket } from '../../support/raw-socket.ts'
import { HOST } from '../../support/running-gateway.ts'
import { send } from '../../support/send.ts'
import { startWorld, type World } from '../gateway/world.ts'

export type LimitedWorld = World &
  Readonly<{
    /** Opens a raw connection to the gateway; it is closed after the test. */
    connect: () => Promise<RawSocket>
    /** What the counter of cut connections stands at, for a reason. */
    cuts: (reason: string) => Promise<number>
  }>

/** A function that starts the gateway and all around it with some limits; everything is closed after each test. */
export function limitedPerTest(): (limits?: Record<string, unknown>) => Promise<LimitedWorld> {
  const closers: Array<() => Promise<void>> = []
  afterEach(async () => {
    for (const close of closers.splice(0)) await close()
  })
  return async (limits = {}) => {
    const world = await startWorld(() => ({ drainMs: 200, ...limits }))
    const clients: RawSocket[] = []
    closers.push(async () => {
      for (const client of clients) client.destroy()
      await world.stop()
    })
    return {
      ...world,
      connect: async () => {
        const client = await openRawSocket(world.gateway.port, 10_000)
        clients.push(client)
        return client
      },
      cuts: async (reason) => {
        const { text } = await send(world.gateway.metricsPort, { path: '/metrics' })
        const line = text
          .split('\n')
          .find((at) => at.startsWith(`gateway_connections_cut_total{reason="${reason}"}`))
        return Number(line?.split(' ')[1] ?? 0)
      },
    }
  }
}

/** The lines of a request to the MCP endpoint with a token; `extra` are further header lines. */
export function mcpRequest(
  token: string,
  {
    method = 'POST',
    extra = [],
    body = '{"jsonrpc":"2.0","id":1,"method":"ping"}',
  } = {} as Readonly<{
    method?: string
    extra?: readonly string[]
    body?: string
  }>,
): string {
  const length = method === 'POST' ? [`Content-Length: ${Buffer.byteLength(body)}`] : []
  return httpText(
    [
      `${method} /mcp HTTP/1.1`,
      `Host: ${HOST}`,
      'Content-Type: application/json',
      'Accept: application/json, text/event-stream',
      `Authorization: Bearer ${token}`,
      ...length,
      ...extra,
    ],
    method === 'POST' ? body : '',
  )
}

/** Resolves when `look` gives true; it is asked again and again for `withinMs`. */
export async function eventually(
  what: string,
  look: () => boolean | Promise<boolean>,
  withinMs = 8000,
): Promise<void> {
  const end = Date.now() + withinMs
  while (!(await look())) {
    if (Date.now() > end) throw new Error(`it did not come to this within ${withinMs} ms: ${what}`)
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
}
