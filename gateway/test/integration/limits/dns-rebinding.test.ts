import { expect } from 'chai'
import { httpText } from '../../support/raw-socket.ts'
import { limitedPerTest } from './limited-world.ts'

// MCP Streamable HTTP, "Security Warning"; CVE-2025-66414.
describe('DNS rebinding', () => {
  const start = limitedPerTest()
  const OPTIONS = {
    publicUrl: 'https://gw.example',
    allowedHosts: ['lb.internal:8080', '[2001:db8::1]:8080'],
    allowedOrigins: ['http://localhost:6274', 'http://[::1]:6274'],
  }

  /** What a request to the MCP endpoint without a token gets: 401 where it is let in. */
  const statusOf = async (lines: readonly string[], method = 'POST') => {
    const { connect, gateway } = await start(OPTIONS)
    const client = await connect()
    client.write(httpText([`${method} /mcp HTTP/1.1`, ...lines]))
    const { status, headers, body } = await client.readResponse()
    if (status >= 400 && status !== 400) await gateway.nextAudit()
    const error = body === '' ? undefined : (JSON.parse(body) as { error: string }).error
    return { status, headers, error }
  }

  const HOSTS: ReadonlyArray<readonly [string, boolean]> = [
    ['gw.example', true],
    ['GW.EXAMPLE', true],
    ['gw.example.', true],
    ['gw.example:443', true],
    ['lb.internal:8080', true],
    ['LB.internal.:8080', true],
    ['[2001:db8::1]:8080', true],
    ['[2001:DB8:0::1]:8080', true],
    ['gw.example:80', false],
    ['gw.example:8443', false],
    ['lb.internal', false],
    ['evil.example', false],
    ['gw.example.evil.example', false],
    ['evil-gw.example', false],
    ['127.0.0.1', false],
    ['localhost', false],
    ['[::1]', false],
    ['gw.example,evil.example', false],
    ['gw.example@evil.example', false],
    ['gw.example..', false],
  ]
  for (const [host, accepted] of HOSTS) {
    it(`with Host ${host} is ${accepted ? 'asked for a token' : 'refused'}`, async () => {
      const { status, error } = await statusOf([`Host: ${host}`])
      expect([status, error]).to.deep.equal(
        accepted ? [401, 'token_missing'] : [403, 'host_rejected'],
      )
    })
  }

  it('with two Hosts is refused', async () => {
    expect(await statusOf(['Host: gw.example', 'Host: gw.example'])).to.include({ status: 400 })
  })

  const ORIGINS: ReadonlyArray<readonly [string, boolean]> = [
    ['https://gw.example', true],
    ['http://localhost:6274', true],
    ['http://[::1]:6274', true],
    ['null', false],
    ['', false],
    ['*', false],
    ['https://evil.example', false],
    ['http://gw.example', false],
    ['https://gw.example.', false],
    ['https://gw.example:443', false],
    ['https://gw.example:8443', false],
    ['https://gw.example/', false],
    ['HTTPS://GW.EXAMPLE', false],
    ['https://gw.example.evil.example', false],
    ['http://localhost', false],
    ['http://127.0.0.1:6274', false],
    ['file://', false],
    ['chrome-extension://abcdefgh', false],
    ['https://gw.example, https://evil.example', false],
  ]
  for (const [origin, accepted] of ORIGINS) {
    for (const method of ['POST', 'OPTIONS']) {
      it(`with Origin ${JSON.stringify(origin)} by ${method} is ${accepted ? 'let in' : 'refused'}`, async () => {
        const { status, headers, error } = await statusOf(
          ['Host: gw.example', `Origin: ${origin}`],
          method,
        )
        const letIn = method === 'POST' ? 401 : 204
        expect(status).to.equal(accepted ? letIn : 403)
        expect(headers['access-control-allow-origin']).to.deep.equal(
          accepted ? [origin] : undefined,
        )
        expect(headers['access-control-allow-credentials']).to.equal(undefined)
        if (!accepted) expect(error).to.equal('origin_rejected')
      })
    }
  }

  it('with two Origins is refused, even if both are known', async () => {
    const origins = ['Origin: https://gw.example', 'Origin: http://localhost:6274']
    expect((await statusOf(['Host: gw.example', ...origins])).status).to.equal(403)
  })

  it('without an Origin is let in: no page is involved', async () => {
    expect((await statusOf(['Host: gw.example'])).status).to.equal(401)
  })
})
