/** What becomes of a new connection, and of an old one for its sake. */
export type Admission<T> =
  | Readonly<{ kind: 'admitted'; givenUp: T | undefined }>
  | Readonly<{ kind: 'full' }>

/** Keeps count of connections. A connection that was not admitted is unknown to it: telling of it does nothing. */
export type ConnectionCap<T> = Readonly<{
  open(connection: T): Admission<T>
  /** A request has come on the connection. */
  busy(connection: T): void
  /** The last answer on it is over. */
  idle(connection: T): void
  closed(connection: T): void
  size(): number
}>

/**
 * At most `max` connections at once. Where that is reached, the one that has waited longest without a request makes
 * room, so that connections which ask for nothing never keep out one that does; where all are being served, the new one
 * is refused. A server may close an idle connection at any time (RFC 9112 §9.5).
 */
export function createConnectionCap<T>(max: number): ConnectionCap<T> {
  const open = new Set<T>()
  /** Those without a running request, the longest waiting first. */
  const waiting = new Set<T>()

  return {
    open: (connection) => {
      let givenUp: T | undefined
      if (open.size >= max) {
        const [longest] = waiting
        if (longest === undefined) return { kind: 'full' }
        waiting.delete(longest)
        open.delete(longest)
        givenUp = longest
      }
      open.add(connection)
      waiting.add(connection)
      return { kind: 'admitted', givenUp }
    },
    busy: (connection) => void waiting.delete(connection),
    idle: (connection) => {
      if (open.has(connection)) waiting.add(connection)
    },
    closed: (connection) => {
      waiting.delete(connection)
      open.delete(connection)
    },
    size: () => open.size,
  }
}
