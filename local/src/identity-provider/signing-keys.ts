import { calculateJwkThumbprint, exportJWK, generateKeyPair, type JWK_RSA_Public } from 'jose'
import type { JWK } from 'oidc-provider'

/** A private RS256 key whose `kid` is its RFC 7638 thumbprint: after a restart, old and new keys never share a name. */
export type SigningKey = JWK & { readonly kid: string }

/** Makes a new RSA key of 2048 bits, ready for a JWKS (`use: sig`, no `key_ops`, which AWS STS refuses). */
export async function createSigningKey(): Promise<SigningKey> {
  const { privateKey } = await generateKeyPair('RS256', { extractable: true })
  const jwk = await exportJWK(privateKey)
  const kid = await calculateJwkThumbprint(jwk)
  // The exported key has every member of an RSA private JWK; the two libraries type the same object differently.
  return { ...(jwk as JWK), kid, alg: 'RS256', use: 'sig' }
}

/** What others may know of a key. */
export function publicHalf({ kid, n, e }: SigningKey): JWK_RSA_Public {
  return { kty: 'RSA', use: 'sig', alg: 'RS256', kid, n: n ?? '', e: e ?? '' }
}
