import type { ServerResponse } from 'node:http'
import { answerTo, GatewayError, type Reason } from '../errors.ts'
import { causeChain, type Log } from '../log.ts'
import { challenge } from '../metadata/challenge.ts'
import { answerRefusal, describe } from './answer.ts'

/** What an answer needs to know of the request besides the reason. */
export type RefusalContext = Readonly<{
  target: string
  requestId: string
  /** The methods of this path, for `Allow` (RFC 9110 §15.5.6). */
  allow: string
}>

export type Refuse = (res: ServerResponse, error: unknown, context: RefusalContext) => Reason

/**
 * Answers a request with what an error means. Every 401 and 403 carries a challenge, so that a client can find the
 * authorization server (RFC 9728 §5.1); it asks for `scopes` unless the refusal itself says otherwise. Anything but a
 * `GatewayError` is a bug of ours: 500, and the cause in the log.
 */
export function createRefuse(options: {
  metadataUrlOf: (target: string) => string
  scopes: readonly string[]
  log: Log
}): Refuse {
  return (res, error, { target, requestId, allow }) => {
    const refusal =
      error instanceof GatewayError ? error : new GatewayError('internal_error', { cause: error })
    const { reason, cause, hint, retryAfterSeconds } = refusal
    const answer = answerTo(reason)
    // The audit record tells of every refusal; the log adds why, where there is more to say.
    if (cause !== undefined || hint !== undefined) {
      const level = answer.status >= 500 ? 'error' : 'info'
      const fields = {
        reason,
        hint,
        request_id: requestId,
        target,
        cause: cause === undefined ? undefined : causeChain(cause),
      }
      options.log[level]('request refused', fields)
    }
    const challenged = answer.status === 401 || answer.status === 403 || answer.error !== undefined
    const text = describe(answer.text, hint)
    const headers = {
      ...(challenged && {
        'www-authenticate': challenge(
          { error: answer.error, text },
          {
            metadataUrl: options.metadataUrlOf(target),
            scopes: refusal.scopes ?? options.scopes,
          },
        ),
      }),
      ...(reason === 'method_not_allowed' && { allow }),
      ...(retryAfterSeconds !== undefined && { 'retry-after': String(retryAfterSeconds) }),
    }
    answerRefusal(res, reason, headers, hint)
    return reason
  }
}
