import { expect } from 'chai'
import { ROLES } from '../integration/gateway/world.ts'
import { openRawSocket } from '../support/raw-socket.ts'
import { HOST } from '../support/running-gateway.ts'
import { besiege, written } from './siege.ts'

const WELL_KNOWN = '/.well-known/oauth-protected-resource'

describe('authentication bypass', () => {
  const siege = besiege()

  const METHODS = ['GET', 'POST', 'DELETE', 'PUT', 'PATCH', 'HEAD', 'TRACE', 'PROPFIND', 'M-SEARCH']
  for (const method of METHODS) {
    it(`by ${method} without a token reaches neither target`, async () => {
      for (const target of ['/mcp', '/mcp?', '/mcp?a=b', '/mcp/prod']) {
        const client = await siege.connect()
        client.write(written({ method, target, body: '' }))
        const { status, headers } = await client.readHead()
        expect(status).to.equal(401)
        expect(headers['www-authenticate']?.[0]).to.match(/^Bearer resource_metadata="/)
      }
      siege.expectNothingPassed()
    })
  }

  it('by OPTIONS tells what is allowed and passes nothing on, with or without a body', async () => {
    for (const body of ['', '{}']) {
      const answer = await siege.exchange(written({ method: 'OPTIONS', body }))
      expect([answer.status, answer.body]).to.deep.equal([204, ''])
    }
    siege.expectNothingPassed()
  })

  const OVERRIDES: readonly string[] = [
    'X-HTTP-Method-Override: OPTIONS',
    'X-HTTP-Method: OPTIONS',
    'X-Method-Override: OPTIONS',
    'X-Original-URL: /healthz',
    'X-Original-Uri: /healthz',
    'X-Rewrite-URL: /healthz',
    'X-Forwarded-Uri: /healthz',
    'X-Forwarded-Path: /healthz',
    'X-Forwarded-Prefix: /healthz',
    'X-Envoy-Original-Path: /healthz',
    'X-Forwarded-Method: OPTIONS',
    'X-Forwarded-User: alice',
    'X-Forwarded-Email: alice@shop.example',
    'X-Forwarded-Groups: sre',
    'X-Forwarded-For: 127.0.0.1',
    'X-Real-Ip: 127.0.0.1',
    'X-Client-Ip: ::1',
    'X-Forwarded-Client-Cert: Subject="CN=alice"',
    'X-Mcp-Principal: https%3A%2F%2Fissuer/alice',
    'X-Mcp-Tools: *',
    'X-Aws-Access-Key-Id: AKIAFORGED',
    'X-User: admin',
    'X-Internal: true',
    'X-Debug: 1',
    'Remote-User: alice',
    'Forwarded: for=127.0.0.1;host=localhost',
    'User-Agent: kube-probe/1.30',
    'User-Agent: ELB-HealthChecker/2.0',
    'User-Agent: GoogleHC/1.0',
    'Purpose: prefetch',
    'Upgrade: h2c',
    'Expect: 100-continue',
    'Access-Control-Request-Method: POST',
    'Cookie: session=admin',
    'Mcp-Session-Id: s-1',
    'Last-Event-Id: 1',
  ]
  for (const line of OVERRIDES) {
    it(`by "${line}" lets nobody in`, async () => {
      const client = await siege.connect()
      client.write(written({ lines: [line] }))
      expect((await client.readHead()).status).to.equal(401)
      siege.expectNothingPassed()
    })
  }

  const PATHS: ReadonlyArray<readonly [string, number]> = [
    ['/mcp?/healthz', 401],
    ['/mcp?path=/healthz', 401],
    ['/mcp?x=/.well-known/oauth-protected-resource', 401],
    ['/mcp;/healthz', 404],
    ['/mcp/;/healthz', 404],
    ['/healthz/../mcp', 400],
    ['/healthz/..;/mcp', 400],
    ['/healthz/%2e%2e/mcp', 400],
    ['/healthz%2f..%2fmcp', 400],
    ['/healthz/mcp', 404],
    ['/healthz;/mcp', 404],
    ['/.well-known/../mcp', 400],
    [`${WELL_KNOWN}/../../mcp`, 400],
    [`${WELL_KNOWN}/mcp/../../../mcp`, 400],
    ['//mcp', 400],
    ['/mcp//', 400],
    ['/mcp/', 404],
    ['/mcp/prod/', 404],
    ['/MCP', 404],
    ['/Mcp/Prod', 404],
    ['/mcp/PROD', 404],
    ['/mcp.', 404],
    ['/mcp.json', 404],
    ['/mcp%20', 404],
    ['/%6dcp', 404],
    ['/mcp/default', 404],
    ['/mcp/__proto__', 404],
    ['/mcp/constructor', 404],
    ['/sse', 404],
    ['/messages', 404],
    ['/message', 404],
    ['/mcp/sse', 404],
    ['/metrics', 404],
    ['/config', 404],
    ['/debug/pprof', 404],
    ['/actuator/env', 404],
    ['/.env', 404],
    ['http://127.0.0.1/mcp', 400],
    [`http://${HOST}/mcp`, 400],
    ['*', 400],
  ]
  for (const [target, expected] of PATHS) {
    it(`by the target ${target} lets nobody in`, async () => {
      for (const method of ['POST', 'GET']) {
        const answer = await siege.exchange(written({ method, target, body: '' }))
        expect(answer.status).to.equal(expected)
        expect(answer.headers['content-type']).to.deep.equal(['application/json; charset=utf-8'])
      }
      siege.expectNothingPassed()
    })
  }

  it('is tried at every public path in vain: they tell nothing of anybody', async () => {
    await siege.expectForwarded(await siege.world().tokenOf('generic'))
    for (const target of ['/', '/healthz', '/readyz', WELL_KNOWN, `${WELL_KNOWN}/mcp/prod`]) {
      const answer = await siege.exchange(written({ method: 'GET', target }))
      expect(answer.status).to.equal(200)
      expect(answer.body).to.not.match(/u-alice|CloudWatchSre|111122223333|ASIA/)
    }
    expect((await siege.exchange(written({ method: 'GET', target: '/whoami' }))).status).to.equal(
      401,
    )
  })

  it('by the operator port reaches no MCP server, with a token or without', async () => {
    const { metricsPort } = siege.world().gateway
    const token = await siege.world().tokenOf('generic')
    for (const target of ['/mcp', '/whoami', '/', '/healthz', '/metrics/../mcp', '/debug']) {
      for (const method of ['GET', 'POST', 'OPTIONS', 'DELETE']) {
        const client = await openRawSocket(metricsPort)
        client.write(written({ method, target, token, body: '' }))
        expect((await client.readHead()).status).to.equal(404)
        client.destroy()
      }
    }
    siege.expectNothingPassed()
  })

  it('by the operator port tells no name: labels are from closed lists', async () => {
    await siege.expectForwarded(await siege.world().tokenOf('generic'))
    const client = await openRawSocket(siege.world().gateway.metricsPort)
    client.write(written({ method: 'GET', target: '/metrics' }))
    const { body } = await client.readResponse()
    client.destroy()
    expect(body).to.contain('gateway_requests_total{target="default",outcome="forwarded"')
    expect(body).to.not.match(/alice|query_logs|tools\/call|ASIA/)
    expect(body).to.not.contain(ROLES.sre)
  })
})
