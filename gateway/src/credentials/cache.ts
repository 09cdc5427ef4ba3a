import { createHash } from 'node:crypto'
import NodeCache from 'node-cache'
import { GatewayError } from '../errors.ts'
import type { AwsCredentials } from './aws-credentials.ts'
import type { Exchange, ExchangeRequest } from './exchange.ts'

export type CredentialCacheOptions = Readonly<{
  maxEntries: number
  /** Credentials with less life than this are not handed out. */
  minimumLifeSeconds: number
  /** Credentials with less life than this are refreshed while they are still handed out. */
  refreshAheadSeconds: number
  /** How long a refusal by STS is remembered. */
  refusalSeconds: number
  /** Milliseconds since the epoch. */
  now: () => number
  /** Told of every exchange that is really made, and how it ended; for metrics. */
  onExchange?: (outcome: 'issued' | 'failed', milliseconds: number) => void
}>

type Entry =
  | Readonly<{ kind: 'credentials'; credentials: AwsCredentials; refreshAt: number }>
  | Readonly<{ kind: 'refusal'; error: GatewayError; until: number }>

/**
 * An `Exchange` that remembers: one call of `exchange` per key at a time, whose answer all who wait share; refreshed
 * ahead of its end; never handed out with too little life left. A refresh that fails leaves the old credentials in use
 * while they last.
 *
 * `node-cache` stays behind this file because it has sharp edges: a full cache throws instead of making room, a
 * time-to-live of 0 or NaN never ends, cloning copies secrets, and keys live on a plain object. So keys are hashes,
 * lives are checked to be positive and finite, clones are off, and room is made before a set.
 */
export function createCredentialCache(
  exchange: Exchange,
  options: CredentialCacheOptions,
): { exchange: Exchange; size: () => number; close: () => void } {
  const store = new NodeCache({
    useClones: false,
    checkperiod: 60,
    deleteOnExpire: true,
  })
  const flights = new Map<string, Promise<AwsCredentials>>()
  const order = new Set<string>() // least recently used first
  store.on('del', (key: string) => order.delete(key))

  const remember = (key: string, entry: Entry, lifeSeconds: number) => {
    if (!Number.isFinite(lifeSeconds) || lifeSeconds <= 0) return
    store.del(key)
    for (const oldest of order) {
      if (order.size < options.maxEntries) break
      store.del(oldest)
    }
    store.set(key, entry, lifeSeconds)
    order.add(key)
  }

  const lifeOf = (credentials: AwsCredentials): number =>
    (credentials.expiration.getTime() - options.now()) / 1000

  const keep = (key: string, credentials: AwsCredentials, refreshAt: number) => {
    const entry: Entry = { kind: 'credentials', credentials, refreshAt }
    remember(key, entry, lifeOf(credentials) - options.minimumLifeSeconds)
  }

  const call = async (key: string, request: ExchangeRequest): Promise<AwsCredentials> => {
    const startedAt = options.now()
    try {
      const credentials = await exchange(request)
      const life = lifeOf(credentials)
      if (!(life >= options.minimumLifeSeconds)) {
        const cause = new Error('STS issued credentials that end too soon')
        throw new GatewayError('sts_unavailable', { cause })
      }
      options.onExchange?.('issued', options.now() - startedAt)
      keep(key, credentials, refreshTime(credentials, life, options.refreshAheadSeconds))
      return credentials
    } catch (error) {
      options.onExchange?.('failed', options.now() - startedAt)
      throw error
    }
  }

  const fly = (key: string, request: ExchangeRequest): Promise<AwsCredentials> => {
    const flight = flights.get(key) ?? call(key, request).finally(() => flights.delete(key))
    flights.set(key, flight)
    return flight
  }

  const first = async (key: string, request: ExchangeRequest): Promise<AwsCredentials> => {
    try {
      return await fly(key, request)
    } catch (error) {
      if (error instanceof GatewayError && error.reason === 'credentials_denied') {
        const until = options.now() + options.refusalSeconds * 1000
        remember(key, { kind: 'refusal', error, until }, options.refusalSeconds)
      }
      throw error
    }
  }

  const refresh = (key: string, request: ExchangeRequest, credentials: AwsCredentials) => {
    if (flights.has(key)) return
    fly(key, request).catch(() => {
      // What is cached still serves; the next attempt waits, so that a failing STS is not called at every request.
      keep(key, credentials, options.now() + options.refusalSeconds * 1000)
    })
  }

  return {
    size: () => order.size,
    close: () => {
      store.close()
      store.flushAll()
      order.clear()
    },
    exchange: async (request) => {
      const key = keyOf(request)
      const entry = store.get<Entry>(key)
      if (entry === undefined) return first(key, request)
      if (entry.kind === 'refusal') {
        if (options.now() < entry.until) throw entry.error
        return first(key, request)
      }
      if (!(lifeOf(entry.credentials) >= options.minimumLifeSeconds)) return first(key, request)
      order.delete(key)
      order.add(key)
      if (options.now() >= entry.refreshAt) refresh(key, request, entry.credentials)
      return entry.credentials
    },
  }
}

/** Ahead of the end by the configured time, or by a fifth of a life so short that this would be at once. */
function refreshTime(
  credentials: AwsCredentials,
  lifeSeconds: number,
  aheadSeconds: number,
): number {
  const ahead = Math.min(aheadSeconds, lifeSeconds / 5)
  return credentials.expiration.getTime() - ahead * 1000
}

/**
 * Claims that a trust policy may ask for (IAM, "Available keys for AWS web identity federation"), so that a token with
 * `amr` "mfa" does not get its session for a later one without.
 */
const STS_CLAIMS: ReadonlySet<string> = new Set(['aud', 'azp', 'amr', 'email', 'sub'])
/** Session tags, source identity and pinned roles. */
const AWS_CLAIM = 'https://aws.amazon.com/'

/** A hash over everything that changes what STS answers or to whom the answer may be given. */
function keyOf(request: ExchangeRequest): string {
  const { role } = request
  const parts = [
    'web-identity',
    request.issuer,
    request.subject,
    request.clientId ?? null,
    [...request.groups].sort(),
    [...request.scopes].sort(),
    Object.entries(request.claims)
      .filter(([name]) => STS_CLAIMS.has(name) || name.startsWith(AWS_CLAIM))
      .sort(([a], [b]) => (a < b ? -1 : 1)),
    role.roleArn,
    role.sessionName,
    role.sessionSeconds,
    role.policy ?? null,
    role.target,
    role.region,
  ]
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex')
}
