import { IncomingMessage, ServerResponse } from 'node:http'
import { Socket } from 'node:net'
import { expect } from 'chai'
import { GatewayError } from '../../../src/errors.ts'
import { createLog } from '../../../src/log.ts'
import { createForward } from '../../../src/upstream/forward.ts'

function forwardTo(url: string) {
  return createForward({
    upstreamUrl: new URL(url),
    connectTimeoutMs: 100,
    responseHeaderTimeoutMs: 100,
    maxSockets: 1,
    idleSocketMs: 100,
    log: createLog('error', () => {}),
  })
}

/** A request that never had a connection: what is refused here is refused before anything is sent. */
function exchange(method: string) {
  const req = new IncomingMessage(new Socket())
  req.method = method
  return { req, res: new ServerResponse(req) }
}

async function refusalOf(attempt: Promise<unknown>): Promise<string> {
  try {
    await attempt
  } catch (error) {
    if (error instanceof GatewayError) return error.reason
    throw error
  }
  return 'none'
}

describe('createForward', () => {
  for (const url of [
    'ftp://mcp.internal/',
    'file:///mcp',
    'http://user:secret@mcp.internal/',
    'http://mcp.internal//mcp',
  ]) {
    it(`does not take the upstream URL ${url}`, () => {
      expect(() => forwardTo(url)).to.throw(TypeError)
    })
  }

  for (const method of ['HEAD', 'OPTIONS', 'PUT', 'CONNECT', 'post']) {
    it(`refuses ${method}`, async () => {
      const { forward, close } = forwardTo('http://127.0.0.1:9')
      const { req, res } = exchange(method)
      const attempt = forward(req, res, { headers: {}, body: Buffer.alloc(0) })
      expect(await refusalOf(attempt)).to.equal('method_not_allowed')
      close()
    })
  }

  for (const [what, headers, body] of [
    ['a length that is not the body’s', { 'content-length': '3' }, '{}'],
    ['a body without a length', {}, '{}'],
    ['chunks', { 'transfer-encoding': 'chunked' }, ''],
    ['an expectation', { expect: '100-continue' }, ''],
    ['a connection option', { connection: 'close' }, ''],
  ] as const) {
    it(`refuses to send ${what}`, async () => {
      const { forward, close } = forwardTo('http://127.0.0.1:9')
      const { req, res } = exchange('POST')
      const attempt = forward(req, res, { headers, body: Buffer.from(body) })
      expect(await refusalOf(attempt)).to.equal('internal_error')
      close()
    })
  }

  it('refuses a header that Node will not send, without an exception of its own', async () => {
    const { forward, close } = forwardTo('http://127.0.0.1:9')
    const { req, res } = exchange('GET')
    const headers = { 'x-note': 'a\r\nb' }
    const attempt = forward(req, res, { headers, body: Buffer.alloc(0) })
    expect(await refusalOf(attempt)).to.equal('internal_error')
    close()
  })
})
