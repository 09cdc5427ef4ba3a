import { expect } from 'chai'
import {
  authorizePath,
  type Browser,
  callbackPath,
  locationIn,
  nextIn,
  REDIRECT_URI,
  transactionIn,
} from '../../integration/login/running-login.ts'
import { challengeOf } from '../../support/token-desk.ts'
import { errorOf, type FacadeWorld, startFacadeWorld } from './facade-world.ts'

const EVIL = 'https://evil.example/cb'

// Attack list lines 11, 12 and 25. The victim has a session at the issuer, which knows one client only, the gateway, and
// asks nothing any more: `signInAt` stands for its redirect, which comes without a click.
describe('a confused deputy', () => {
  let world: FacadeWorld
  let honest: string
  let evil: string
  before(async () => {
    world = await startFacadeWorld()
    honest = await world.clientId()
    evil = await world.clientId({ client_name: 'Editor', redirect_uris: [EVIL] })
  })
  after(() => world.stop())

  const signInAt = (url: URL) =>
    callbackPath({ state: url.searchParams.get('state') ?? '', code: world.alpha.codeFor(url) })
  const asked = () => world.alpha.asked.length

  it('gives an attacker’s client nothing while the victim only opens its link', async () => {
    const victim = world.newBrowser()
    const page = await victim.get(authorizePath(evil, { redirect_uri: EVIL }))
    expect(page.status).to.equal(200)
    expect(page.headers.location).to.equal(undefined)
    expect(page.text).to.not.contain('http-equiv="refresh"')
    // The issuer is nowhere in it but as a name: there is no state and no way there before consent.
    expect(page.text).to.not.contain('state=')
    expect(page.text).to.contain('evil.example')
    expect([...victim.cookies.keys()].some((name) => name.includes('login'))).to.equal(false)
  })

  it('asks again for a client that was allowed a moment ago', async () => {
    const victim = world.newBrowser()
    await world.signIn(victim, honest)
    const again = await victim.get(authorizePath(honest))
    expect(again.status).to.equal(200)
    expect(transactionIn(again)).to.not.equal('')
    for (const prompt of ['none', 'none login', 'none consent']) {
      const silent = await victim.get(authorizePath(honest, { prompt }))
      expect(silent.status).to.equal(400)
      expect(transactionIn(silent)).to.equal('')
    }
  })

  it('is not talked into it by the attacker’s consent, in the victim’s browser', async () => {
    const attacker = world.newBrowser()
    const victim = world.newBrowser()
    const page = await attacker.get(authorizePath(evil, { redirect_uri: EVIL }))
    const form = { transaction: transactionIn(page), decision: 'allow', issuer: world.alpha.issuer }
    // By a form on the attacker's page, with and without a session of the victim's at this gateway.
    const foreign = { origin: 'https://evil.example', 'sec-fetch-site': 'cross-site' }
    expect((await victim.post('/oauth/consent', form, foreign)).status).to.equal(403)
    await victim.get(authorizePath(honest))
    expect((await victim.post('/oauth/consent', form, foreign)).status).to.equal(403)
    expect((await victim.post('/oauth/consent', form)).status).to.equal(400)
  })

  it('does not finish in the victim’s browser what the attacker allowed (CVE-2026-27124)', async () => {
    const attacker = world.newBrowser()
    const victim = world.newBrowser()
    const before = asked()
    const url = await world.toIssuer(attacker, evil, { redirect_uri: EVIL })
    // The victim is sent to the issuer with the attacker's state, and comes back signed in.
    const back = await victim.get(signInAt(url))
    expect(back.status).to.equal(400)
    expect(back.headers.location).to.equal(undefined)
    expect(back.text).to.not.contain('evil.example')
    expect(asked()).to.equal(before)
  })

  it('does not finish it with a cookie of another sign-in of the victim’s', async () => {
    const attacker = world.newBrowser()
    const victim = world.newBrowser()
    const url = await world.toIssuer(attacker, evil, { redirect_uri: EVIL })
    await world.toIssuer(victim, honest)
    const own = [...victim.cookies].find(([name]) => name.startsWith('__Host-login-'))
    expect(own).to.not.equal(undefined)
    expect((await victim.get(signInAt(url))).headers.location).to.equal(undefined)
  })

  it('finds the code of the victim worthless in a sign-in of the attacker’s own', async () => {
    const attacker = world.newBrowser()
    const victimsUrl = await world.toIssuer(world.newBrowser(), honest)
    const stolen = world.alpha.codeFor(victimsUrl)
    const own = await world.toIssuer(attacker, evil, { redirect_uri: EVIL })
    const state = own.searchParams.get('state') ?? ''
    const answer = locationIn(await attacker.get(callbackPath({ state, code: stolen })))
    const redeemed = await world.redeem(answer, evil, { redirect_uri: EVIL })
    expect(redeemed.status).to.equal(400)
    expect(errorOf(redeemed)).to.equal('invalid_grant')
  })

  it('does not give one client the code of another', async () => {
    const answer = await world.signIn(world.newBrowser(), honest)
    const before = asked()
    for (const redirect_uri of [REDIRECT_URI, EVIL, undefined]) {
      const stolen = await world.redeem(answer, evil, { redirect_uri })
      expect(errorOf(stolen)).to.equal('invalid_grant')
    }
    expect(asked()).to.equal(before)
  })

  it('does not sign the victim’s client in as the attacker (login CSRF)', async () => {
    // The attacker signs in as himself and has the victim's browser open the answer: the client's state and its verifier
    // are of another request.
    const attackers = 'attacker-verifier-attacker-verifier-attackers'
    const answer = await world.signIn(world.newBrowser(), honest, {
      state: 'attackers-state',
      code_challenge: challengeOf(attackers),
    })
    expect(answer.searchParams.get('state')).to.equal('attackers-state')
    const before = asked()
    const redeemed = await world.redeem(answer, honest)
    expect(errorOf(redeemed)).to.equal('invalid_grant')
    expect(asked()).to.equal(before)
  })

  it('sets no session that a victim could be fixed to: each page has cookies of its own', async () => {
    const browser = world.newBrowser()
    await browser.get(authorizePath(honest))
    const [first] = browser.cookies
    await browser.get(authorizePath(honest))
    expect(browser.cookies.size).to.equal(2)
    const page = await allowed(browser)
    expect(page).to.not.contain(first?.[1])
    // A cookie that somebody else gave the browser is no transaction of ours.
    const fixed = world.newBrowser()
    fixed.cookies.set(`__Host-consent-${'a'.repeat(43)}`, 'b'.repeat(43))
    fixed.cookies.set(`__Host-login-${'a'.repeat(43)}`, 'b'.repeat(43))
    const back = await fixed.get(callbackPath({ state: 'a'.repeat(43), code: 'x' }))
    expect(back.status).to.equal(400)
    expect(fixed.cookies.has(`__Host-login-${'a'.repeat(43)}`)).to.equal(false)
  })

  const allowed = async (browser: Browser) => {
    const transaction = transactionIn(await browser.get(authorizePath(honest)))
    const form = { transaction, decision: 'allow', issuer: world.alpha.issuer }
    return (await browser.post('/oauth/consent', form)).text
  }

  it('says where the answer goes whatever the client calls itself', async () => {
    const names = ['client.example.com', 'Editor', 'https://client.example.com/cb', '']
    for (const client_name of names) {
      const id = await world.clientId({
        client_name,
        redirect_uris: [EVIL],
        client_uri: 'https://client.example.com/',
        logo_uri: 'https://client.example.com/logo.png',
        tos_uri: 'https://client.example.com/tos',
      })
      const { text } = await world.newBrowser().get(authorizePath(id, { redirect_uri: EVIL }))
      expect(text, client_name).to.contain('evil.example')
      expect(text, client_name).to.not.contain('<img')
      expect(text, client_name).to.not.contain('href="https://client.example.com')
    }
  })

  it('takes a no for an answer, once and for all', async () => {
    const browser = world.newBrowser()
    const path = authorizePath(evil, { redirect_uri: EVIL })
    const transaction = transactionIn(await browser.get(path))
    const cookies = [...browser.cookies]
    const denied = nextIn(await browser.post('/oauth/consent', { transaction, decision: 'deny' }))
    expect(denied.searchParams.get('error')).to.equal('access_denied')
    for (const [name, value] of cookies) browser.cookies.set(name, value)
    const form = { transaction, decision: 'allow', issuer: world.alpha.issuer }
    const late = await browser.post('/oauth/consent', form)
    expect(late.status).to.equal(400)
    expect(late.text).to.not.contain('http-equiv="refresh"')
  })
})
