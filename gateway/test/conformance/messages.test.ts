import { expect } from 'chai'
import { requirement } from './support/requirement.ts'
import { bytesOf, type ResourceServer, startResourceServer } from './support/resource-server.ts'

const SPACED = '{ "jsonrpc":"2.0",\n "id": 1e0, "result": { "text": "Grüße \\u0000" } }\n'
const STREAM = 'event: message\ndata: {"jsonrpc":"2.0","id":1,"result":{}}\n\n'

describe('messages', () => {
  let server: ResourceServer
  let token: string

  before(async () => {
    server = await startResourceServer()
    token = await server.token()
  })
  after(() => server.stop())

  requirement('T1', 'there is nothing beside the endpoint', async () => {
    expect((await server.call(token)).status).to.equal(200)
    for (const path of ['/', '/mcp/', '/MCP', '/mcp/nowhere', '/sse', '/message', '/messages']) {
      const { status, headers, json } = await server.call(token, { path })
      expect(status, path).to.equal(path === '/' ? 405 : 404)
      expect(headers['content-type']).to.match(/^application\/json/)
      expect(json()).to.have.property('error')
    }
  })

  requirement('T2', 'an accepted notification has no body', async () => {
    server.mcp.script((_request, res) => res.writeHead(202).end())
    const body = '{"jsonrpc":"2.0","method":"notifications/initialized"}'
    const { status, text, headers } = await server.call(token, { body })
    expect(status).to.equal(202)
    expect(text).to.equal('')
    expect(headers).to.not.have.property('content-type')
  })

  requirement('T3', 'an answer is what the server made it', async () => {
    for (const [type, text] of [
      ['application/json', SPACED],
      ['application/json; charset=utf-8', SPACED],
      ['text/event-stream', STREAM],
    ] as const) {
      server.mcp.script((_request, res) => res.writeHead(200, { 'content-type': type }).end(text))
      const answer = await server.call(token)
      expect(answer.status).to.equal(200)
      expect(answer.headers['content-type']).to.equal(type)
      expect(answer.text).to.equal(text)
    }
  })

  requirement('T4', 'a message is forwarded as it was written', async () => {
    for (const body of [
      SPACED,
      '{"jsonrpc":"2.0","id":1,"method":"tools/list","method":"tools/call"}',
      '{"__proto__":{"a":1},"constructor":0,"jsonrpc":"2.0"}',
      '[{"jsonrpc":"2.0","id":1,"method":"ping"}]',
      'no JSON at all',
    ]) {
      expect((await server.call(token, { body })).status).to.equal(200)
      expect(server.lastRequest().body).to.equal(body)
      expect(server.lastRequest().headers).to.include({
        accept: 'application/json, text/event-stream',
        'content-type': 'application/json',
        'content-length': String(Buffer.byteLength(body)),
      })
    }
  })

  requirement('T8', 'headers of a connection end with it', async () => {
    server.mcp.script((_request, res) => {
      res.writeHead(200, {
        'content-type': 'application/json',
        connection: 'x-of-the-hop',
        'x-of-the-hop': '1',
        upgrade: 'h2c',
        'proxy-authenticate': 'Basic',
      })
      res.end('{}')
    })
    const client = await server.connect()
    const lines = [
      `Authorization: Bearer ${token}`,
      'Connection: keep-alive, Mcp-Of-The-Hop',
      'Mcp-Of-The-Hop: 1',
      'Keep-Alive: timeout=7',
      'TE: trailers',
      'Proxy-Authorization: Basic YTpi',
    ]
    client.write(bytesOf('POST', lines, '{}'))
    const { status, headers } = await client.readResponse()
    expect(status).to.equal(200)
    expect(headers).to.not.have.any.keys('x-of-the-hop', 'upgrade', 'proxy-authenticate')
    expect(headers.connection).to.not.deep.equal(['x-of-the-hop'])
    expect(server.lastRequest().headers).to.not.have.any.keys(
      'mcp-of-the-hop',
      'keep-alive',
      'te',
      'proxy-authorization',
    )
  })

  requirement('T9', 'the server cannot speak for the gateway', async () => {
    server.mcp.script((_request, res) => {
      res.writeHead(403, {
        'content-type': 'application/json',
        'www-authenticate': 'Bearer resource_metadata="https://evil.example"',
        'set-cookie': 'a=b',
        'access-control-allow-origin': '*',
        'access-control-allow-credentials': 'true',
        'x-aws-session-token': 'echoed',
      })
      res.end('{}')
    })
    const { status, headers } = await server.call(token)
    expect(status).to.equal(403)
    expect(headers).to.not.have.any.keys(
      'www-authenticate',
      'set-cookie',
      'access-control-allow-origin',
      'access-control-allow-credentials',
      'x-aws-session-token',
    )
  })

  requirement('T11', 'who has no token learns nothing else', async () => {
    const big = 'x'.repeat(5 * 1024 * 1024)
    for (const request of [
      { method: 'PUT' },
      { method: 'PATCH' },
      { method: 'GET', headers: { 'content-length': '2' }, body: '{}' },
      { headers: { 'content-encoding': 'gzip' } },
      { headers: { accept: 'text/html' } },
      { body: big },
      { body: 'no JSON' },
    ]) {
      expect((await server.call(undefined, request)).status).to.equal(401)
    }
  })

  requirement('T13', 'a body that is too large is refused in JSON', async () => {
    const before = server.mcp.requests.length
    const answer = await server.call(token, { body: 'x'.repeat(5 * 1024 * 1024) })
    expect(answer.status).to.equal(413)
    expect(answer.headers['content-type']).to.match(/^application\/json/)
    expect(answer.json()).to.have.property('error', 'body_too_large')
    expect(server.mcp.requests).to.have.lengthOf(before)
  })

  requirement('T14', 'errors of the server are its own', async () => {
    const body =
      '{"jsonrpc":"2.0","id":null,"error":{"code":-32000,"message":"said by the server"}}'
    for (const status of [400, 403, 404, 405, 406, 409, 413, 415, 422, 429, 500, 501, 503]) {
      server.mcp.script((_request, res) => {
        const headers = { 'content-type': 'application/json', allow: 'POST', 'retry-after': '7' }
        res.writeHead(status, headers).end(body)
      })
      const answer = await server.call(token)
      expect(answer.status).to.equal(status)
      expect(answer.text).to.equal(body)
      expect(answer.headers).to.include({
        'content-type': 'application/json',
        allow: 'POST',
        'retry-after': '7',
      })
    }
  })

  requirement('T15', 'a refused exchange of credentials is not a reason to sign in', async () => {
    for (const status of [401, 407, 302]) {
      server.mcp.script((_request, res) => {
        res.writeHead(status, { 'www-authenticate': 'Bearer', location: 'https://evil.example' })
        res.end('{}')
      })
      const answer = await server.call(token)
      expect(answer.status).to.equal(502)
      expect(answer.headers).to.not.have.any.keys('www-authenticate', 'location')
    }
  })
})
