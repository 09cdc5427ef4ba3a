import { randomBytes } from 'node:crypto'

import { CompactEncrypt, compactDecrypt } from 'jose'

import type { Envelope } from './dress.ts'

/**
 * Opaque access tokens in the clothes of a JWE for the issuer itself: five segments, an empty second one, the issuer in
 * the header. JWTs stay as they are. What comes back and was not encrypted here opens nothing.
 */
export function encryptedTokens(issuer: string): Envelope {
  const key = randomBytes(32)
  const header = { alg: 'dir', enc: 'A256GCM', iss: issuer }
  return {
    seal: async (token) =>
      token.includes('.')
        ? token
        : new CompactEncrypt(Buffer.from(token)).setProtectedHeader(header).encrypt(key),
    open: (presented) =>
      compactDecrypt(presented, key).then(
        ({ plaintext }) => Buffer.from(plaintext).toString(),
        () => '',
      ),
  }
}
