import { connect } from 'node:net'
import { expect } from 'chai'
import { requirement } from './support/requirement.ts'
import { PAGE, type ResourceServer, startResourceServer } from './support/resource-server.ts'

const METHODS = ['POST', 'GET', 'DELETE'] as const

describe('browsers and hosts', () => {
  let server: ResourceServer

  before(async () => {
    server = await startResourceServer()
  })
  after(() => server.stop())

  requirement('RS12a', 'a foreign page is refused and may not read the refusal', async () => {
    const token = await server.token()
    const before = server.mcp.requests.length
    for (const origin of [
      'https://evil.example',
      'null',
      `${PAGE}.evil.example`,
      'http://localhost',
    ]) {
      for (const method of [...METHODS, 'OPTIONS']) {
        const { status, headers } = await server.call(token, { method, headers: { origin } })
        expect(status, `${method} of ${origin}`).to.equal(403)
        expect(headers).to.not.have.property('access-control-allow-origin')
      }
    }
    expect(server.mcp.requests).to.have.lengthOf(before)
  })

  requirement('RS12b', 'a client without pages and an allowed page are served', async () => {
    const token = await server.token()
    for (const method of METHODS) {
      expect((await server.call(token, { method })).status).to.equal(200)
      expect((await server.call(token, { method, headers: { origin: PAGE } })).status).to.equal(200)
    }
  })

  requirement('RS13a', 'nobody else than this machine can connect', async () => {
    // Every address of 127/8 is this machine; a listener on all addresses would answer at the second one too.
    const outcome = await new Promise<string>((resolve) => {
      const socket = connect({ host: '127.0.0.2', port: server.gateway.port })
      socket.once('connect', () => resolve('connected'))
      socket.once('error', () => resolve('refused'))
      socket.setTimeout(2000, () => resolve('refused'))
      socket.once('close', () => socket.destroy())
      socket.unref()
    })
    expect(outcome).to.equal('refused')
    expect((await server.call(undefined)).status).to.equal(401)
  })

  requirement('RS13b', 'what needs a token says so', async () => {
    for (const [method, path] of [
      ...METHODS.map((each) => [each, '/mcp'] as const),
      ...METHODS.map((each) => [each, '/mcp/prod'] as const),
      ['GET', '/whoami'],
    ] as const) {
      const { status } = await server.call(undefined, { method, path })
      expect(status, `${method} ${path}`).to.equal(401)
    }
  })

  requirement('T10', 'another host is refused before the token is looked at', async () => {
    const token = await server.token()
    const before = server.mcp.requests.length
    for (const host of [
      'evil.example',
      `127.0.0.1:${server.gateway.port}`,
      'gateway.localhost.evil.example',
    ]) {
      for (const method of METHODS) {
        const { status, headers } = await server.call(token, { method, headers: { host } })
        expect(status, `${method} for ${host}`).to.equal(403)
        expect(JSON.stringify(headers)).to.not.contain(host)
      }
    }
    expect(server.mcp.requests).to.have.lengthOf(before)
    await server.call(token)
    expect(server.lastRequest().headers.host).to.equal(new URL(server.mcp.origin).host)
  })

  requirement('T12', 'an allowed page may send and read what MCP needs', async () => {
    const { status, headers } = await server.gateway.send({
      method: 'OPTIONS',
      path: '/mcp',
      headers: {
        origin: PAGE,
        'access-control-request-method': 'POST',
        'access-control-request-headers': 'authorization,mcp-param-region',
      },
    })
    expect(status).to.equal(204)
    expect(headers['access-control-allow-origin']).to.equal(PAGE)
    expect(headers['access-control-allow-methods']?.split(', ')).to.have.members([...METHODS])
    expect(headers['access-control-allow-headers']?.split(', ')).to.include.members([
      'authorization',
      'content-type',
      'accept',
      'mcp-protocol-version',
      'mcp-session-id',
      'mcp-method',
      'mcp-name',
      'last-event-id',
      'mcp-param-region',
    ])
    const refusal = await server.call(undefined, { headers: { origin: PAGE } })
    expect(refusal.headers['access-control-expose-headers']?.split(', ')).to.include.members([
      'www-authenticate',
      'mcp-session-id',
      'mcp-protocol-version',
    ])
  })
})
