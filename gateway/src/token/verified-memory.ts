import { createHash } from 'node:crypto'
import type { VerifiedToken } from './verify.ts'

/**
 * Remembers what a token was verified to be, by the token's hash and never the token itself; after a sign-in through the
 * gateway with the issuer's token for STS.
 */
export type VerifiedMemory = Readonly<{
  get(token: string, resource: string): VerifiedToken | undefined
  set(token: string, resource: string, verified: VerifiedToken): void
  size(): number
}>

/**
 * A memory of at most `maxEntries` tokens, oldest out first. An entry ends with its token. `now` gives milliseconds.
 * The resource is part of the key: a token that is good at one target may be foreign at another.
 */
export function createVerifiedMemory(options: {
  maxEntries: number
  now: () => number
}): VerifiedMemory {
  const entries = new Map<string, VerifiedToken>()
  const keyOf = (token: string, resource: string) =>
    createHash('sha256').update(resource).update('\n').update(token).digest('base64')

  return {
    size: () => entries.size,
    get: (token, resource) => {
      const key = keyOf(token, resource)
      const entry = entries.get(key)
      if (entry === undefined) return undefined
      entries.delete(key)
      if (entry.expiresAt <= options.now()) return undefined
      entries.set(key, entry) // most recently used last
      return entry
    },
    set: (token, resource, verified) => {
      if (options.maxEntries < 1) return
      entries.set(keyOf(token, resource), verified)
      for (const oldest of entries.keys()) {
        if (entries.size <= options.maxEntries) break
        entries.delete(oldest)
      }
    },
  }
}
