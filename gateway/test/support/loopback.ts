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

/** A port of this machine on which nothing listens. */
export async function unusedPort(): Promise<number> {
  const server = createServer()
  const port = await listen(server)
  await stop(server)
  return port
}
