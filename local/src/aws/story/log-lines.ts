import { connectionsInUse } from './series.ts'
import { NEW_VERSION, type ServiceRequest } from './traffic.ts'

/** A line that a service writes, with its place in the minute and its stream. */
export type Line = Readonly<{ offsetMs: number; stream: string; message: string }>

/** How a service writes one request down; a Lambda function needs several lines for it. */
export type WriteLines = (request: ServiceRequest) => readonly Line[]

const json = (request: ServiceRequest, service: string, fields: object): Line => ({
  offsetMs: request.offsetMs,
  stream: `${service}/${request.version}/${request.task}`,
  message: JSON.stringify(fields),
})

/** Checkout: `level`, `message`, `requestId`, `orderId`, `latencyMs`, `version`, `http.status`, `error.type`. */
export const checkoutLines: WriteLines = (request) => {
  const timedOut = request.failed && request.version === NEW_VERSION
  return [
    json(request, 'checkout', {
      level: request.failed ? 'ERROR' : 'INFO',
      message: timedOut
        ? 'payment authorization timed out after 3000 ms'
        : request.failed
          ? 'card declined by issuer'
          : 'order placed',
      service: 'checkout',
      version: request.version,
      requestId: request.requestId,
      orderId: request.orderId,
      latencyMs: request.latencyMs,
      http: {
        method: 'POST',
        path: request.path,
        status: timedOut ? 504 : request.failed ? 402 : 200,
      },
      ...(request.failed
        ? {
            error: {
              type: timedOut ? 'PaymentTimeoutError' : 'CardDeclinedError',
              upstream: 'payments',
            },
          }
        : {}),
    }),
  ]
}

/** Payments says why: checkout 2.14.0 does not give connections back. */
export const paymentsLines: WriteLines = (request) => {
  const waited = request.failed && request.latencyMs > 2000
  return [
    json(request, 'payments', {
      level: waited ? 'WARN' : 'INFO',
      message: waited
        ? `no free connection to the acquirer: 10 of 10 held by checkout/${NEW_VERSION}`
        : request.failed
          ? 'authorization declined'
          : 'payment authorized',
      service: 'payments',
      version: request.version,
      requestId: request.requestId,
      orderId: request.orderId,
      latencyMs: request.latencyMs,
      pool: { size: 10, inUse: connectionsInUse(request.latencyMs) },
    }),
  ]
}

/** Lines of a service that only says what it was asked for and how it ended. */
export function plainLines(service: string): WriteLines {
  return (request) => [
    json(request, service, {
      level: request.failed ? 'ERROR' : 'INFO',
      message: request.failed ? `${service} failed` : `${service} ok`,
      service,
      version: request.version,
      requestId: request.requestId,
      latencyMs: request.latencyMs,
      http: { method: 'GET', path: request.path, status: request.failed ? 502 : 200 },
    }),
  ]
}

/** A Lambda function's lines: two of the platform around one of its own, and the report. */
export const mailerLines: WriteLines = (request) => {
  const stream = `[${request.version}]${request.task}`
  const id = `${request.requestId.slice(0, 8)}-0000-4000-8000-${request.requestId.slice(4)}`
  const at = (plus: number, message: string): Line => ({
    offsetMs: Math.min(59_999, request.offsetMs + plus),
    stream,
    message,
  })
  const billed = request.latencyMs
  return [
    at(0, `START RequestId: ${id} Version: ${request.version}`),
    at(
      0,
      JSON.stringify({
        level: request.failed ? 'ERROR' : 'INFO',
        message: request.failed ? 'mail server refused the message' : 'confirmation sent',
        orderId: request.orderId,
        requestId: request.requestId,
      }),
    ),
    at(1, `END RequestId: ${id}`),
    at(
      1,
      `REPORT RequestId: ${id}\tDuration: ${billed}.00 ms\tBilled Duration: ${billed} ms\t` +
        'Memory Size: 256 MB\tMax Memory Used: 91 MB',
    ),
  ]
}
