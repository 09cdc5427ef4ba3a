import { expect } from 'chai'
import { PUBLIC_URL } from '../../support/running-gateway.ts'
import { limitedPerTest } from './limited-world.ts'

describe('X-Forwarded-For spoofing', () => {
  const start = limitedPerTest()

  const LINES: ReadonlyArray<
    readonly [
      what: string,
      proxies: readonly string[],
      header: string | readonly string[],
      client: string,
    ]
  > = [
    ['where no proxy is trusted', [], '203.0.113.7', '127.0.0.1'],
    ['where another proxy is trusted', ['10.0.0.0/8'], '203.0.113.7', '127.0.0.1'],
    ['before what the proxy wrote', ['127.0.0.0/8'], '198.51.100.1, 203.0.113.7', '203.0.113.7'],
    ['in a header of its own', ['127.0.0.1'], ['198.51.100.1', '203.0.113.7'], '203.0.113.7'],
    [
      'as a second proxy',
      ['127.0.0.1', '10.0.0.0/8'],
      '198.51.100.1, 203.0.113.7, 10.0.0.1',
      '203.0.113.7',
    ],
    ['with rubbish', ['127.0.0.1'], '203.0.113.7, \xff\xfe', '127.0.0.1'],
  ]
  for (const [what, trustedProxies, header, client] of LINES) {
    it(`${what} leaves ${client} in the audit record, and never reaches the MCP server`, async () => {
      const world = await start({ trustedProxies })
      const headers = { 'x-forwarded-for': header }
      expect((await world.call(await world.tokenOf('generic'), { headers })).status).to.equal(200)
      expect(await world.gateway.nextAudit()).to.include({
        peer: '127.0.0.1',
        client_address: client,
      })
      const names = Object.keys(world.mcp.requests[0]?.headers ?? {})
      expect(names.filter((name) => /forwarded|real-ip/.test(name))).to.deep.equal([])
    })
  }

  it('is in the record of a refused request too', async () => {
    const world = await start({ trustedProxies: ['127.0.0.1'] })
    await world.call(undefined, { headers: { 'x-forwarded-for': '203.0.113.7' } })
    expect(await world.gateway.nextAudit()).to.include({
      reason: 'token_missing',
      client_address: '203.0.113.7',
    })
  })

  for (const headers of [
    { 'x-forwarded-host': 'evil.example', 'x-forwarded-proto': 'https' },
    { forwarded: 'for=203.0.113.7;host=evil.example;proto=https' },
    { 'x-original-url': '/healthz', 'x-rewrite-url': '/healthz', 'x-forwarded-uri': '/healthz' },
    { 'x-http-method-override': 'OPTIONS', 'x-method-override': 'OPTIONS' },
  ]) {
    it(`of ${Object.keys(headers).join(', ')} by a trusted proxy changes no decision and no URL`, async () => {
      const world = await start({ trustedProxies: ['127.0.0.1'] })
      const challenge = (await world.call(undefined, { headers })).headers['www-authenticate']
      expect(challenge).to.contain(`resource_metadata="${PUBLIC_URL}/`)
      const path = '/.well-known/oauth-protected-resource/mcp'
      const { json } = await world.gateway.send({ path, headers })
      expect(json()).to.have.property('resource', `${PUBLIC_URL}/mcp`)
      const foreign = await world.gateway.send({
        path,
        headers: { ...headers, host: 'evil.example' },
      })
      expect(foreign.status).to.equal(403)
    })
  }
})
