import { createHash } from 'node:crypto'
import { OAuthError } from '../oauth-error.ts'
import { isSameText } from '../same-text.ts'

/** RFC 7636 §4.1: 43 to 128 unreserved characters. */
const VERIFIER = /^[A-Za-z0-9._~-]{43,128}$/

/**
 * Compares a code verifier with the challenge of the authorization request (RFC 7636 §4.6, S256 only) in constant time.
 * Throws `invalid_request` for a verifier that is missing or is none, `invalid_grant` where it does not match.
 */
export function verifyChallenge(verifier: string | undefined, challenge: string): void {
  if (verifier === undefined || !VERIFIER.test(verifier)) {
    throw new OAuthError(
      'invalid_request',
      'code_verifier must be 43 to 128 letters, digits or "-", ".", "_", "~"',
    )
  }
  const hash = createHash('sha256').update(verifier).digest('base64url')
  if (!isSameText(hash, challenge)) {
    throw new OAuthError('invalid_grant', 'code_verifier does not match the code_challenge')
  }
}
