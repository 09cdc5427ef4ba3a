// Writes docs/images/*.png: the pages that a person sees, as Debian's Chromium draws them.
import { mkdirSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { openChromium } from '../gateway/dist/test/browser/chromium.js'
import { EXAMPLE_PAGES } from '../gateway/dist/test/browser/example-pages.js'
import { servePages } from '../gateway/dist/test/browser/serve-pages.js'

const DESKTOP = { width: 760, height: 600 }
const PHONE = { width: 360, height: 740 }

const SHOTS = [
  { name: 'consent-light', path: '/consent', viewport: DESKTOP, colorScheme: 'light' },
  { name: 'consent-dark-phone', path: '/consent', viewport: PHONE, colorScheme: 'dark' },
  { name: 'consent-providers', path: '/consent-several', viewport: DESKTOP, colorScheme: 'light' },
  { name: 'sign-in-error', path: '/error', viewport: DESKTOP, colorScheme: 'light' },
  { name: 'home', path: '/home', viewport: DESKTOP, colorScheme: 'light' },
]

const images = fileURLToPath(new URL('images/', import.meta.url))
mkdirSync(images, { recursive: true })
const pages = await servePages(EXAMPLE_PAGES)
const browser = await openChromium()
for (const { name, path, viewport, colorScheme } of SHOTS) {
  const page = await browser.newPage({
    viewport,
    colorScheme,
    deviceScaleFactor: 1.25,
    bypassCSP: true,
  })
  await page.goto(pages.origin + path)
  // Debian's fallback for system-ui is far wider than what desktops and phones have for it.
  await page.addStyleTag({ content: 'body { font-family: "Liberation Sans", sans-serif }' })
  await page.screenshot({ path: `${images}${name}.png`, fullPage: true })
  await page.close()
  console.log(`docs/images/${name}.png`)
}
await browser.close()
await pages.close()
