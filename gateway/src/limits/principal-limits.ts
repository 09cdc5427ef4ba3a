import { createHash } from 'node:crypto'
import { GatewayError } from '../errors.ts'
import type { Principal } from '../principal/principal.ts'
import { createRateLimit } from './rate-limit.ts'

export type PrincipalLimitOptions = Readonly<{
  maxConcurrent: number
  requestsPerMinute: number
  requestBurst: number
  maxPrincipals: number
  /** Milliseconds since the epoch. */
  now: () => number
}>

export type PrincipalLimits = Readonly<{
  /**
   * Counts a request of a principal. Gives the function to call once when its answer is over, a stream's too. Throws
   * `too_many_requests` and `too_many_at_once`.
   */
  admit(principal: Pick<Principal, 'issuer' | 'subject'>): () => void
  /** Principals in memory: with requests running, and with less than a full burst left. */
  size(): Readonly<{ running: number; counted: number }>
}>

/**
 * Limits of what one principal may ask of this process: how fast, and how much at once. A principal is issuer and
 * subject of a verified token, never anything that a client writes beside it.
 */
export function createPrincipalLimits(options: PrincipalLimitOptions): PrincipalLimits {
  const rate = createRateLimit({
    perMinute: options.requestsPerMinute,
    burst: options.requestBurst,
    maxKeys: options.maxPrincipals,
    now: options.now,
  })
  const running = new Map<string, number>()

  return {
    admit: (principal) => {
      const key = keyOf(principal)
      const retryAfterSeconds = rate.take(key)
      if (retryAfterSeconds !== undefined) {
        throw new GatewayError('too_many_requests', { retryAfterSeconds })
      }
      const before = running.get(key) ?? 0
      if (before >= options.maxConcurrent) throw new GatewayError('too_many_at_once')
      running.set(key, before + 1)
      return () => {
        const left = (running.get(key) ?? 1) - 1
        if (left > 0) running.set(key, left)
        else running.delete(key)
      }
    },
    size: () => ({ running: running.size, counted: rate.size() }),
  }
}

/** Of one length, however long a subject is. */
function keyOf({ issuer, subject }: Pick<Principal, 'issuer' | 'subject'>): string {
  return createHash('sha256')
    .update(JSON.stringify([issuer, subject]))
    .digest('base64')
}
