import { expect } from 'chai'
import {
  allow,
  authorizePath,
  callbackPath,
  nextIn,
  type RunningLogin,
  signIn,
  startLogin,
  transactionIn,
} from '../../integration/login/running-login.ts'

// CVE-2026-27124: the consent of one browser completed in another (confused deputy, login CSRF).
describe('a sign-in in another browser', () => {
  let running: RunningLogin
  let clientId: string
  beforeEach(async () => {
    running = await startLogin()
    clientId = await running.register()
  })
  afterEach(() => running.close())

  const refused = ({ status, headers, text }: Awaited<ReturnType<RunningLogin['send']>>) => {
    expect(status).to.equal(400)
    expect(headers.location).to.equal(undefined)
    expect(text).to.not.contain('http-equiv="refresh"')
    expect(text).to.not.contain('client.example.com')
  }

  it('cannot answer the consent page of this one', async () => {
    const attacker = running.newBrowser()
    const victim = running.newBrowser()
    const transaction = transactionIn(await attacker.get(authorizePath(clientId)))
    refused(await victim.post('/oauth/consent', { transaction, decision: 'allow' }))
    expect([...victim.cookies]).to.deep.equal([])
    expect(running.audit.at(-1)).to.include({ event: 'refused', reason: 'other_browser' })
  })

  it('cannot answer it with the cookie of a page of its own', async () => {
    const attacker = running.newBrowser()
    const victim = running.newBrowser()
    const transaction = transactionIn(await attacker.get(authorizePath(clientId)))
    await victim.get(authorizePath(clientId))
    refused(await victim.post('/oauth/consent', { transaction, decision: 'allow' }))
  })

  it('cannot answer it with the right cookie name and another secret', async () => {
    const attacker = running.newBrowser()
    const transaction = transactionIn(await attacker.get(authorizePath(clientId)))
    for (const name of attacker.cookies.keys()) attacker.cookies.set(name, 'x'.repeat(43))
    refused(await attacker.post('/oauth/consent', { transaction, decision: 'allow' }))
  })

  it('cannot come back from the issuer for the one that went there', async () => {
    const attacker = running.newBrowser()
    const url = await allow(attacker, clientId)
    const state = url.searchParams.get('state') ?? ''
    const code = running.issuer.codeFor(url)
    refused(await running.newBrowser().get(callbackPath({ state, code })))
    expect(running.issuer.redeemed).to.deep.equal([])
  })

  it('cannot bring the attacker’s code into a sign-in of the victim’s', async () => {
    const attacker = running.newBrowser()
    const victim = running.newBrowser()
    const attackersUrl = await allow(attacker, clientId)
    await allow(victim, clientId)
    const state = attackersUrl.searchParams.get('state') ?? ''
    refused(await victim.get(callbackPath({ state, code: running.issuer.codeFor(attackersUrl) })))
  })

  it('cannot go straight to the issuer without consent', async () => {
    const attacker = running.newBrowser()
    await attacker.get(authorizePath(clientId))
    const state = 'a'.repeat(43)
    refused(await attacker.get(callbackPath({ state, code: 'any' })))
  })

  it('gets its consent asked for every time, also after a yes', async () => {
    const browser = running.newBrowser()
    await signIn(running, browser, clientId)
    const page = await browser.get(authorizePath(clientId))
    expect(page.status).to.equal(200)
    expect(transactionIn(page)).to.not.equal('')
  })
})

describe('a sign-in that is answered again', () => {
  let running: RunningLogin
  let clientId: string
  beforeEach(async () => {
    running = await startLogin()
    clientId = await running.register()
  })
  afterEach(() => running.close())

  it('goes to the issuer once where the form is sent twice at once', async () => {
    const browser = running.newBrowser()
    const transaction = transactionIn(await browser.get(authorizePath(clientId)))
    const form = { transaction, decision: 'allow' }
    const [first, second] = await Promise.all([
      browser.post('/oauth/consent', form),
      browser.post('/oauth/consent', form),
    ])
    expect(nextIn(first).href).to.equal(nextIn(second).href)
    expect(first.headers['set-cookie']).to.deep.equal(second.headers['set-cookie'])
    expect(running.audit.map(({ event }) => event)).to.deep.equal(['consent_allowed'])
  })

  for (const [first, then] of [
    ['deny', 'allow'],
    ['allow', 'deny'],
  ] as const) {
    it(`stays at ${first} where ${then} follows with the same cookie`, async () => {
      const browser = running.newBrowser()
      const transaction = transactionIn(await browser.get(authorizePath(clientId)))
      const kept = new Map(browser.cookies)
      await browser.post('/oauth/consent', { transaction, decision: first })
      for (const [name, value] of kept) browser.cookies.set(name, value)
      const { status, text } = await browser.post('/oauth/consent', { transaction, decision: then })
      expect(status).to.equal(400)
      expect(text).to.not.contain('http-equiv="refresh"')
      expect(running.audit.at(-1)).to.include({ event: 'refused', reason: 'already_answered' })
    })
  }

  it('is over once the browser has lost the cookie', async () => {
    const browser = running.newBrowser()
    const transaction = transactionIn(await browser.get(authorizePath(clientId)))
    await browser.post('/oauth/consent', { transaction, decision: 'deny' })
    const { status } = await browser.post('/oauth/consent', { transaction, decision: 'allow' })
    expect(status).to.equal(400)
  })

  it('comes back from the issuer once, even with the cookie kept', async () => {
    const browser = running.newBrowser()
    const url = await allow(browser, clientId)
    const kept = new Map(browser.cookies)
    const path = callbackPath({
      state: url.searchParams.get('state') ?? '',
      code: running.issuer.codeFor(url),
    })
    expect((await browser.get(path)).status).to.equal(302)
    for (const [name, value] of kept) browser.cookies.set(name, value)
    const { status, headers } = await browser.get(path)
    expect(status).to.equal(400)
    expect(headers.location).to.equal(undefined)
  })

  it('comes back once where it comes twice at once', async () => {
    const browser = running.newBrowser()
    const url = await allow(browser, clientId)
    const path = callbackPath({
      state: url.searchParams.get('state') ?? '',
      code: running.issuer.codeFor(url),
    })
    const both = await Promise.all([browser.get(path), browser.get(path)])
    expect(both.map(({ status }) => status).sort()).to.deep.equal([302, 400])
  })

  it('ends ten minutes after it was asked', async () => {
    const browser = running.newBrowser()
    const transaction = transactionIn(await browser.get(authorizePath(clientId)))
    running.clock.now += 600_000
    const { status } = await browser.post('/oauth/consent', { transaction, decision: 'allow' })
    expect(status).to.equal(400)
    expect(running.audit.at(-1)).to.include({ reason: 'consent_expired' })
  })

  it('ends ten minutes after it went to the issuer', async () => {
    const browser = running.newBrowser()
    const url = await allow(browser, clientId)
    running.clock.now += 600_000
    const state = url.searchParams.get('state') ?? ''
    const { status } = await browser.get(callbackPath({ state, code: 'any' }))
    expect(status).to.equal(400)
    expect(running.audit.at(-1)).to.include({ reason: 'login_expired' })
    expect([...browser.cookies]).to.deep.equal([])
  })
})
