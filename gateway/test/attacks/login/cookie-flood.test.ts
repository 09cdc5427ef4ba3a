import { expect } from 'chai'
import { authorizePath, fieldOf } from '../../integration/login/running-login.ts'
import { type FacadeWorld, startFacadeWorld } from './facade-world.ts'

const ID = 'a'.repeat(43)
/** As much as a request's head may hold. */
const LONG = 30_000

/** Cookie headers that cost a careless reader the square of their length. */
const COSTLY: Readonly<Record<string, string>> = {
  'blanks in front of nothing': `${' '.repeat(LONG)}x`,
  'blanks inside of a value': `a=${' '.repeat(LONG)}x`,
  'blanks inside of a value of ours': `__Host-consent-${ID}=${' '.repeat(LONG)}x`,
  'blanks behind a value of ours': `__Host-consent-${ID}=x${' \t'.repeat(LONG / 2)}x`,
  'one long name': 'a'.repeat(LONG),
  'one long value of ours': `__Host-login-${ID}=${'a'.repeat(LONG)}`,
  'nothing but separators': ';'.repeat(LONG),
  'nothing but signs of equality': '='.repeat(LONG),
  'beginnings of ours': '__Host-consent-'.repeat(LONG / 15),
}

/** Attack list line 18, "cookie overflow" (fastmcp #3784), and what reading cookies costs. */
describe('a flood of cookies', () => {
  let world: FacadeWorld
  let clientId: string
  before(async () => {
    world = await startFacadeWorld()
    clientId = await world.clientId()
  })
  after(() => world.stop())

  for (const [what, cookie] of Object.entries(COSTLY)) {
    it(`costs no more than its length: ${what}`, async () => {
      const before = process.cpuUsage()
      const { status } = await world.send({
        path: `/oauth/callback?state=${ID}&code=x`,
        headers: { cookie },
      })
      const { user } = process.cpuUsage(before)
      expect(status).to.equal(400)
      // The square of the length is four seconds of work; microseconds.
      expect(user).to.be.below(1_000_000)
    })
  }

  it('leaves the browser few, and its sign-in goes on', async () => {
    const browser = world.newBrowser()
    for (let at = 0; at < 50; at += 1) {
      browser.cookies.set(`__Host-consent-${String(at).padStart(43, 'x')}`, 'y'.repeat(43))
    }
    const page = await browser.get(authorizePath(clientId))
    expect(page.status).to.equal(200)
    expect(browser.cookies.size).to.be.at.most(5)
    expect((await world.signIn(browser, clientId)).searchParams.has('code')).to.equal(true)
  })

  it('of the same name is no cookie at all: nobody can put his own before ours', async () => {
    const browser = world.newBrowser()
    const url = await world.toIssuer(browser, clientId)
    const state = url.searchParams.get('state') ?? ''
    const name = `__Host-login-${state}`
    const value = browser.cookies.get(name) ?? ''
    const path = `/oauth/callback?state=${state}&code=${world.alpha.codeFor(url)}`
    for (const cookie of [`${name}=x; ${name}=${value}`, `${name}=${value}; ${name}=x`]) {
      const { status, headers } = await world.send({ path, headers: { cookie } })
      expect(status).to.equal(400)
      expect(headers.location).to.equal(undefined)
    }
    for (const cookie of [
      `${name.toLowerCase()}=${value}`,
      `"${name}"=${value}`,
      `${name}="${value}"`,
      `${name} =${value}`,
      `\u00a0${name}=${value}`,
      `__Secure-login-${state}=${value}`,
      `login-${state}=${value}`,
      `__Host-consent-${state}=${value}`,
    ]) {
      const { headers } = await world.send({
        path,
        headers: { cookie: Buffer.from(cookie).toString('latin1') },
      })
      expect(headers.location, cookie).to.equal(undefined)
    }
    expect((await browser.get(path)).status).to.equal(302)
  })

  it('of registrations and sign-ins stops at the limit of its address', async () => {
    const limited = await startFacadeWorld({ loginRequestsPerMinutePerAddress: 5 })
    try {
      const statuses = new Map<number, number>()
      for (let at = 0; at < 12; at += 1) {
        const { status, headers } = await limited.register()
        statuses.set(status, (statuses.get(status) ?? 0) + 1)
        if (status === 429) expect(Number(headers['retry-after'])).to.be.above(0)
      }
      expect(statuses.get(201)).to.be.within(5, 6)
      expect(statuses.get(429)).to.be.within(6, 7)
      for (const path of [
        '/oauth/authorize?client_id=x',
        '/oauth/callback?state=x',
        '/authorize',
      ]) {
        expect((await limited.send({ path })).status, path).to.equal(429)
      }
      const token = await limited.token({ grant_type: 'refresh_token' })
      expect(token.status).to.equal(429)
      expect(fieldOf(token.json(), 'error')).to.equal('temporarily_unavailable')
      // A look at what is public, and a tool call, are not counted with it.
      expect(
        (await limited.send({ path: '/.well-known/oauth-authorization-server' })).status,
      ).to.equal(200)
      expect((await limited.call('x')).status).to.equal(401)
      const spoofed = await limited.send({
        path: '/oauth/authorize?client_id=x',
        headers: { 'x-forwarded-for': '203.0.113.9', forwarded: 'for=203.0.113.9' },
      })
      expect(spoofed.status).to.equal(429)
    } finally {
      await limited.stop()
    }
  })
})
