import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { expect } from 'chai'
import { startFakeIssuer } from '../support/fake-issuer.ts'
import { startFakeMcpServer } from '../support/fake-mcp-server.ts'
import { failure, issued, startFakeSts, triple } from '../support/fake-sts.ts'
import { unusedPort } from '../support/loopback.ts'
import { send } from '../support/send.ts'
import { besiege, written } from './siege.ts'

const MAIN = fileURLToPath(new URL('../../src/main.js', import.meta.url))

describe('audit evasion', () => {
  const siege = besiege()
  afterEach(() => siege.world().sts.script((_call, number) => issued(triple(number))))

  const everyWay: ReadonlyArray<readonly [string, () => Promise<{ headers: object }>, object]> = [
    [
      'a good call',
      async () => siege.world().call(await siege.world().tokenOf('generic')),
      { outcome: 'forwarded', rule: 'sre', upstream_status: 200 },
    ],
    [
      'no token',
      () => siege.world().call(undefined),
      { outcome: 'refused', reason: 'token_missing', subject: null },
    ],
    [
      'a bad token',
      () => siege.world().call('a.b.c'),
      { outcome: 'refused', reason: 'token_rejected', subject: null },
    ],
    [
      'no rule',
      async () => siege.world().call(await siege.world().tokenOf('generic', { groups: [] })),
      { outcome: 'refused', reason: 'role_unmapped', subject: 'u-alice', role_arn: null },
    ],
    [
      'a refused exchange',
      async () => {
        siege.world().sts.script(() => failure('AccessDenied', 403))
        return siege.world().call(await siege.world().tokenOf('generic', { sub: 'denied' }))
      },
      { outcome: 'refused', reason: 'credentials_denied', rule: 'sre', access_key_id: null },
    ],
    [
      'another method',
      () => siege.exchange(written({ method: 'PUT' })),
      { outcome: 'refused', reason: 'token_missing', http_method: 'PUT' },
    ],
    [
      'a body that is no JSON',
      async () => {
        const token = await siege.world().tokenOf('generic')
        return siege.exchange(written({ token, body: 'hello' }))
      },
      { outcome: 'forwarded', mcp_method: null, subject: 'u-alice' },
    ],
  ]
  for (const [what, ask, expected] of everyWay) {
    it(`by ${what} leaves one record, with the id that the client has`, async () => {
      while (siege.world().gateway.auditsWaiting() > 0) await siege.world().gateway.nextAudit()
      const { headers } = await ask()
      const record = await siege.world().gateway.nextAudit()
      expect(record).to.include(expected)
      expect([Object(headers)['x-request-id']].flat()).to.deep.equal([record.request_id])
      expect(siege.world().gateway.auditsWaiting()).to.equal(0)
    })
  }

  it('by a request id of one’s own leaves the gateway’s', async () => {
    const token = await siege.world().tokenOf('generic')
    const lines = ['X-Request-Id: mine', 'x_request_id: mine']
    const answer = await siege.exchange(written({ token, lines }))
    expect((await siege.auditOf(answer)).request_id).to.not.equal('mine')
    const sent = siege.upstream().requests.at(-1)?.headers ?? []
    const ids = sent.filter(([name]) => /request.id/i.test(name)).map(([, value]) => value)
    expect(ids).to.deep.equal([answer.headers['x-request-id']].flat())
  })

  it('by a reader of the records that goes away ends the program: nothing runs unrecorded', async () => {
    const issuer = await startFakeIssuer()
    const sts = await startFakeSts()
    const mcp = await startFakeMcpServer()
    const port = await unusedPort()
    const child = spawn(process.execPath, [MAIN], {
      env: {
        PATH: process.env.PATH ?? '',
        GATEWAY_PORT: String(port),
        GATEWAY_METRICS_PORT: '0',
        GATEWAY_UPSTREAM_URL: mcp.origin,
        AWS_ENDPOINT_URL_STS: sts.endpoint,
        OIDC_ISSUER: issuer.issuer,
        OIDC_AUDIENCE: 'api://gateway',
        STS_ROLE_ARN: 'arn:aws:iam::111122223333:role/Reader',
      },
      stdio: ['ignore', 'pipe', 'ignore'],
    })
    const ended = once(child, 'exit')
    try {
      for await (const piece of child.stdout) if (String(piece).includes('listens')) break
      child.stdout.destroy()
      const headers = {
        host: `localhost:${port}`,
        authorization: `Bearer ${await issuer.mint({ sub: 'a', aud: 'api://gateway' })}`,
      }
      const body = '{"jsonrpc":"2.0","id":1,"method":"ping"}'
      await send(port, { method: 'POST', path: '/mcp', body, headers }).catch(() => {})
      const [code] = await ended
      expect(code).to.not.equal(0)
      expect(mcp.requests.length).to.be.at.most(1)
    } finally {
      child.kill('SIGKILL')
      await Promise.all([issuer, sts, mcp].map(({ close }) => close()))
    }
  }).timeout(20_000)
})
