import { createRecentEntries } from '../../limits/recent-entries.ts'

/** The answer to a refresh; `again` where it was given before, or to another request at the same time. */
export type Answered<T> = Readonly<{ answer: T; again: boolean }>

export type AnsweredRefreshes<T> = Readonly<{
  /**
   * Gives the answer for the refresh token `id`: one refresh at a time, and the same answer again within the grace.
   * Undefined where the token was used before that.
   */
  answer(id: string, refresh: () => Promise<T>): Promise<Answered<T> | undefined>
  /** How many answers are kept. */
  size(): number
}>

/**
 * The memory of this process for refresh tokens that were used. Clients run in several processes that share one token and
 * refresh it within the same minute (OAuth 2.1 §4.3.1 wants each use but the first refused; a person would be signed out
 * by their own editor). An attempt that failed leaves no trace. Answers go when the grace is over; that a token was used
 * stays known, as far as `maxEntries` reaches. What was forgotten is for the issuer to judge.
 */
export function createAnsweredRefreshes<T>(options: {
  graceMs: number
  maxEntries: number
  now: () => number
}): AnsweredRefreshes<T> {
  const flights = new Map<string, Promise<T>>()
  // In the order of their time, so the old ones are at the front.
  const answers = new Map<string, Readonly<{ answer: T; until: number }>>()
  const used = createRecentEntries<true>(options.maxEntries)

  const dropEnded = () => {
    for (const [id, { until }] of answers) {
      if (until > options.now()) break
      answers.delete(id)
    }
  }

  const keep = (id: string, answer: T) => {
    answers.set(id, { answer, until: options.now() + options.graceMs })
    used.set(id, true)
    for (const oldest of answers.keys()) {
      if (answers.size <= options.maxEntries) break
      answers.delete(oldest)
      // Its grace is not over: to call its next use a theft would be wrong.
      used.delete(oldest)
    }
  }

  return {
    answer: async (id, refresh) => {
      dropEnded()
      const flight = flights.get(id)
      if (flight !== undefined) return { answer: await flight, again: true }
      const kept = answers.get(id)
      if (kept !== undefined) return { answer: kept.answer, again: true }
      if (used.get(id)) return undefined
      const started = refresh()
      flights.set(id, started)
      try {
        const answer = await started
        keep(id, answer)
        return { answer, again: false }
      } finally {
        flights.delete(id)
      }
    },
    size: () => answers.size,
  }
}
