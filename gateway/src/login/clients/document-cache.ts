import { createRecentEntries } from '../../limits/recent-entries.ts'

/** How long a document is kept by what its host says of it, in seconds. */
const MIN_AGE_SECONDS = 60
const MAX_AGE_SECONDS = 24 * 60 * 60
const DEFAULT_AGE_SECONDS = 5 * 60

/** What was made of a document, and how long its host lets it be kept. */
export type Cacheable<T> = Readonly<{ value: T; maxAgeSeconds: number | undefined }>

/** What is known of documents by their address. */
export type DocumentCache<T> = Readonly<{
  /** What is kept and still fresh, else what `load` gives; one load per address at a time. Rejects as `load` does. */
  get(address: string): Promise<T>
  /** Loads again where what is kept is older than a minute; gives what is kept where it is not. */
  renew(address: string): Promise<T>
}>

/**
 * Keeps what was made of documents, between a minute and a day, five minutes where their host does not say. Failures are
 * not kept, and what has aged is not used any more: a client that changes its redirect URIs means it.
 */
export function createDocumentCache<T>(options: {
  load: (address: string) => Promise<Cacheable<T>>
  maxEntries: number
  /** Milliseconds since the epoch. */
  now: () => number
}): DocumentCache<T> {
  const kept = createRecentEntries<{ value: T; loadedAt: number; until: number }>(
    options.maxEntries,
  )
  const flights = new Map<string, Promise<T>>()

  const load = async (address: string): Promise<T> => {
    const { value, maxAgeSeconds = DEFAULT_AGE_SECONDS } = await options.load(address)
    const loadedAt = options.now()
    const age = Math.min(Math.max(maxAgeSeconds, MIN_AGE_SECONDS), MAX_AGE_SECONDS)
    kept.set(address, { value, loadedAt, until: loadedAt + age * 1000 })
    return value
  }

  const loadOnce = (address: string): Promise<T> => {
    const flight = flights.get(address) ?? load(address).finally(() => flights.delete(address))
    flights.set(address, flight)
    return flight
  }

  return {
    get: async (address) => {
      const entry = kept.get(address)
      if (entry !== undefined && options.now() < entry.until) return entry.value
      kept.delete(address)
      return loadOnce(address)
    },
    renew: async (address) => {
      const entry = kept.get(address)
      const isYoung = entry !== undefined && options.now() - entry.loadedAt < MIN_AGE_SECONDS * 1000
      return isYoung ? entry.value : loadOnce(address)
    },
  }
}
