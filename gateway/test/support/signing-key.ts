import { type CryptoKey, exportJWK, generateKeyPair, type JWK } from 'jose'

/** A key pair as an issuer holds it. */
export type SigningKey = Readonly<{
  kid: string
  alg: string
  privateKey: CryptoKey
  /** What the issuer publishes. */
  publicJwk: JWK
}>

const made = new Map<string, Promise<SigningKey>>()

/** The key of that name: the same one whenever it is asked for, because RSA keys take long to make. */
export function signingKey(kid: string, alg = 'RS256'): Promise<SigningKey> {
  const name = `${alg} ${kid}`
  const known = made.get(name) ?? make(kid, alg)
  made.set(name, known)
  return known
}

async function make(kid: string, alg: string): Promise<SigningKey> {
  const { privateKey, publicKey } = await generateKeyPair(alg, { extractable: true })
  const publicJwk = { ...(await exportJWK(publicKey)), kid, alg, use: 'sig' }
  return { kid, alg, privateKey, publicJwk }
}
