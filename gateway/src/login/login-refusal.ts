import type { OutgoingHttpHeaders } from 'node:http'
import { answerTo, GatewayError } from '../errors.ts'
import { SignInProblem } from './browser/sign-in-problem.ts'
import { OAuthError } from './oauth-error.ts'

/** A 503 without better knowledge. Seconds. */
const RETRY_AFTER_SECONDS = 5

/** A refusal of the login facade as its JSON endpoints answer it (RFC 6749 §5.2). */
export type LoginRefusal = Readonly<{
  status: number
  body: Readonly<{ error: string; error_description: string }>
  headers: OutgoingHttpHeaders
  /** For the log; undefined where the refusal says all there is. */
  cause: unknown
}>

/** What an error means to a client. Anything that is no refusal is a bug of ours: `server_error`. */
export function refusalOf(error: unknown): LoginRefusal {
  const refusal = toOAuthError(error)
  return {
    status: refusal.status,
    body: { error: refusal.code, error_description: refusal.message },
    headers: retryAfter(refusal.status, refusal.retryAfterSeconds),
    cause: refusal.cause,
  }
}

/** What an error means to a person in front of a browser. */
export function problemOf(error: unknown): SignInProblem {
  if (error instanceof SignInProblem) return error
  if (error instanceof GatewayError && error.reason === 'host_rejected') {
    return new SignInProblem('other_address')
  }
  const { status, code, message, retryAfterSeconds, cause } = toOAuthError(error)
  if (status === 429) return new SignInProblem('too_many_requests', { retryAfterSeconds, cause })
  // A browser that opens its tabs again asks by GET for where a form was sent to.
  if (status === 405) return new SignInProblem('consent_invalid', { status })
  if (code === 'server_error') return new SignInProblem('gateway_failed', { cause })
  return new SignInProblem('request_malformed', {
    detail: message,
    status,
    retryAfterSeconds,
    cause,
  })
}

/** `Retry-After` (RFC 9110 §10.2.3) for an answer with that status; no 503 goes without one. */
export function retryAfter(status: number, seconds: number | undefined): OutgoingHttpHeaders {
  const known = seconds ?? (status === 503 ? RETRY_AFTER_SECONDS : undefined)
  return known === undefined ? {} : { 'retry-after': String(known) }
}

function toOAuthError(error: unknown): OAuthError {
  if (error instanceof OAuthError) return error
  if (!(error instanceof GatewayError)) {
    return new OAuthError('server_error', 'the gateway failed', { cause: error })
  }
  const { status } = answerTo(error.reason)
  const code = status >= 500 ? 'server_error' : 'invalid_request'
  return new OAuthError(code, error.message, {
    status,
    cause: error.cause,
    ...(error.retryAfterSeconds !== undefined && { retryAfterSeconds: error.retryAfterSeconds }),
  })
}
