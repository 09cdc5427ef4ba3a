import { expect } from 'chai'
import { callerHeaders, rawHeaders } from '../support/caller-headers.ts'
import { rawBytes, rawRequest } from '../support/raw-request.ts'
import { post } from '../support/rpc.ts'
import { type RunningServer, startServer } from '../support/running-server.ts'

const LIST = '{"jsonrpc":"2.0","id":1,"method":"tools/list"}'
const JSON_HEADERS = [
  'content-type',
  'application/json',
  'accept',
  'application/json, text/event-stream',
]

describe('the door', () => {
  let server: RunningServer
  before(async () => {
    server = await startServer({ CLOUDWATCH_MCP_MAX_BODY_BYTES: '2048' })
  })
  after(() => server.close())

  it('answers /healthz without credentials', async () => {
    const { status, body } = await rawRequest(server.port, { path: '/healthz' })
    expect({ status, body: JSON.parse(body) }).to.deep.equal({
      status: 200,
      body: { status: 'ok' },
    })
  })

  it('says at / what it is', async () => {
    const { status, body } = await rawRequest(server.port, { path: '/?from=here' })
    expect(status).to.equal(200)
    expect(JSON.parse(body)).to.include({ name: 'cloudwatch-mcp-server', mcp: '/mcp' })
  })

  for (const path of [
    '/mcp/',
    '/MCP',
    '//mcp',
    '/mcp/prod',
    '/.well-known/oauth-protected-resource',
    '/%6dcp',
    '/toString',
    'http://elsewhere.example/mcp',
  ]) {
    it(`answers ${path} with a JSON 404`, async () => {
      const { status, headers, body } = await rawRequest(server.port, {
        path,
        headers: rawHeaders(callerHeaders()),
      })
      expect(status).to.equal(404)
      expect(headers['content-type']).to.match(/^application\/json/)
      expect(JSON.parse(body)).to.include({ error: 'not_found' })
    })
  }

  for (const method of ['GET', 'DELETE', 'PUT', 'OPTIONS', 'HEAD']) {
    it(`answers ${method} on /mcp with 401 before it looks at the method`, async () => {
      const { status } = await rawRequest(server.port, { method, path: '/mcp' })
      expect(status).to.equal(401)
    })

    it(`answers ${method} on /mcp with 405 once credentials are there`, async () => {
      const { status, headers } = await rawRequest(server.port, {
        method,
        path: '/mcp',
        headers: rawHeaders(callerHeaders()),
      })
      expect(status).to.equal(405)
      expect(headers.allow).to.equal('POST')
    })
  }

  for (const origin of [
    'https://evil.example',
    'http://localhost:8080',
    `http://127.0.0.1`,
    'null',
    '',
  ]) {
    it(`refuses a request on /mcp with the Origin "${origin}"`, async () => {
      const { status, body } = await rawRequest(server.port, {
        method: 'POST',
        path: '/mcp',
        headers: [...rawHeaders(callerHeaders()), ...JSON_HEADERS, 'origin', origin],
        body: LIST,
      })
      expect(status).to.equal(403)
      expect(JSON.parse(body)).to.include({ error: 'origin_rejected' })
    })
  }

  for (const host of ['evil.example', 'evil.example:3334', '127.0.0.1.evil.example', '10.0.0.1']) {
    it(`refuses the Host ${host} on a loopback address`, async () => {
      const { status, body } = await rawRequest(server.port, {
        path: '/healthz',
        headers: ['host', host],
      })
      expect(status).to.equal(403)
      expect(JSON.parse(body)).to.include({ error: 'host_rejected' })
    })
  }

  for (const host of ['localhost:3334', '127.0.0.1', '[::1]:3334']) {
    it(`accepts the Host ${host}`, async () => {
      const { status } = await rawRequest(server.port, {
        path: '/healthz',
        headers: ['host', host],
      })
      expect(status).to.equal(200)
    })
  }

  it('answers a body beyond the limit with 413', async () => {
    const { status, reply } = await post(server.mcp, LIST.padEnd(4_000))
    expect(status).to.equal(413)
    expect(reply.error?.message).to.include('2048')
  })

  it('answers a chunked body beyond the limit with 413', async () => {
    const head = rawHeaders(callerHeaders())
      .map((text, at) => (at % 2 === 0 ? `${text}: ` : `${text}\r\n`))
      .join('')
    const answer = await rawBytes(
      server.port,
      `POST /mcp HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\nconnection: close\r\n${head}\r\n1000\r\n${' '.repeat(0x1000)}\r\n0\r\n\r\n`,
    )
    expect(answer).to.match(/^HTTP\/1\.1 413 /)
  })

  it('takes headers of 20 KiB, for a long session token, and refuses 40 KiB with 431', async () => {
    const long = callerHeaders({
      'x-aws-session-token': 'a'.repeat(16_000),
      'x-filler': 'a'.repeat(4_000),
    })
    const { status } = await post(server.mcp, LIST, long)
    expect(status).to.equal(200)
    const answer = await rawBytes(
      server.port,
      `GET / HTTP/1.1\r\nhost: localhost\r\nx-filler: ${'a'.repeat(40_000)}\r\n\r\n`,
    )
    expect(answer).to.match(/^HTTP\/1\.1 431 /)
  })

  for (const [title, body, status, code] of [
    ['a body that is not JSON', '{"jsonrpc":', 400, -32_700],
    ['an empty body', '', 400, -32_700],
    [
      'a batch with an initialize',
      `[${LIST},{"jsonrpc":"2.0","id":2,"method":"initialize","params":{"protocolVersion":"2025-03-26","capabilities":{},"clientInfo":{"name":"t","version":"1"}}}]`,
      400,
      -32_600,
    ],
  ] as const) {
    it(`answers ${title} with ${status} and a JSON-RPC error`, async () => {
      const answer = await post(server.mcp, body)
      expect(answer.status).to.equal(status)
      expect(answer.reply.error?.code).to.equal(code)
      expect(answer.text).not.to.match(/node_modules|at .*\.js/)
    })
  }

  it('keeps an idle connection open longer than the gateway does', async () => {
    const { headers } = await rawRequest(server.port, {
      path: '/',
      headers: ['connection', 'keep-alive'],
    })
    expect(headers['keep-alive']).to.equal('timeout=75')
  })
})
