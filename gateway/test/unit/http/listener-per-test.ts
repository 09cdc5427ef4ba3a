import { createListener, type Listener, type ListenerOptions } from '../../../src/http/listener.ts'
import { createLog } from '../../../src/log.ts'
import { openRawSocket, type RawSocket } from '../../support/raw-socket.ts'

export type Listening = Readonly<{
  listener: Listener
  port: number
  log: readonly string[]
  connect: () => Promise<RawSocket>
}>

/** Limits that no test reaches by chance. */
export const LIMITS = {
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
} as const

/** A function that starts a listener with a handler; everything is closed after each test. */
export function listenPerTest(): (
  handler: ListenerOptions['handler'],
  options?: Partial<ListenerOptions>,
) => Promise<Listening> {
  const closers: Array<() => Promise<void>> = []
  afterEach(async () => {
    for (const close of closers.splice(0)) await close()
  })
  return async (handler, options = {}) => {
    const log: string[] = []
    const listener = createListener({
      ...LIMITS,
      handler,
      log: createLog('debug', (line) => log.push(line)),
      ...options,
    })
    const { port } = await listener.listen(0, '127.0.0.1')
    const clients: RawSocket[] = []
    closers.push(async () => {
      for (const client of clients) client.destroy()
      await listener.close(0)
    })
    const connect = async () => {
      const client = await openRawSocket(port)
      clients.push(client)
      return client
    }
    return { listener, port, log, connect }
  }
}
