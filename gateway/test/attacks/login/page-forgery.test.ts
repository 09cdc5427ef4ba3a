import { expect } from 'chai'
import {
  authorizePath,
  REDIRECT_URI,
  transactionIn,
} from '../../integration/login/running-login.ts'
import type { Received } from '../../support/send.ts'
import { type FacadeWorld, startFacadeWorld } from './facade-world.ts'

const MARKUP = [
  '<script>alert(1)</script>',
  '"><img src=x onerror=alert(1)>',
  '</title></style><h1>Okta</h1>',
  "' autofocus onfocus='alert(1)",
  '<meta http-equiv="refresh" content="0;url=https://evil.example">',
  '<base href="https://evil.example/">',
  '{{constructor.constructor("alert(1)")()}}',
  '\u202eexe.rotide\u202c',
  '\u2066Editor\u2069 \u200b\u200d\ufeff\u00ad',
  'Editor\0\x1b[2J\x07\r\n\t',
  'E\u0301\u0301\u0301\u0301\u0301\u0301\u0301\u0301\u0301\u0301',
  'Editor\u{e0041}\u{e0042}',
  'Editor'.repeat(100),
]
// What a person does not see, or what turns the text round.
const UNSEEN = /[\p{Cf}\p{Co}\p{Cs}]|(?!\n)\p{Cc}/u

/** The names of the elements of a page, in order, but for those that hold a character or a stranger's text. */
const elementsOf = ({ text }: Received) =>
  (text.match(/<[a-z!/][^\s>]*/g) ?? []).filter((tag) => !/^<\/?bdi/.test(tag))

/** Attack list line 18: a page that is framed, or that says what a client wants it to. */
describe('a forged page', () => {
  let world: FacadeWorld
  before(async () => {
    world = await startFacadeWorld()
  })
  after(() => world.stop())

  const isSafe = ({ headers, text }: Received, what: string) => {
    expect(headers['x-frame-options'], what).to.equal('DENY')
    const policy = String(headers['content-security-policy'])
    for (const part of ["frame-ancestors 'none'", "default-src 'none'", "base-uri 'none'"]) {
      expect(policy, what).to.contain(part)
    }
    expect(policy, what).to.match(/form-action '(?:self|none)'/)
    expect(policy, what).to.not.match(/unsafe|script-src|https?:|\*/)
    expect(headers['cache-control'], what).to.equal('no-store')
    expect(headers['x-content-type-options'], what).to.equal('nosniff')
    expect(headers['referrer-policy'], what).to.be.oneOf(['same-origin', 'no-referrer'])
    expect(headers['access-control-allow-origin'], what).to.equal(undefined)
    const tags = text.match(/<[^>]*>/g)?.join('\n') ?? ''
    expect(tags, what).to.not.match(/<script|<img|<base|<iframe|<object|\son[a-z]+=|javascript:/i)
    expect(text, what).to.not.match(UNSEEN)
  }

  it('is framed, kept or scripted nowhere: every page of a sign-in forbids it', async () => {
    const clientId = await world.clientId()
    const browser = world.newBrowser()
    const consent = await browser.get(authorizePath(clientId))
    isSafe(consent, 'consent')
    const form = { transaction: transactionIn(consent), issuer: world.alpha.issuer }
    isSafe(await browser.post('/oauth/consent', { ...form, decision: 'allow' }), 'allowed')
    const other = await browser.get(authorizePath(clientId))
    const denied = { transaction: transactionIn(other), decision: 'deny' }
    isSafe(await browser.post('/oauth/consent', denied), 'denied')
    isSafe(await browser.get(authorizePath('unknown')), 'error')
    isSafe(await browser.get(authorizePath(clientId, { prompt: 'none' })), 'refused')
    isSafe(await browser.get('/oauth/callback?state=x'), 'callback')
    isSafe(await browser.post('/oauth/consent', {}), 'no consent')
    const home = await world.send({ path: '/', headers: { accept: 'text/html' } })
    expect(home.headers['x-frame-options']).to.equal('DENY')
  })

  for (const text of MARKUP) {
    it(`is not made of what a client says of itself: ${JSON.stringify(text).slice(0, 40)}`, async () => {
      const clientId = await world.clientId({
        client_name: text,
        client_uri: `https://client.example.com/${text}`,
        logo_uri: `https://client.example.com/${text}`,
        policy_uri: `javascript:${text}`,
        contacts: [text],
        software_id: text,
        scope: text,
      })
      const page = await world.newBrowser().get(authorizePath(clientId))
      expect(page.status).to.equal(200)
      isSafe(page, text)
      const usual = await world.newBrowser().get(authorizePath(await world.clientId()))
      expect(elementsOf(page)).to.deep.equal(elementsOf(usual))
      expect(page.text.length).to.be.below(usual.text.length + 5000)
    })

    it(`is not made of what stands in the request: ${JSON.stringify(text).slice(0, 40)}`, async () => {
      const clientId = await world.clientId()
      for (const changed of [
        { state: text },
        { scope: text },
        { login_hint: text, ui_locales: text, display: text, claims: text },
        { client_id: text },
        { redirect_uri: `${REDIRECT_URI}${text}` },
        { resource: text },
        { prompt: text },
        { response_type: text },
        { code_challenge: text },
      ]) {
        isSafe(
          await world.newBrowser().get(authorizePath(clientId, changed)),
          JSON.stringify(changed),
        )
      }
    })
  }

  it('is not made of a name that stands for the gateway or its issuer: it is marked as the client’s', async () => {
    for (const name of ['gw.example.com', 'CloudWatch gateway', world.alpha.issuer]) {
      const clientId = await world.clientId({ client_name: name })
      const { text } = await world.newBrowser().get(authorizePath(clientId))
      expect(text).to.contain('registered itself')
      expect(text).to.contain('client.example.com')
    }
  })
})
