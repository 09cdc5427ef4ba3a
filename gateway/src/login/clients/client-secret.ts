import { createHmac, hkdfSync } from 'node:crypto'
import { decodeProtectedHeader } from 'jose'
import { keyId } from '../sealed/sealed-value.ts'

/** What the keys are derived for (RFC 5869 `info`). */
const INFO = 'cloudwatch-gateway-client-secret'

/** The secret of a confidential client, or undefined where no key is known that sealed its id. */
export type ClientSecretOf = (clientId: string) => string | undefined

/**
 * Derives the secret of a registered client from its sealed id and the very key that sealed it: nothing is stored, and the
 * secret stays the same while that key is configured. 256 bits, in characters that no encoding changes, because clients
 * differ in whether they encode it for HTTP Basic (RFC 6749 §2.3.1). Does not check the id: whoever opens it does.
 */
export function createClientSecretOf(options: {
  /** Keys of 32 bytes, as for sealed values. */
  keys: readonly Uint8Array[]
  /** The origin of the gateway. */
  audience: string
}): ClientSecretOf {
  const keys = new Map(
    options.keys.map((key) => [
      keyId(key),
      new Uint8Array(hkdfSync('sha256', key, options.audience, INFO, 32)),
    ]),
  )
  return (clientId) => {
    const key = keys.get(kidOf(clientId))
    return key && createHmac('sha256', key).update(clientId).digest('base64url')
  }
}

function kidOf(clientId: string): string {
  try {
    return String(decodeProtectedHeader(clientId).kid)
  } catch {
    return ''
  }
}
