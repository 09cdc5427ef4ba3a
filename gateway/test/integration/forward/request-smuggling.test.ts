import { expect } from 'chai'
import { chunk, httpText, LAST_CHUNK } from '../../support/raw-socket.ts'
import { always, OK_JSON } from '../../support/raw-upstream.ts'
import { bare, post, startPerTest } from './per-test.ts'

const SMUGGLED = httpText([
  'GET /smuggled HTTP/1.1',
  'Host: upstream',
  'X-Aws-Access-Key-Id: FORGED',
])

/** Heads whose framing two readers may understand differently; each is followed by one chunk that is a request. */
const DISPUTED_FRAMING: ReadonlyArray<readonly [string, readonly string[]]> = [
  ['chunked, identity', ['Transfer-Encoding: chunked, identity']],
  ['identity, chunked', ['Transfer-Encoding: identity, chunked']],
  ['gzip, chunked', ['Transfer-Encoding: gzip, chunked']],
  ['xchunked', ['Transfer-Encoding: xchunked']],
  ['chunked in a list with an empty member', ['Transfer-Encoding: chunked,']],
  ['chunked behind a vertical tab', ['Transfer-Encoding: \x0bchunked']],
  ['a space before the colon', ['Transfer-Encoding : chunked']],
  ['Transfer-Encoding twice', ['Transfer-Encoding: chunked', 'Transfer-Encoding: chunked']],
  [
    'Transfer-Encoding twice, identity last',
    ['Transfer-Encoding: chunked', 'Transfer-Encoding: identity'],
  ],
  ['Content-Length and Transfer-Encoding', ['Content-Length: 4', 'Transfer-Encoding: chunked']],
  ['Transfer-Encoding and Content-Length', ['Transfer-Encoding: chunked', 'Content-Length: 4']],
  ['two lengths', ['Content-Length: 4', 'Content-Length: 5']],
  ['the same length twice', ['Content-Length: 4', 'Content-Length: 4']],
  ['a list of lengths', ['Content-Length: 4, 4']],
  ['a signed length', ['Content-Length: +4']],
  ['a length in hex', ['Content-Length: 0x4']],
  ['a length with a space inside', ['Content-Length: 1 4']],
  ['a length beyond 64 bits', ['Content-Length: 18446744073709551620']],
  ['an obsolete line fold', ['X-Note: a', ' Transfer-Encoding: chunked', 'Content-Length: 4']],
  ['a bare line feed between headers', ['X-Note: a\nTransfer-Encoding: chunked']],
  [
    'a bare carriage return in a value',
    ['X-Note: a\rTransfer-Encoding: chunked', 'Content-Length: 4'],
  ],
  ['a NUL in a value', ['X-Note: a\0b', 'Transfer-Encoding: chunked']],
]

const BROKEN_CHUNKS: ReadonlyArray<readonly [string, string]> = [
  ['a size that is no number', `zz\r\n${SMUGGLED}\r\n${LAST_CHUNK}`],
  ['a signed size', `+4\r\nabcd\r\n${LAST_CHUNK}`],
  ['a size with 0x', `0x4\r\nabcd\r\n${LAST_CHUNK}`],
  ['a chunk that ends without CRLF', `4\r\nabcdXX${LAST_CHUNK}${SMUGGLED}`],
  ['a chunk that ends with LF', `4\r\nabcd\n${LAST_CHUNK}${SMUGGLED}`],
  ['a size line that ends with LF', `4\nabcd\r\n${LAST_CHUNK}${SMUGGLED}`],
  ['a size beyond 64 bits', `10000000000000004\r\nabcd\r\n${LAST_CHUNK}${SMUGGLED}`],
]

