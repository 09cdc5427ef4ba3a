import { createRecentEntries, type RecentEntries } from '../../limits/recent-entries.ts'

/** The sign-ins whose tokens are no longer good. */
export type RevokedFamilies = Readonly<{
  /** `untilMs`: when the last of its tokens ends by itself, in milliseconds since the epoch. */
  revoke(family: string, untilMs: number): void
  /** The same for a sign-in that may not exist: anyone can name any number of them, which push out only each other. */
  suspect(family: string, untilMs: number): void
  isRevoked(family: string): boolean
}>

/**
 * The memory of this process for revoked sign-ins. Another process does not know of them: there the access tokens of a
 * sign-in stay good until they end (an hour at most), while its refresh token is stopped by the issuer, which has been told.
 * When there are more than `maxEntries` of a kind, the ones that were revoked longest ago are forgotten.
 */
export function createRevokedFamilies(options: {
  maxEntries: number
  now: () => number
}): RevokedFamilies {
  const revoked = createRecentEntries<number>(options.maxEntries)
  const suspected = createRecentEntries<number>(options.maxEntries)
  const isIn = (ends: RecentEntries<number>, family: string) => {
    const until = ends.get(family)
    if (until === undefined) return false
    if (until > options.now()) return true
    ends.delete(family)
    return false
  }
  return {
    revoke: (family, untilMs) => revoked.set(family, Math.max(untilMs, revoked.get(family) ?? 0)),
    suspect: (family, untilMs) => suspected.set(family, untilMs),
    isRevoked: (family) => isIn(revoked, family) || isIn(suspected, family),
  }
}
