import type { IncomingMessage, OutgoingHttpHeaders, ServerResponse } from 'node:http'
import { answerTo, type Reason } from '../errors.ts'
import { HINTS, type Hint } from '../hints.ts'
import { announcesBody } from './body.ts'

/** What a client reads in the body of a refusal, in the shape of OAuth errors (RFC 6749 §5.2). */
export type RefusalBody = Readonly<{ error: string; error_description: string }>

// A client that is still sending its body when the answer comes loses the answer if the connection is closed
// under it: the kernel answers unread bytes with a reset. So a bounded rest is read and thrown away first.
// Twice the largest body that is accepted unless configured otherwise: who sends a little too much reads why.
const LINGER_BYTES = 8 * 1024 * 1024
const LINGER_MS = 1000

/** The body of the answer to a reason: the OAuth error code if the reason has one, else the reason itself. */
export function refusalBody(reason: Reason, hint?: Hint): RefusalBody {
  const answer = answerTo(reason)
  return { error: answer.error ?? reason, error_description: describe(answer.text, hint) }
}

/** The text of an answer, with what the token's owner can do about it. */
export function describe(text: string, hint: Hint | undefined): string {
  return hint === undefined ? text : `${text}: ${HINTS[hint]}`
}

/**
 * Answers with JSON and ends the response, as `answerBytes` does. `headers` are added; they do not override the fixed ones.
 */
export function answerJson(
  res: ServerResponse,
  status: number,
  body: unknown,
  headers: OutgoingHttpHeaders = {},
): void {
  answerBytes(res, status, Buffer.from(`${JSON.stringify(body)}\n`), {
    ...headers,
    'content-type': 'application/json; charset=utf-8',
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
  })
}

/**
 * Answers with bytes and ends the response. If the request body is not wholly received the connection closes
 * after the answer, so that no byte of it can be read as another request. Does nothing but cut the
 * connection when a response is already on its way.
 */
export function answerBytes(
  res: ServerResponse,
  status: number,
  bytes: Buffer,
  headers: OutgoingHttpHeaders,
): void {
  if (res.headersSent) {
    res.destroy()
    return
  }
  if (res.destroyed) return
  const unread = bodyUnread(res.req)
  // Set apart from the others: only then can the listener see it and take no more requests.
  if (unread) res.setHeader('connection', 'close')
  res.writeHead(status, { ...headers, 'content-length': bytes.length })
  if (!unread) {
    res.end(bytes)
    return
  }
  res.write(bytes)
  discardRest(res.req, () => res.end())
}

/**
 * Answers with what the table of reasons fixes: status, text and, unless `headers` know better, `Retry-After`. Adds no
 * challenge of its own.
 */
export function answerRefusal(
  res: ServerResponse,
  reason: Reason,
  headers: OutgoingHttpHeaders = {},
  hint?: Hint,
): void {
  const { status, retryAfterSeconds } = answerTo(reason)
  const retryAfter =
    retryAfterSeconds === undefined ? {} : { 'retry-after': String(retryAfterSeconds) }
  answerJson(res, status, refusalBody(reason, hint), { ...retryAfter, ...headers })
}

/** A response for a socket that has no request: the parser refused it, or it asked for a tunnel. */
export function rawRefusal(reason: Reason): string {
  const { status } = answerTo(reason)
  const body = `${JSON.stringify(refusalBody(reason))}\n`
  return [
    `HTTP/1.1 ${status} ${REASON_PHRASES[status] ?? 'Refused'}`,
    'content-type: application/json; charset=utf-8',
    `content-length: ${Buffer.byteLength(body)}`,
    'cache-control: no-store',
    'x-content-type-options: nosniff',
    'connection: close',
    '',
    body,
  ].join('\r\n')
}

const REASON_PHRASES: Readonly<Record<number, string>> = {
  400: 'Bad Request',
  405: 'Method Not Allowed',
  408: 'Request Timeout',
  414: 'URI Too Long',
  431: 'Request Header Fields Too Large',
}

function bodyUnread(req: IncomingMessage): boolean {
  return !req.complete && announcesBody(req)
}

function discardRest(req: IncomingMessage, done: () => void): void {
  let left = LINGER_BYTES
  const finish = () => {
    clearTimeout(timer)
    req.off('data', discard).off('end', finish).off('close', finish)
    done()
  }
  const discard = (chunk: Buffer) => {
    left -= chunk.length
    if (left < 0) finish()
  }
  const timer = setTimeout(finish, LINGER_MS)
  req.on('error', () => {})
  req.on('data', discard).on('end', finish).on('close', finish)
  req.resume()
}
