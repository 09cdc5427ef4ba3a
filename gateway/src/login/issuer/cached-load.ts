/** Gives what was loaded; rejects with the failure of the last attempt while no other is made. */
export type CachedLoad<T> = () => Promise<T>

/**
 * Loads something when it is first asked for, once at a time, and keeps it. After a failure it is not tried again for
 * `cooldownMs`: everybody who waits for a server that is down would otherwise knock at it. What is older than `freshMs` is
 * loaded again while the old one still serves, as it does where that fails.
 */
export function createCachedLoad<T>(
  load: () => Promise<T>,
  options: Readonly<{ cooldownMs: number; freshMs: number; now: () => number }>,
): CachedLoad<T> {
  let flight: Promise<T> | undefined
  let loaded: Readonly<{ value: T; at: number }> | undefined
  let failed: Readonly<{ error: unknown; at: number }> | undefined

  const start = (): Promise<T> => {
    const attempt = load()
      .then(
        (value) => {
          loaded = { value, at: options.now() }
          failed = undefined
          return value
        },
        (error: unknown) => {
          failed = { error, at: options.now() }
          throw error
        },
      )
      .finally(() => {
        flight = undefined
      })
    return attempt
  }

  return async () => {
    const isCooling = failed !== undefined && options.now() < failed.at + options.cooldownMs
    if (loaded === undefined) {
      if (isCooling) throw failed?.error
      flight ??= start()
      return flight
    }
    if (options.now() >= loaded.at + options.freshMs && !isCooling && flight === undefined) {
      flight = start()
      // The old one serves; the failure is remembered for the cooldown.
      flight.catch(() => undefined)
    }
    return loaded.value
  }
}
