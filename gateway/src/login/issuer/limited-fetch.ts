import type { CustomFetch } from 'openid-client'
import { boundedBytes } from '../../token/bounded-bytes.ts'

/** A few tokens are some kilobytes; more than this is no answer of a token endpoint. Bytes. */
const MAX_ANSWER_BYTES = 256 * 1024

/** Statuses whose answers may not have a body, so that none can be put together again. */
const NO_BODY = new Set([204, 205, 304])

/**
 * `fetch`, but the whole answer is there when it resolves, and an endless one is refused: the library reads what comes
 * without a limit. Rejects as `fetch` does, with a `TypeError`.
 */
export const limitedFetch: CustomFetch = async (url, { body, ...options }) => {
  const response = await fetch(url, { ...options, ...(body !== undefined && { body }) })
  const tooLarge = () => new TypeError('the answer is too large')
  const bytes = await boundedBytes(response.body ?? [], MAX_ANSWER_BYTES, tooLarge)
  const { status, statusText, headers } = response
  const whole = NO_BODY.has(status) ? null : bytes
  return new Response(whole, { status, statusText, headers })
}
