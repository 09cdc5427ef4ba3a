import NodeCache from 'node-cache'
import { GatewayError, type Reason } from '../errors.ts'
import type { AwsCredentials } from './aws-credentials.ts'

export type CredentialCacheOptions<Request> = Readonly<{
  /** A hash over everything that changes the answer or to whom it may be given. */
  keyOf: (request: Request) => string
  maxEntries: number
  /** Credentials with less life than this are not handed out. */
  minimumLifeSeconds: number
  /** Credentials with less life than this are refreshed while they are still handed out. */
  refreshAheadSeconds: number
  /** How long a refusal by STS is remembered, and how long a failed refresh is not tried again. */
  refusalSeconds: number
  /** Milliseconds since the epoch. */
  now: () => number
  /** From 0 up to 1; spreads refreshes, so that what was issued at once is not refreshed at once. */
  random: () => number
  /** Told of every exchange that is really made, and how it ended; for metrics. */
  onExchange?: (outcome: 'issued' | 'failed', milliseconds: number) => void
}>

/** What it remembers is looked for by role, when one is taken away. */
type WithRole = Readonly<{ role: Readonly<{ roleArn: string }> }>

export type CredentialCache<Request extends WithRole> = Readonly<{
  /**
   * Credentials for the request, remembered or new. A waiter whose signal aborts leaves with the signal's reason; the
   * exchange goes on, and its answer serves the next one who asks.
   */
  exchange: (request: Request, signal?: AbortSignal) => Promise<AwsCredentials>
  /** Forgets what was issued for roles that are not to be kept; who waits for one is refused (`role_unmapped`). */
  retain: (isKept: (roleArn: string) => boolean) => void
  forget: (request: Request) => void
  size: () => number
  close: () => void
}>

type Entry =
  | Readonly<{
      kind: 'credentials'
      credentials: AwsCredentials
      refreshAt: number
      roleArn: string
    }>
  | Readonly<{ kind: 'refusal'; error: GatewayError; until: number; roleArn: string }>

/** An exchange under way. */
type Flight = Readonly<{
  roleArn: string
  answer: Promise<AwsCredentials>
  /** Ends the waiting; what STS answers later is not kept. */
  cancel: (error: GatewayError) => void
}>

/**
 * Refusals that another try within seconds would only repeat. `credentials_rejected` is not among them: it is about one
 * token, and the next one may be good.
 */
const REMEMBERED: ReadonlySet<Reason> = new Set(['credentials_denied', 'credentials_misconfigured'])

/** The part of the time ahead by which refreshes are spread. */
const SPREAD = 0.2
/** Of a short life, the part after which it is refreshed is counted from the end. */
const SHORT_LIFE_AHEAD = 0.2

/**
 * Remembers what `exchange` gives: one call of it per key at a time, whose answer all who wait share; refreshed ahead of
 * its end; never handed out with too little life left. A refresh that fails leaves the old credentials in use while they
 * last.
 *
 * `node-cache` stays behind this file because it has sharp edges: a full cache throws instead of making room, a
 * time-to-live of 0 or NaN never ends, cloning copies secrets, and keys live on a plain object. So keys are hashes,
 * lives are checked to be positive and finite, clones are off, and room is made before a set.
 */
