import { expect } from 'chai'
import { requirement } from './support/requirement.ts'
import { challengeIn, type ResourceServer, startResourceServer } from './support/resource-server.ts'

const INITIALIZE = JSON.stringify({
  jsonrpc: '2.0',
  id: 1,
  method: 'initialize',
  params: {
    protocolVersion: '2025-11-25',
    capabilities: {},
    clientInfo: { name: 'c', version: '1' },
  },
})
const DISCOVER = JSON.stringify({
  jsonrpc: '2.0',
  id: 1,
  method: 'server/discover',
  params: {
    _meta: {
      'io.modelcontextprotocol/protocolVersion': '2026-07-28',
      'io.modelcontextprotocol/clientCapabilities': {},
    },
  },
})

const answer = (status: number, body: unknown, headers: Record<string, string> = {}) => ({
  status,
  headers: { 'content-type': 'application/json', ...headers },
  body: body === undefined ? '' : JSON.stringify(body),
})
const failure = (code: number, data?: unknown) => ({
  jsonrpc: '2.0',
  id: 1,
  error: { code, message: 'said by the server', data },
})

describe('revisions up to 2025-11-25', () => {
  let server: ResourceServer
  let token: string

  before(async () => {
    server = await startResourceServer()
    token = await server.token()
  })
  after(() => server.stop())

  const answerWith = ({ status, headers, body }: ReturnType<typeof answer>) =>
    server.mcp.script((_request, res) => res.writeHead(status, headers).end(body))

  requirement('TL1', 'a session is between client and server', async () => {
    answerWith(answer(200, { jsonrpc: '2.0', id: 1, result: {} }, { 'Mcp-Session-Id': 's-1' }))
    const opened = await server.call(token, { body: INITIALIZE })
    expect(opened.headers['mcp-session-id']).to.equal('s-1')
    expect(server.lastRequest().headers).to.not.have.property('mcp-session-id')

    answerWith(answer(200, { jsonrpc: '2.0', id: 2, result: {} }))
    const next = await server.call(token, { headers: { 'Mcp-Session-Id': 's-1' } })
    expect(server.lastRequest().headers['mcp-session-id']).to.equal('s-1')
    expect(next.headers).to.not.have.property('mcp-session-id')
  })

  requirement('TL2', 'the end of a session is told by the server', async () => {
    for (const status of [404, 400]) {
      answerWith(answer(status, failure(-32001)))
      const { status: got, json } = await server.call(token, {
        headers: { 'mcp-session-id': 'old' },
      })
      expect(got).to.equal(status)
      expect(json()).to.deep.equal(JSON.parse(JSON.stringify(failure(-32001))))
    }
  })

  requirement('TL3', 'GET is answered by the server', async () => {
    const headers = { accept: 'text/event-stream', 'mcp-session-id': 's-1' }
    server.mcp.script((_request, res) => {
      res.writeHead(200, { 'content-type': 'text/event-stream' }).end('data: {}\n\n')
    })
    const stream = await server.call(token, { method: 'GET', headers })
    expect(stream.headers['content-type']).to.equal('text/event-stream')
    expect(stream.text).to.equal('data: {}\n\n')
    expect(server.lastRequest()).to.include({ method: 'GET', url: '/mcp', body: '' })
    expect(server.lastRequest().headers).to.include(headers)

    answerWith(answer(405, failure(-32000), { allow: 'POST' }))
    const refusal = await server.call(token, { method: 'GET', headers })
    expect(refusal.status).to.equal(405)
    expect(refusal.headers.allow).to.equal('POST')
  })

  requirement('TL4', 'a stream can be resumed', async () => {
    const headers = { 'Last-Event-ID': '578c008e/3', 'mcp-session-id': 's-1' }
    await server.call(token, { method: 'GET', headers })
    expect(server.lastRequest().headers).to.include({
      'last-event-id': '578c008e/3',
      'mcp-session-id': 's-1',
    })
  })

  requirement('TL5', 'a session can be ended', async () => {
    answerWith(answer(200, undefined))
    const headers = { 'mcp-session-id': 's-1' }
    expect((await server.call(token, { method: 'DELETE', headers })).status).to.equal(200)
    expect(server.lastRequest()).to.include({ method: 'DELETE', url: '/mcp', body: '' })
    expect(server.lastRequest().headers['mcp-session-id']).to.equal('s-1')
  })

  requirement('TL6', 'the version is for the server to judge', async () => {
    answerWith(answer(200, {}))
    await server.call(token)
    expect(server.lastRequest().headers).to.not.have.property('mcp-protocol-version')
    for (const version of ['2024-11-05', '2025-03-26', '2025-11-25', '1900-01-01']) {
      await server.call(token, { headers: { 'MCP-Protocol-Version': version } })
      expect(server.lastRequest().headers['mcp-protocol-version']).to.equal(version)
    }
  })

  requirement('TL7', 'an answer to the server is a message like others', async () => {
    answerWith({ status: 202, headers: { 'content-type': 'application/json' }, body: '' })
    const body = '{"jsonrpc":"2.0","id":7,"result":{"action":"accept"}}'
    expect((await server.call(token, { body })).status).to.equal(202)
    expect(server.lastRequest().body).to.equal(body)
  })
})

describe('revision 2026-07-28', () => {
  let server: ResourceServer
  let token: string

  before(async () => {
    server = await startResourceServer()
    token = await server.token()
  })
  after(() => server.stop())

  requirement('TM2', 'what tells the era passes byte for byte', async () => {
    for (const { status, headers, body } of [
      answer(400, failure(-32020)),
      answer(400, failure(-32021, { requiredCapabilities: { sampling: {} } })),
      answer(400, failure(-32022, { supported: ['2026-07-28'], requested: '2027-01-01' })),
      answer(400, failure(-32602)),
      answer(404, failure(-32601)),
    ]) {
      server.mcp.script((_request, res) => res.writeHead(status, headers).end(body))
      const got = await server.call(token, {
        body: DISCOVER,
        headers: { 'mcp-protocol-version': '2026-07-28', 'mcp-method': 'server/discover' },
      })
      expect(got.status).to.equal(status)
      expect(got.headers['content-type']).to.equal('application/json')
      expect(got.text).to.equal(body)
    }
  })

  requirement('TM3', 'a probe without a token meets the challenge and nothing else', async () => {
    for (const body of [DISCOVER, INITIALIZE]) {
      const probe = await server.call(undefined, { body })
      expect(probe.status).to.equal(401)
      expect(challengeIn(probe)).to.include.keys('resource_metadata')
    }
  })
})
