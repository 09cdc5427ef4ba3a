import { createHash } from 'node:crypto'

/** The assertions of clients that this process has accepted and that have not expired yet. */
export type UsedAssertions = Readonly<{
  /** Whether it is the first time; remembers it until `expiresAt` (milliseconds since the epoch). */
  isFirst(
    use: Readonly<{ clientId: string; host: string; jti: string; expiresAt: number }>,
  ): boolean
}>

/**
 * Remembers up to `maxEntries` assertions (RFC 7523 §3: `jti`). Where there are more, the host with the most of them loses its
 * oldest one: whoever floods this memory pushes out his own.
 */
export function createUsedAssertions(options: {
  maxEntries: number
  now: () => number
}): UsedAssertions {
  const hosts = new Map<string, Map<string, number>>()
  let size = 0

  const drop = (host: string, entries: Map<string, number>, key: string): void => {
    entries.delete(key)
    size -= 1
    if (entries.size === 0) hosts.delete(host)
  }

  const dropExpired = (): void => {
    const now = options.now()
    for (const [host, entries] of hosts) {
      for (const [key, expiresAt] of entries) if (expiresAt <= now) drop(host, entries, key)
    }
  }

  const dropOldestOfLargest = (): void => {
    const [largest] = [...hosts].sort(([, a], [, b]) => b.size - a.size)
    const [oldest] = largest?.[1].keys() ?? []
    if (largest !== undefined && oldest !== undefined) drop(...largest, oldest)
  }

  return {
    isFirst: ({ clientId, host, jti, expiresAt }) => {
      const key = createHash('sha256')
        .update(JSON.stringify([clientId, jti]))
        .digest('base64url')
      const known = hosts.get(host)?.get(key)
      if (known !== undefined && known > options.now()) return false
      if (known === undefined) {
        if (size >= options.maxEntries) dropExpired()
        if (size >= options.maxEntries) dropOldestOfLargest()
        size += 1
      }
      const entries = hosts.get(host) ?? new Map<string, number>()
      hosts.set(host, entries)
      entries.set(key, expiresAt)
      return true
    },
  }
}
