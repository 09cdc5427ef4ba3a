import { createRecentEntries } from '../../limits/recent-entries.ts'

/** The sign-ins whose tokens are no longer good. */
export type RevokedFamilies = Readonly<{
  /** `untilMs`: when the last of its tokens ends by itself, in milliseconds since the epoch. */
  revoke(family: string, untilMs: number): void
  isRevoked(family: string): boolean
}>

/**
 * The memory of this process for revoked sign-ins. Another process does not know of them: there the access tokens of a
 * sign-in stay good until they end (an hour at most), while its refresh token is stopped by the issuer, which has been told.
 * When there are more than `maxEntries`, the ones that were revoked longest ago are forgotten.
 */
export function createRevokedFamilies(options: {
  maxEntries: number
  now: () => number
}): RevokedFamilies {
  const ends = createRecentEntries<number>(options.maxEntries)
  return {
    revoke: (family, untilMs) => ends.set(family, Math.max(untilMs, ends.get(family) ?? 0)),
    isRevoked: (family) => {
      const until = ends.get(family)
      if (until === undefined) return false
      if (until > options.now()) return true
      ends.delete(family)
      return false
    },
  }
}
