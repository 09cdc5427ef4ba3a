import type { Hint } from './hints.ts'

/** How one reason is answered: HTTP status, OAuth error code (RFC 6750 §3.1) if any, and the client's text. */
export type Answer = Readonly<{
  status: number
  /** Value of `error` in the challenge and of `error` in the JSON body. */
  error?: 'invalid_request' | 'invalid_token' | 'insufficient_scope'
  text: string
  /** Seconds for `Retry-After`. */
  retryAfterSeconds?: number
}>

const ANSWERS = {
  // No credentials: a bare challenge, without an error code (RFC 6750 §3.1).
  token_missing: { status: 401, text: 'authentication is required' },
  token_malformed: {
    status: 400,
    error: 'invalid_request',
    text: 'the Authorization header must be exactly one "Bearer" token',
  },
  token_expired: { status: 401, error: 'invalid_token', text: 'the token has expired' },
  token_rejected: { status: 401, error: 'invalid_token', text: 'the token is not valid here' },
  token_opaque: {
    status: 401,
    error: 'invalid_token',
    text: 'the token is not a signed JWT',
  },
  issuer_unknown: {
    status: 401,
    error: 'invalid_token',
    text: 'the token is from an issuer that this gateway does not trust',
  },
  audience_mismatch: {
    status: 401,
    error: 'invalid_token',
    text: 'the token was issued for another resource',
  },
  token_type_rejected: {
    status: 401,
    error: 'invalid_token',
    text: 'an access token is needed here, not an ID token or another kind',
  },
  issuer_unavailable: {
    status: 503,
    text: 'the keys of the token issuer cannot be fetched right now',
    retryAfterSeconds: 5,
  },
  scope_missing: { status: 403, error: 'insufficient_scope', text: 'a required scope is missing' },
  role_unmapped: { status: 403, text: 'no role is granted to this principal' },
  rule_undecidable: {
    status: 403,
    text: 'a rule cannot be decided for this principal: a claim that it asks for is not what it must be',
  },
  target_not_granted: { status: 403, text: 'this principal has no role at this target' },
  origin_rejected: { status: 403, text: 'requests from this origin are not allowed' },
  host_rejected: { status: 403, text: 'the Host header does not name this gateway' },
  not_found: { status: 404, text: 'there is nothing at this path' },
  method_not_allowed: { status: 405, text: 'this method is not allowed here' },
  body_not_allowed: { status: 400, text: 'a body is not allowed with this method' },
  body_too_large: { status: 413, text: 'the request body is larger than this gateway accepts' },
  encoding_not_supported: {
    status: 415,
    text: 'a compressed request body is not accepted: send it without Content-Encoding',
  },
  body_incomplete: { status: 400, text: 'the request body ended early' },
  request_malformed: { status: 400, text: 'the request cannot be understood' },
  request_timeout: { status: 408, text: 'the request did not arrive in time' },
  url_too_long: { status: 414, text: 'the URL is longer than this gateway accepts' },
  headers_too_large: {
    status: 431,
    text: 'the request headers are larger or more than this gateway accepts',
  },
  too_many_requests: {
    status: 429,
    text: 'this principal sends more requests than this gateway allows',
    retryAfterSeconds: 1,
  },
  too_many_at_once: {
    status: 429,
    text: 'this principal has as many requests and streams open as this gateway allows',
    retryAfterSeconds: 5,
  },
  too_many_failures: {
    status: 429,
    text: 'too many tokens that are not valid have come from this address',
    retryAfterSeconds: 1,
  },
  too_many_connections: {
    status: 503,
    text: 'this gateway is serving as many connections as it can',
    retryAfterSeconds: 5,
  },
  expectation_failed: { status: 417, text: 'only "Expect: 100-continue" is understood' },
  credentials_rejected: {
    status: 401,
    error: 'invalid_token',
    text: 'AWS does not accept the token: sign in again',
  },
  credentials_denied: { status: 403, text: 'AWS does not let this principal take its role' },
  credentials_misconfigured: {
    status: 500,
    text: 'credentials cannot be issued: the gateway or the AWS account is not set up for this token',
  },
  sts_unavailable: {
    status: 503,
    text: 'credentials cannot be issued right now',
    retryAfterSeconds: 5,
  },
  upstream_unreachable: { status: 502, text: 'the MCP server did not answer' },
  upstream_timeout: { status: 504, text: 'the MCP server did not answer in time' },
  upstream_rejected: {
    status: 502,
    text: 'the MCP server gave an answer that this gateway does not pass on',
  },
  internal_error: { status: 500, text: 'the gateway failed' },
} as const satisfies Record<string, Answer>

/** Why a request was refused; `docs/errors.md` lists them. */
export type Reason = keyof typeof ANSWERS

/** Every reason with its answer, in the order of the table; for the generated documentation. */
export const REASONS: ReadonlyArray<readonly [Reason, Answer]> =
  // Object.entries widens the key; the table's keys are exactly Reason.
  Object.entries(ANSWERS) as Array<[Reason, Answer]>

/** The answer that the table fixes for a reason. */
export function answerTo(reason: Reason): Answer {
  return ANSWERS[reason]
}

export type GatewayErrorOptions = ErrorOptions &
  Readonly<{
    /** What the owner of the token can do about it. */
    hint?: Hint | undefined
    /** What the challenge asks for, where the place that refuses knows better than the gateway's default. */
    scopes?: readonly string[] | undefined
    /** Seconds for `Retry-After`, where the place that refuses knows better than the table. */
    retryAfterSeconds?: number | undefined
  }>

/** A refusal. The client sees the table's text, and the hint's if there is one; `cause` is for the log. */
export class GatewayError extends Error {
  override readonly name = 'GatewayError'
  readonly reason: Reason
  readonly hint: Hint | undefined
  readonly scopes: readonly string[] | undefined
  readonly retryAfterSeconds: number | undefined

  constructor(
    reason: Reason,
    { hint, scopes, retryAfterSeconds, ...options }: GatewayErrorOptions = {},
  ) {
    super(ANSWERS[reason].text, options)
    this.reason = reason
    this.hint = hint
    this.scopes = scopes
    this.retryAfterSeconds = retryAfterSeconds
  }
}
