import { expect } from 'chai'
import { httpText } from '../../support/raw-socket.ts'
import { always, OK_JSON } from '../../support/raw-upstream.ts'
import { bare, post, startPerTest } from './per-test.ts'

const REFUSED: ReadonlyArray<readonly [string, number]> = [
  ['http://[x/', 400],
  ['http://[::1/mcp', 400],
  ['http://evil.example/mcp', 400],
  ['HTTP://gateway.example/mcp', 400],
  ['https://gateway.example/mcp', 400],
  ['gateway.example:80', 400],
  ['*', 400],
  ['//evil.example/mcp', 400],
  ['///mcp', 400],
  ['/mcp//', 400],
  ['/./mcp', 400],
  ['/a/../mcp', 400],
  ['/..;/mcp', 400],
  ['/mcp/..', 400],
  ['/%2e%2e/mcp', 400],
  ['/.%2E/mcp', 400],
  ['/%2fmcp', 400],
  ['/mcp%2Fprod', 400],
  ['/mcp%5c..', 400],
  ['/mcp\\prod', 400],
  ['/mcp%23', 400],
  ['/mcp%3f', 400],
  ['/mcp#x', 400],
  ['/mcp%00', 400],
  ['/mcp%0d%0aX-Aws-Access-Key-Id:%20FORGED', 400],
  ['/mcp%252e', 400],
  ['/mcp%', 400],
  ['/mcp%zz', 400],
  ['/mcp%c0%ae', 400],
  ['/mcp\xe4', 400],
  ['/mcp\x01', 400],
  ['mcp', 400],
  ['/mcp/', 404],
  ['/MCP', 404],
  ['/mcp;a=b', 404],
  ['/mcp.', 404],
  ['/m%63p', 404],
  [`/${'a'.repeat(8191)}`, 404],
  [`/${'a'.repeat(8192)}`, 414],
  [`/${'a'.repeat(40_000)}`, 414],
]

describe('request target', () => {
  const start = startPerTest()

  for (const [target, expected] of REFUSED) {
    const shown = target.length > 60 ? `of ${target.length} characters` : JSON.stringify(target)
    it(`answers ${expected} to a target ${shown}, and lives`, async () => {
      const { upstream, connect } = await start(always(OK_JSON))
      const client = await connect()
      client.write(post('{}', [], target))
      expect((await client.readHead()).status).to.equal(expected)
      const next = await connect()
      next.write(bare('GET'))
      expect((await next.readResponse()).status).to.equal(200)
      expect(upstream.requests.map(({ line }) => line)).to.deep.equal(['GET /mcp HTTP/1.1'])
    })
  }

  it('asks the upstream for its one path, whatever the query', async () => {
    const { upstream, connect } = await start(always(OK_JSON))
    const client = await connect()
    client.write(post('{}', [], '/mcp?url=http://[x/&a=%2e%2e//evil'))
    expect((await client.readResponse()).status).to.equal(200)
    expect(upstream.requests.map(({ line }) => line)).to.deep.equal(['POST /mcp HTTP/1.1'])
  })

  it("asks for the path and query of the operator's upstream URL", async () => {
    const { upstream } = await start(always(OK_JSON))
    const { doors, connect } = await start(always(OK_JSON), {
      upstreamUrl: `http://localhost:${upstream.port}/servers/cloudwatch/mcp?profile=a%2Fb`,
    })
    const client = await connect()
    client.write(post())
    expect((await client.readResponse()).status).to.equal(200)
    expect(await doors.outcomes.take()).to.have.property('status', 200)
    expect(upstream.requests.map(({ line }) => line)).to.deep.equal([
      'POST /servers/cloudwatch/mcp?profile=a%2Fb HTTP/1.1',
    ])
  })

  it('refuses what is no request line', async () => {
    const { upstream, connect } = await start(always(OK_JSON))
    for (const line of ['GET', 'GET /mcp HTTP/9.9', 'get /mcp HTTP/1.1', '\x16\x03\x01']) {
      const client = await connect()
      client.write(httpText([line, 'Host: a']))
      expect((await client.readHead()).status, line).to.equal(400)
      await client.ended()
    }
    expect(upstream.connections).to.have.length(0)
  })

  it('refuses HTTP/1.1 without a Host', async () => {
    const { upstream, connect } = await start(always(OK_JSON))
    const client = await connect()
    client.write(httpText(['GET /mcp HTTP/1.1']))
    const { status, headers } = await client.readResponse()
    expect(status).to.equal(400)
    expect(headers['content-type']).to.deep.equal(['application/json; charset=utf-8'])
    await client.ended()
    expect(upstream.connections).to.have.length(0)
  })
})
