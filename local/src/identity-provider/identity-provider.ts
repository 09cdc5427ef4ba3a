import type { RequestListener } from 'node:http'

import {
  type IssuerName,
  type Issuers,
  issuersAt,
  PEOPLE,
  type Person,
  resourcesAt,
} from '../world.ts'
import { createDispatch, type Fetched, type Mounted } from './dispatch.ts'
import { dressesFor } from './dresses/dresses.ts'
import { listen } from './listen.ts'
import { createServedIssuer, type ServedIssuer } from './served-issuer.ts'

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
  /** Who can sign in; the three people of the world unless set. */
  people?: readonly Person[]
  /** Gets what went wrong inside; the default prints one line on stderr. */
  onError?: (error: unknown) => void
}>

/** How often an issuer's metadata (of either kind) and keys were fetched. */
export type Fetches = Readonly<Record<Fetched, number>>

export type IdentityProvider = Readonly<{
  origin: string
  port: number
  issuers: Issuers
  /** Makes a new key and signs with it from then on; the old ones stay published. Grants and tokens stay good. */
  rotateKeys: (issuer: IssuerName) => Promise<void>
  /** Takes every key that no longer signs out of the published set. */
  withdrawOldKeys: (issuer: IssuerName) => Promise<void>
  /** The fetches since the start. */
  fetches: (issuer: IssuerName) => Fetches
  close: () => Promise<void>
}>

type Served = Mounted & ServedIssuer & Readonly<{ fetches: Fetches }>

/**
 * Starts the identity provider of the local stack: all issuers on one port, each with new signing keys that are made
 * when it is first asked for something. Rejects with the system's error when the port cannot be had.
 */
export async function startIdentityProvider(
  options: IdentityProviderOptions,
): Promise<IdentityProvider> {
  const { port, host = '127.0.0.1', resourceOrigin } = options
  const { people = PEOPLE, accessTokenSeconds = 3600 } = options
  const onError = options.onError ?? printError

  // The issuers carry the port, so they are made after it is known.
  let dispatch: RequestListener = (_req, res) => res.writeHead(503).end()
  const listening = await listen((req, res) => dispatch(req, res), port, host)
  const origin = options.origin ?? `http://localhost:${listening.port}`
  const issuers = issuersAt(origin)
  const dresses = dressesFor(issuers, resourcesAt(resourceOrigin))
  const served = Object.fromEntries(
    Object.entries(dresses).map(([name, dress]) => {
      const fetches = { discovery: 0, jwks: 0 }
      const onFetch = (what: Fetched) => {
        fetches[what] += 1
      }
      const issuer = createServedIssuer({
        dress,
        people,
        accessTokenSeconds,
        gatewayOrigin: resourceOrigin,
        onError,
      })
      return [name, { dress, fetches, onFetch, ...issuer }]
    }),
  ) as Record<IssuerName, Served> // the entries are those of a record with these names
  dispatch = createDispatch(origin, Object.values(served), onError)

  return {
    origin,
    port: listening.port,
    issuers,
    rotateKeys: (name) => served[name].rotateKeys(),
    withdrawOldKeys: (name) => served[name].withdrawOldKeys(),
    fetches: (name) => ({ ...served[name].fetches }),
    close: listening.close,
  }
}

function printError(error: unknown): void {
  const text = error instanceof Error ? `${error.name}: ${error.message}` : typeof error
  process.stderr.write(`identity provider: ${text}\n`)
}
