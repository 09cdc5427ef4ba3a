import type { ClientRequest, Agent as HttpAgent, IncomingMessage, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import { Stream } from 'node:stream'
import httpProxy from 'http-proxy'
import { GatewayError } from '../errors.ts'
import type { Log } from '../log.ts'
import { createConnectionPool } from './connection-pool.ts'
import type { UpstreamHeaders } from './headers.ts'
import { relay } from './relay.ts'

export type ForwardOptions = Readonly<{
  /** The MCP server. Without a path of its own, its endpoint is `/mcp`. */
  upstreamUrl: URL
  connectTimeoutMs: number
  /** From the start of forwarding, waiting for a free connection included, to the response headers. */
  responseHeaderTimeoutMs: number
  /** Connections to the upstream at once; an open stream holds one. */
  maxSockets: number
  /** How long an unused connection is kept; below the upstream's own keep-alive time (Node's default is 5 s). */
  idleSocketMs: number
  log: Log
}>

/** What is sent on: the complete headers (`upstreamHeaders`) and the whole body. */
export type UpstreamRequest = Readonly<{ headers: UpstreamHeaders; body: Buffer }>

/** How it went, for the audit record. */
export type ForwardOutcome = Readonly<{
  /** The status that the client was sent; undefined if it left before there was one. */
  status: number | undefined
  /** Bytes of the response body that came from the upstream. */
  bytes: number
  /** Who ended the exchange before its time. */
  aborted: 'client' | 'upstream' | undefined
}>

export type Forward = (
  req: IncomingMessage,
  res: ServerResponse,
  request: UpstreamRequest,
) => Promise<ForwardOutcome>

type Answered = Readonly<{ upstream: ClientRequest; response: IncomingMessage }>

const LEFT_EARLY: ForwardOutcome = { status: undefined, bytes: 0, aborted: 'client' }

const METHODS: ReadonlySet<string | undefined> = new Set(['POST', 'GET', 'DELETE'])

// Headers by which a request says a second length, waits, or steers the connection.
const NEVER_SENT = [
  'connection',
  'expect',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
] as const

/**
 * A function that sends a request to the MCP server and streams the answer to the client.
 *
 * It resolves when the response to the client is over, cut short or not. It rejects only while nothing has been
 * sent to the client, with `upstream_unreachable`, `upstream_timeout`, `upstream_rejected` (a redirect, which is
 * never followed, or a refusal of the gateway's own credentials) or `method_not_allowed`. It does not check who
 * asks. Throws at creation for an upstream URL that is not http(s) with a plain path.
 *
 * `close` ends unused and running upstream connections.
 */
export function createForward(options: ForwardOptions): { forward: Forward; close: () => void } {
  const { upstreamUrl, log } = options
  const pool = createConnectionPool({
    secure: upstreamUrl.protocol === 'https:',
    maxSockets: options.maxSockets,
    idleSocketMs: options.idleSocketMs,
  })
  const proxy = httpProxy.createProxyServer({
    target: proxyTarget(upstreamUrl),
    // The target's path is the whole path, whatever the client asked for; `toProxy` only keeps http-proxy from
    // parsing the client's URL, which throws for some.
    ignorePath: true,
    toProxy: true,
    // The response is ours (relay.ts): http-proxy would copy its headers, echo the client's `Connection`, hold back
    // the headers until the first byte and leave the client hanging when the upstream dies.
    selfHandleResponse: true,
  })
  // An ECONNRESET after the client has gone is told to nobody but this event; the client's own `close` is enough.
  proxy.on('error', (cause) => log.error('http-proxy failed', { cause: cause.message }))

  /**
   * Hands one request to http-proxy and gives its ClientRequest at once: http-proxy asks the `buffer` stream to
   * pipe itself into it. The events it offers instead come later, and `proxyReq` not for every request.
   */
  function send(
    req: IncomingMessage,
    res: ServerResponse,
    body: Buffer,
    agent: HttpAgent | undefined,
    failed: (cause: Error) => void,
  ): ClientRequest {
    let upstream: ClientRequest | undefined
    const buffer = Object.assign(new Stream(), {
      pipe<T extends NodeJS.WritableStream>(destination: T): T {
        // http-proxy pipes into the one thing it makes, a ClientRequest.
        upstream = destination as unknown as ClientRequest
        if (body.length === 0) destination.end()
        else destination.end(body)
        return destination
      },
    })
    proxy.web(req, res, { agent, buffer }, failed)
    if (upstream === undefined) throw new Error('http-proxy made no request')
    return upstream
  }

  /** One request over one connection, to its response headers; undefined if the client leaves before. */
  function attempt(
    req: IncomingMessage,
    res: ServerResponse,
    body: Buffer,
    agent: HttpAgent | undefined,
  ): Promise<Answered | undefined> {
    return new Promise((resolve, reject) => {
      let upstream: ClientRequest | undefined
      let connectTimer: NodeJS.Timeout | undefined
      let bytesReadBefore = 0
      let settled = false

      const settle = () => {
        settled = true
        clearTimeout(headerTimer)
        clearTimeout(connectTimer)
        res.off('close', clientLeft)
      }
      const fail = (error: Error) => {
        if (settled) return
        settle()
        reject(error)
        upstream?.destroy()
      }
      const timedOut = (what: string, ms: number) => () =>
        fail(new GatewayError('upstream_timeout', { cause: new Error(`${what} within ${ms} ms`) }))
      const clientLeft = () => {
        if (settled) return
        settle()
        resolve(undefined)
        upstream?.destroy()
      }
      const broken = (cause: Error) => {
        const socket = upstream?.socket
        // Only a connection that had served before and gave nothing now can have been closed by its idle time.
        const stale = upstream?.reusedSocket === true && socket?.bytesRead === bytesReadBefore
        fail(stale && isReset(cause) ? new StaleConnection(cause) : unreachable(upstreamUrl, cause))
      }

      const { responseHeaderTimeoutMs, connectTimeoutMs } = options
      const headerTimer = setTimeout(
        timedOut('no response headers', responseHeaderTimeoutMs),
        responseHeaderTimeoutMs,
      )
      res.once('close', clientLeft)
      try {
        upstream = send(req, res, body, agent, broken)
      } catch (cause) {
        // http-proxy throws for what Node's client refuses to send.
        fail(new GatewayError('internal_error', { cause }))
        return
      }
      const sent = upstream
      sent.on('error', broken)
      sent.once('socket', (socket: Socket) => {
        bytesReadBefore = socket.bytesRead
        if (settled || !socket.connecting) return
        connectTimer = setTimeout(timedOut('no connection', connectTimeoutMs), connectTimeoutMs)
        socket.once(upstreamUrl.protocol === 'https:' ? 'secureConnect' : 'connect', () =>
          clearTimeout(connectTimer),
        )
      })
      sent.once('response', (response) => {
        if (settled) return
        settle()
        pool.noteKeepAlive(response.socket, String(response.headers['keep-alive'] ?? ''))
        resolve({ upstream: sent, response })
      })
      sent.once('close', () => broken(new Error('the connection closed without an answer')))
    })
  }

  async function attemptTwice(
    req: IncomingMessage,
    res: ServerResponse,
    body: Buffer,
  ): Promise<Answered | undefined> {
    try {
      return await attempt(req, res, body, pool.agent)
    } catch (error) {
      if (!(error instanceof StaleConnection)) throw error
      // The upstream may have run a POST before it closed, so only a GET is sent again (RFC 9110 §9.2.2), and on a
      // connection of its own: the pool's next one may be as old.
      if (req.method !== 'GET') throw unreachable(upstreamUrl, error.cause)
      log.debug('a kept-alive upstream connection was closed: trying a new one')
    }
    try {
      return await attempt(req, res, body, undefined)
    } catch (error) {
      throw error instanceof StaleConnection ? unreachable(upstreamUrl, error.cause) : error
    }
  }

  const forward: Forward = async (req, res, { headers, body }) => {
    if (!METHODS.has(req.method)) throw new GatewayError('method_not_allowed')
    checkFraming(headers, body)
    if (res.destroyed) return LEFT_EARLY
    req.headers = headers // the one assignment to a request: http-proxy copies from here only

    const answered = await attemptTwice(req, res, body)
    if (answered === undefined) return LEFT_EARLY
    const { upstream, response } = answered
    const refusal = whyNotRelayed(response)
    if (refusal !== undefined) {
      upstream.destroy()
      throw new GatewayError('upstream_rejected', { cause: new Error(refusal) })
    }
    const outcome = await relay(req, res, upstream, response)
    if (outcome.aborted === 'upstream') log.warn('the MCP server ended a response early')
    return outcome
  }

  return { forward, close: pool.close }
}

/** A kept-alive connection that the upstream had closed before it read the request, as far as one can tell. */
class StaleConnection extends Error {
  override readonly name = 'StaleConnection'
  override readonly cause: Error

  constructor(cause: Error) {
    super('the upstream closed a kept-alive connection')
    this.cause = cause
  }
}

function isReset(error: Error): boolean {
  return 'code' in error && (error.code === 'ECONNRESET' || error.code === 'EPIPE')
}

function unreachable(upstreamUrl: URL, error: Error): GatewayError {
  // A failed connection to several addresses has an empty message; its code says what happened.
  const code = 'code' in error ? String(error.code) : error.name
  const cause = new Error(`${upstreamUrl.origin}: ${code}`, { cause: error })
  return new GatewayError('upstream_unreachable', { cause })
}

/** Following a redirect would carry the credentials elsewhere; a 401 would send the client to sign in for nothing. */
function whyNotRelayed(response: IncomingMessage): string | undefined {
  const status = response.statusCode ?? 0
  const redirect = status >= 300 && status < 400
  const refused = status === 401 || status === 407
  const unknown = status < 200 || status > 599 // no final status (RFC 9110 §15)
  return redirect || refused || unknown ? `the upstream answered ${status}` : undefined
}

function checkFraming(headers: UpstreamHeaders, body: Buffer): void {
  const foreign = NEVER_SENT.find((name) => headers[name] !== undefined)
  const length = Number(headers['content-length'] ?? 0)
  if (foreign === undefined && length === body.length) return
  const cause = new Error(foreign ?? `content-length ${length} for ${body.length} bytes`)
  throw new GatewayError('internal_error', { cause })
}

function proxyTarget(url: URL) {
  const { protocol, host, port, pathname, search } = url
  if (protocol !== 'http:' && protocol !== 'https:') {
    throw new TypeError(`the upstream URL must be http or https, not ${protocol}`)
  }
  if (url.username !== '' || url.password !== '') {
    throw new TypeError('the upstream URL must not carry a user name or password')
  }
  // http-proxy joins paths and would fold repeated slashes.
  if (pathname.includes('//')) throw new TypeError('the upstream path must not contain "//"')
  const path = (pathname === '/' ? '/mcp' : pathname) + search
  // URL keeps the brackets of an IPv6 address, sockets do not know them.
  const hostname = url.hostname.replace(/^\[(.*)\]$/, '$1')
  return { protocol, host, hostname, port: port === '' ? null : port, path }
}
