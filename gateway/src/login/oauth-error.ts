/** HTTP status of each error code that the authorization server answers with. */
const STATUSES = {
  // RFC 6749 §5.2, §4.1.2.1
  invalid_request: 400,
  invalid_client: 401,
  invalid_grant: 400,
  unsupported_grant_type: 400,
  unsupported_response_type: 400,
  invalid_scope: 400,
  access_denied: 403,
  server_error: 500,
  temporarily_unavailable: 503,
  // OpenID Connect Core §3.1.2.6
  interaction_required: 400,
  request_not_supported: 400,
  request_uri_not_supported: 400,
  // RFC 8707 §2
  invalid_target: 400,
  // RFC 7591 §3.2.2
  invalid_redirect_uri: 400,
  invalid_client_metadata: 400,
  // RFC 7009 §2.2.1
  unsupported_token_type: 400,
} as const satisfies Record<string, number>

export type OAuthErrorCode = keyof typeof STATUSES

/**
 * A refusal of the authorization server. `description` is for the client and its person: it names the parameter and the
 * fix, and never repeats what they or the issuer sent. `cause` is for the log.
 */
export class OAuthError extends Error {
  override readonly name = 'OAuthError'
  readonly code: OAuthErrorCode
  /** Another HTTP status than the code's own: 413, 429. */
  readonly status: number
  /** Seconds for `Retry-After`. */
  readonly retryAfterSeconds: number | undefined

  constructor(
    code: OAuthErrorCode,
    description: string,
    {
      status = STATUSES[code],
      retryAfterSeconds,
      ...options
    }: ErrorOptions & { status?: number; retryAfterSeconds?: number } = {},
  ) {
    super(description, options)
    this.code = code
    this.status = status
    this.retryAfterSeconds = retryAfterSeconds
  }
}
