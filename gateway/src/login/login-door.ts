import type { IncomingMessage, ServerResponse } from 'node:http'
import { GatewayError } from '../errors.ts'
import { answerJson } from '../http/answer.ts'
import { announcesBody, readBody } from '../http/body.ts'
import type { Guard } from '../http/guard.ts'
import { repeatedHeader } from '../http/repeated-header.ts'
import { parseRequestTarget } from '../http/request-target.ts'
import type { LoginRoute } from '../http/route.ts'
import { addressBlock } from '../limits/address.ts'
import type { ClientAddress } from '../limits/client-address.ts'
import type { RateLimit } from '../limits/rate-limit.ts'
import { causeChain, type Log } from '../log.ts'
import { PAGE_HEADERS, signInErrorPage } from '../pages/sign-in-error-page.ts'
import { authorizationValues } from '../token/bearer.ts'
import type { BrowserRequest } from './browser/authorize.ts'
import { type BrowserAnswer, sendBrowserAnswer } from './browser/browser-answer.ts'
import { cookiesIn } from './browser/cookies.ts'
import { wordsOf } from './browser/sign-in-problem.ts'
import { type LoginRecord, type LoginSeen, loginRecord } from './login-audit.ts'
import { problemOf, refusalOf, retryAfter } from './login-refusal.ts'
import { OAuthError } from './oauth-error.ts'
import { formIn, type Parameters } from './parameters.ts'
import type { TokenRequest } from './tokens/token-endpoint.ts'

/** Hears what happened to a request, for the audit record. */
export type Tell = (seen: LoginSeen) => void

/** What the door of the login facade needs from the rooms behind it. */
export type LoginRooms = Readonly<{
  guard: Guard
  clientAddress: ClientAddress
  /** By client address (IPv6: by /64). */
  rateLimit: RateLimit
  /** What is served as it is, by its route. */
  documents: Readonly<Record<'server-metadata' | 'openid-metadata' | 'keys', unknown>>
  register: (document: unknown) => Promise<unknown>
  authorize: (query: string, request: BrowserRequest) => Promise<BrowserAnswer>
  consent: (
    form: Parameters,
    headers: IncomingMessage['headers'],
    request: BrowserRequest,
  ) => Promise<BrowserAnswer>
  callback: (query: string, request: BrowserRequest) => Promise<BrowserAnswer>
  token: (request: TokenRequest, tell: Tell) => Promise<unknown>
  revoke: (request: TokenRequest, tell: Tell) => Promise<void>
  log: Log
  audit: (record: LoginRecord) => void
  newRequestId: () => string
  /** Milliseconds since the epoch. */
  now: () => number
}>

/** What a route is: who asks, and by which method. */
type Kind = Readonly<{
  /** A person in a browser, who reads pages; or a client, which reads JSON, perhaps in a page of its own (CORS). */
  asks: 'browser' | 'client'
  method: 'GET' | 'POST'
  /** Counts against the limit of its address: it costs more than a look into memory. */
  counted: boolean
}>

const FORM_BYTES = 64 * 1024
const REGISTRATION_BYTES = 16 * 1024

const DOCUMENT = { asks: 'client', method: 'GET', counted: false } as const
const FROM_CLIENT = { asks: 'client', method: 'POST', counted: true } as const
const FROM_BROWSER = { asks: 'browser', method: 'GET', counted: true } as const

const KINDS: Readonly<Record<LoginRoute['kind'], Kind>> = {
  'server-metadata': DOCUMENT,
  'openid-metadata': DOCUMENT,
  keys: DOCUMENT,
  register: FROM_CLIENT,
  token: FROM_CLIENT,
  revoke: FROM_CLIENT,
  authorize: FROM_BROWSER,
  callback: FROM_BROWSER,
  consent: { ...FROM_BROWSER, method: 'POST' },
}

/** For caches of HTTP/1.0 (RFC 6749 §5.1). */
const NO_CACHE = { pragma: 'no-cache' } as const

