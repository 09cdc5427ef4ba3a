import { expect } from 'chai'
import { limitedPerTest } from './limited-world.ts'

const MAX = 5
/** The proxy of these tests is this machine. */
const PROXIED = { failedAuthPerMinutePerAddress: MAX, trustedProxies: ['127.0.0.1'] }

describe('bad token flood', () => {
  const start = limitedPerTest()
  const forged = (token: string, number: number) =>
    `${token.slice(0, -20)}${`${number}`.padEnd(20, 'A')}`

  const flood = async (
    limits: Record<string, unknown> = { failedAuthPerMinutePerAddress: MAX },
  ) => {
    const world = await start(limits)
    const known = await world.tokenOf('generic')
    const fresh = await world.tokenOf('generic', { jti: 'fresh' })
    const headers = { 'x-forwarded-for': '198.51.100.1' }
    expect((await world.call(known, { headers })).status).to.equal(200)
    const statuses: number[] = []
    for (let number = 0; number < 30; number += 1) {
      statuses.push((await world.call(forged(fresh, number), { headers })).status)
    }
    return { world, known, fresh, statuses }
  }

  it('is answered 401 so often, then 429 with the time to wait', async () => {
    const { world, fresh, statuses } = await flood()
    expect(statuses).to.deep.equal([...Array(MAX).fill(401), ...Array(30 - MAX).fill(429)])
    const { status, headers, json } = await world.call(forged(fresh, 99))
    expect(status).to.equal(429)
    // A failure is forgiven every twelve seconds; some may have passed.
    expect(Number(headers['retry-after'])).to.be.within(1, 12)
    expect(json()).to.include({ error: 'too_many_failures' })
    expect(headers['www-authenticate']).to.equal(undefined)
  })

  it('of many at once is verified no more often', async () => {
    const world = await start({ failedAuthPerMinutePerAddress: MAX })
    const token = await world.tokenOf('generic')
    const answers = await Promise.all(
      Array.from({ length: 100 }, (_, number) => world.call(forged(token, number))),
    )
    expect(answers.filter(({ status }) => status === 401)).to.have.length(MAX)
    expect(answers.filter(({ status }) => status === 429)).to.have.length(100 - MAX)
  })

  it('does not lock out the honest neighbour whose token is known', async () => {
    const { world, known } = await flood()
    for (let count = 0; count < 10; count += 1) {
      expect((await world.call(known)).status).to.equal(200)
    }
  })

  it('does not keep anybody from learning how to sign in', async () => {
    const { world } = await flood()
    const { status, headers } = await world.call(undefined)
    expect(status).to.equal(401)
    expect(headers['www-authenticate']).to.contain('resource_metadata=')
    const path = '/.well-known/oauth-protected-resource/mcp'
    expect((await world.gateway.send({ path })).status).to.equal(200)
  })

  it('is stopped at /whoami too', async () => {
    const { world, fresh } = await flood()
    const whoami = { method: 'GET', path: '/whoami', body: '' }
    expect((await world.call(forged(fresh, 1), whoami)).status).to.equal(429)
  })

  it('behind a proxy hits its own address, and no invented one helps it', async () => {
    const { world, fresh, statuses } = await flood(PROXIED)
    expect(statuses.slice(MAX)).to.deep.equal(Array(30 - MAX).fill(429))
    for (const spoofed of ['10.1.1.1', '203.0.113.7', '127.0.0.1', 'rubbish']) {
      const headers = { 'x-forwarded-for': `${spoofed}, 198.51.100.1` }
      expect((await world.call(forged(fresh, 1), { headers })).status, spoofed).to.equal(429)
    }
    const headers = { 'x-forwarded-for': '198.51.100.1, 203.0.113.7' }
    expect((await world.call(fresh, { headers })).status).to.equal(200)
  })

  it('is not made of tokens that have expired, are missing or are good', async () => {
    const world = await start({ failedAuthPerMinutePerAddress: MAX })
    const hourAgo = Math.floor(Date.now() / 1000) - 3600
    const expired = await world.tokenOf('generic', { exp: hourAgo })
    for (let count = 0; count < 3 * MAX; count += 1) {
      expect((await world.call(expired)).json()).to.include({ error: 'invalid_token' })
      expect((await world.call(undefined)).status).to.equal(401)
      const { status } = await world.call(await world.tokenOf('generic', { jti: `${count}` }))
      expect(status).to.equal(200)
    }
  })
})
