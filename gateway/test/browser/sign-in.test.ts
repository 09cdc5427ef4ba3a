import { expect } from 'chai'
import type { Browser, BrowserContext, Page } from 'playwright-core'
import {
  authorizePath,
  callbackPath,
  REDIRECT_URI,
  type RunningLogin,
  startLogin,
} from '../integration/login/running-login.ts'
import { openChromium } from './chromium.ts'

describe('a sign-in, in Chromium', () => {
  let browser: Browser
  let running: RunningLogin
  let clientId: string
  const contexts: BrowserContext[] = []

  before(async () => {
    browser = await openChromium()
    running = await startLogin({ atLocalhost: true })
    clientId = await running.register()
  })

  afterEach(async () => {
    for (const context of contexts.splice(0)) await context.close()
  })

  after(async () => {
    await browser?.close()
    await running?.close()
  })

  /** A browser that nobody has used, in a world of one issuer, one client and one hostile site. */
  const openBrowser = async () => {
    const context = await browser.newContext({ javaScriptEnabled: false })
    contexts.push(context)
    await context.route(/^https:/, async (route) => {
      const url = new URL(route.request().url())
      if (url.host !== 'idp.example.com') {
        return route.fulfill({ contentType: 'text/html', body: '<title>elsewhere</title>' })
      }
      const state = url.searchParams.get('state') ?? ''
      const back = running.publicUrl + callbackPath({ state, code: running.issuer.codeFor(url) })
      const body = `<title>issuer</title><a href="${back.replaceAll('&', '&#38;')}">Sign in</a>`
      return route.fulfill({ contentType: 'text/html', body })
    })
    return { context, page: await context.newPage() }
  }
  const askFor = (page: Page) =>
    page.goto(running.publicUrl + authorizePath(clientId, { resource: `${running.publicUrl}/mcp` }))

  it('goes by consent and issuer to the client, without script', async () => {
    const { context, page } = await openBrowser()
    await askFor(page)
    await page.getByRole('button', { name: /^Continue to/ }).click()
    await page.waitForURL('https://idp.example.com/**')
    await page.getByRole('link', { name: 'Sign in' }).click()
    await page.waitForURL(`${REDIRECT_URI}?**`)
    const { searchParams } = new URL(page.url())
    expect(searchParams.get('code')).to.be.a('string')
    expect(searchParams.get('state')).to.equal('client-state')
    expect(searchParams.get('iss')).to.equal(running.publicUrl)
    expect(await context.cookies()).to.deep.equal([])
  })

  it('goes back to the client where it is denied', async () => {
    const { context, page } = await openBrowser()
    await askFor(page)
    await page.getByRole('button', { name: 'Deny' }).click()
    await page.waitForURL(`${REDIRECT_URI}?**`)
    expect(new URL(page.url()).searchParams.get('error')).to.equal('access_denied')
    expect(await context.cookies()).to.deep.equal([])
  })

  it('cannot be finished in another browser', async () => {
    const { page } = await openBrowser()
    await askFor(page)
    await page.getByRole('button', { name: /^Continue to/ }).click()
    await page.waitForURL('https://idp.example.com/**')
    const back = await page.getByRole('link', { name: 'Sign in' }).getAttribute('href')
    const { page: other } = await openBrowser()
    const answer = await other.goto(back ?? '')
    expect(answer?.status()).to.equal(400)
    expect(new URL(other.url()).origin).to.equal(running.publicUrl)
    await other.getByRole('heading', { name: 'This sign-in was started elsewhere' }).waitFor()
  })

  it('cannot be allowed by a form of another site', async () => {
    const { context, page } = await openBrowser()
    await askFor(page)
    const transaction = await page.locator('[name=transaction]').first().getAttribute('value')
    await context.route('https://evil.example/', (route) =>
      route.fulfill({
        contentType: 'text/html',
        body: `<form method="post" action="${running.publicUrl}/oauth/consent">
          <input name="transaction" value="${transaction}"><input name="decision" value="allow">
          <button>Win a prize</button></form>`,
      }),
    )
    await page.goto('https://evil.example/')
    await page.getByRole('button').click()
    await page.getByRole('heading', { name: 'This answer came from another web site' }).waitFor()
    expect(running.audit.at(-1)).to.include({ event: 'refused', reason: 'cross_site' })
  })
})
