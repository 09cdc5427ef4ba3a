import { createRemoteJWKSet, type JWTVerifyGetKey } from 'jose'
import { discoverKeysUrl, type FetchText } from './discovery.ts'

/** The signing keys of one issuer. */
export type IssuerKeys = Readonly<{
  /** Gives jose's key function; finds the issuer's metadata first where that has not happened yet. */
  keyFor(): Promise<JWTVerifyGetKey>
  /** Whether the metadata has been found. */
  isKnown(): boolean
}>

/**
 * The keys of `issuer`: discovered once (again after a failure, at most every `cooldownMs`), then fetched and kept by
 * jose's remote key set, which refetches for an unknown `kid` at most every `cooldownMs` and keeps serving the keys it
 * has.
 */
export function createIssuerKeys(
  issuer: string,
  options: { fetchText: FetchText; timeoutMs: number; cooldownMs: number; now: () => number },
): IssuerKeys {
  let keys: JWTVerifyGetKey | undefined
  let flight: Promise<JWTVerifyGetKey> | undefined
  let failure: { at: number; error: unknown } | undefined

  const discover = async (): Promise<JWTVerifyGetKey> => {
    try {
      const url = await discoverKeysUrl(issuer, options.fetchText)
      keys = createRemoteJWKSet(url, {
        timeoutDuration: options.timeoutMs,
        cooldownDuration: options.cooldownMs,
      })
      return keys
    } catch (error) {
      failure = { at: options.now(), error }
      throw error
    } finally {
      flight = undefined
    }
  }

  return {
    isKnown: () => keys !== undefined,
    keyFor: async () => {
      if (keys !== undefined) return keys
      if (failure !== undefined && options.now() - failure.at < options.cooldownMs) {
        throw failure.error
      }
      flight ??= discover()
      return flight
    },
  }
}