export function createCredentialCache<Request extends WithRole>(
  exchange: (request: Request) => Promise<AwsCredentials>,
  options: CredentialCacheOptions<Request>,
): CredentialCache<Request> {
  const store = new NodeCache({
    useClones: false,
    checkperiod: 60,
    deleteOnExpire: true,
  })
  const flights = new Map<string, Flight>()
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

  const keep = (
    key: string,
    credentials: AwsCredentials,
    refreshAt: number,
    roleArn: string,
  ): void => {
    const entry: Entry = { kind: 'credentials', credentials, refreshAt, roleArn }
    remember(key, entry, lifeOf(credentials) - options.minimumLifeSeconds)
  }

  /** When credentials are refreshed; of a short life, a fifth before its end, not at once. */
  const refreshTime = (credentials: AwsCredentials): number => {
    const ahead = options.refreshAheadSeconds * (1 + SPREAD * options.random())
    const seconds = Math.min(ahead, lifeOf(credentials) * SHORT_LIFE_AHEAD)
    return credentials.expiration.getTime() - seconds * 1000
  }

  const call = async (request: Request): Promise<AwsCredentials> => {
    const startedAt = options.now()
    try {
      const credentials = await exchange(request)
      if (!(lifeOf(credentials) >= options.minimumLifeSeconds)) {
        const cause = new Error('STS issued credentials that end too soon')
        throw new GatewayError('sts_unavailable', { cause })
      }
      options.onExchange?.('issued', options.now() - startedAt)
      return credentials
    } catch (error) {
      options.onExchange?.('failed', options.now() - startedAt)
      throw error
    }
  }

  /** Joins the flight of the key, or starts one. `failed` is called before those who wait are told. */
  const fly = (key: string, request: Request, failed: (error: unknown) => void): Flight => {
    const underway = flights.get(key)
    if (underway !== undefined) return underway
    const { roleArn } = request.role
    let cancel: Flight['cancel'] = () => {}
    const answer = new Promise<AwsCredentials>((resolve, reject) => {
      cancel = (error) => {
        flights.delete(key)
        reject(error)
      }
      const land = (then: () => void) => {
        // A flight that was cancelled has left the map, and another may be in its place.
        if (flights.get(key)?.answer !== answer) return
        flights.delete(key)
        then()
      }
      call(request).then(
        (credentials) => {
          land(() => keep(key, credentials, refreshTime(credentials), roleArn))
          resolve(credentials)
        },
        (error: unknown) => {
          land(() => failed(error))
          reject(error)
        },
      )
    })
    answer.catch(() => {}) // those who wait are told; there may be none left
    const flight = { roleArn, answer, cancel }
    flights.set(key, flight)
    return flight
  }

  const start = (key: string, request: Request): Flight =>
    fly(key, request, (error) => {
      if (!(error instanceof GatewayError) || !REMEMBERED.has(error.reason)) return
      const until = options.now() + options.refusalSeconds * 1000
      const entry: Entry = { kind: 'refusal', error, until, roleArn: request.role.roleArn }
      remember(key, entry, options.refusalSeconds)
    })

  const first = async (
    key: string,
    request: Request,
    signal: AbortSignal | undefined,
  ): Promise<AwsCredentials> => {
    const joined = flights.has(key)
    try {
      return await unlessLeft(start(key, request).answer, signal)
    } catch (error) {
      // What was rejected is the token of who started the flight; ours may be newer.
      const theirs = error instanceof GatewayError && error.reason === 'credentials_rejected'
      if (!joined || !theirs) throw error
      return unlessLeft(start(key, request).answer, signal)
    }
  }

  const refresh = (key: string, request: Request, credentials: AwsCredentials) => {
    if (flights.has(key)) return
    fly(key, request, () => {
      // What is cached still serves; the next attempt waits, so that a failing STS is not called at every request.
      const later = options.now() + options.refusalSeconds * 1000
      keep(key, credentials, later, request.role.roleArn)
    })
  }

  return {
    size: () => order.size,
    close: () => {
      store.close()
      store.flushAll()
      order.clear()
    },
    forget: (request) => {
      store.del(options.keyOf(request))
    },
    retain: (isKept) => {
      for (const key of [...order]) {
        const entry = store.get<Entry>(key)
        if (entry !== undefined && !isKept(entry.roleArn)) store.del(key)
      }
      for (const { roleArn, cancel } of [...flights.values()]) {
        if (isKept(roleArn)) continue
        const cause = new Error(`the role ${roleArn} was taken away meanwhile`)
        cancel(new GatewayError('role_unmapped', { cause }))
      }
    },
    exchange: async (request, signal) => {
      signal?.throwIfAborted()
      const key = options.keyOf(request)
      const entry = store.get<Entry>(key)
      if (entry === undefined) return first(key, request, signal)
      if (entry.kind === 'refusal') {
        if (options.now() < entry.until) throw entry.error
        return first(key, request, signal)
      }
      if (!(lifeOf(entry.credentials) >= options.minimumLifeSeconds)) {
        return first(key, request, signal)
      }
      order.delete(key)
      order.add(key)
      if (options.now() >= entry.refreshAt) refresh(key, request, entry.credentials)
      return entry.credentials
    },
  }
}

/** The answer, or the reason of the signal where that comes first. */
function unlessLeft<T>(answer: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (signal === undefined) return answer
  return new Promise((resolve, reject) => {
    const leave = () => reject(signal.reason)
    signal.addEventListener('abort', leave, { once: true })
    answer.then(resolve, reject).finally(() => signal.removeEventListener('abort', leave))
  })
}
