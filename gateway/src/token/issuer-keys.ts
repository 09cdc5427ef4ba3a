import { createLocalJWKSet, errors, type JSONWebKeySet, type JWTVerifyGetKey } from 'jose'
import { GatewayError } from '../errors.ts'
import { causeChain } from '../log.ts'
import { discoverMetadata, type FetchText } from './discovery.ts'

/** The signing keys of one issuer. */
export type IssuerKeys = Readonly<{
  /** Gives jose's key function; finds the issuer's metadata and keys first where that has not happened yet. */
  keyFor(): Promise<JWTVerifyGetKey>
  /** Whether the metadata and the keys have been found. */
  isKnown(): boolean
  /** A number that changes when the published keys do: what was verified before may not be any more. */
  version(): number
}>

/** Keys older than this are fetched again, so that one which the issuer has withdrawn is noticed. */
const MAX_AGE_MS = 10 * 60 * 1000

/**
 * While nothing has been found yet every token of the issuer is refused, so the wait is shorter: long enough for a host
 * that is down, short for one that has only just come up. Milliseconds.
 */
const FIRST_COOLDOWN_MS = 5000

/**
 * The keys of `issuer`, by discovery. They are fetched again when they are old, and for a `kid` that is not among them;
 * one fetch at a time, and at most one every `cooldownMs`, whatever tokens come. Keys once found stay in use while the
 * issuer does not answer: its outage must not become ours. Both functions throw `issuer_unavailable`.
 *
 * jose's own remote key set is not used: it refuses every token once its keys are ten minutes old and the issuer is
 * down, and then fetches at every request.
 */
export function createIssuerKeys(
  issuer: string,
  options: { fetchText: FetchText; cooldownMs: number; now: () => number },
): IssuerKeys {
  let keys: JWTVerifyGetKey | undefined
  let published = ''
  let version = 0
  let loadedAt = Number.NEGATIVE_INFINITY
  let attemptedAt = Number.NEGATIVE_INFINITY
  let failure: unknown
  let flight: Promise<JWTVerifyGetKey> | undefined

  const load = async (): Promise<JWTVerifyGetKey> => {
    attemptedAt = options.now()
    try {
      const { keysUrl } = await discoverMetadata(issuer, options.fetchText)
      const fetched = await fetchKeys(keysUrl, options.fetchText)
      keys = fetched.keys
      if (fetched.text !== published) version += 1
      published = fetched.text
      loadedAt = options.now()
      failure = undefined
      return fetched.keys
    } catch (error) {
      failure = error
      throw error
    } finally {
      flight = undefined
    }
  }

  const reload = (): Promise<JWTVerifyGetKey> => {
    flight ??= load()
    return flight
  }

  const mayLoad = () => {
    const wait =
      keys === undefined ? Math.min(options.cooldownMs, FIRST_COOLDOWN_MS) : options.cooldownMs
    return flight !== undefined || options.now() - attemptedAt >= wait
  }

  const current = async (): Promise<JWTVerifyGetKey> => {
    const known = keys
    if (known === undefined) {
      if (!mayLoad()) throw failure
      return reload()
    }
    // Only the one who starts the fetch waits for it: a silent issuer must not hold up everybody else.
    if (options.now() - loadedAt < MAX_AGE_MS || flight !== undefined || !mayLoad()) return known
    return reload().catch(() => known)
  }

  const keyOf: JWTVerifyGetKey = async (header, token) => {
    const known = await current()
    try {
      return await known(header, token)
    } catch (error) {
      if (!(error instanceof errors.JWKSNoMatchingKey)) throw error
      if (mayLoad()) return (await reload())(header, token)
      // While the last fetch has failed nobody can say that the key is not the issuer's.
      throw failure ?? error
    }
  }

  return {
    isKnown: () => keys !== undefined,
    version: () => version,
    keyFor: async () => {
      await current()
      return keyOf
    },
  }
}

async function fetchKeys(
  url: URL,
  fetchText: FetchText,
): Promise<{ keys: JWTVerifyGetKey; text: string }> {
  try {
    const { status, text } = await fetchText(url)
    if (status !== 200) throw new Error(`status ${status}`)
    // Whether it is a key set is what createLocalJWKSet checks.
    return { keys: createLocalJWKSet(JSON.parse(text) as JSONWebKeySet), text }
  } catch (error) {
    const cause = new Error(`${url.href}: ${causeChain(error)}`)
    throw new GatewayError('issuer_unavailable', { cause })
  }
}
