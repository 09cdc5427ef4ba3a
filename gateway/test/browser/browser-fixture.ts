import type { Browser, BrowserContext, BrowserContextOptions } from 'playwright-core'
import { openChromium } from './chromium.ts'
import type { ExamplePage } from './example-pages.ts'
import { type Posted, servePages } from './serve-pages.ts'

/** A desk; a phone is named where it matters. */
export const DESKTOP = { width: 1280, height: 800 }
export const PHONE = { width: 360, height: 740 }

/** A page of no policy at all. */
export const BARE: ExamplePage = {
  body: '<!doctype html><title>bare</title>',
  headers: { 'content-type': 'text/html' },
}

/** A browser and a site that shows `pages` at their paths, for the tests of one `describe`. */
export function browserFixture(pages: Readonly<Record<string, ExamplePage>>) {
  let browser: Browser
  let site: Awaited<ReturnType<typeof servePages>>
  /** The one that tests without options share: nothing of ours sets a cookie there. */
  let shared: BrowserContext
  const opened: Array<Readonly<{ close(): Promise<void> }>> = []

  const newContext = async (options: BrowserContextOptions) => {
    const context = await browser.newContext({ viewport: DESKTOP, ...options })
    // Whoever is sent on to a site that is not there stays (RFC 9110 §15.3.5).
    await context.route(/^https:/, (route) => route.fulfill({ status: 204 }))
    return context
  }

  before(async () => {
    site = await servePages(pages)
    browser = await openChromium()
    shared = await newContext({})
  })

  afterEach(async () => {
    for (const one of opened.splice(0)) await one.close()
  })

  after(async () => {
    await browser?.close()
    await site?.close()
  })

  return {
    origin: () => site.origin,
    posted: (): readonly Posted[] => site.posted,
    lastPosted: (): Posted => {
      const posted = site.posted.at(-1)
      if (posted === undefined) throw new Error('nothing was posted')
      return posted
    },
    /** The page at `path` in a tab of its own, and all that its console says. */
    show: async (path: string, options?: BrowserContextOptions) => {
      const context = options === undefined ? shared : await newContext(options)
      const page = await context.newPage()
      opened.push(options === undefined ? page : context)
      const said: string[] = []
      page.on('console', (message) => said.push(message.text()))
      page.on('pageerror', (error) => said.push(String(error)))
      await page.goto(site.origin + path)
      return { page, said }
    },
  }
}
