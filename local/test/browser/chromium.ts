import { existsSync } from 'node:fs'
import { type Browser, chromium } from 'playwright-core'

/** Where Debian's package puts it; `CHROMIUM_PATH` names another. */
const PATH = process.env.CHROMIUM_PATH ?? '/usr/bin/chromium'

/** Starts a browser with a fresh profile; whoever starts it closes it. Rejects with what to do where there is none. */
export async function openChromium(): Promise<Browser> {
  if (!existsSync(PATH)) {
    throw new Error(
      `there is no browser at ${PATH}: install it (apt-get install chromium), or name another by CHROMIUM_PATH`,
    )
  }
  return chromium.launch({
    executablePath: PATH,
    // Root has no sandbox in a container; the rest keeps it from the network and from asking questions.
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
      '--no-first-run',
    ],
  })
}
