import { expect } from 'chai'
import { requirement } from './support/requirement.ts'
import { bytesOf, type ResourceServer, startResourceServer } from './support/resource-server.ts'

const CALL = JSON.stringify({
  jsonrpc: '2.0',
  id: 1,
  method: 'tools/call',
  params: {
    name: 'get_metrics',
    arguments: { region: 'Köln' },
    _meta: { 'io.modelcontextprotocol/protocolVersion': '2026-07-28' },
  },
})

describe('headers that mirror the body', () => {
  let server: ResourceServer

  before(async () => {
    server = await startResourceServer()
  })
  after(() => server.stop())

  requirement(
    'RS18b',
    'they reach the server with the body, whether they agree or not',
    async () => {
      const token = await server.token()
      for (const headers of [
        {
          'mcp-protocol-version': '2026-07-28',
          'mcp-method': 'tools/call',
          'mcp-name': 'get_metrics',
        },
        {
          'mcp-protocol-version': '2025-11-25',
          'mcp-method': 'TOOLS/CALL',
          'mcp-name': 'delete_all',
        },
        { 'mcp-protocol-version': 'x', 'mcp-method': 'a b', 'mcp-name': '=?base64?S8O2bG4=?=' },
      ]) {
        expect((await server.call(token, { body: CALL, headers })).status).to.equal(200)
        expect(server.lastRequest().headers).to.include(headers)
        expect(server.lastRequest().body).to.equal(CALL)
      }
    },
  )

  requirement('RS18c', 'one that comes twice is refused', async () => {
    const authorization = `Authorization: Bearer ${await server.token()}`
    const before = server.mcp.requests.length
    for (const name of ['MCP-Protocol-Version', 'Mcp-Method', 'Mcp-Name', 'Mcp-Param-Region']) {
      const client = await server.connect()
      client.write(bytesOf('POST', [authorization, `${name}: a`, `${name.toLowerCase()}: b`], CALL))
      expect((await client.readResponse()).status, name).to.equal(400)
    }
    expect(server.mcp.requests).to.have.lengthOf(before)
  })

  requirement('RS19', 'a header that lies changes neither decision nor record', async () => {
    const token = await server.token({ sub: 'liar' })
    const honest = await server.call(token, { body: CALL })
    const tools = server.lastRequest().headers['x-mcp-tools']
    const lying = await server.call(token, {
      body: CALL,
      headers: {
        'mcp-method': 'tools/list',
        'mcp-name': 'delete_all',
        'mcp-protocol-version': '1',
      },
    })
    expect(lying.status).to.equal(honest.status)
    expect(server.lastRequest().headers['x-mcp-tools']).to.equal(tools).and.to.equal('get_*')
    const record = await server.auditOf(lying)
    expect(record).to.include({ mcp_method: 'tools/call', mcp_tool: 'get_metrics' })
  })

  requirement('RS20', 'parameters are forwarded whatever they are called', async () => {
    const headers = {
      'mcp-param-region': '=?base64?S8O2bG4=?=',
      'mcp-param-never-heard-of': 'x',
      "mcp-param-!#$%&'*+.^_`|~1": ' inner  space ',
      'mcp-param-padded': '"quoted", and, commas',
    }
    expect((await server.call(await server.token(), { body: CALL, headers })).status).to.equal(200)
    const { headers: got } = server.lastRequest()
    for (const [name, value] of Object.entries(headers)) expect(got[name]).to.equal(value.trim())
  })
})
