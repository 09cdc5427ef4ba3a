/** What comes of an attempt to redeem a code: its value, or the trace of the redemption before it. */
export type Redemption<T> =
  | Readonly<{ kind: 'redeemed'; value: T }>
  /** Another request is redeeming it, or did so at the same time. */
  | Readonly<{ kind: 'taken' }>
  /** It was redeemed before, and gave this. */
  | Readonly<{ kind: 'reused'; value: T }>

export type RedeemedCodes<T> = Readonly<{
  redeem(id: string, redeem: () => Promise<T>): Promise<Redemption<T>>
  /** How many codes are remembered. */
  size(): number
}>

/**
 * The memory of this process for redeemed codes; the issuer enforces single use everywhere. Of requests with one code at the same
 * time the first wins, and the others do not reach the issuer, which would take them for theft and revoke what the first
 * one got. They wait for it and fail as it fails: an attempt that failed leaves no trace. What a code gave, which is a
 * secret, is forgotten when no code of its time is good any more. Bounded by `maxEntries`.
 */
export function createRedeemedCodes<T>(options: {
  /** How long a code is good. */
  codeMs: number
  maxEntries: number
  now: () => number
}): RedeemedCodes<T> {
  const flights = new Map<string, Promise<T>>()
  // In the order of their time, so the old ones are at the front.
  const redeemed = new Map<string, Readonly<{ value: T; until: number }>>()

  const dropOld = () => {
    for (const [id, { until }] of redeemed) {
      if (until > options.now() && redeemed.size <= options.maxEntries) break
      redeemed.delete(id)
    }
  }

  return {
    redeem: async (id, redeem) => {
      const flight = flights.get(id)
      if (flight !== undefined) {
        await flight
        return { kind: 'taken' }
      }
      dropOld()
      const before = redeemed.get(id)
      if (before !== undefined) return { kind: 'reused', value: before.value }
      const started = redeem()
      flights.set(id, started)
      try {
        const value = await started
        redeemed.set(id, { value, until: options.now() + options.codeMs })
        dropOld()
        return { kind: 'redeemed', value }
      } finally {
        flights.delete(id)
      }
    },
    size: () => redeemed.size,
  }
}
