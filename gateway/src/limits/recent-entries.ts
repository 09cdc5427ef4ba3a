/** A map that never holds more than a fixed number of entries. */
export type RecentEntries<T> = Readonly<{
  get(key: string): T | undefined
  /** Sets an entry and makes it the last to go. */
  set(key: string, value: T): void
  delete(key: string): void
  size(): number
}>

/** A map of at most `maxEntries`: the one that was set longest ago makes room. */
export function createRecentEntries<T>(maxEntries: number): RecentEntries<T> {
  const entries = new Map<string, T>()
  return {
    get: (key) => entries.get(key),
    set: (key, value) => {
      entries.delete(key)
      entries.set(key, value)
      for (const oldest of entries.keys()) {
        if (entries.size <= maxEntries) break
        entries.delete(oldest)
      }
    },
    delete: (key) => void entries.delete(key),
    size: () => entries.size,
  }
}
