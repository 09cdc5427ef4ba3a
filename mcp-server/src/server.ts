import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { type AddressInfo, Server as NetServer, type Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { toCaller } from './caller.ts'
import { createClientPool } from './clients.ts'
import { type Config, isLoopback } from './config.ts'
import { answerTo, type Reason, ServerRefusal } from './errors.ts'
import { causeChain, createLog, type Log } from './log.ts'
import { createMcp } from './mcp.ts'
import { guardAgainstBrowsers, matchRoute, methodsOf } from './route.ts'
import { createUnseal, type Unseal } from './sealed-headers.ts'
import { TOOLS } from './tools/catalog.ts'
import { NAME, VERSION } from './version.ts'

export type CloudWatchMcpServer = Readonly<{
  /** Starts listening; rejects with Node's error when the port is taken. */
  listen: () => Promise<{ port: number }>
  /**
   * Stops accepting, lets running requests finish within the drain time, aborts the rest. An idle connection stays open
   * for `idleMs` more: a request that is on its way on it is answered, and ends it; by default it is closed at once.
   */
  close: (idleMs?: number) => Promise<void>
}>

/** After the drain, aborted calls still stop their queries at AWS: time for that, in milliseconds. */
const CLEANUP_MS = 5_000

/** Sealed requests of the last minute that are known by id: more than a replica can serve. */
const SEALS_REMEMBERED = 200_000

/** A request has to arrive whole within this time; answers have no limit here. */
const RECEIVE_MS = { headersTimeout: 20_000, requestTimeout: 60_000 }

/**
 * The server in one piece: wires the rooms together. Reads no environment. `log` defaults to stdout; `createPool` is
 * there for tests that count clients.
 */
export function createCloudWatchMcpServer(
  config: Config,
  log: Log = createLog(config.logLevel, (line) => process.stdout.write(`${line}\n`)),
  createPool: typeof createClientPool = createClientPool,
): CloudWatchMcpServer {
  const loopbackOnly = isLoopback(config.host)
  const pool = createPool({
    endpointUrl: config.endpointUrl,
    cloudwatchEndpointUrl: config.cloudwatchEndpointUrl,
    logsEndpointUrl: config.logsEndpointUrl,
    connectTimeoutMs: config.connectTimeoutMs,
    requestTimeoutMs: config.requestTimeoutMs,
    maxAttempts: config.maxAttempts,
    maxSockets: config.maxSockets,
  })
  const { credentials, region, regions } = config
  const callerOptions = { credentials, region, regions }
  const unseal: Unseal =
    config.sealKeys === undefined
      ? async (rawHeaders) => rawHeaders
      : createUnseal(config.sealKeys, { maxRemembered: SEALS_REMEMBERED, now: () => Date.now() })
  const mcp = createMcp({
    tools: TOOLS,
    maxBodyBytes: config.maxBodyBytes,
    call: {
      clientsFor: pool.clientsFor,
      limits: {
        maxAnswerChars: config.maxAnswerChars,
        queryDeadlineMs: config.queryDeadlineMs,
        maskSecrets: config.maskSecrets === 'true',
        maxQueryCostUsd: config.maxQueryCostUsd,
        queryCostGuard: config.queryCostGuard,
      },
      now: () => new Date(),
    },
    log,
  })

  const answer = async (req: IncomingMessage, res: ServerResponse): Promise<void> => {
    const route = matchRoute(req.url)
    guardAgainstBrowsers(route, req.headers, loopbackOnly)
    // Who asks comes before anything else that /mcp could tell.
    const caller =
      route === 'mcp'
        ? toCaller(await unseal(req.rawHeaders), callerOptions, new Date())
        : undefined
    if (!methodsOf(route).includes(req.method ?? '')) {
      res.setHeader('allow', methodsOf(route).join(', '))
      throw new ServerRefusal('method_not_allowed')
    }
    if (caller !== undefined) {
      res.once('finish', () => {
        if (res.statusCode >= 500) log.error('MCP failed', { requestId: caller.requestId })
      })
      return mcp.handle(req, res, { caller, signal: cutOff(res) })
    }
    respond(res, 200, route === 'health' ? { status: 'ok' } : ABOUT)
  }

  const open = new Set<ServerResponse>()
  let draining = false
  let whenIdle = (): void => {}
  const http = createServer({ maxHeaderSize: config.maxHeaderBytes, ...RECEIVE_MS }, (req, res) => {
    open.add(res)
    res.once('close', () => {
      open.delete(res)
      if (open.size === 0) whenIdle()
    })
    if (draining) {
      res.setHeader('connection', 'close')
      // The time of an idle connection, which may be running, is not that of a query.
      req.socket.setTimeout(0)
    }
    answer(req, res).catch((error: unknown) => refuse(res, error, log))
  })
  http.keepAliveTimeout = config.keepAliveTimeoutMs
  const sockets = new Set<Socket>()
  http.on('connection', (socket) => {
    sockets.add(socket)
    socket.once('close', () => sockets.delete(socket))
  })

  /** Lets connections without a request end by themselves within `idleMs`, or by their next request. */
  const linger = (idleMs: number): void => {
    const busy = new Set([...open].map(({ req }) => req.socket))
    for (const socket of sockets) if (!busy.has(socket)) socket.setTimeout(idleMs)
    // For those whose response ends from now on; Node sets this timer then.
    http.keepAliveTimeout = idleMs
  }

  let closing: Promise<void> | undefined
  const drain = async (idleMs: number): Promise<void> => {
    draining = true
    const closed = new Promise<void>((resolve) => {
      // Not http's own `close`, which ends idle connections at once.
      NetServer.prototype.close.call(http, () => resolve())
    })
    for (const res of open) if (!res.headersSent) res.setHeader('connection', 'close')
    if (idleMs > 0) linger(idleMs)
    else http.closeIdleConnections()
    const done = new Promise<void>((resolve) => {
      whenIdle = resolve
    })
    if (open.size === 0) whenIdle()
    const over = idleMs > 0 ? closed : done
    const limit = new AbortController()
    await Promise.race([over, after(config.drainTimeoutMs, limit.signal)])
    limit.abort()
    if (open.size > 0)
      log.warn('aborting requests that outlasted the drain', { requests: open.size })
    // Cuts the responses off, which aborts their AWS calls.
    http.closeAllConnections()
    await closed
    const timer = new AbortController()
    await Promise.race([mcp.idle(), after(CLEANUP_MS, timer.signal)])
    timer.abort()
    await mcp.close()
    pool.destroy()
  }

  return {
    listen: () =>
      new Promise((resolve, reject) => {
        http.once('error', reject)
        http.listen(config.port, config.host, () => {
          http.removeListener('error', reject)
          // A TCP server's address is never a string (that is a pipe's) and not null while it listens.
          resolve({ port: (http.address() as AddressInfo).port })
        })
      }),
    close: (idleMs = 0) => {
      closing ??= drain(idleMs)
      return closing
    },
  }
}

const ABOUT = {
  name: NAME,
  version: VERSION,
  description:
    'An MCP server that reads AWS CloudWatch with the credentials of each request. It has no login and stands behind a gateway.',
  mcp: '/mcp',
  health: '/healthz',
}

/** A signal that fires when the response is closed before it is finished: the client, or the gateway for it, is gone. */
function cutOff(res: ServerResponse): AbortSignal {
  const controller = new AbortController()
  res.once('close', () => {
    if (!res.writableFinished) controller.abort(new Error('the response was closed'))
  })
  return controller.signal
}

function refuse(res: ServerResponse, error: unknown, log: Log): void {
  const refusal = error instanceof ServerRefusal ? error : new ServerRefusal('internal_error')
  if (refusal.reason === 'internal_error') log.error('request failed', { cause: causeChain(error) })
  else log.debug('request refused', { reason: refusal.reason, headers: refusal.headers.join(',') })
  if (res.headersSent) {
    // Half an answer must not look like a whole one.
    res.destroy()
    return
  }
  const { status } = answerTo(refusal.reason)
  // RFC 9110 §15.5.2: a 401 names a way in. The gateway does not pass it on.
  if (status === 401) res.setHeader('www-authenticate', 'AwsCredentialHeaders realm="cloudwatch"')
  respond(res, status, refusalBody(refusal.reason, refusal.headers))
}

function refusalBody(reason: Reason, headers: readonly string[]): Record<string, string> {
  const { text } = answerTo(reason)
  const names = headers.length === 0 ? '' : ` (${headers.join(', ')})`
  return { error: reason, error_description: `${text}${names}` }
}

function respond(res: ServerResponse, status: number, body: Record<string, string>): void {
  const text = `${JSON.stringify(body)}\n`
  res.writeHead(status, {
    'content-type': 'application/json; charset=utf-8',
    'content-length': Buffer.byteLength(text),
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
  })
  res.end(text)
}

function after(ms: number, signal: AbortSignal): Promise<void> {
  return sleep(ms, undefined, { signal }).catch(() => {})
}
