import { expect } from 'chai'
import {
  authorizePath,
  formRequest,
  nextIn,
  PUBLIC_URL,
  type RunningLogin,
  startLogin,
  transactionIn,
} from '../../integration/login/running-login.ts'
import type { Received } from '../../support/send.ts'

describe('a forged consent', () => {
  let running: RunningLogin
  let clientId: string
  beforeEach(async () => {
    running = await startLogin()
    clientId = await running.register()
  })
  afterEach(() => running.close())

  const refused = ({ status, headers, text }: Received, expected = 400) => {
    expect(status).to.equal(expected)
    expect(headers['content-type']).to.equal('text/html; charset=utf-8')
    expect(headers.location).to.equal(undefined)
    expect(text).to.not.contain('http-equiv="refresh"')
    expect(running.audit.map(({ event }) => event)).to.not.include('consent_allowed')
  }

  const FOREIGN: ReadonlyArray<Readonly<Record<string, string>>> = [
    { origin: 'https://evil.example' },
    { origin: 'null' },
    { origin: `${PUBLIC_URL}.evil.example` },
    { origin: `${PUBLIC_URL}:8443` },
    { origin: 'http://gw.example.com' },
    { origin: 'https://GW.example.com' },
    { 'sec-fetch-site': 'cross-site' },
    { 'sec-fetch-site': 'same-site' },
    { 'sec-fetch-site': 'none' },
  ]
  for (const headers of FOREIGN) {
    it(`is refused with ${JSON.stringify(headers)}, cookie and transaction or not`, async () => {
      const browser = running.newBrowser()
      const transaction = transactionIn(await browser.get(authorizePath(clientId)))
      const form = { transaction, decision: 'allow' }
      refused(await browser.post('/oauth/consent', form, headers), 403)
      expect(running.audit.at(-1)).to.include({ reason: 'cross_site' })
      const still = await browser.post('/oauth/consent', form)
      expect(still.status).to.equal(200)
    })
  }

  it('is refused by GET and with the parameters in the query', async () => {
    const browser = running.newBrowser()
    const transaction = transactionIn(await browser.get(authorizePath(clientId)))
    const query = new URLSearchParams({ transaction, decision: 'allow' }).toString()
    const byGet = await browser.get(`/oauth/consent?${query}`)
    refused(byGet, 405)
    expect(byGet.headers.allow).to.equal('POST')
    refused(await browser.post(`/oauth/consent?${query}`, {}))
    refused(await browser.post(`/oauth/consent?decision=allow`, { transaction }))
  })

  for (const [what, form] of Object.entries({
    'no transaction': { decision: 'allow' },
    'no decision': { transaction: 'right' },
    'another decision': { transaction: 'right', decision: 'ALLOW' },
    'a transaction that is none': { transaction: 'x.y.z', decision: 'allow' },
    'an issuer that is none': {
      transaction: 'right',
      decision: 'allow',
      issuer: 'https://evil.example',
    },
  })) {
    it(`is refused with ${what}`, async () => {
      const browser = running.newBrowser()
      const transaction = transactionIn(await browser.get(authorizePath(clientId)))
      const right = 'transaction' in form && form.transaction === 'right' ? { transaction } : {}
      refused(await browser.post('/oauth/consent', { ...form, ...right }))
    })
  }

  it('is refused with a changed or cut transaction', async () => {
    const browser = running.newBrowser()
    const transaction = transactionIn(await browser.get(authorizePath(clientId)))
    const middle = Math.floor(transaction.length / 2)
    const swapped = transaction[middle] === 'A' ? 'B' : 'A'
    for (const changed of [
      `${transaction.slice(0, middle)}${swapped}${transaction.slice(middle + 1)}`,
      transaction.slice(0, -4),
      `${transaction}.`,
      '',
    ]) {
      refused(await browser.post('/oauth/consent', { transaction: changed, decision: 'allow' }))
    }
  })

  it('is refused with a sealed value of another purpose', async () => {
    const browser = running.newBrowser()
    await browser.get(authorizePath(clientId))
    refused(await browser.post('/oauth/consent', { transaction: clientId, decision: 'allow' }))
  })

  it('is refused with a parameter that stands twice', async () => {
    const browser = running.newBrowser()
    const transaction = transactionIn(await browser.get(authorizePath(clientId)))
    const cookie = [...browser.cookies].map(([name, value]) => `${name}=${value}`).join('; ')
    const { headers, ...request } = formRequest('/oauth/consent', {})
    const body = `transaction=${transaction}&decision=deny&decision=allow`
    refused(await running.send({ ...request, headers: { ...headers, cookie }, body }))
  })

  it('is refused as JSON, as text and without a type', async () => {
    const browser = running.newBrowser()
    const transaction = transactionIn(await browser.get(authorizePath(clientId)))
    for (const type of ['application/json', 'text/plain', 'multipart/form-data; boundary=x', '']) {
      const form = { transaction, decision: 'allow' }
      refused(await browser.post('/oauth/consent', form, { 'content-type': type }))
    }
  })

  it('leads nowhere that the transaction does not name', async () => {
    const browser = running.newBrowser()
    const transaction = transactionIn(await browser.get(authorizePath(clientId)))
    const page = await browser.post('/oauth/consent', {
      transaction,
      decision: 'deny',
      redirect_uri: 'https://evil.example/cb',
      url: 'https://evil.example/cb',
      state: 'evil',
      client_id: 'evil',
    })
    expect(nextIn(page).host).to.equal('client.example.com')
    expect(page.text).to.not.contain('evil')
  })

  it('does not fill the browser with cookies', async () => {
    const browser = running.newBrowser()
    for (let at = 0; at < 12; at += 1) await browser.get(authorizePath(clientId))
    expect(browser.cookies.size).to.equal(5)
    const page = await browser.get(authorizePath(clientId))
    const form = { transaction: transactionIn(page), decision: 'allow' }
    expect((await browser.post('/oauth/consent', form)).status).to.equal(200)
    expect(browser.cookies.size).to.be.at.most(5)
  })

  it('finds markup and direction marks of a client’s name harmless', async () => {
    const id = await running.register({
      client_name: '<script>alert(1)</script>\u202egnp.exe" onload="x',
    })
    const { text } = await running.newBrowser().get(authorizePath(id))
    expect(text).to.not.contain('<script')
    expect(text).to.not.contain('\u202e')
    expect(text).to.not.contain('" onload=')
  })
})
