import { createHash, hkdfSync } from 'node:crypto'
import { deflateRawSync, inflateRawSync } from 'node:zlib'
import { CompactEncrypt, compactDecrypt, decodeProtectedHeader } from 'jose'
import type { z } from 'zod'

/** What a sealed value is for. Each purpose has keys of its own, so none can be taken for another. */
export type Purpose = 'client' | 'consent' | 'login' | 'code' | 'access' | 'refresh'

/** Marks our own values among other JWEs, in the header `typ`. */
const TYPE_PREFIX = 'cloudwatch-gateway-'
/** A value that grows beyond this when it is inflated is none of ours. Bytes. */
const MAX_PLAIN_BYTES = 64 * 1024

/** Why a value cannot be opened. */
export type SealProblem =
  | 'malformed'
  | 'other_purpose'
  | 'unknown_key'
  | 'tampered'
  | 'expired'
  | 'revoked'

export class SealError extends Error {
  override readonly name = 'SealError'
  readonly problem: SealProblem

  constructor(problem: SealProblem, options?: ErrorOptions) {
    super(`a sealed value is ${problem.replaceAll('_', ' ')}`, options)
    this.problem = problem
  }
}

/** What was sealed, and when. Times in milliseconds since the epoch. */
export type Opened<T> = Readonly<{ value: T; sealedAt: number; expiresAt: number | undefined }>

/** Seals and opens the values of one purpose. */
export type SealedValue<T> = Readonly<{
  /** `lifeSeconds` undefined: as long as the key is configured. */
  seal(value: T, lifeSeconds: number | undefined): Promise<string>
  /** Rejects with a `SealError`. */
  open(text: string): Promise<Opened<T>>
}>

export type SealOptions = Readonly<{
  /** Keys of 32 bytes, newest first; the newest seals, each opens. */
  keys: readonly Uint8Array[]
  /** The origin of the gateway: a value of another gateway with the same keys cannot be opened. */
  audience: string
  /** Values sealed before are refused; client ids are not, for they let nobody in. Milliseconds since the epoch. */
  revokeBefore: number | undefined
  now: () => number
}>

/** Whether a token says that it is one of our sealed values, of whatever purpose. Nothing is verified. */
export function purposeOf(token: string): Purpose | undefined {
  try {
    const { typ } = decodeProtectedHeader(token)
    // Whoever wrote the header may have put anything there; only a purpose that is known opens.
    return typeof typ === 'string' && typ.startsWith(TYPE_PREFIX)
      ? (typ.slice(TYPE_PREFIX.length) as Purpose)
      : undefined
  } catch {
    return undefined
  }
}

/**
 * Values that only this gateway can read or make: a JWE (RFC 7516; `dir`, A256GCM) under a key derived for the purpose
 * and the audience (RFC 5869), which the header names as well. What is inside is deflated, since it mostly is tokens.
 * `schema` says what a value must be: one sealed by an older release may not be.
 */
export function createSealedValue<T>(
  purpose: Purpose,
  schema: z.ZodType<T>,
  options: SealOptions,
): SealedValue<T> {
  const typ = `${TYPE_PREFIX}${purpose}`
  const keys = options.keys.map((key) => ({
    kid: keyId(key),
    key: new Uint8Array(hkdfSync('sha256', key, options.audience, typ, 32)),
  }))
  const [newest] = keys

  return {
    seal: async (value, lifeSeconds) => {
      if (newest === undefined) throw new Error('there is no key to seal with')
      const iat = Math.floor(options.now() / 1000)
      const body = { iat, ...(lifeSeconds !== undefined && { exp: iat + lifeSeconds }), v: value }
      const text = Buffer.from(JSON.stringify(body))
      // It could never be opened again.
      if (text.length > MAX_PLAIN_BYTES) throw new Error('a value is too large to be sealed')
      const plain = deflateRawSync(text, { level: 9 })
      return new CompactEncrypt(plain)
        .setProtectedHeader({ alg: 'dir', enc: 'A256GCM', typ, kid: newest.kid })
        .encrypt(newest.key)
    },
    open: async (text) => {
      const kid = kidOf(text, typ)
      const entry = keys.find((one) => one.kid === kid)
      if (entry === undefined) throw new SealError('unknown_key')
      const { plaintext } = await compactDecrypt(text, entry.key, {
        keyManagementAlgorithms: ['dir'],
        contentEncryptionAlgorithms: ['A256GCM'],
      }).catch((cause: unknown) => {
        throw new SealError('tampered', { cause })
      })
      const { iat, exp, v } = bodyIn(plaintext)
      const parsed = schema.safeParse(v)
      if (!parsed.success) throw new SealError('malformed')
      const now = options.now()
      if (exp !== undefined && exp * 1000 <= now) throw new SealError('expired')
      const cutOff = purpose === 'client' ? undefined : options.revokeBefore
      if (cutOff !== undefined && iat * 1000 < cutOff) throw new SealError('revoked')
      return {
        value: parsed.data,
        sealedAt: iat * 1000,
        expiresAt: exp === undefined ? undefined : exp * 1000,
      }
    },
  }
}

/** A key's id: it tells keys apart and says nothing of them. */
export function keyId(key: Uint8Array): string {
  return createHash('sha256').update(key).digest('base64url').slice(0, 11)
}

function kidOf(text: string, typ: string): string {
  try {
    const header = decodeProtectedHeader(text)
    if (header.typ !== typ) throw new SealError('other_purpose')
    if (typeof header.kid === 'string') return header.kid
  } catch (cause) {
    throw cause instanceof SealError ? cause : new SealError('malformed', { cause })
  }
  throw new SealError('malformed')
}

/** Authentic by now, so a wrong shape is a bug or an older release of ours. */
function bodyIn(plaintext: Uint8Array): { iat: number; exp: number | undefined; v: unknown } {
  try {
    const text = inflateRawSync(plaintext, { maxOutputLength: MAX_PLAIN_BYTES }).toString('utf8')
    const { iat, exp, v } = JSON.parse(text)
    if (typeof iat === 'number' && (exp === undefined || typeof exp === 'number')) {
      return { iat, exp, v }
    }
  } catch (cause) {
    throw new SealError('malformed', { cause })
  }
  throw new SealError('malformed')
}