/** Any page may use what a client uses: nothing here goes by cookies (Fetch, "CORS protocol and credentials"). */
const CORS = {
  'access-control-allow-origin': '*',
  'access-control-expose-headers': 'www-authenticate, retry-after, x-request-id',
} as const

/**
 * The door of the login facade: host, method, rate and size of a request, the way to its room, and the answer: pages for
 * a browser, JSON for a client. Whatever a room rejects with is answered here, logged where there is more to say, and
 * put on the audit record. Never rejects.
 */
export function createLoginDoor(
  rooms: LoginRooms,
): (route: LoginRoute, req: IncomingMessage, res: ServerResponse) => Promise<void> {
  return async ({ kind: endpoint }, req, res) => {
    const kind = KINDS[endpoint]
    const requestId = rooms.newRequestId()
    const client = rooms.clientAddress(req.socket.remoteAddress, req.headers['x-forwarded-for'])
    let refusalTold = false
    const tell: Tell = (seen) => {
      refusalTold ||= seen.event === 'refused' || seen.event === 'refresh_reused'
      rooms.audit(loginRecord(seen, { requestId, clientAddress: client, at: rooms.now() }))
    }
    res.setHeader('x-request-id', requestId)
    try {
      rooms.guard.checkHost(req.headers)
      if (kind.asks === 'client') {
        for (const [name, value] of Object.entries(CORS)) res.setHeader(name, value)
        if (req.method === 'OPTIONS') return answerPreflight(req, res, kind)
      }
      if (!methodsOf(kind).includes(req.method ?? '')) throw new GatewayError('method_not_allowed')
      if (kind.counted) count(rooms.rateLimit, client)
      if (repeatedHeader(req.rawHeaders) !== undefined) throw new GatewayError('request_malformed')
      if (kind.asks === 'browser') {
        sendBrowserAnswer(res, await answerBrowser(rooms, endpoint, req, res, tell))
      } else {
        await answerClient(rooms, endpoint, req, res, tell)
      }
    } catch (error) {
      const refused =
        kind.asks === 'browser'
          ? refuseBrowser(res, error, requestId, allowOf(kind))
          : refuseClient(req, res, error, allowOf(kind))
      if (kind.counted && !refusalTold) tell({ event: 'refused', reason: refused.reason })
      if (refused.cause === undefined) return
      rooms.log[refused.status >= 500 ? 'error' : 'info']('sign-in request refused', {
        endpoint,
        reason: refused.reason,
        request_id: requestId,
        cause: causeChain(refused.cause),
      })
    }
  }
}

async function answerBrowser(
  rooms: LoginRooms,
  endpoint: LoginRoute['kind'],
  req: IncomingMessage,
  res: ServerResponse,
  tell: Tell,
): Promise<BrowserAnswer> {
  const request = { cookies: cookiesIn(req.headers.cookie), tell }
  const query = parseRequestTarget(req.url)?.query ?? ''
  if (endpoint === 'consent') return rooms.consent(await readForm(req, res), req.headers, request)
  if (announcesBody(req)) throw new GatewayError('body_not_allowed')
  return endpoint === 'callback' ? rooms.callback(query, request) : rooms.authorize(query, request)
}

async function answerClient(
  rooms: LoginRooms,
  endpoint: LoginRoute['kind'],
  req: IncomingMessage,
  res: ServerResponse,
  tell: Tell,
): Promise<void> {
  switch (endpoint) {
    case 'register':
      return answerJson(res, 201, await rooms.register(await readDocument(req, res)), NO_CACHE)
    case 'token':
      return answerJson(res, 200, await rooms.token(await readRequest(req, res), tell), NO_CACHE)
    case 'revoke':
      await rooms.revoke(await readRequest(req, res), tell)
      return answerJson(res, 200, {}, NO_CACHE)
    case 'server-metadata':
    case 'openid-metadata':
    case 'keys':
      if (announcesBody(req)) throw new GatewayError('body_not_allowed')
      return answerJson(res, 200, rooms.documents[endpoint])
    default:
      throw new Error('a page is not for clients')
  }
}

