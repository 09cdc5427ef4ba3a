import { ClientError, ResponseBodyError, WWWAuthenticateChallengeError } from 'openid-client'
import { causeChain } from '../../log.ts'
import { OAuthError } from '../oauth-error.ts'

/** When a client is asked to come back where the issuer does not say. Seconds. */
export const RETRY_SECONDS = 5
/** An issuer that asks for more is not waited for. Seconds. */
const MAX_RETRY_SECONDS = 300
const MAX_DETAIL = 300

/** Statuses below 500 that say "later" (RFC 9110 §15.5.9, RFC 8470 §5.2, RFC 6585 §4). */
const LATER = new Set([408, 425, 429])
/** Error codes that say "later", whatever the status (RFC 6749 §4.1.2.1; RFC 8628 §3.5 has the last). */
const LATER_CODES = new Set(['temporarily_unavailable', 'server_error', 'slow_down'])

/**
 * Error codes that say that the person must come: the code or the refresh token is worth nothing without a new sign-in
 * (OpenID Connect Core §3.1.2.6; Entra ID and Auth0 answer with them at the token endpoint too).
 */
const ENDED_CODES = new Set([
  'invalid_grant',
  'access_denied',
  'account_selection_required',
  'consent_required',
  'interaction_required',
  'login_required',
  'mfa_required',
])

const UNAVAILABLE = 'the identity provider cannot be reached right now: try again in a moment'
const REFUSED =
  'the identity provider refused the gateway, or gave an answer that is not valid: the log of the gateway says why'

/**
 * What a client is told where the issuer fails: an outage is `temporarily_unavailable`, so that no code and no refresh
 * token is thrown away because of it; only the issuer's own refusal of the grant, or of the person, is `invalid_grant`
 * (RFC 6749 §5.2). Everything else is between the gateway and the issuer. The client never gets the issuer's words; the
 * cause has them, without `secrets`. An error that is none of the issuer's (a bug) comes back as it is.
 */
export function issuerFailure(
  error: unknown,
  { ended, secrets }: Readonly<{ ended: string; secrets: readonly string[] }>,
): unknown {
  if (error instanceof OAuthError) return error
  const cause = new Error(withoutSecrets(wordsOf(error), secrets))
  const failure = kindOf(error)
  switch (failure.kind) {
    case 'later':
      return issuerUnavailable(cause, failure.retryAfterSeconds)
    case 'ended':
      return new OAuthError('invalid_grant', ended, { cause })
    case 'refused':
      return new OAuthError('server_error', REFUSED, { cause })
    case 'bug':
      return error
  }
}

/** The refusal while an issuer cannot be reached. `cause` is for the log. */
export function issuerUnavailable(cause: Error, retryAfterSeconds = RETRY_SECONDS): OAuthError {
  return new OAuthError('temporarily_unavailable', UNAVAILABLE, { cause, retryAfterSeconds })
}

/** The refusal where an issuer's answer is not what it must be. `problem` is for the log. */
export function badAnswer(problem: string): OAuthError {
  return new OAuthError('server_error', REFUSED, { cause: new Error(problem) })
}

type Failure =
  | Readonly<{ kind: 'ended' | 'refused' | 'bug' }>
  | Readonly<{ kind: 'later'; retryAfterSeconds: number }>

function kindOf(error: unknown): Failure {
  if (error instanceof ResponseBodyError) {
    if (isLater(error.status) || LATER_CODES.has(error.error)) return later(error.response)
    return { kind: ENDED_CODES.has(error.error) ? 'ended' : 'refused' }
  }
  if (error instanceof WWWAuthenticateChallengeError) {
    return isLater(error.status) ? later(error.response) : { kind: 'refused' }
  }
  if (error instanceof ClientError) {
    const { cause } = error
    // An answer that is not OAuth's: a load balancer's, a page about maintenance.
    if (cause instanceof Response) {
      const isRefusal = cause.status >= 400 && !isLater(cause.status)
      return isRefusal ? { kind: 'refused' } : later(cause)
    }
    if (LATER_PROBLEMS.has(error.code ?? '')) return later(undefined)
    return { kind: isNonce(cause) ? 'ended' : 'refused' }
  }
  // `fetch` rejects with a TypeError that has no code; one with a code is a wrong argument of ours.
  if (error instanceof TypeError && !('code' in error)) return later(undefined)
  return { kind: 'bug' }
}

/** Codes of `ClientError` for answers that did not come, or not as a whole. */
const LATER_PROBLEMS = new Set(['OAUTH_TIMEOUT', 'OAUTH_ABORT', 'OAUTH_PARSE_ERROR'])

/** A code of another sign-in (OpenID Connect Core §3.1.3.7, item 11). */
function isNonce(cause: unknown): boolean {
  const details = cause instanceof Error ? cause.cause : undefined
  return (
    typeof details === 'object' &&
    details !== null &&
    'claim' in details &&
    details.claim === 'nonce'
  )
}

function isLater(status: number): boolean {
  return status >= 500 || LATER.has(status)
}

function later(response: Response | undefined): Failure {
  const asked = response?.headers.get('retry-after') ?? ''
  const seconds = /^\d{1,9}$/.test(asked) ? Number(asked) : RETRY_SECONDS
  return {
    kind: 'later',
    retryAfterSeconds: Math.min(Math.max(seconds, 1), MAX_RETRY_SECONDS),
  }
}

function wordsOf(error: unknown): string {
  if (error instanceof ResponseBodyError) {
    const { status, error: code, error_description: words = '' } = error
    return `the issuer answered ${status} ${code}: ${words}`
  }
  if (error instanceof WWWAuthenticateChallengeError) {
    const said = error.cause.map(({ parameters }) => parameters.error ?? '').join(' ')
    return `the issuer answered ${error.status} with a challenge ${said}`
  }
  if (error instanceof ClientError) {
    const { cause } = error
    if (cause instanceof Response) return `the issuer answered ${cause.status}: ${error.message}`
    // Not the whole chain: an error of the JSON parser quotes the answer.
    return cause instanceof Error ? `${error.message}: ${cause.message}` : error.message
  }
  return causeChain(error)
}

/**
 * The strictest form encoding, in which a client's id and secret stand in an Authorization header (RFC 6749 §2.3.1, as
 * `openid-client` reads it): nothing but letters and digits is left as it is.
 */
export function formEncoded(text: string): string {
  return encodeURIComponent(text)
    .replace(/[-_.!~*'()]/g, (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`)
    .replaceAll('%20', '+')
}

function withoutSecrets(words: string, secrets: readonly string[]): string {
  const clean = secrets
    .filter((secret) => secret !== '')
    .flatMap((secret) => [secret, encodeURIComponent(secret), formEncoded(secret)])
    .reduce((text, secret) => text.replaceAll(secret, '…'), words)
  return clean.slice(0, MAX_DETAIL)
}
