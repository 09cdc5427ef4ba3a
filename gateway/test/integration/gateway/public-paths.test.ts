import { expect } from 'chai'
import { HOST, PUBLIC_URL } from '../../support/running-gateway.ts'
import { send } from '../../support/send.ts'
import { SCOPE, startWorld, type World } from './world.ts'

const WELL_KNOWN = '/.well-known/oauth-protected-resource'

describe('the paths without a token', () => {
  let world: World

  before(async () => {
    world = await startWorld()
  })
  after(() => world.stop())

  const get = (path: string, headers: Record<string, string> = {}, method = 'GET') =>
    world.gateway.send({ method, path, headers })

  for (const [path, resource] of [
    [WELL_KNOWN, '/mcp'],
    [`${WELL_KNOWN}/mcp`, '/mcp'],
    [`${WELL_KNOWN}/mcp/prod`, '/mcp/prod'],
  ] as const) {
    it(`serve the metadata of ${resource} at ${path}, to any page`, async () => {
      const { status, headers, json } = await get(path, { origin: 'https://any.example' })
      expect(status).to.equal(200)
      expect(headers['content-type']).to.match(/^application\/json/)
      expect(headers['access-control-allow-origin']).to.equal('*')
      expect(json()).to.deep.equal({
        resource: PUBLIC_URL + resource,
        authorization_servers: Object.values(world.issuers).map(({ issuer }) => issuer),
        scopes_supported: [SCOPE],
        bearer_methods_supported: ['header'],
        resource_name: resource === '/mcp' ? 'CloudWatch' : 'CloudWatch (prod)',
        resource_documentation: `${PUBLIC_URL}/`,
      })
    })
  }

  it('answer the preflight request for metadata', async () => {
    const headers = {
      origin: 'https://any.example',
      'access-control-request-method': 'GET',
      'access-control-request-headers': 'mcp-protocol-version',
    }
    const answer = await get(`${WELL_KNOWN}/mcp`, headers, 'OPTIONS')
    expect(answer.status).to.equal(204)
    expect(answer.headers['access-control-allow-origin']).to.equal('*')
    expect(answer.headers['access-control-allow-headers']).to.equal('mcp-protocol-version')
  })

  for (const path of [
    '/.well-known/oauth-authorization-server',
    '/.well-known/openid-configuration',
    `${WELL_KNOWN}/mcp/nowhere`,
    `${WELL_KNOWN}/`,
    '/mcp/',
    '/mcp/nowhere',
    '/MCP',
    '/metrics',
    '/favicon.ico',
  ]) {
    it(`answer JSON 404 at ${path}`, async () => {
      const { status, headers, json } = await get(path)
      expect(status).to.equal(404)
      expect(headers['content-type']).to.match(/^application\/json/)
      expect(json()).to.include({ error: 'not_found' })
      expect(headers).to.not.have.property('www-authenticate')
    })
  }

  for (const path of ['//evil', '/..;/mcp', '/mcp/%2e%2e/', '/%2fmcp', '/mcp%00', '/mcp\\', '*']) {
    it(`answer 400 to the path ${path}`, async () => {
      expect((await get(path)).status).to.equal(400)
    })
  }

  it('show a page that tells how to connect', async () => {
    const { status, headers, text } = await get('/')
    expect(status).to.equal(200)
    expect(headers['content-type']).to.equal('text/html; charset=utf-8')
    expect(headers['content-security-policy']).to.contain("default-src 'none'")
    expect(text).to.contain(`claude mcp add --transport http cloudwatch ${PUBLIC_URL}/mcp`)
  })

  it('answer HEAD without a body', async () => {
    const { status, text } = await get('/', {}, 'HEAD')
    expect({ status, text }).to.deep.equal({ status: 200, text: '' })
  })

  for (const path of ['/', '/healthz', '/readyz', `${WELL_KNOWN}/mcp`]) {
    it(`refuse POST at ${path} and say what is allowed`, async () => {
      const { status, headers } = await get(path, {}, 'POST')
      expect(status).to.equal(405)
      expect(headers.allow).to.equal('GET, HEAD')
    })
  }

  it('refuse a foreign Host, but not from a probe', async () => {
    const at = (path: string) => get(path, { host: '10.0.0.7:8080' })
    for (const path of ['/', `${WELL_KNOWN}/mcp`, '/whoami', '/nowhere']) {
      expect((await at(path)).status, path).to.equal(403)
    }
    expect((await at('/healthz')).status).to.equal(200)
    expect((await at('/readyz')).status).to.equal(200)
  })

  it('name the gateway by its configuration, whatever the request claims', async () => {
    const headers = {
      'x-forwarded-host': 'evil.example',
      forwarded: 'host=evil.example;proto=http',
    }
    const answers = await Promise.all([
      get(WELL_KNOWN, headers),
      get('/', headers),
      get('/mcp', headers),
    ])
    for (const answer of answers) {
      expect(JSON.stringify([answer.headers, answer.text])).to.not.contain('evil.example')
    }
    await world.gateway.nextAudit()
  })

  describe('preflight of /mcp', () => {
    const preflight = (headers: Record<string, string>) => get('/mcp', headers, 'OPTIONS')

    it('lets an allowed page send what MCP needs', async () => {
      const { status, headers } = await preflight({
        origin: 'http://localhost:6274',
        'access-control-request-method': 'POST',
        'access-control-request-headers': 'Authorization, Mcp-Param-Region, x-aws-access-key-id',
      })
      expect(status).to.equal(204)
      expect(headers['access-control-allow-origin']).to.equal('http://localhost:6274')
      expect(headers['access-control-allow-methods']).to.equal('POST, GET, DELETE')
      const allowed = headers['access-control-allow-headers']?.split(', ')
      expect(allowed).to.include.members([
        'authorization',
        'mcp-protocol-version',
        'mcp-param-region',
      ])
      expect(allowed).to.not.include('x-aws-access-key-id')
      expect(headers).to.not.have.property('access-control-allow-credentials')
      expect(await world.gateway.nextAudit()).to.include({ outcome: 'preflight', status: 204 })
    })

    it('names only methods where no page asks', async () => {
      const { status, headers } = await preflight({})
      expect(status).to.equal(204)
      expect(headers.allow).to.equal('POST, GET, DELETE, OPTIONS')
      expect(headers).to.not.have.property('access-control-allow-origin')
      await world.gateway.nextAudit()
    })

    it('lets an allowed page read a refusal and its challenge', async () => {
      const headers = { origin: 'http://localhost:6274' }
      const answer = await world.call(undefined, { headers })
      expect(answer.status).to.equal(401)
      expect(answer.headers['access-control-allow-origin']).to.equal('http://localhost:6274')
      expect(answer.headers['access-control-expose-headers']).to.contain('www-authenticate')
      await world.gateway.nextAudit()
    })
  })

  it('write no audit record, for they are no MCP requests', async () => {
    for (const path of ['/', '/healthz', WELL_KNOWN, '/nowhere', '/whoami']) await get(path)
    expect(world.gateway.auditsWaiting()).to.equal(0)
  })

  describe('the operator port', () => {
    const operator = (path: string, method = 'GET') =>
      send(world.gateway.metricsPort, { path, method, headers: { host: HOST } })

    it('serves the metrics, and the public port does not', async () => {
      await world.call(await world.tokenOf('generic'))
      await world.gateway.nextAudit()
      const { status, headers, text } = await operator('/metrics')
      expect(status).to.equal(200)
      expect(headers['content-type']).to.match(/^text\/plain/)
      expect(text).to.contain(
        'gateway_requests_total{target="default",outcome="forwarded",status="200"} 1',
      )
      expect(text).to.contain('gateway_cached_credentials 1')
      expect(text).to.contain('gateway_verified_tokens 1')
      expect(text).to.match(/gateway_sts_exchange_duration_seconds_count\{outcome="issued"\} 1/)
      expect((await get('/metrics')).status).to.equal(404)
    })

    for (const [path, method] of [
      ['/', 'GET'],
      ['/mcp', 'POST'],
      ['/metrics', 'POST'],
      ['/healthz', 'GET'],
    ] as const) {
      it(`serves nothing at ${method} ${path}`, async () => {
        expect((await operator(path, method)).status).to.equal(404)
      })
    }
  })
})
