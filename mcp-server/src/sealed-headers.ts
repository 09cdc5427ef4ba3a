import { createHash } from 'node:crypto'
import { compactDecrypt } from 'jose'
import { ServerRefusal } from './errors.ts'

/** The one header that replaces the ones which carry authority. */
const SEALED_HEADER = 'x-aws-credentials-sealed'

/** The headers that a server with keys accepts only from inside the seal. */
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

/** What the clocks of the two programs may differ by. Seconds. */
const CLOCK_TOLERANCE_SECONDS = 5

/** Above the life of a seal: a value that says it lives longer was not made by the gateway. Seconds. */
const MAX_LIFE_SECONDS = 120

/** Gives the headers of a request with the sealed ones in the clear. Rejects with a `ServerRefusal`. */
export type Unseal = (rawHeaders: readonly string[]) => Promise<readonly string[]>

/** A key's id, as the gateway writes it. */
export function keyId(key: Uint8Array): string {
  return createHash('sha256').update(key).digest('hex').slice(0, 16)
}

/**
 * Opens the sealed header (JWE, RFC 7516; `dir`, A256GCM) with any of the keys. It must be fresh, made for this request id
 * and not seen before. Headers of the same names outside the seal are refused, not ignored: they are somebody's attempt.
 *
 * Repetitions are known to the replica that saw the first; at another one a repetition of the same request id stays
 * possible for the minute that a seal lives.
 */
export function createUnseal(
  keys: readonly Uint8Array[],
  options: { maxRemembered: number; now: () => number },
): Unseal {
  const byId = new Map(keys.map((key) => [keyId(key), key]))
  const seen = new Map<string, number>()

  const isNew = (id: string, until: number): boolean => {
    for (const [old, end] of seen) {
      if (end > options.now() && seen.size < options.maxRemembered) break
      seen.delete(old)
    }
    if (seen.has(id)) return false
    seen.set(id, until)
    return true
  }

  return async (rawHeaders) => {
    const open: string[] = []
    const sealed: string[] = []
    for (let at = 0; at + 1 < rawHeaders.length; at += 2) {
      const [name = '', value = ''] = rawHeaders.slice(at, at + 2)
      const known = name.toLowerCase()
      if (SEALED.some((one) => one === known)) {
        throw new ServerRefusal('credentials_unsealed', [known])
      }
      if (known === SEALED_HEADER) sealed.push(value)
      else open.push(name, value)
    }
    const [value, ...others] = sealed
    if (value === undefined) throw new ServerRefusal('credentials_unsealed', [SEALED_HEADER])
    if (others.length > 0) throw rejected()
    const claims = await decrypt(value, byId)
    const seconds = options.now() / 1000
    const requestId = headerOf(open, 'x-request-id')
    const fresh =
      claims.iat - CLOCK_TOLERANCE_SECONDS <= seconds &&
      seconds < claims.exp + CLOCK_TOLERANCE_SECONDS &&
      claims.exp - claims.iat <= MAX_LIFE_SECONDS
    if (!fresh || requestId === undefined || claims.rid !== requestId) throw rejected()
    if (!isNew(claims.jti, (claims.exp + CLOCK_TOLERANCE_SECONDS) * 1000)) throw rejected()
    return [...open, ...claims.headers]
  }
}

type Claims = Readonly<{
  rid: string
  jti: string
  iat: number
  exp: number
  headers: readonly string[]
}>

async function decrypt(value: string, keys: ReadonlyMap<string, Uint8Array>): Promise<Claims> {
  try {
    const { plaintext } = await compactDecrypt(
      value,
      ({ kid }) => {
        const key = keys.get(kid ?? '')
        if (key === undefined) throw new Error('unknown key')
        return key
      },
      { keyManagementAlgorithms: ['dir'], contentEncryptionAlgorithms: ['A256GCM'] },
    )
    return readClaims(JSON.parse(new TextDecoder().decode(plaintext)))
  } catch {
    throw rejected()
  }
}

function readClaims(document: unknown): Claims {
  const { rid, jti, iat, exp, headers } = Object(document)
  const named = Object(headers)
  const list = SEALED.flatMap((name) => {
    const value: unknown = named[name]
    return typeof value === 'string' ? [name, value] : []
  })
  const texts = typeof rid === 'string' && typeof jti === 'string' && jti !== ''
  if (!texts || typeof iat !== 'number' || typeof exp !== 'number') throw new Error('not ours')
  return { rid, jti, iat, exp, headers: list }
}

function headerOf(rawHeaders: readonly string[], wanted: string): string | undefined {
  const found = rawHeaders.flatMap((name, at) =>
    at % 2 === 0 && name.toLowerCase() === wanted ? [rawHeaders[at + 1] ?? ''] : [],
  )
  return found.length === 1 ? found[0] : undefined
}

function rejected(): ServerRefusal {
  return new ServerRefusal('seal_rejected', [SEALED_HEADER])
}
