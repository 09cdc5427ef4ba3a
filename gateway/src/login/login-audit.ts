/** What happened in a sign-in. */
export type LoginEvent =
  | 'consent_allowed'
  | 'consent_denied'
  | 'returned'
  | 'token_issued'
  | 'token_refreshed'
  | 'refresh_reused'
  | 'revoked'
  | 'refused'

/** What is known of an event; no token, claim or secret is among it. */
export type LoginSeen = Readonly<{
  event: LoginEvent
  /** What the client calls itself. */
  clientName?: string | undefined
  /** Where the client's answers go. */
  redirectUri?: string | undefined
  issuer?: string | undefined
  /** `sub` of the person in the issuer's ID token. */
  subject?: string | undefined
  target?: string | undefined
  /** The sign-in that tokens come from. */
  family?: string | undefined
  /** Why it was refused, or went no further. */
  reason?: string | undefined
}>

/** Of the request that an event belongs to. */
export type LoginRequest = Readonly<{
  requestId: string
  clientAddress: string | undefined
  /** Milliseconds since the epoch. */
  at: number
}>

/** One line per event of a sign-in; `docs/audit.md` explains the fields. */
export type LoginRecord = ReturnType<typeof loginRecord>

/** The audit record of an event. Of the redirect URI it keeps the host, or the scheme of an app. */
export function loginRecord(seen: LoginSeen, request: LoginRequest) {
  return {
    kind: 'sign_in' as const,
    time: new Date(request.at).toISOString(),
    request_id: request.requestId,
    event: seen.event,
    reason: seen.reason ?? null,
    client_name: seen.clientName || null,
    redirect_host: seen.redirectUri === undefined ? null : redirectHost(seen.redirectUri),
    issuer: seen.issuer ?? null,
    subject: seen.subject ?? null,
    target: seen.target ?? null,
    sign_in: seen.family ?? null,
    client_address: request.clientAddress ?? null,
  }
}

function redirectHost(uri: string): string | null {
  if (!URL.canParse(uri)) return null
  const { protocol, hostname } = new URL(uri)
  return protocol === 'https:' || protocol === 'http:' ? hostname : protocol
}
