import { createLocalJWKSet, errors, type JSONWebKeySet, type JWTVerifyGetKey } from 'jose'
import { createDocumentCache } from './document-cache.ts'
import { DocumentError } from './document-error.ts'
import type { FetchDocument } from './fetch-client-document.ts'
import { isJsonObject, jsonIn, memberOf } from './json-object.ts'

/** Algorithms with which a client may sign its assertions: asymmetric ones alone (RFC 7523 §3, RFC 8725 §3.2). */
export const ASSERTION_ALGORITHMS: readonly string[] = ['RS256', 'PS256', 'ES256', 'EdDSA']

/** Some keys, with certificates; a thousand sets of this size are kept at most. Bytes. */
const MAX_KEYS_BYTES = 16 * 1024
/** Clients sign with one key and publish the next one beside it. */
const MAX_KEYS = 32

/** The keys of a client, from a set that it publishes by address. */
export type KeysAt = (url: URL) => JWTVerifyGetKey

/**
 * Keys that clients publish at their `jwks_uri`, fetched when a client is to be authenticated and kept as its host says.
 * They are fetched again, at most once a minute, for a `kid` that is not among them: clients change their keys. The function
 * rejects as `fetchDocument` does, and as jose does where no key fits.
 */
export function createKeysAt(options: {
  fetchDocument: FetchDocument
  maxEntries: number
  /** Milliseconds since the epoch. */
  now: () => number
}): KeysAt {
  const cache = createDocumentCache({
    load: async (address) => {
      const { text, maxAgeSeconds } = await options.fetchDocument(new URL(address), MAX_KEYS_BYTES)
      return { value: keysIn(jsonIn(text)), maxAgeSeconds }
    },
    maxEntries: options.maxEntries,
    now: options.now,
  })
  return (url) => async (header, token) => {
    const known = await cache.get(url.href)
    try {
      return await known(header, token)
    } catch (error) {
      if (!(error instanceof errors.JWKSNoMatchingKey)) throw error
      const renewed = await cache.renew(url.href)
      return renewed(header, token)
    }
  }
}

/**
 * The keys of a set (RFC 7517 §5). Throws a `DocumentError` for what is no set of keys, and for one that holds a private or a
 * shared key: who publishes that has no key any more.
 */
export function keysIn(set: unknown): JWTVerifyGetKey {
  const keys = isJsonObject(set) ? memberOf(set, 'keys') : undefined
  if (!Array.isArray(keys) || keys.length > MAX_KEYS || !keys.every(isPublicKey)) {
    throw new DocumentError('unusable', 'it is not a set of public keys')
  }
  try {
    return createLocalJWKSet({ keys } as JSONWebKeySet) // which checks what is left to check
  } catch (cause) {
    throw new DocumentError('unusable', 'it is not a set of public keys', { cause })
  }
}

function isPublicKey(key: unknown): boolean {
  return (
    isJsonObject(key) &&
    ['RSA', 'EC', 'OKP'].includes(String(memberOf(key, 'kty'))) &&
    memberOf(key, 'd') === undefined &&
    memberOf(key, 'k') === undefined
  )
}