describe('request smuggling', () => {
  const start = startPerTest()

  for (const method of ['DELETE', 'GET', 'OPTIONS', 'HEAD']) {
    for (const connection of ['keep-alive', 'Transfer-Encoding, upgrade']) {
      it(`refuses a chunked ${method} with Connection: ${connection}, and its chunk is no request`, async () => {
        const { upstream, doors, connect } = await start(always(OK_JSON))
        const client = await connect()
        const extra = ['Transfer-Encoding: chunked', `Connection: ${connection}`]
        client.write(bare(method, extra) + chunk(SMUGGLED) + LAST_CHUNK)
        expect(await doors.refusals.take()).to.equal('body_not_allowed')
        const { status, headers } = await client.readHead()
        expect(status).to.equal(400)
        expect(headers.connection).to.deep.equal(['close'])
        await client.ended()
        expect(upstream.connections).to.have.length(0)
      })
    }

    it(`refuses a ${method} with a length, and its body is no request`, async () => {
      const { upstream, doors, connect } = await start(always(OK_JSON))
      const client = await connect()
      client.write(bare(method, [`Content-Length: ${SMUGGLED.length}`]) + SMUGGLED)
      expect(await doors.refusals.take()).to.equal('body_not_allowed')
      expect((await client.readHead()).status).to.equal(400)
      await client.ended()
      expect(upstream.connections).to.have.length(0)
    })
  }

  for (const [what, lines] of DISPUTED_FRAMING) {
    it(`refuses ${what}`, async () => {
      const { upstream, connect } = await start(always(OK_JSON))
      const client = await connect()
      const head = httpText(['POST /mcp HTTP/1.1', 'Host: gateway.example', ...lines])
      client.write(head + chunk(SMUGGLED) + LAST_CHUNK)
      expect((await client.readHead()).status).to.equal(400)
      await client.ended()
      expect(client.received().match(/HTTP\/1\.1/g)).to.have.length(1)
      expect(upstream.connections).to.have.length(0)
    })
  }

  for (const [what, body] of BROKEN_CHUNKS) {
    it(`refuses a chunked body with ${what}`, async () => {
      const { upstream, connect } = await start(always(OK_JSON))
      const client = await connect()
      client.write(httpText(['POST /mcp HTTP/1.1', 'Host: a', 'Transfer-Encoding: chunked']) + body)
      expect((await client.readHead()).status).to.equal(400)
      await client.ended()
      expect(client.received().match(/HTTP\/1\.1/g)).to.have.length(1)
      expect(upstream.connections).to.have.length(0)
    })
  }

  it('sends a chunked POST on with a length of its own and without its chunk extensions', async () => {
    const { upstream, connect } = await start(always(OK_JSON))
    const client = await connect()
    client.write(
      httpText(['POST /mcp HTTP/1.1', 'Host: a', 'Transfer-Encoding: chunked']) +
        `4;a=b;c="d"\r\n{"a"\r\n3\r\n:1}\r\n0\r\n\r\n`,
    )
    expect((await client.readResponse()).status).to.equal(200)
    const [request] = upstream.requests
    expect(request?.body).to.equal('{"a":1}')
    expect(request?.connection.bytes()).to.match(/content-length: 7\r\n/i)
    expect(request?.connection.bytes()).not.to.match(/transfer-encoding|a=b/i)
  })

  it('passes a body that is a whole request as a body', async () => {
    const { upstream, connect } = await start(always(OK_JSON))
    const client = await connect()
    client.write(post(SMUGGLED))
    expect((await client.readResponse()).status).to.equal(200)
    expect(upstream.requests.map(({ line, body }) => [line, body])).to.deep.equal([
      ['POST /mcp HTTP/1.1', SMUGGLED],
    ])
  })

  it('treats pipelined requests as requests of their own, in order', async () => {
    const { upstream, connect } = await start(({ connection, body }) =>
      connection.write(`HTTP/1.1 200 OK\r\ncontent-length: ${body.length}\r\n\r\n${body}`),
    )
    const client = await connect()
    client.write(post('{"id":1}') + post('{"id":2}') + SMUGGLED)
    expect((await client.readResponse()).body).to.equal('{"id":1}')
    expect((await client.readResponse()).body).to.equal('{"id":2}')
    expect((await client.readResponse()).status).to.equal(404)
    expect(upstream.requests).to.have.length(2)
    for (const { connection } of upstream.requests) {
      expect(connection.bytes()).not.to.contain('FORGED')
    }
  })

  it('does not read the rest of a refused body as a request', async () => {
    const { upstream, doors, connect } = await start(always(OK_JSON), { maxBodyBytes: 16 })
    const client = await connect()
    client.write(post('x'.repeat(32)) + post('{}'))
    expect(await doors.refusals.take()).to.equal('body_too_large')
    const { status, headers } = await client.readResponse()
    expect(status).to.equal(413)
    expect(headers.connection).to.deep.equal(['close'])
    await client.ended()
    expect(client.received().match(/HTTP\/1\.1/g)).to.have.length(1)
    expect(upstream.connections).to.have.length(0)
  })

  it('takes a request that asks for h2c as a plain one, and nothing after it', async () => {
    const { upstream, connect } = await start(always(OK_JSON))
    const client = await connect()
    const upgrade = [
      'Connection: Upgrade, HTTP2-Settings',
      'Upgrade: h2c',
      'HTTP2-Settings: AAMAAABk',
    ]
    // Half a request in the same packet: what follows it later must not become the start of another.
    client.write(`${post('{}', upgrade)}POST /mcp HTTP/1.1\r\nX-Note: `)
    const { status, headers } = await client.readResponse()
    expect(status).to.equal(200)
    expect(headers.connection).to.deep.equal(['close'])
    client.write(post('{"smuggled":true}'))
    await client.ended()
    expect(upstream.requests).to.have.length(1)
    expect(upstream.connections[0]?.bytes()).not.to.match(/upgrade|h2c|http2/i)
  })

  it('takes a WebSocket handshake as a plain GET', async () => {
    const { upstream, connect } = await start(always(OK_JSON))
    const client = await connect()
    const handshake = ['Connection: Upgrade', 'Upgrade: websocket', 'Sec-WebSocket-Key: AAAA']
    client.write(bare('GET', handshake))
    expect((await client.readResponse()).status).to.equal(200)
    expect(upstream.connections[0]?.bytes()).not.to.match(/upgrade|websocket/i)
  })

  it('refuses CONNECT', async () => {
    const { upstream, connect } = await start(always(OK_JSON))
    const client = await connect()
    client.write(httpText(['CONNECT upstream:80 HTTP/1.1', 'Host: upstream:80']) + SMUGGLED)
    expect((await client.readResponse()).status).to.equal(405)
    await client.ended()
    expect(upstream.connections).to.have.length(0)
  })

  it('refuses chunks in HTTP/1.0', async () => {
    const { upstream, connect } = await start(always(OK_JSON))
    const client = await connect()
    const lines = ['POST /mcp HTTP/1.0', 'Connection: keep-alive', 'Transfer-Encoding: chunked']
    client.write(httpText(lines) + chunk(SMUGGLED) + LAST_CHUNK)
    expect((await client.readHead()).status).to.equal(400)
    await client.ended()
    expect(upstream.connections).to.have.length(0)
  })

  it('keeps one request per request on a kept-alive HTTP/1.0 connection', async () => {
    const { upstream, connect } = await start(always(OK_JSON))
    const client = await connect()
    const lines = ['POST /mcp HTTP/1.0', 'Connection: keep-alive', 'Content-Length: 2']
    client.write(httpText(lines, '{}') + httpText(lines, '[]'))
    expect((await client.readResponse()).status).to.equal(200)
    expect((await client.readResponse()).status).to.equal(200)
    expect(upstream.requests.map(({ body }) => body)).to.deep.equal(['{}', '[]'])
  })

  for (const method of ['PUT', 'PATCH', 'TRACE', 'OPTIONS', 'HEAD', 'PROPFIND', 'M-SEARCH']) {
    it(`sends no ${method} to the upstream`, async () => {
      const { upstream, doors, connect } = await start(always(OK_JSON))
      const client = await connect()
      client.write(bare(method))
      expect(await doors.refusals.take()).to.equal('method_not_allowed')
      expect((await client.readHead()).status).to.equal(405)
      expect(upstream.connections).to.have.length(0)
    })
  }
})
