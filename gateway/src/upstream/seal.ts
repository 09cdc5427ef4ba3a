import { createHash } from 'node:crypto'
import { CompactEncrypt } from 'jose'
import type { UpstreamHeaders } from './headers.ts'

/** The one header that replaces the ones which carry authority. */
export const SEALED_HEADER = 'x-aws-credentials-sealed'

/** A sealed value is for one hop that happens now. Seconds. */
const LIFE_SECONDS = 60

/** Everything that says who asks, with which credentials, for what: whoever could change one of them could be another. */
const SEALED = [
  'x-aws-access-key-id',
  'x-aws-secret-access-key',
  'x-aws-session-token',
  'x-aws-credentials-expiration',
  'x-aws-region',
  'x-aws-regions',
  'x-aws-role-arn',
  'x-mcp-principal',
  'x-mcp-tools',
] as const

export type Seal = (headers: UpstreamHeaders) => Promise<UpstreamHeaders>

/** A key's id: it tells keys apart and says nothing of them. */
export function keyId(key: Uint8Array): string {
  return createHash('sha256').update(key).digest('hex').slice(0, 16)
}

/**
 * Seals the headers of the upstream contract with the newest key: a JWE (RFC 7516; `dir`, A256GCM) that lives a minute and
 * names the request id, so that it is of no use with another request. `newId` gives a fresh id for each, by which the
 * server knows a repetition; `now` is in milliseconds. Without keys the headers stay as they are.
 */
export function createSeal(
  keys: readonly Uint8Array[],
  options: { newId: () => string; now: () => number },
): Seal {
  const [key] = keys
  if (key === undefined) return async (headers) => headers
  const kid = keyId(key)
  return async (headers) => {
    const seconds = Math.floor(options.now() / 1000)
    const claims = {
      rid: headers['x-request-id'],
      jti: options.newId(),
      iat: seconds,
      exp: seconds + LIFE_SECONDS,
      headers: Object.fromEntries(SEALED.map((name) => [name, headers[name]])),
    }
    const sealed = await new CompactEncrypt(new TextEncoder().encode(JSON.stringify(claims)))
      .setProtectedHeader({ alg: 'dir', enc: 'A256GCM', kid })
      .encrypt(key)
    const open = Object.entries(headers).filter(([name]) => !SEALED.some((one) => one === name))
    return { ...Object.fromEntries(open), [SEALED_HEADER]: sealed }
  }
}
