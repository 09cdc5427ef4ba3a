import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { type AddressInfo, Server as NetServer, type Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import type { Reason } from '../errors.ts'
import { createConnectionCap } from '../limits/connection-cap.ts'
import { causeChain, type Log } from '../log.ts'
import { answerRefusal, rawRefusal } from './answer.ts'
import { repeatedFraming } from './repeated-header.ts'

export type Handler = (req: IncomingMessage, res: ServerResponse) => Promise<void>

export type ListenerOptions = Readonly<{
  /** Called for every request whose framing is sound. A rejection is a bug: it is logged and answered 500. */
  handler: Handler
  /** Request line and headers. */
  maxHeaderBytes: number
  maxHeaderCount: number
  maxUrlBytes: number
  /** Connections at once; see `connection-cap.ts` for which of them stay. */
  maxConnections: number
  /** What is served to a connection beyond them all the same. */
  servedWhenFull: (url: string | undefined) => boolean
  /** Time to receive the headers. */
  headersTimeoutMs: number
  /** Time to receive the whole request; the response may take any time. */
  requestTimeoutMs: number
  /** How long an idle connection stays open; above the idle time of a load balancer in front. */
  keepAliveTimeoutMs: number
  /** How long a client may take no byte of a response that waits for it. */
  clientStallMs: number
  /** Told of what the handler never sees. */
  onCut: (why: Cut) => void
  log: Log
}>

/** Why the listener refused a request, or ended a connection without an answer. */
export type Cut =
  | 'request_malformed'
  | 'request_timeout'
  | 'headers_too_large'
  | 'url_too_long'
  | 'too_many_connections'
  /** The client did not take its answer. */
  | 'response_unread'
  /** An idle connection made room for a new one. */
  | 'idle_connection'

export type Listener = Readonly<{
  /** Starts listening; gives the real port (`port` 0 takes a free one). Rejects when the port cannot be had. */
  listen: (port: number, host: string) => Promise<AddressInfo>
  /**
   * Stops accepting, lets running responses end and marks what can still be marked `Connection: close`. An idle
   * connection stays open for `idleMs` more: a request that is on its way on it is answered, and ends it; with 0, as by
   * default, it is closed at once, and such a request lost. What is still open after `drainMs` is cut. Resolves when nothing is.
   */
  close: (drainMs: number, idleMs?: number) => Promise<void>
}>

type Running = Readonly<{ req: IncomingMessage; res: ServerResponse }>

/** What Node says of a connection that breaks the rules. */
type ClientError = NodeJS.ErrnoException & Readonly<{ rawPacket?: Buffer }>

// Requests behind one another on a connection run at once. No MCP client sends them so; a crowd of them is an attack.
const MAX_PIPELINED = 32

const LINGER_MS = 500

// So many connections beyond the limit are told so, if they ask in this time; further ones are closed unheard.
const TOLD_CONNECTIONS = 64
const TOLD_WITHIN_MS = 2000

/**
 * The public HTTP/1.1 listener: strict parsing, limits of size, time and number, refusals in JSON, graceful close. Who
 * asks and for what is the handler's business. `Expect: 100-continue` is answered when the body is read
 * (`body.ts`), so a refused request never sends its body. Upgrades are ignored (RFC 9110 §7.8), tunnels refused.
 */
export function createListener(options: ListenerOptions): Listener {
  const { handler, log } = options
  /** The responses in progress per connection, in the order of their requests. */
  const running = new Map<Duplex, Set<Running>>()
  const sockets = new Set<Socket>()
  /** Connections whose last response is over. */
  const ending = new WeakSet<Duplex>()
  const refused = new WeakSet<Duplex>()
  const cap = createConnectionCap<Duplex>(options.maxConnections)
  const beyondCap = new WeakSet<Duplex>()
  let closing = false
  let lingerMs = 0

  const shortest = Math.min(options.headersTimeoutMs, options.requestTimeoutMs)
  const server = createServer({
    insecureHTTPParser: false,
    maxHeaderSize: options.maxHeaderBytes,
    headersTimeout: options.headersTimeoutMs,
    requestTimeout: options.requestTimeoutMs,
    connectionsCheckingInterval: Math.min(5_000, Math.ceil(shortest / 4)),
    keepAliveTimeout: options.keepAliveTimeoutMs,
    noDelay: true,
    // Checked below, so that the answer is JSON.
    requireHostHeader: false,
  })
  // Node drops the headers beyond its own limit and says nothing, so the counting is done below.
  server.maxHeadersCount = 0
  server.maxConnections = options.maxConnections + TOLD_CONNECTIONS
  server.on('drop', () => options.onCut('too_many_connections'))
  // Node's timer is set back by every byte that moves, the last ones of a slow write included.
  server.setTimeout(options.clientStallMs, (socket) => {
    if (running.has(socket)) {
      // A stream that has nothing to say may be silent for hours.
      if (socket.writableLength === 0) return
      log.info('a response was cut: its client does not take it', { after_ms: socket.timeout })
      options.onCut('response_unread')
    }
    socket.destroy()
  })

  const accept = (req: IncomingMessage, res: ServerResponse) => {
    // Node goes on reading requests behind one that ends the connection; nobody would see their answers.
    if (endsAfterRunning(req.socket)) return
    if ((running.get(req.socket)?.size ?? 0) >= MAX_PIPELINED) {
      req.socket.destroy()
      return
    }
    track(req, res)
    if (closing) req.socket.setTimeout(options.clientStallMs)
    const refusal = refusalOf(req)
    // After a request with `Upgrade` Node throws away what came in the same packet, so the next thing it reads may be
    // the middle of a request.
    const last = closing || refusal !== undefined || beyondCap.has(req.socket)
    if (last || req.headers.upgrade !== undefined) res.setHeader('connection', 'close')
    if (refusal !== undefined) {
      options.onCut(refusal)
      answerRefusal(res, refusal)
      return
    }
    handler(req, res).catch((error: unknown) => {
      log.error('a request handler failed', { cause: causeChain(error) })
      answerRefusal(res, 'internal_error')
    })
  }

  const track = (req: IncomingMessage, res: ServerResponse) => {
    const { socket } = req
    const one: Running = { req, res }
    cap.busy(socket)
    const all = running.get(socket) ?? new Set()
    running.set(socket, all.add(one))
    res.once('close', () => {
      all.delete(one)
      if (all.size === 0) {
        running.delete(socket)
        cap.idle(socket)
      }
      if (endsConnection(res)) ending.add(socket)
      // Node counts the connection as idle only after this event.
      if (closing && lingerMs === 0) setImmediate(() => server.closeIdleConnections())
    })
  }

  /**
   * Tells the responses that stand in line behind another of a closed connection: Node tells only the one that has the
   * socket, and theirs would never come to an end.
   */
  const abandonWaiting = (socket: Socket) => {
    for (const { res } of [...(running.get(socket) ?? [])]) {
      if (res.socket !== null) continue
      res.destroy()
      res.emit('close')
    }
  }

  const refusalOf = (req: IncomingMessage) => {
    if (beyondCap.has(req.socket) && !options.servedWhenFull(req.url)) return 'too_many_connections'
    if ((req.url ?? '').length > options.maxUrlBytes) return 'url_too_long'
    if (req.rawHeaders.length / 2 > options.maxHeaderCount) return 'headers_too_large'
    return soundFraming(req) ? undefined : 'request_malformed'
  }

  const endsAfterRunning = (socket: Duplex): boolean =>
    ending.has(socket) || [...(running.get(socket) ?? [])].some(({ res }) => endsConnection(res))

  /** Whether bytes written to the socket now would be read as the answer to what the parser just refused. */
  const mayAnswer = (socket: Duplex): boolean => {
    if (!socket.writable) return false
    const [first, ...others] = running.get(socket) ?? []
    if (first === undefined) return true
    return others.length === 0 && !first.req.complete && !first.res.headersSent
  }

  // Node counts a connection that has sent nothing yet as busy; one that a load balancer keeps in reserve must not
  // hold up the end.
  server.on('connection', (socket) => {
    sockets.add(socket)
    socket.once('close', () => {
      sockets.delete(socket)
      cap.closed(socket)
      abandonWaiting(socket)
    })
    const admission = cap.open(socket)
    if (admission.kind === 'full') {
      beyondCap.add(socket)
      const timer = setTimeout(() => socket.destroy(), TOLD_WITHIN_MS)
      socket.once('close', () => clearTimeout(timer))
    } else if (admission.givenUp !== undefined) {
      options.onCut('idle_connection')
      admission.givenUp.destroy()
    }
  })
  server.on('request', accept)
  server.on('checkContinue', (req, res) => {
    // Node takes any value that contains the word; only the exact one is understood.
    if (req.headers.expect?.toLowerCase() === '100-continue') accept(req, res)
    else refuseExpectation(req, res)
  })
  const refuseExpectation = (req: IncomingMessage, res: ServerResponse) => {
    if (endsAfterRunning(req.socket)) return
    track(req, res)
    res.setHeader('connection', 'close')
    answerRefusal(res, 'expectation_failed')
  }
  server.on('checkExpectation', refuseExpectation)
  server.on('connect', (_req: IncomingMessage, socket: Duplex) =>
    refuseRaw(socket, 'method_not_allowed'),
  )
  server.on('clientError', (error: ClientError, socket: Duplex) => {
    log.debug('a connection broke the rules of HTTP', { code: error.code })
    // Bytes behind a request that ends the connection are nobody's; its answer still comes.
    if (error.code === 'HPE_CLOSED_CONNECTION' && running.has(socket)) return
    if (error.code === 'ECONNRESET') {
      socket.destroy()
      return
    }
    // The parser complains again about every later byte.
    if (refused.has(socket)) return
    const reason = reasonOf(error, options.maxUrlBytes)
    options.onCut(reason)
    refuseRaw(socket, reason)
  })

  const refuseRaw = (socket: Duplex, reason: Reason) => {
    refused.add(socket)
    socket.on('error', () => {})
    // A refusal that is already on its way says enough.
    const answered = [...(running.get(socket) ?? [])].some(
      ({ res }) => res.headersSent && endsConnection(res),
    )
    if (!answered && !mayAnswer(socket)) {
      socket.destroy()
      return
    }
    // What is still on its way is read and thrown away: closing on unread bytes resets the connection, and the
    // client may lose the answer.
    socket.on('data', () => {})
    if (!answered) socket.end(rawRefusal(reason))
    const timer = setTimeout(() => socket.destroy(), LINGER_MS)
    socket.once('close', () => clearTimeout(timer))
    socket.once('end', () => socket.destroy())
  }

  return {
    listen: (port, host) =>
      new Promise((resolve, reject) => {
        server.once('error', reject)
        server.listen(port, host, () => {
          server.off('error', reject)
          // A TCP server that listens has an address of this shape; the others are for pipes.
          resolve(server.address() as AddressInfo)
        })
      }),
    close: (drainMs, idleMs = 0) =>
      new Promise((resolve) => {
        closing = true
        lingerMs = idleMs
        const timer = setTimeout(() => {
          for (const socket of sockets) socket.destroy()
        }, drainMs)
        // Not http's own `close`, which ends idle connections at once.
        NetServer.prototype.close.call(server, () => {
          clearTimeout(timer)
          resolve()
        })
        if (idleMs === 0) {
          server.closeIdleConnections()
          for (const socket of sockets) if (socket.bytesRead === 0) socket.destroy()
        } else {
          // For those whose response ends from now on; Node sets this timer then.
          server.keepAliveTimeout = idleMs
          for (const socket of sockets) if (!running.has(socket)) socket.setTimeout(idleMs)
        }
        for (const all of running.values()) {
          for (const { res } of all) if (!res.headersSent) res.setHeader('connection', 'close')
        }
      }),
  }
}

/** Why the parser, or its clock, gave a request up. */
function reasonOf({ code, rawPacket }: ClientError, maxUrlBytes: number) {
  if (code === 'ERR_HTTP_REQUEST_TIMEOUT') return 'request_timeout'
  if (code !== 'HPE_HEADER_OVERFLOW') return 'request_malformed'
  // The request line counts as a part of the headers; where it is in the piece that was too much, it can be told apart.
  const url = /^[A-Z]+ (\/\S*)/.exec(rawPacket?.toString('latin1') ?? '')?.[1] ?? ''
  return url.length > maxUrlBytes ? 'url_too_long' : 'headers_too_large'
}

/** Whether the connection closes after this response, because either side said so. */
function endsConnection(res: ServerResponse): boolean {
  return !res.shouldKeepAlive || res.getHeader('connection') === 'close'
}

/**
 * What Node's parser lets through although two readers may disagree about it: no `Host` in HTTP/1.1, two of them,
 * a transfer coding other than `chunked`, `chunked` in HTTP/1.0 (RFC 9112 §3.2, §6.1).
 */
function soundFraming(req: IncomingMessage): boolean {
  if (repeatedFraming(req.rawHeaders) !== undefined) return false
  if (req.headers.host === undefined && req.httpVersion !== '1.0') return false
  const coding = req.headers['transfer-encoding']
  return coding === undefined || (coding.toLowerCase() === 'chunked' && req.httpVersion !== '1.0')
}
