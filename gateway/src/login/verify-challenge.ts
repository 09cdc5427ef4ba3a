import { createHash, timingSafeEqual } from 'node:crypto'
import { OAuthError } from './oauth-error.ts'

/** RFC 7636 §4.1: 43 to 128 unreserved characters. */
const VERIFIER = /^[A-Za-z0-9._~-]{43,128}$/
/** What S256 gives: 32 bytes in base64url (RFC 7636 §4.2). */
const CHALLENGE = /^[A-Za-z0-9_-]{43}$/

/**
 * Compares a code verifier with the challenge of the authorization request (RFC 7636 §4.6, S256 only) in constant time.
 * Throws `invalid_request` for a verifier that is missing or is none, `invalid_grant` where it does not match. A challenge
 * that is empty or no hash matches nothing.
 */
export function verifyChallenge(verifier: string | undefined, challenge: string): void {
  if (verifier === undefined || !VERIFIER.test(verifier)) {
    throw new OAuthError(
      'invalid_request',
      'code_verifier must be 43 to 128 letters, digits or "-", ".", "_", "~"',
    )
  }
  const expected = Buffer.from(CHALLENGE.test(challenge) ? challenge : '')
  const actual = Buffer.from(createHash('sha256').update(verifier).digest('base64url'))
  if (expected.length !== actual.length || !timingSafeEqual(expected, actual)) {
    throw new OAuthError('invalid_grant', 'code_verifier does not match the code_challenge')
  }
}
