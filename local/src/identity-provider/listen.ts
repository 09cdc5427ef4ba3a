import { createServer, type RequestListener, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'

export type Listening = Readonly<{ port: number; close: () => Promise<void> }>

/**
 * Listens on `host`; for `127.0.0.1` and `localhost` on both loopback addresses. `localhost` means ::1 first to many
 * programs, and another process on ::1 with the same port would answer in our place. A machine without IPv6 gets
 * IPv4 alone. Rejects with the system's error (`EADDRINUSE` and so on).
 */
export async function listen(
  handler: RequestListener,
  port: number,
  host: string,
): Promise<Listening> {
  const loopback = host === '127.0.0.1' || host === 'localhost'
  const first = await bind(handler, port, loopback ? '127.0.0.1' : host)
  const servers = [first]
  const close = async () => {
    await Promise.all(servers.map(stop))
  }
  const bound = portOf(first)
  if (loopback) {
    try {
      servers.push(await bind(handler, bound, '::1'))
    } catch (error) {
      if (!isWithoutIpv6(error)) {
        await close()
        throw error
      }
    }
  }
  return { port: bound, close }
}

function bind(handler: RequestListener, port: number, host: string): Promise<Server> {
  return new Promise((resolve, reject) => {
    const server = createServer(handler)
    server.once('error', reject)
    server.listen(port, host, () => {
      server.off('error', reject)
      resolve(server)
    })
  })
}

function stop(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve())
    server.closeAllConnections()
  })
}

function portOf(server: Server): number {
  // A TCP server that listens has an AddressInfo; strings are for pipes.
  return (server.address() as AddressInfo).port
}

function isWithoutIpv6(error: unknown): boolean {
  const code = error instanceof Error && 'code' in error ? error.code : undefined
  return code === 'EADDRNOTAVAIL' || code === 'EAFNOSUPPORT'
}
