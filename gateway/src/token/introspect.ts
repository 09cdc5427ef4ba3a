import { createHash } from 'node:crypto'
import {
  allowInsecureRequests,
  ClientSecretBasic,
  type Configuration,
  discovery,
  ResponseBodyError,
  tokenIntrospection,
} from 'openid-client'
import { GatewayError } from '../errors.ts'
import type { Introspection } from './provider.ts'

/** What an issuer says of an opaque token (RFC 7662 §2.2), or undefined where it is not active. */
export type Introspect = (token: string) => Promise<Readonly<Record<string, unknown>> | undefined>

/**
 * Asks the introspection endpoint that the issuer's metadata names. One question per token at a time; a "no" is
 * remembered for `refusalMs`, because a client that retries would otherwise be a flood at the issuer. Throws
 * `issuer_unavailable` where the issuer does not answer or has no such endpoint.
 */
export function createIntrospect(
  issuer: string,
  client: Introspection,
  options: { timeoutMs: number; refusalMs: number; maxRefusals: number; now: () => number },
): Introspect {
  let configuration: Promise<Configuration> | undefined
  const flights = new Map<string, ReturnType<Introspect>>()
  const refusals = new Map<string, number>()

  const configure = async (): Promise<Configuration> => {
    const url = new URL(issuer)
    configuration ??= discovery(
      url,
      client.clientId,
      undefined,
      ClientSecretBasic(client.clientSecret),
      {
        timeout: options.timeoutMs / 1000,
        // Whether an issuer without TLS may be used is decided by the configuration, before this.
        execute: url.protocol === 'http:' ? [allowInsecureRequests] : [],
      },
    )
    try {
      return await configuration
    } catch (error) {
      configuration = undefined
      throw error
    }
  }

  const ask: Introspect = async (token) => {
    try {
      const answer = await tokenIntrospection(await configure(), token, {
        token_type_hint: 'access_token',
      })
      return answer.active ? answer : undefined
    } catch (error) {
      // Some issuers refuse to look at a token of a form that they never issue (RFC 7009 §2.2.1): that is a no as well.
      if (error instanceof ResponseBodyError && error.error === 'unsupported_token_type') {
        return undefined
      }
      throw new GatewayError('issuer_unavailable', { cause: withoutDetails(error) })
    }
  }

  return async (token) => {
    const key = createHash('sha256').update(token).digest('base64')
    if ((refusals.get(key) ?? 0) > options.now()) return undefined
    const flight = flights.get(key) ?? ask(token).finally(() => flights.delete(key))
    flights.set(key, flight)
    const answer = await flight
    if (answer === undefined) {
      refusals.delete(key)
      refusals.set(key, options.now() + options.refusalMs)
      for (const oldest of refusals.keys()) {
        if (refusals.size <= options.maxRefusals) break
        refusals.delete(oldest)
      }
    }
    return answer
  }
}

/** The library's errors may carry the request or the response; only what went wrong is kept. */
function withoutDetails(error: unknown): Error {
  const text = error instanceof Error ? `${error.name}: ${error.message}` : 'failed'
  return new Error(`introspection: ${text}`)
}
