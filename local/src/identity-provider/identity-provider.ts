import type { RequestListener } from 'node:http'

import { type Issuers, issuersAt, resourcesAt } from '../world.ts'
import { createDispatch } from './dispatch.ts'
import type { Dress } from './dress.ts'
import { auth0Dress } from './dresses/auth0.ts'
import { cognitoDress } from './dresses/cognito.ts'
import { genericDress } from './dresses/generic.ts'
import { oktaDress } from './dresses/okta.ts'
import { createIssuer } from './issuer.ts'
import { listen } from './listen.ts'
import { createSigningKey } from './signing-keys.ts'

export type IdentityProviderOptions = Readonly<{
  /** 0 takes a free port. */
  port: number
  /** The default is 127.0.0.1, which means both loopback addresses. */
  host?: string
  /** The public origin that the issuers carry; the default is `http://localhost:<port>`. */
  origin?: string
  /** The gateway's public origin: its resources are the ones that may be asked for. */
  resourceOrigin: string
  /** Life of access and ID tokens in seconds; one hour unless set. */
  accessTokenSeconds?: number
  /** Gets what went wrong inside; the default prints one line on stderr. */
  onError?: (error: unknown) => void
}>

export type IdentityProvider = Readonly<{
  origin: string
  port: number
  issuers: Issuers
  close: () => Promise<void>
}>

/**
 * Starts the identity provider of the local stack: four issuers on one port, new signing keys at every start. Rejects
 * with the system's error when the port cannot be had.
 */
export async function startIdentityProvider(
  options: IdentityProviderOptions,
): Promise<IdentityProvider> {
  const { port, host = '127.0.0.1', resourceOrigin, accessTokenSeconds = 3600 } = options
  const onError = options.onError ?? printError

  // The issuers carry the port, so they are made after it is known.
  let dispatch: RequestListener = (_req, res) => res.writeHead(503).end()
  const listening = await listen((req, res) => dispatch(req, res), port, host)
  const origin = options.origin ?? `http://localhost:${listening.port}`
  const issuers = issuersAt(origin)
  const resources = resourcesAt(resourceOrigin)
  const dresses = [
    genericDress(issuers.generic, resources),
    oktaDress(issuers.okta),
    auth0Dress(issuers.auth0, resources),
    cognitoDress(issuers.cognito),
  ]
  const mounted = await Promise.all(
    dresses.map(async (dress) => ({
      dress,
      handle: createIssuer({ dress, keys: await keysFor(dress), accessTokenSeconds, onError }),
    })),
  )
  dispatch = createDispatch(origin, mounted, onError)
  return { origin, port: listening.port, issuers, close: listening.close }
}

function keysFor({ separateIdTokenKey }: Dress) {
  return Promise.all(Array.from({ length: separateIdTokenKey ? 2 : 1 }, createSigningKey))
}

function printError(error: unknown): void {
  const text = error instanceof Error ? `${error.name}: ${error.message}` : typeof error
  process.stderr.write(`identity provider: ${text}\n`)
}
