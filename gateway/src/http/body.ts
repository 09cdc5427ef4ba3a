import type { IncomingMessage, ServerResponse } from 'node:http'
import { GatewayError } from '../errors.ts'

export type BodyLimits = Readonly<{ maxBytes: number }>

const NO_BYTES = Buffer.alloc(0)
const METHODS_WITHOUT_BODY: ReadonlySet<string | undefined> = new Set([
  'GET',
  'HEAD',
  'DELETE',
  'OPTIONS',
])

/**
 * Whether the request announces a body, by its framing headers alone (RFC 9112 §6).
 * Reads `req.headers`, so call it before they are replaced.
 */
export function announcesBody(req: IncomingMessage): boolean {
  if (req.headers['transfer-encoding'] !== undefined) return true
  return Number(req.headers['content-length'] ?? 0) !== 0
}

/**
 * Reads the whole request body, at most `maxBytes`; sends `100 Continue` first if the client waits for it.
 *
 * Rejects with `body_not_allowed` for a body on GET, HEAD, DELETE or OPTIONS, `encoding_not_supported` for a
 * compressed one, `body_too_large` and `body_incomplete`. A refusal leaves the rest unread: answer it through
 * `answer.ts`, which closes the connection.
 */
export async function readBody(
  req: IncomingMessage,
  res: ServerResponse,
  { maxBytes }: BodyLimits,
): Promise<Buffer> {
  if (!announcesBody(req)) return NO_BYTES
  // The proxy behind us drops the framing of such bodies but not their bytes, which then become a request of
  // their own on a kept-alive connection (CVE-2026-29057).
  if (METHODS_WITHOUT_BODY.has(req.method)) throw new GatewayError('body_not_allowed')
  const encoding = req.headers['content-encoding']?.trim().toLowerCase() ?? 'identity'
  if (encoding !== 'identity') throw new GatewayError('encoding_not_supported')
  const announced = Number(req.headers['content-length'] ?? 0)
  if (announced > maxBytes) throw new GatewayError('body_too_large')
  if (req.destroyed) throw new GatewayError('body_incomplete')
  if (awaitsContinue(req)) res.writeContinue()
  return collect(req, maxBytes)
}

/** The listener refuses every other expectation, so the header's presence is enough; HTTP/1.0 knows none. */
function awaitsContinue(req: IncomingMessage): boolean {
  return req.headers.expect !== undefined && req.httpVersion !== '1.0'
}

function collect(req: IncomingMessage, maxBytes: number): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = []
    let length = 0
    const stop = () => {
      req.off('data', take).off('end', finish).off('error', fail).off('close', fail)
    }
    const take = (chunk: Buffer) => {
      length += chunk.length
      if (length > maxBytes) {
        stop()
        req.pause()
        reject(new GatewayError('body_too_large'))
        return
      }
      chunks.push(chunk)
    }
    const finish = () => {
      stop()
      const [only] = chunks
      resolve(chunks.length === 1 && only !== undefined ? only : Buffer.concat(chunks, length))
    }
    const fail = (cause?: Error) => {
      stop()
      // A request that is destroyed after this one rejection must not become an unhandled error.
      req.on('error', () => {})
      reject(new GatewayError('body_incomplete', cause === undefined ? {} : { cause }))
    }
    req.on('data', take).on('end', finish).on('error', fail).on('close', fail)
  })
}
