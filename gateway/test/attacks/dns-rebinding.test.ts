import { expect } from 'chai'
import { HOST, PUBLIC_URL } from '../support/running-gateway.ts'
import { besiege, written } from './siege.ts'

const METADATA = '/.well-known/oauth-protected-resource/mcp'

describe('DNS rebinding', () => {
  const siege = besiege()
  let token: string

  before(async () => {
    token = await siege.world().tokenOf('generic')
    await siege.expectForwarded(token)
  })

  const HOSTS: readonly string[] = [
    'evil.example',
    `${HOST}.evil.example`,
    `evil.example.${HOST}`,
    'localhost',
    'localhost:80',
    '127.0.0.1',
    '0.0.0.0',
    '[::1]',
    '[::ffff:127.0.0.1]',
    '2130706433',
    '0x7f000001',
    `${HOST}:1`,
    `${HOST}:00080`,
    `${HOST}:80:80`,
    `${HOST}:`,
    `user@${HOST}`,
    `${HOST}@evil.example`,
    `${HOST}, evil.example`,
    `evil.example, ${HOST}`,
    `${HOST} evil.example`,
    `${HOST}/`,
    `${HOST}#`,
    `${HOST}?`,
    `${HOST}\\`,
    `${HOST}..`,
    `gateway%2elocalhost`,
    'gateway。localhost',
    '',
    '*',
    'null',
  ]
  for (const host of HOSTS) {
    it(`with the Host ${JSON.stringify(host)} reaches nothing that has a token in it`, async () => {
      const bytes = Buffer.from(host).toString('latin1')
      const answers = [
        await siege.exchange(written({ token, host: bytes })),
        await siege.exchange(written({ method: 'GET', target: '/whoami', token, host: bytes })),
        await siege.exchange(written({ method: 'GET', target: METADATA, host: bytes })),
        await siege.exchange(written({ method: 'GET', target: '/', host: bytes })),
        await siege.exchange(written({ method: 'OPTIONS', host: bytes, body: '' })),
      ]
      for (const { status, text, body } of answers) {
        expect(status).to.be.oneOf([400, 403])
        expect(text + body).to.not.contain('u-alice')
      }
      siege.expectNothingPassed()
    })
  }

  for (const host of [HOST, HOST.toUpperCase(), `${HOST}.`, `${HOST}:80`]) {
    it(`is not what ${host} is`, async () => {
      expect((await siege.exchange(written({ token, host }))).status).to.equal(200)
    })
  }

  const ORIGINS: readonly string[] = [
    'null',
    'https://evil.example',
    `${PUBLIC_URL}.evil.example`,
    `${PUBLIC_URL}@evil.example`,
    `${PUBLIC_URL}/`,
    `${PUBLIC_URL}:80`,
    `${PUBLIC_URL}:8080`,
    PUBLIC_URL.replace('http', 'https'),
    PUBLIC_URL.toUpperCase(),
    `${PUBLIC_URL}, https://evil.example`,
    `https://evil.example, ${PUBLIC_URL}`,
    'http://localhost',
    'http://localhost:6275',
    'http://127.0.0.1:6274',
    'http://localhost:6274.evil.example',
    'http://sub.localhost:6274',
    'chrome-extension://abcdefgh',
    'file://',
    'data:',
    '*',
    '',
    'undefined',
  ]
  for (const origin of ORIGINS) {
    it(`by a page of ${JSON.stringify(origin)} is refused, and the page may not read why`, async () => {
      const lines = [`Origin: ${origin}`]
      for (const request of [
        written({ token, lines }),
        written({ method: 'GET', token, lines }),
        written({
          method: 'OPTIONS',
          body: '',
          lines: [...lines, 'Access-Control-Request-Method: POST'],
        }),
        written({ method: 'GET', target: '/whoami', token, lines }),
      ]) {
        const { status, headers } = await siege.exchange(request)
        expect(status).to.equal(403)
        expect(headers).to.not.have.property('access-control-allow-origin')
        expect(headers).to.not.have.property('access-control-allow-credentials')
      }
      siege.expectNothingPassed()
    })
  }

  it('by two Origin headers is refused', async () => {
    const good = `Origin: ${PUBLIC_URL}`
    for (const lines of [
      [good, 'Origin: https://evil.example'],
      [good, good],
    ]) {
      expect((await siege.exchange(written({ token, lines }))).status).to.be.oneOf([400, 403])
    }
    siege.expectNothingPassed()
  })

  it('is no matter for a client that is no page: it has no Origin', async () => {
    const { status, headers } = await siege.exchange(written({ token }))
    expect(status).to.equal(200)
    expect(headers).to.not.have.property('access-control-allow-origin')
  })

  it('gives an allowed page no right to send cookies', async () => {
    const { headers } = await siege.exchange(
      written({ token, lines: ['Origin: http://localhost:6274'] }),
    )
    expect(headers['access-control-allow-origin']).to.deep.equal(['http://localhost:6274'])
    expect(headers).to.not.have.property('access-control-allow-credentials')
  })

  it('puts nothing of a request into the addresses that the gateway names', async () => {
    const lines = [
      'X-Forwarded-Host: evil.example',
      'X-Forwarded-Proto: evil',
      'X-Forwarded-Port: 666',
      'X-Forwarded-Prefix: /evil',
      'X-Original-Host: evil.example',
      'X-Host: evil.example',
      'Forwarded: host=evil.example;proto=evil',
    ]
    for (const parts of [
      { method: 'GET', target: METADATA },
      { method: 'GET', target: '/' },
      { method: 'GET', target: '/whoami', token },
      {},
      { target: '/mcp?resource=http://evil.example' },
    ]) {
      const { text, body } = await siege.exchange(written({ ...parts, lines }))
      expect(text + body).to.not.contain('evil')
      expect(text + body).to.contain(PUBLIC_URL)
    }
  })

  it('cannot split an answer: what is asked for by name comes back clean or not at all', async () => {
    const lines = [
      'Origin: http://localhost:6274',
      'Access-Control-Request-Method: POST',
      'Access-Control-Request-Headers: mcp-param-a, mcp-param-b\tx, mcp-param-\xe4, mcp-param-c:d, set-cookie, x-evil, mcp-param-%0d%0a',
    ]
    const { status, headers, text } = await siege.exchange(
      written({ method: 'OPTIONS', body: '', lines }),
    )
    expect(status).to.equal(204)
    const names = headers['access-control-allow-headers']?.[0]?.split(', ').slice(8)
    expect(names).to.deep.equal(['mcp-param-a'])
    expect(text).to.not.match(/evil|set-cookie|%0d/)
  })
})
