import { expect } from 'chai'
import type { Browser, BrowserContext, BrowserContextOptions, Page } from 'playwright-core'
import { freePorts } from '../../src/ports.ts'
import { type Stack, startStack } from '../../src/stack.ts'
import { issuersAt } from '../../src/world.ts'
import { eventually } from '../support/running-stack.ts'
import { openChromium } from './chromium.ts'
import { type McpClient, startMcpClient } from './mcp-client.ts'

const NAME = 'Example Assistant'

describe('signing in through the gateway, in Chromium', () => {
  let stack: Stack
  let browser: Browser
  let client: McpClient
  const contexts: BrowserContext[] = []
  const gateway = () => stack.origins.gateway
  const issuer = () => issuersAt(stack.origins.identityProvider).generic

  before(async function () {
    this.timeout(60_000)
    stack = await startStack({
      ports: await freePorts(),
      loginMode: 'facade',
      onLine: () => undefined,
    })
    client = await startMcpClient(gateway(), NAME)
    browser = await openChromium()
  })

  afterEach(async () => {
    for (const context of contexts.splice(0)) await context.close()
  })

  after(async function () {
    this.timeout(30_000)
    await browser?.close()
    await client?.close()
    await stack?.stop()
  })

  /** A browser that nobody has used. */
  async function freshPage(options: BrowserContextOptions = {}): Promise<Page> {
    const context = await browser.newContext(options)
    contexts.push(context)
    return context.newPage()
  }

  /** Presses the button of an issuer, and waits until the browser is there. */
  async function agree(page: Page): Promise<void> {
    await page.locator(`button[name=issuer][value="${issuer()}"]`).click()
    await page.waitForURL(`${stack.origins.identityProvider}/**`)
  }

  const signInAs = (page: Page, person: string) =>
    page.locator(`button[name=person][value=${person}]`).click()

  /** Signs in at the page of the provider, and gives the address that leads back, which nobody has opened yet. */
  async function wayBack(page: Page, person: string): Promise<string> {
    const { request } = page.context()
    const interaction = await page.locator('input[name=interaction]').inputValue()
    let answer = await request.post(page.url(), { form: { interaction, person }, maxRedirects: 0 })
    for (;;) {
      const location = answer.headers().location
      if (location === undefined) throw new Error(`the provider answered ${answer.status()}`)
      if (location.startsWith(`${gateway()}/oauth/callback`)) return location
      answer = await request.get(location, { maxRedirects: 0 })
    }
  }

  /** What the client got with this `state`. */
  const answerFor = (state: string) =>
    eventually(() => client.landed.find((landed) => landed.state === state))

  const headingOf = (page: Page) => page.getByRole('heading', { level: 1 }).textContent()

  /** What the gateway makes of an access token. */
  async function whoami(token: unknown): Promise<string> {
    const headers = { authorization: `Bearer ${String(token)}` }
    return (await fetch(`${gateway()}/whoami`, { headers })).text()
  }

  it('asks first, and brings the person who agrees and signs in back to the client', async () => {
    const page = await freshPage()
    const { url, state, verifier } = client.link()
    await page.goto(url)
    expect(await headingOf(page)).to.equal(`Let ${NAME} read CloudWatch as you?`)
    await agree(page)
    await signInAs(page, 'alice')
    await page.getByText('You can close this page').waitFor()
    const { code = '', iss } = await answerFor(state)
    expect(iss).to.equal(gateway())
    const tokens = await client.redeem(code, verifier)
    expect(tokens.token_type).to.equal('Bearer')
    expect(await whoami(tokens.access_token)).to.contain('CloudWatchSre')
  })

  it('goes to the provider that the person chooses', async () => {
    const page = await freshPage()
    const { url, state } = client.link()
    await page.goto(url)
    const { cognito } = issuersAt(stack.origins.identityProvider)
    await page.locator(`button[name=issuer][value="${cognito}"]`).click()
    await page.waitForURL(`${stack.origins.identityProvider}/cognito/**`)
    await signInAs(page, 'bob')
    expect(await answerFor(state)).to.have.property('code')
  })

  it('needs no script, from the first page to the last', async () => {
    const page = await freshPage({ javaScriptEnabled: false })
    const { url, state } = client.link()
    await page.goto(url)
    await agree(page)
    await signInAs(page, 'alice')
    expect(await answerFor(state)).to.have.property('code')
  })

  it('needs no pointer', async () => {
    const page = await freshPage()
    const { url, state } = client.link()
    await page.goto(url)
    await page.locator(`button[name=issuer][value="${issuer()}"]`).focus()
    await page.keyboard.press('Enter')
    await page.waitForURL(`${stack.origins.identityProvider}/**`)
    await page.locator('button[name=person][value=alice]').focus()
    await page.keyboard.press('Enter')
    expect(await answerFor(state)).to.have.property('code')
  })

  it('tells the client of a no, and sends nobody to sign in', async () => {
    const page = await freshPage()
    const visited: string[] = []
    page.on('framenavigated', (frame) => visited.push(new URL(frame.url()).origin))
    const { url, state } = client.link()
    await page.goto(url)
    await page.getByRole('button', { name: 'Deny' }).click()
    const answer = await answerFor(state)
    expect(answer).to.include({ error: 'access_denied', iss: gateway() })
    expect(answer).to.not.have.property('code')
    expect(visited).to.not.include(stack.origins.identityProvider)
  })

  it('tells the client of a person who turns back at the provider', async () => {
    const page = await freshPage()
    const { url, state } = client.link()
    await page.goto(url)
    await agree(page)
    await page.locator('button[name=cancel]').click()
    expect(await answerFor(state)).to.include({ error: 'access_denied' })
  })

  it('ends a sign-in that another browser began, and leaves it to the one that did', async () => {
    const page = await freshPage()
    const { url, state } = client.link()
    await page.goto(url)
    await agree(page)
    const callback = await wayBack(page, 'alice')

    const other = await freshPage()
    const refused = await other.goto(callback)
    expect(refused?.status()).to.equal(400)
    expect(await headingOf(other)).to.contain('This sign-in was started elsewhere')
    expect(await other.locator('footer code').textContent()).to.match(/^[\w-]{8,}$/)
    expect(client.landed.some((landed) => landed.state === state)).to.equal(false)

    await page.goto(callback)
    expect(await answerFor(state)).to.have.property('code')
  })

  it('shows a question to one browser only: the answer of another is none', async () => {
    const asked = await freshPage()
    const { url, state } = client.link()
    await asked.goto(url)
    const transaction = await asked.locator('input[name=transaction]').first().inputValue()

    // It has a question of its own, so its cookies are not the reason.
    const other = await freshPage()
    await other.goto(url)
    const answer = await other.context().request.post(`${gateway()}/oauth/consent`, {
      headers: { origin: gateway() },
      form: { transaction, decision: 'allow', issuer: issuer() },
    })
    expect(answer.status()).to.equal(400)
    expect(await answer.text()).to.not.contain('http-equiv="refresh"')
    expect(client.landed.some((landed) => landed.state === state)).to.equal(false)
  })

  it('takes no answer from a page of another site', async () => {
    const page = await freshPage()
    await page.goto(client.link().url)
    const transaction = await page.locator('input[name=transaction]').first().inputValue()
    // The client's own page, in the same browser, with the cookie that belongs to the question.
    await page.goto(`${new URL(client.link().url).searchParams.get('redirect_uri')}?hostile`)
    await page.setContent(`<form method="post" action="${gateway()}/oauth/consent">
<input name="transaction" value="${transaction}"><input name="decision" value="allow">
<input name="issuer" value="${issuer()}"><button>win a prize</button></form>`)
    const [response] = await Promise.all([
      page.waitForResponse(`${gateway()}/oauth/consent`),
      page.getByRole('button').click(),
    ])
    expect(response.status()).to.equal(403)
    await page.waitForURL(`${gateway()}/oauth/consent`)
    expect(await headingOf(page)).to.equal('This answer came from another web site')
  })

  it('takes one answer to one question', async () => {
    const page = await freshPage()
    const { url } = client.link()
    await page.goto(url)
    const transaction = await page.locator('input[name=transaction]').first().inputValue()
    await agree(page)
    const again = await page.context().request.post(`${gateway()}/oauth/consent`, {
      headers: { origin: gateway() },
      form: { transaction, decision: 'deny' },
    })
    expect(again.status()).to.equal(400)
    const text = await again.text()
    expect(text).to.contain('answered').and.not.contain('http-equiv="refresh"')
  })

  it('goes through for a person who presses twice', async () => {
    const page = await freshPage()
    const { url, state } = client.link()
    await page.goto(url)
    await page.locator(`button[name=issuer][value="${issuer()}"]`).dblclick()
    await page.waitForURL(`${stack.origins.identityProvider}/**`)
    await signInAs(page, 'alice')
    expect(await answerFor(state)).to.have.property('code')
  })

  it('goes through for a person who goes back and answers anew', async () => {
    const page = await freshPage()
    const { url, state } = client.link()
    await page.goto(url)
    await agree(page)
    await page.goBack()
    expect(await headingOf(page)).to.equal(`Let ${NAME} read CloudWatch as you?`)
    await agree(page)
    await signInAs(page, 'alice')
    expect(await answerFor(state)).to.have.property('code')
  })

  it('says so where the way back has been taken already', async () => {
    const page = await freshPage()
    const { url, state } = client.link()
    await page.goto(url)
    await agree(page)
    const [callback] = await Promise.all([
      page.waitForRequest(`${gateway()}/oauth/callback*`),
      signInAs(page, 'alice'),
    ])
    await answerFor(state)
    const again = await page.goto(callback.url())
    expect(again?.status()).to.equal(400)
    expect(await headingOf(page)).to.contain('or is over')
    expect(client.landed.filter((landed) => landed.state === state)).to.have.length(1)
  })

  it('sends nobody anywhere for a client that it does not know', async () => {
    const page = await freshPage()
    const url = new URL(client.link().url)
    url.searchParams.set('client_id', 'nobody')
    const answer = await page.goto(url.href)
    expect(answer?.status()).to.equal(400)
    expect(await headingOf(page)).to.equal('This client is not known here')
    expect(await page.locator('a, form, meta[http-equiv]').count()).to.equal(0)
  })

  it('says on its home page that one signs in here, and through whom', async () => {
    const page = await freshPage()
    await page.goto(`${gateway()}/`)
    expect(await page.getByText('Any client can sign in at this gateway').isVisible()).to.equal(
      true,
    )
    expect(await page.locator('main li').count()).to.equal(4)
  })
})
