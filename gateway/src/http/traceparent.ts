import { randomBytes } from 'node:crypto'
import type { IncomingHttpHeaders } from 'node:http'

/** Version 00 with non-zero ids (W3C Trace Context §3.2). */
const TRACEPARENT = /^00-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}$/

/** The trace context to send on: the caller's if it is valid, else the root of a new trace. */
export function traceparentFor(received: string | readonly string[] | undefined): string {
  if (typeof received === 'string' && TRACEPARENT.test(received)) return received
  return `00-${randomBytes(16).toString('hex')}-${randomBytes(8).toString('hex')}-01`
}

/** The headers without a `tracestate` that belongs to another trace than `traceparent` (W3C Trace Context §3.3). */
export function withoutForeignState(
  headers: IncomingHttpHeaders,
  traceparent: string,
): IncomingHttpHeaders {
  return headers.traceparent === traceparent ? headers : { ...headers, tracestate: undefined }
}