async function readRequest(req: IncomingMessage, res: ServerResponse): Promise<TokenRequest> {
  const [authorization, ...others] = authorizationValues(req.rawHeaders)
  if (others.length > 0) {
    throw new OAuthError('invalid_request', 'there is more than one Authorization header')
  }
  return { form: await readForm(req, res), authorization }
}

async function readForm(req: IncomingMessage, res: ServerResponse): Promise<Parameters> {
  refuseQuery(req)
  const body = await readBody(req, res, { maxBytes: FORM_BYTES })
  return formIn(body, req.headers['content-type'])
}

/** The JSON of a registration (RFC 7591 §3.1). */
async function readDocument(req: IncomingMessage, res: ServerResponse): Promise<unknown> {
  refuseQuery(req)
  const [type = ''] = (req.headers['content-type'] ?? '').split(';')
  if (type.trim().toLowerCase() !== 'application/json') {
    throw new OAuthError('invalid_client_metadata', 'Content-Type must be application/json')
  }
  const body = await readBody(req, res, { maxBytes: REGISTRATION_BYTES })
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(body)) as unknown
  } catch {
    throw new OAuthError('invalid_client_metadata', 'the body must be one JSON document in UTF-8')
  }
}

/** What stands in a URL is written into logs (RFC 6749 §2.3.1). */
function refuseQuery(req: IncomingMessage): void {
  if ((parseRequestTarget(req.url)?.query ?? '') !== '') {
    throw new OAuthError('invalid_request', 'parameters belong into the body, not into the URL')
  }
}

function count(rateLimit: RateLimit, client: string | undefined): void {
  const retryAfterSeconds = rateLimit.take(client === undefined ? '' : addressBlock(client))
  if (retryAfterSeconds === undefined) return
  throw new OAuthError('temporarily_unavailable', 'too many requests come from this address', {
    status: 429,
    retryAfterSeconds,
  })
}

type Refused = Readonly<{ status: number; reason: string; cause: unknown }>

function refuseBrowser(
  res: ServerResponse,
  error: unknown,
  requestId: string,
  allow: string,
): Refused {
  const problem = problemOf(error)
  const { status, reason, cookies, retryAfterSeconds, back } = problem
  const headers = {
    ...PAGE_HEADERS,
    ...retryAfter(status, retryAfterSeconds),
    ...(status === 405 && { allow }),
  }
  const html = signInErrorPage({ ...wordsOf(problem), back, requestId })
  sendBrowserAnswer(res, { kind: 'page', status, html, headers, cookies })
  return { status, reason, cause: problem.cause }
}

function refuseClient(
  req: IncomingMessage,
  res: ServerResponse,
  error: unknown,
  allow: string,
): Refused {
  const { status, body, headers, cause } = refusalOf(error)
  // Only who tried HTTP's own scheme is told of it (RFC 6749 §5.2).
  const triedBasic = /^basic(\s|$)/i.test(req.headers.authorization ?? '')
  answerJson(res, status, body, {
    ...NO_CACHE,
    ...headers,
    ...(status === 405 && { allow }),
    ...(status === 401 && triedBasic && { 'www-authenticate': 'Basic realm="oauth"' }),
  })
  return { status, reason: body.error, cause }
}

/** Answers a preflight request (Fetch, "CORS-preflight request"). */
function answerPreflight(req: IncomingMessage, res: ServerResponse, kind: Kind): void {
  if (announcesBody(req)) throw new GatewayError('body_not_allowed')
  res.writeHead(204, {
    allow: allowOf(kind),
    'access-control-allow-methods': kind.method,
    'access-control-allow-headers': 'authorization, content-type, accept, mcp-protocol-version',
    'access-control-max-age': '600',
  })
  res.end()
}

function methodsOf({ method }: Kind): readonly string[] {
  return method === 'GET' ? ['GET', 'HEAD'] : ['POST']
}

function allowOf(kind: Kind): string {
  return [...methodsOf(kind), ...(kind.asks === 'client' ? ['OPTIONS'] : [])].join(', ')
}
