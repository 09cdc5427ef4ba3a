import { randomInt } from 'node:crypto'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'

/** Listens on 127.0.0.1; gives the port (0 takes a free one). */
export function listen(server: Server, port = 0): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, '127.0.0.1', () => {
      server.off('error', reject)
      // A TCP server that listens has an address of this shape.
      resolve((server.address() as AddressInfo).port)
    })
  })
}

/** Stops listening and cuts every connection; does nothing where the server has stopped already. */
export function stop(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve())
    server.closeAllConnections()
  })
}

/**
 * A port of this machine on which nothing listens. It is below those that the system gives to whoever asks for any
 * (32768 and up), so that no connection takes it before it is used.
 */
export async function unusedPort(): Promise<number> {
  for (;;) {
    const server = createServer()
    const port = await listen(server, randomInt(20_000, 32_000)).catch(() => undefined)
    if (port === undefined) continue
    await stop(server)
    return port
  }
}
