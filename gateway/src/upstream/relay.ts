import type { ClientRequest, IncomingMessage, ServerResponse } from 'node:http'
import { GatewayError } from '../errors.ts'
import { responseHeaders } from './response-headers.ts'

/** What became of a response: the status that was sent, the bytes of its body, who cut it short if anyone did. */
export type Relayed = Readonly<{
  status: number
  bytes: number
  aborted: 'client' | 'upstream' | undefined
}>

/**
 * Streams an upstream response to the client and resolves when the client's response is over. An end of one side is an
 * end of the other: a client that leaves ends the upstream request, an upstream that dies cuts the client's connection,
 * so that half an answer never looks whole. Rejects with `upstream_rejected` only if nothing could be sent.
 */
export async function relay(
  req: IncomingMessage,
  res: ServerResponse,
  upstream: ClientRequest,
  response: IncomingMessage,
): Promise<Relayed> {
  const status = response.statusCode ?? 502
  if (res.destroyed) {
    upstream.destroy()
    return { status, bytes: 0, aborted: 'client' }
  }
  if (response.destroyed && !response.complete) {
    throw new GatewayError('upstream_rejected', { cause: new Error('the response broke off') })
  }
  res.writeHead(status, responseHeaders(response.headers))

  return new Promise((resolve) => {
    let bytes = 0
    let aborted: Relayed['aborted']
    response.on('data', (chunk: Buffer) => {
      bytes += chunk.length
    })
    // The events below say all there is to know; without listeners these two would end the process.
    response.on('error', () => {})
    res.on('error', () => {})
    response.once('close', () => {
      if (response.complete) return
      aborted ??= 'upstream'
      cut(req, res)
    })
    res.once('close', () => {
      if (!res.writableFinished) aborted ??= 'client'
      // An upstream that answered before it read the whole request may never read the rest.
      if (!response.complete || !upstream.writableFinished) upstream.destroy()
      resolve({ status, bytes, aborted })
    })
    response.pipe(res)
    // A stream's headers must not wait for its first event, but a short answer should be one packet. What came
    // with the headers has been written by now.
    setImmediate(() => {
      if (bytes === 0 && !res.writableEnded && !res.destroyed) res.flushHeaders()
    })
  })
}

function cut(req: IncomingMessage, res: ServerResponse): void {
  // To an HTTP/1.0 client the end of the connection is the end of the answer; only a reset says otherwise.
  if (req.httpVersion === '1.0') res.socket?.resetAndDestroy()
  else res.destroy()
}
