import { createRecentEntries } from './recent-entries.ts'

export type RateLimitOptions = Readonly<{
  /** What a key may take in the long run. */
  perMinute: number
  /** What it may take at once after a quiet time. */
  burst: number
  /** How many keys are remembered; one that is forgotten starts anew. */
  maxKeys: number
  /** Milliseconds since the epoch. */
  now: () => number
}>

/** Counts per key, in this process only. */
export type RateLimit = Readonly<{
  /** Takes one from the key's bucket; gives the seconds to wait where there is none, else undefined. */
  take(key: string): number | undefined
  /** Puts one back, for what turned out not to count. */
  giveBack(key: string): void
  /** Keys in memory. A full bucket is not kept: it says nothing. */
  size(): number
}>

type Bucket = Readonly<{ level: number; at: number }>

/** A token bucket per key: it holds `burst`, and `perMinute` flow back into it. */
export function createRateLimit(options: RateLimitOptions): RateLimit {
  const { burst, now } = options
  const perMs = options.perMinute / 60_000
  const buckets = createRecentEntries<Bucket>(options.maxKeys)

  const levelOf = (key: string, time: number): number => {
    const bucket = buckets.get(key)
    if (bucket === undefined) return burst
    // A clock that is set back must not empty a bucket.
    const passed = Math.max(0, time - bucket.at)
    return Math.min(burst, bucket.level + passed * perMs)
  }
  const keep = (key: string, level: number, at: number) => {
    if (level >= burst) buckets.delete(key)
    else buckets.set(key, { level, at })
  }

  return {
    take: (key) => {
      const time = now()
      const level = levelOf(key, time)
      if (level >= 1) {
        keep(key, level - 1, time)
        return undefined
      }
      keep(key, level, time)
      return Math.ceil((1 - level) / perMs / 1000)
    },
    giveBack: (key) => {
      const time = now()
      keep(key, levelOf(key, time) + 1, time)
    },
    size: buckets.size,
  }
}
