import { expect } from 'chai'
import {
  allow,
  authorizePath,
  callbackPath,
  fieldOf,
  formRequest,
  ISSUER,
  locationIn,
  nextIn,
  OTHER_ISSUER,
  PUBLIC_URL,
  REDIRECT_URI,
  type RunningLogin,
  signIn,
  startLogin,
  transactionIn,
  VERIFIER,
} from './running-login.ts'

describe('a sign-in through the gateway', () => {
  let running: RunningLogin
  let clientId: string
  beforeEach(async () => {
    running = await startLogin()
    clientId = await running.register()
  })
  afterEach(() => running.close())

  const redeem = (code: string | null, changed: Readonly<Record<string, string>> = {}) =>
    running.token({
      grant_type: 'authorization_code',
      client_id: clientId,
      code: code ?? '',
      redirect_uri: REDIRECT_URI,
      code_verifier: VERIFIER,
      resource: `${PUBLIC_URL}/mcp`,
      ...changed,
    })

  it('goes from the client by consent and issuer back to the client, which gets tokens', async () => {
    const answer = await signIn(running, running.newBrowser(), clientId)
    expect(`${answer.origin}${answer.pathname}`).to.equal(REDIRECT_URI)
    expect(answer.searchParams.get('state')).to.equal('client-state')
    expect(answer.searchParams.get('iss')).to.equal(PUBLIC_URL)

    const { status, headers, json } = await redeem(answer.searchParams.get('code'))
    expect(status).to.equal(200)
    expect(headers['cache-control']).to.equal('no-store')
    expect(headers.pragma).to.equal('no-cache')
    expect(headers['content-type']).to.match(/^application\/json/)
    const tokens = json()
    expect(fieldOf(tokens, 'token_type')).to.equal('Bearer')
    const access = String(fieldOf(tokens, 'access_token'))
    const { value } = await running.login.contents.access.open(access)
    expect(value).to.include({ target: 'default', issuer: ISSUER, identity: 'issuer-identity-1' })
  })

  it('writes one audit record for each step', async () => {
    const answer = await signIn(running, running.newBrowser(), clientId)
    await redeem(answer.searchParams.get('code'))
    expect(running.audit.map(({ event }) => event)).to.deep.equal([
      'consent_allowed',
      'returned',
      'token_issued',
    ])
    expect(running.audit[0]).to.include({
      kind: 'sign_in',
      client_name: 'Claude Code',
      redirect_host: 'client.example.com',
      issuer: ISSUER,
      target: 'default',
      client_address: '127.0.0.1',
      reason: null,
    })
  })

  it('signs in to another target', async () => {
    const resource = `${PUBLIC_URL}/mcp/prod/`
    const browser = running.newBrowser()
    const url = await allow(browser, clientId, { resource })
    expect(url.searchParams.get('resource')).to.equal(`${PUBLIC_URL}/mcp/prod`)
    const answer = locationIn(
      await browser.get(
        callbackPath({
          state: url.searchParams.get('state') ?? '',
          code: running.issuer.codeFor(url),
        }),
      ),
    )
    const { status } = await redeem(answer.searchParams.get('code'), { resource })
    expect(status).to.equal(200)
  })

  it('keeps the query of a redirect URI and adds to it', async () => {
    const redirect = 'https://client.example.com/cb?tenant=a%2Fb'
    clientId = await running.register({ redirect_uris: [redirect] })
    const answer = await signIn(running, running.newBrowser(), clientId, { redirect_uri: redirect })
    expect(answer.href.startsWith(`${redirect}&code=`)).to.equal(true)
    const { status } = await redeem(answer.searchParams.get('code'), { redirect_uri: redirect })
    expect(status).to.equal(200)
  })

  for (const [registered, asked] of [
    ['http://localhost/callback', 'http://localhost:51234/callback'],
    ['http://127.0.0.1:33418', 'http://127.0.0.1:40000/'],
    [
      'cursor://anysphere.cursor-mcp/oauth/callback',
      'cursor://anysphere.cursor-mcp/oauth/callback',
    ],
  ] as const) {
    it(`sends the answer to ${asked} where ${registered} is registered`, async () => {
      clientId = await running.register({ redirect_uris: [registered] })
      const browser = running.newBrowser()
      const answer = await signIn(running, browser, clientId, { redirect_uri: asked })
      expect(answer.href.startsWith(`${asked}?code=`)).to.equal(true)
      const { status } = await redeem(answer.searchParams.get('code'), { redirect_uri: asked })
      expect(status).to.equal(200)
    })
  }

  it('needs neither state nor resource, nor a redirect URI where there is one only', async () => {
    const answer = await signIn(running, running.newBrowser(), clientId, {
      state: undefined,
      resource: undefined,
      redirect_uri: undefined,
    })
    expect(answer.searchParams.has('state')).to.equal(false)
    const { status } = await redeem(answer.searchParams.get('code'))
    expect(status).to.equal(200)
  })

  it('leaves no cookie behind', async () => {
    const browser = running.newBrowser()
    await signIn(running, browser, clientId)
    expect([...browser.cookies]).to.deep.equal([])
  })

  it('sends state, nonce and challenge to the issuer only after consent, and none of the client’s', async () => {
    const browser = running.newBrowser()
    const page = await browser.get(authorizePath(clientId))
    expect(page.text).to.not.contain(ISSUER)
    expect([...browser.cookies.keys()].filter((name) => name.includes('login'))).to.deep.equal([])
    const url = await allow(browser, clientId)
    expect(url.searchParams.get('state')).to.match(/^[\w-]{43}$/)
    expect(url.searchParams.get('nonce')).to.match(/^[\w-]{43}$/)
    expect(url.href).to.not.contain('client-state')
    expect(browser.cookies.has(`__Host-login-${url.searchParams.get('state')}`)).to.equal(true)
  })

  it('signs two clients in side by side in one browser', async () => {
    const browser = running.newBrowser()
    const first = await allow(browser, clientId, { state: 'first' })
    const second = await allow(browser, clientId, { state: 'second' })
    for (const [url, state] of [
      [second, 'second'],
      [first, 'first'],
    ] as const) {
      const path = callbackPath({
        state: url.searchParams.get('state') ?? '',
        code: running.issuer.codeFor(url),
      })
      const answer = locationIn(await browser.get(path))
      expect(answer.searchParams.get('state')).to.equal(state)
      expect((await redeem(answer.searchParams.get('code'))).status).to.equal(200)
    }
  })

  it('completes with two processes that share nothing but the keys', async () => {
    const replica = await startLogin({ issuerLogins: [running.issuer] })
    try {
      const browser = running.newBrowser()
      const page = await browser.get(authorizePath(clientId))
      const other = replica.newBrowser()
      for (const [name, value] of browser.cookies) other.cookies.set(name, value)
      const url = nextIn(
        await other.post('/oauth/consent', {
          transaction: transactionIn(page),
          decision: 'allow',
        }),
      )
      for (const [name, value] of other.cookies) browser.cookies.set(name, value)
      const path = callbackPath({
        state: url.searchParams.get('state') ?? '',
        code: running.issuer.codeFor(url),
      })
      const answer = locationIn(await browser.get(path))
      const { status } = await replica.token({
        grant_type: 'authorization_code',
        client_id: clientId,
        code: answer.searchParams.get('code') ?? '',
        redirect_uri: REDIRECT_URI,
        code_verifier: VERIFIER,
      })
      expect(status).to.equal(200)
    } finally {
      await replica.close()
    }
  })

  it('writes one record of a code that is used again', async () => {
    const answer = await signIn(running, running.newBrowser(), clientId)
    const code = answer.searchParams.get('code')
    expect((await redeem(code)).status).to.equal(200)
    expect((await redeem(code)).status).to.equal(400)
    expect(running.audit.slice(3).map(({ event, reason }) => [event, reason])).to.deep.equal([
      ['refused', 'code_reused'],
    ])
  })

  it('refreshes and revokes', async () => {
    const answer = await signIn(running, running.newBrowser(), clientId)
    const tokens = (await redeem(answer.searchParams.get('code'))).json()
    const refreshed = await running.token({
      grant_type: 'refresh_token',
      client_id: clientId,
      refresh_token: String(fieldOf(tokens, 'refresh_token')),
    })
    expect(refreshed.status).to.equal(200)
    const revoked = await running.send(
      formRequest('/oauth/revoke', {
        client_id: clientId,
        token: String(fieldOf(refreshed.json(), 'refresh_token')),
      }),
    )
    expect(revoked.status).to.equal(200)
    expect(running.issuer.revoked).to.have.lengthOf(1)
    expect(running.audit.map(({ event }) => event).slice(-2)).to.deep.equal([
      'token_refreshed',
      'revoked',
    ])
  })

  describe('that is denied', () => {
    it('tells the client so, on a page that leads back to it', async () => {
      const browser = running.newBrowser()
      const transaction = transactionIn(await browser.get(authorizePath(clientId)))
      const page = await browser.post('/oauth/consent', { transaction, decision: 'deny' })
      expect(page.status).to.equal(200)
      expect(page.headers['content-security-policy']).to.contain("default-src 'none'")
      const answer = nextIn(page)
      expect(`${answer.origin}${answer.pathname}`).to.equal(REDIRECT_URI)
      expect(answer.searchParams.get('error')).to.equal('access_denied')
      expect(answer.searchParams.get('state')).to.equal('client-state')
      expect(answer.searchParams.get('iss')).to.equal(PUBLIC_URL)
      expect([...browser.cookies]).to.deep.equal([])
      expect(running.audit.at(-1)).to.include({ event: 'consent_denied', issuer: null })
    })
  })

  describe('where the issuer is down', () => {
    beforeEach(() => running.issuer.setDown(true))

    it('tells the client so after consent', async () => {
      const answer = await allow(running.newBrowser(), clientId)
      expect(`${answer.origin}${answer.pathname}`).to.equal(REDIRECT_URI)
      expect(answer.searchParams.get('error')).to.equal('temporarily_unavailable')
      expect(running.audit.at(-1)).to.include({
        event: 'refused',
        reason: 'temporarily_unavailable',
      })
    })

    it('answers 503 to a code, and takes it later', async () => {
      running.issuer.setDown(false)
      const answer = await signIn(running, running.newBrowser(), clientId)
      running.issuer.setDown(true)
      const refused = await redeem(answer.searchParams.get('code'))
      expect(refused.status).to.equal(503)
      expect(fieldOf(refused.json(), 'error')).to.equal('temporarily_unavailable')
      expect(Number(refused.headers['retry-after'])).to.be.above(0)
      running.issuer.setDown(false)
      expect((await redeem(answer.searchParams.get('code'))).status).to.equal(200)
    })
  })
})

describe('a sign-in with several issuers', () => {
  let running: RunningLogin
  let clientId: string
  beforeEach(async () => {
    running = await startLogin({ severalIssuers: true })
    clientId = await running.register()
  })
  afterEach(() => running.close())

  it('goes to the one that the person chose', async () => {
    const url = await allow(running.newBrowser(), clientId, {}, { issuer: OTHER_ISSUER })
    expect(url.origin).to.equal(OTHER_ISSUER)
  })

  for (const issuer of [undefined, 'https://third.example.com', `${OTHER_ISSUER}/`, '__proto__']) {
    it(`goes to none where ${issuer ?? 'nothing'} is chosen`, async () => {
      const browser = running.newBrowser()
      const transaction = transactionIn(await browser.get(authorizePath(clientId)))
      const { status } = await browser.post('/oauth/consent', {
        transaction,
        decision: 'allow',
        ...(issuer !== undefined && { issuer }),
      })
      expect(status).to.equal(400)
    })
  }
})
