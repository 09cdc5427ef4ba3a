import { answerTo, GatewayError } from '../errors.ts'
import { addressBlock } from './address.ts'
import { createRateLimit } from './rate-limit.ts'

export type FailedAuthentications = Readonly<{
  /**
   * Runs `verify` for a client and passes on what it gives or throws. Throws `too_many_failures` instead while the
   * client's address has used up its failures, unless `isKnown` says that the token has been verified before: many
   * honest people may share the address of one who is not.
   */
  attempt<T>(
    client: string | undefined,
    verify: () => Promise<T>,
    isKnown?: () => boolean,
  ): Promise<T>
  /** Addresses in memory. */
  size(): number
}>

/**
 * Limits what verifying bad tokens may cost, by the client's address: `perMinute` failures, all of them at once if need
 * be. What is being verified counts as failed until it has turned out otherwise, so a crowd at once is no way round.
 */
export function createFailedAuthentications(options: {
  perMinute: number
  maxAddresses: number
  /** Milliseconds since the epoch. */
  now: () => number
}): FailedAuthentications {
  const failures = createRateLimit({
    perMinute: options.perMinute,
    burst: options.perMinute,
    maxKeys: options.maxAddresses,
    now: options.now,
  })

  return {
    attempt: async (client, verify, isKnown = () => false) => {
      // A peer that has left already has no address; those share one bucket.
      const key = client === undefined ? '' : addressBlock(client)
      const retryAfterSeconds = failures.take(key)
      if (retryAfterSeconds !== undefined) {
        if (isKnown()) return verify()
        throw new GatewayError('too_many_failures', { retryAfterSeconds })
      }
      try {
        const verified = await verify()
        failures.giveBack(key)
        return verified
      } catch (error) {
        if (!isFailedAuthentication(error)) failures.giveBack(key)
        throw error
      }
    },
    size: failures.size,
  }
}

/**
 * Whether an error says that a token is bad. Not one that has expired: every honest client sends such a token once an
 * hour. Not a missing one: that is how every client starts, and costs nothing. Not an issuer that cannot be reached.
 */
function isFailedAuthentication(error: unknown): boolean {
  if (!(error instanceof GatewayError) || error.reason === 'token_expired') return false
  return answerTo(error.reason).error === 'invalid_token'
}
