import { expect } from 'chai'
import { BARE, browserFixture } from './browser-fixture.ts'
import type { BrowserGlobals } from './browser-globals.ts'
import { ASKED, EXAMPLE_PAGES, OKTA } from './example-pages.ts'

// They are in the page, not here.
declare const document: BrowserGlobals['document']
declare const getComputedStyle: BrowserGlobals['getComputedStyle']
declare const window: BrowserGlobals['window']

describe('the consent page, in Chromium', () => {
  const at = browserFixture({ ...EXAMPLE_PAGES, '/bare': BARE })
  const client = browserFixture({ '/': BARE })

  it('is walked by keyboard in the order of reading, with a visible focus', async () => {
    const { page } = await at.show('/consent-several')
    const walked: string[] = []
    for (let step = 0; step < 5; step += 1) {
      await page.keyboard.press('Tab')
      const { text, outline } = await page.evaluate(() => {
        const active = document.activeElement ?? document.body
        return { text: active.textContent ?? '', outline: getComputedStyle(active).outlineStyle }
      })
      expect(outline, text).to.equal('solid')
      walked.push(text)
    }
    expect(walked).to.deep.equal([
      'Full names of the roles',
      'Continue to Okta (example.okta.com)',
      'Continue to Amazon Cognito (us-east-1_Ab12)',
      'Continue to Microsoft Entra (contoso)',
      'Deny',
    ])
  })

  it('opens its details by keyboard', async () => {
    const { page } = await at.show('/consent')
    await page.keyboard.press('Tab')
    await page.keyboard.press('Enter')
    await page.getByText('arn:aws:iam::111122223333:role/CloudWatchSre').waitFor()
  })

  it('answers by keyboard alone', async () => {
    const { page } = await at.show('/consent')
    for (const _ of ['details', 'continue', 'deny']) await page.keyboard.press('Tab')
    await page.keyboard.press('Enter')
    await page.waitForURL('**/oauth/consent')
    expect(Object.fromEntries(at.lastPosted().form)).to.deep.equal({
      transaction: ASKED.transaction,
      decision: 'deny',
    })
  })

  it('answers without script', async () => {
    const { page } = await at.show('/consent-several', { javaScriptEnabled: false })
    await page.getByRole('button', { name: OKTA.name }).click()
    await page.waitForURL('**/oauth/consent')
    expect(Object.fromEntries(at.lastPosted().form)).to.deep.equal({
      transaction: ASKED.transaction,
      decision: 'allow',
      issuer: OKTA.issuer,
    })
  })

  it('answers with its own origin, so that a form of another site is told apart', async () => {
    const { page } = await at.show('/consent')
    await page.getByRole('button', { name: 'Continue to' }).click()
    await page.waitForURL('**/oauth/consent')
    expect(at.lastPosted().headers).to.include({
      origin: at.origin(),
      'sec-fetch-site': 'same-origin',
    })
  })

  it('ignores a click that arrives together with the pointer, and takes the next', async () => {
    const { page } = await at.show('/consent', { viewport: { width: 800, height: 1200 } })
    const posted = at.posted().length
    const box = await page.getByRole('button', { name: 'Continue to' }).boundingBox()
    if (box === null) throw new Error('the button is not to be seen')
    // The second half of a double click whose first half closed the window that lay above.
    await page.mouse.click(box.x + box.width / 2, box.y + box.height / 2)
    const waits = await page.evaluate(async () => {
      const running = document.getAnimations()
      await Promise.all(running.map(({ finished }) => finished))
      return running.length
    })
    expect(waits).to.be.greaterThan(0)
    expect(at.posted()).to.have.length(posted)
    await page.mouse.click(box.x + box.width / 2, box.y + box.height / 2)
    await page.waitForURL('**/oauth/consent')
    expect(at.posted()).to.have.length(posted + 1)
  })

  it('cannot be framed, not even by a page of its own origin', async () => {
    for (const [origin, from] of [
      [client.origin(), '/'],
      [at.origin(), '/bare'],
    ] as const) {
      const { page, said } = await at.show('/bare')
      await page.goto(origin + from)
      const refused = page.waitForEvent('console', {
        predicate: (message) => /frame-ancestors|X-Frame-Options/i.test(message.text()),
      })
      await page.evaluate((src) => {
        const frame = document.createElement('iframe')
        frame.src = src
        document.body.append(frame)
      }, `${at.origin()}/consent`)
      await refused
      expect(said.join()).to.match(/frame/i)
      const [, frame] = page.frames()
      expect(await frame?.locator('form').count()).to.equal(0)
    }
  })

  it('leaves a popup to the client that opened it', async () => {
    const { page } = await at.show('/bare')
    await page.goto(`${client.origin()}/`)
    const [popup] = await Promise.all([
      page.waitForEvent('popup'),
      page.evaluate((url) => {
        Object.assign(globalThis, { popup: window.open(url) })
      }, `${at.origin()}/consent`),
    ])
    await popup.getByRole('button', { name: 'Deny' }).waitFor()
    // A client that watches its popup must not take it for closed.
    expect(await page.evaluate(() => Reflect.get(globalThis, 'popup').closed)).to.equal(false)
    await popup.goto(`${client.origin()}/`)
    expect(await popup.evaluate(() => window.opener !== null)).to.equal(true)
  })
})
