import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import type { AxeResults } from 'axe-core'
import { expect } from 'chai'
import type { Page } from 'playwright-core'
import { browserFixture, DESKTOP, PHONE } from './browser-fixture.ts'
import type { BrowserGlobals } from './browser-globals.ts'
import { EXAMPLE_PAGES } from './example-pages.ts'

// They are in the page, not here.
declare const document: BrowserGlobals['document']
declare const getComputedStyle: BrowserGlobals['getComputedStyle']

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')
const PATHS = Object.keys(EXAMPLE_PAGES)
/** Those that differ in more than words. */
const KINDS = [
  '/consent',
  '/consent-several',
  '/consent-hostile',
  '/going',
  '/refused',
  '/error',
  '/home',
]

describe('the pages, in Chromium', () => {
  const at = browserFixture(EXAMPLE_PAGES)

  /** What axe finds, once it has been put into the page. */
  async function violationsOf(page: Page): Promise<readonly string[]> {
    const results = await page.evaluate(
      // It runs in the page, whose global object has had axe since it was put there.
      () => (globalThis as unknown as { axe: { run(): Promise<AxeResults> } }).axe.run(),
    )
    expect(results.passes).to.have.length.greaterThan(5)
    return results.violations.flatMap(({ id, nodes }) =>
      nodes.map(({ html, failureSummary }) => `${id}: ${html} ${failureSummary}`),
    )
  }

  for (const path of KINDS) {
    it(`are accessible by axe at ${path}: light and dark, on a phone and on a desk`, async () => {
      const { page } = await at.show(path, { viewport: PHONE })
      for (const details of await page.locator('summary').all()) await details.click()
      await page.evaluate(AXE)
      for (const viewport of [PHONE, DESKTOP]) {
        await page.setViewportSize(viewport)
        for (const colorScheme of ['light', 'dark'] as const) {
          await page.emulateMedia({ colorScheme })
          expect(await violationsOf(page), `${viewport.width} ${colorScheme}`).to.deep.equal([])
        }
      }
    })
  }

  it('say nothing in the console: the policy blocks nothing of theirs', async () => {
    const { page, said } = await at.show('/consent')
    // Chromium says there that an app needs a click; the page has a link for it.
    const quiet = PATHS.filter((path) => path !== '/declined')
    for (const path of quiet) {
      await page.goto(at.origin() + path)
      const ground = await page.evaluate(() => getComputedStyle(document.body).backgroundColor)
      expect(ground, `${path} has its style`).to.equal('rgb(243, 245, 248)')
    }
    expect(said).to.deep.equal([])
  })

  it('run no script that found its way in', async () => {
    const { page } = await at.show('/consent-hostile')
    await page.evaluate(() => {
      const script = document.createElement('script')
      script.textContent = 'document.title = "owned"'
      document.body.append(script)
    })
    expect(await page.title()).to.equal('Let a program read CloudWatch as you?')
  })

  it('fit 320 pixels at twice the size of text, and at any size between', async () => {
    const { page } = await at.show('/there')
    for (const path of PATHS) {
      await page.goto(at.origin() + path)
      for (const width of [320, 540, 760, 1280]) {
        await page.setViewportSize({ width, height: 640 })
        for (const size of ['16px', '32px']) {
          const overflowing = await page.evaluate((fontSize) => {
            document.documentElement.style.fontSize = fontSize
            const edge = document.documentElement.clientWidth
            return [...document.querySelectorAll('body *')]
              .filter((element) => element.getBoundingClientRect().right > edge + 0.5)
              .map((element) => element.outerHTML.slice(0, 80))
          }, size)
          expect(overflowing, `${path} ${width} ${size}`).to.deep.equal([])
        }
      }
    }
  })

  it('have controls of at least 44 pixels, and a Deny as large as the others', async () => {
    for (const path of ['/consent', '/consent-several']) {
      const { page } = await at.show(path, { viewport: PHONE })
      const sizes = await page.locator('button, summary, a').evaluateAll((controls) =>
        controls.map((control) => {
          const { height, width } = control.getBoundingClientRect()
          return { text: control.textContent, height, width }
        }),
      )
      for (const { text, height } of sizes) expect(height, text).to.be.at.least(44)
      const widths = sizes.slice(1).map(({ width }) => width)
      expect(widths).to.have.length.greaterThan(1)
      expect(new Set(widths).size, 'all buttons are equally wide').to.equal(1)
    }
  })

  it('isolate a name that is written from right to left', async () => {
    const { page } = await at.show('/consent-hostile')
    const [first] = await page.locator('h1 bdi').all()
    const direction = await first?.evaluate((name) => getComputedStyle(name).unicodeBidi)
    expect(direction).to.equal('isolate')
    expect(await page.locator('h1').textContent()).to.match(/^Let \[U\+202E\]edoC/)
  })

  it('have edges where the system chooses the colours', async () => {
    const { page } = await at.show('/consent', { forcedColors: 'active' })
    const edges = await page
      .locator('button')
      .evaluateAll((buttons) => buttons.map((button) => getComputedStyle(button).borderColor))
    const ground = await page.evaluate(() => getComputedStyle(document.body).backgroundColor)
    expect(edges).to.have.length(2)
    for (const edge of edges) expect(edge).to.not.equal(ground)
  })

  it('move nothing, so that nobody has to ask for less motion', async () => {
    const { page } = await at.show('/consent')
    const changes = await page.evaluate(() =>
      [...document.querySelectorAll('*')].map(
        (element) => getComputedStyle(element).transitionDuration,
      ),
    )
    expect(new Set(changes)).to.deep.equal(new Set(['0s']))
  })

  it('print what was asked, dark on white and without buttons', async () => {
    const { page } = await at.show('/consent', { colorScheme: 'dark' })
    await page.emulateMedia({ media: 'print', colorScheme: 'dark' })
    expect(await page.locator('button').first().isVisible()).to.equal(false)
    const ink = await page.evaluate(() => getComputedStyle(document.body).color)
    expect(ink).to.equal('rgb(0, 0, 0)')
    expect(await page.getByText('CloudWatch in us-east-1').isVisible()).to.equal(true)
  })
})
