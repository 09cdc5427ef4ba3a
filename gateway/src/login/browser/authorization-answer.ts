import type { OAuthErrorCode } from '../oauth-error.ts'

/** Whom an authorization request is answered to; only ever an address of the client's that has been checked. */
export type ReturnAddress = Readonly<{ redirectUri: string; state?: string | undefined }>

/**
 * Where the browser goes with the answer to an authorization request (RFC 6749 §4.1.2, §4.1.2.1): the redirect URI as it
 * was registered, with the answer added to its query. Every answer says whose it is (RFC 9207 §2).
 */
export function authorizationAnswer(
  { redirectUri, state }: ReturnAddress,
  issuer: string,
  answer: Readonly<{ code: string }> | Readonly<{ error: OAuthErrorCode; description: string }>,
): string {
  const parameters = new URLSearchParams(
    'code' in answer
      ? { code: answer.code }
      : { error: answer.error, error_description: answer.description },
  )
  if (state !== undefined) parameters.set('state', state)
  parameters.set('iss', issuer)
  return `${redirectUri}${separatorFor(redirectUri)}${parameters}`
}

function separatorFor(uri: string): string {
  const mark = uri.indexOf('?')
  if (mark === -1) return '?'
  const query = uri.slice(mark + 1)
  return query === '' || query.endsWith('&') ? '' : '&'
}
