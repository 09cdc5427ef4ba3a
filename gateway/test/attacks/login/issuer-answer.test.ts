import { expect } from 'chai'
import {
  allow,
  callbackPath,
  locationIn,
  PUBLIC_URL,
  REDIRECT_URI,
  type RunningLogin,
  startLogin,
} from '../../integration/login/running-login.ts'

describe('a hostile answer of an issuer', () => {
  let running: RunningLogin
  let clientId: string
  beforeEach(async () => {
    running = await startLogin()
    clientId = await running.register()
  })
  afterEach(() => running.close())

  const answerWith = async (parameters: Readonly<Record<string, string>>) => {
    const browser = running.newBrowser()
    const url = await allow(browser, clientId)
    const state = url.searchParams.get('state') ?? ''
    return browser.get(callbackPath({ state, ...parameters }))
  }

  for (const [theirs, ours] of [
    ['access_denied', 'access_denied'],
    ['consent_required', 'access_denied'],
    ['login_required', 'access_denied'],
    ['interaction_required', 'access_denied'],
    ['temporarily_unavailable', 'temporarily_unavailable'],
    ['server_error', 'server_error'],
    ['invalid_scope', 'server_error'],
    ['unauthorized_client', 'server_error'],
    ['invalid_grant', 'server_error'],
    ['ACCESS_DENIED', 'server_error'],
    ['<script>alert(1)</script>', 'server_error'],
    ['constructor', 'server_error'],
    ['x\r\nLocation: https://evil.example', 'server_error'],
  ] as const) {
    it(`becomes ${ours} where its error is ${JSON.stringify(theirs)}`, async () => {
      const received = await answerWith({
        error: theirs,
        error_description: 'Visit evil.example <b>now</b>',
        error_uri: 'https://evil.example/',
        code: 'a-code-besides',
      })
      const answer = locationIn(received)
      expect(`${answer.origin}${answer.pathname}`).to.equal(REDIRECT_URI)
      expect(answer.searchParams.get('error')).to.equal(ours)
      expect(answer.searchParams.get('state')).to.equal('client-state')
      expect(answer.searchParams.get('iss')).to.equal(PUBLIC_URL)
      expect([...answer.searchParams.keys()].sort()).to.deep.equal([
        'error',
        'error_description',
        'iss',
        'state',
      ])
      expect(JSON.stringify(received.headers)).to.not.contain('evil')
      expect(JSON.stringify(running.audit)).to.not.contain('evil')
      expect(running.logLines.join('\n')).to.not.contain('evil')
    })
  }

  it('without a code and without an error is an error', async () => {
    const answer = locationIn(await answerWith({}))
    expect(answer.searchParams.get('error')).to.equal('server_error')
  })

  for (const iss of ['https://evil.example', 'https://idp.example.com/', undefined]) {
    it(`from ${iss ?? 'nobody'} gets no code to the client (mix-up)`, async () => {
      running.issuer.setIss('https://idp.example.com')
      const answer = locationIn(
        await answerWith({ code: 'stolen-code', ...(iss !== undefined && { iss }) }),
      )
      expect(answer.searchParams.has('code')).to.equal(false)
      expect(answer.searchParams.get('error')).to.equal('server_error')
    })
  }

  it('from the right issuer is taken', async () => {
    running.issuer.setIss('https://idp.example.com')
    const answer = locationIn(await answerWith({ code: 'good', iss: 'https://idp.example.com' }))
    expect(answer.searchParams.has('code')).to.equal(true)
  })

  for (const query of [
    '',
    'code=x',
    'state=',
    'state=short&code=x',
    `state=${'a'.repeat(44)}&code=x`,
    `state=${'a'.repeat(43)}&state=${'a'.repeat(43)}&code=x`,
    'state=__proto__&code=x',
    'state=%00&code=x',
    'state=%ff&code=x',
  ]) {
    it(`leads nowhere with the query "${query}"`, async () => {
      const { status, headers } = await running.newBrowser().get(`/oauth/callback?${query}`)
      expect(status).to.equal(400)
      expect(headers.location).to.equal(undefined)
    })
  }

  it('with a parameter that stands twice leads nowhere, and spends nothing', async () => {
    const browser = running.newBrowser()
    const url = await allow(browser, clientId)
    const state = url.searchParams.get('state') ?? ''
    const path = callbackPath({ state, code: running.issuer.codeFor(url) })
    expect((await browser.get(`${path}&code=other`)).status).to.equal(400)
    expect((await browser.get(path)).status).to.equal(302)
  })

  it('with a tampered cookie leads nowhere', async () => {
    const browser = running.newBrowser()
    const url = await allow(browser, clientId)
    const state = url.searchParams.get('state') ?? ''
    const name = `__Host-login-${state}`
    browser.cookies.set(name, `${browser.cookies.get(name)?.slice(0, -3)}AAA`)
    const { status } = await browser.get(callbackPath({ state, code: 'any' }))
    expect(status).to.equal(400)
    expect(browser.cookies.has(name)).to.equal(false)
  })

  it('takes the issuer’s own code out of the client’s sight', async () => {
    const { headers } = await answerWith({ code: 'secret-issuer-code' })
    expect(headers.location).to.not.contain('secret-issuer-code')
    expect(headers['referrer-policy']).to.equal('no-referrer')
  })
})
