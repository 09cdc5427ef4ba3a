import { createRecentEntries } from '../../limits/recent-entries.ts'

/** What comes of an attempt to redeem a code: its value, or the trace of the redemption before it. */
export type Redemption<T> =
  | Readonly<{ kind: 'redeemed'; value: T }>
  /** Another request is redeeming it, or did so at the same time. */
  | Readonly<{ kind: 'taken' }>
  /** It was redeemed before, and gave this. */
  | Readonly<{ kind: 'reused'; value: T }>

export type RedeemedCodes<T> = Readonly<{
  redeem(id: string, redeem: () => Promise<T>): Promise<Redemption<T>>
}>

/**
 * The memory of this process for redeemed codes; the issuer enforces single use everywhere. Of requests with one code at the same
 * time the first wins, and the others do not reach the issuer, which would take them for theft and revoke what the first
 * one got. They wait for it and fail as it fails: an attempt that failed leaves no trace. Bounded by `maxEntries`.
 */
export function createRedeemedCodes<T>(options: {
  /** How long a code is good. */
  codeMs: number
  maxEntries: number
  now: () => number
}): RedeemedCodes<T> {
  const flights = new Map<string, Promise<T>>()
  const redeemed = createRecentEntries<Readonly<{ value: T; until: number }>>(options.maxEntries)

  return {
    redeem: async (id, redeem) => {
      const flight = flights.get(id)
      if (flight !== undefined) {
        await flight
        return { kind: 'taken' }
      }
      const before = redeemed.get(id)
      if (before !== undefined && before.until > options.now()) {
        return { kind: 'reused', value: before.value }
      }
      const started = redeem()
      flights.set(id, started)
      try {
        const value = await started
        redeemed.set(id, { value, until: options.now() + options.codeMs })
        return { kind: 'redeemed', value }
      } finally {
        flights.delete(id)
      }
    },
  }
}
