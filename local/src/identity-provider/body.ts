import { IncomingMessage } from 'node:http'

const MAX_BYTES = 56 * 1024

/** A small request body as text; rejects when it is larger than 56 KiB, the library's own limit. */
export async function readBody(req: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = []
  let bytes = 0
  for await (const chunk of req) {
    bytes += chunk.length
    if (bytes > MAX_BYTES) throw new Error('the request body is larger than 56 KiB')
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString()
}

/** The same request with another body, for a handler that reads it as a stream. The original must be read to its end. */
export function withBody(req: IncomingMessage, body: string): IncomingMessage {
  const replaced = new IncomingMessage(req.socket)
  replaced.method = req.method
  replaced.url = req.url
  replaced.httpVersion = req.httpVersion
  replaced.httpVersionMajor = req.httpVersionMajor
  replaced.httpVersionMinor = req.httpVersionMinor
  replaced.headers = { ...req.headers, 'content-length': String(Buffer.byteLength(body)) }
  delete replaced.headers['transfer-encoding']
  replaced.push(body)
  replaced.push(null)
  replaced.complete = true
  return replaced
}
