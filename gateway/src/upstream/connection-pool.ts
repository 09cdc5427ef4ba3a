import { Agent as HttpAgent } from 'node:http'
import { Agent as HttpsAgent } from 'node:https'
import type { Socket } from 'node:net'

export type ConnectionPoolOptions = Readonly<{
  secure: boolean
  /** Connections at once; requests beyond them wait. */
  maxSockets: number
  /** How long an unused connection is kept. Must be below the upstream's own keep-alive time. */
  idleSocketMs: number
}>

export type ConnectionPool = Readonly<{
  agent: HttpAgent
  /** Tells the pool what the upstream says in `Keep-Alive` about the connection that a response came on. */
  noteKeepAlive: (socket: Socket, header: string) => void
  close: () => void
}>

// The upstream counts its idle time from its last write, we from its last read: this much is lost on the way.
const SAFETY_MS = 1000

/**
 * Kept-alive connections to one upstream, the most recently used first so that a quiet hour shrinks the pool. A
 * connection is given up at `idleSocketMs`, or a second before the time that the upstream itself announces:
 * a request written on a connection that the other side is just closing is lost.
 */
export function createConnectionPool(options: ConnectionPoolOptions): ConnectionPool {
  const announced = new WeakMap<object, number>()
  const Agent = options.secure ? HttpsAgent : HttpAgent
  const agent = new Agent({
    keepAlive: true,
    maxSockets: options.maxSockets,
    scheduling: 'lifo',
  })
  const keep = agent.keepSocketAlive.bind(agent)
  // Replacing this method is how Node documents a decision per connection; a falsy answer closes it.
  agent.keepSocketAlive = (socket) => {
    const theirs = announced.get(socket)
    const idleMs = Math.min(options.idleSocketMs, (theirs ?? Number.POSITIVE_INFINITY) - SAFETY_MS)
    if (idleMs <= 0) return false
    keep(socket)
    // Every socket of an http agent is a net.Socket; the type is wider for agents that make their own.
    ;(socket as Socket).setTimeout(idleMs)
    return true
  }
  return {
    agent,
    noteKeepAlive: (socket, header) => {
      const seconds = /(?:^|[,\s])timeout=(\d+)/i.exec(header)?.[1]
      if (seconds === undefined) announced.delete(socket)
      else announced.set(socket, Number(seconds) * 1000)
    },
    close: () => agent.destroy(),
  }
}
