import { createHash } from 'node:crypto'

import { decodeJwt, decodeProtectedHeader } from 'jose'

import type { Claims, Envelope } from './dress.ts'

/**
 * Microsoft Graph's tokens carry a `nonce` in their header, and their signature is over the header with the nonce's
 * hash in its place: only Graph, which knows this, can verify them. To everybody else the signature is wrong.
 */
export function hashedNonceHeader(tokenId: string): Claims {
  return { nonce: hash(nonceOf(tokenId)) }
}

/** Puts the nonce itself into the header of a token that was signed with `hashedNonceHeader`. */
export const graphEnvelope: Envelope = {
  seal: async (token) => {
    const header = decodeProtectedHeader(token)
    if (!('nonce' in header)) return token
    const shown = { ...header, nonce: nonceOf(String(decodeJwt(token).uti)) }
    const [, payload, signature] = token.split('.')
    return [Buffer.from(JSON.stringify(shown)).toString('base64url'), payload, signature].join('.')
  },
  open: async (presented) => presented,
}

/** Any value will do that looks random and can be found again from the token. */
function nonceOf(tokenId: string): string {
  return hash(`graph nonce ${tokenId}`)
}

function hash(text: string): string {
  return createHash('sha256').update(text).digest('base64url')
}
