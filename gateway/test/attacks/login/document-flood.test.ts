import { expect } from 'chai'
import { DocumentError } from '../../../src/login/clients/document-error.ts'
import { createFetchDocument } from '../../../src/login/clients/fetch-client-document.ts'
import {
  authorizePath,
  type RunningLogin,
  startLogin,
} from '../../integration/login/running-login.ts'

const EVIL = 'evil.example'
const FLOOD = 300

/** One caller may ask for hundreds of documents at once. Attack list lines 22 and 55. */
describe('attack: client documents of a domain whose hosts never answer', () => {
  let running: RunningLogin
  let asked: string[]
  /** Resolves when no request of the flood is on its way to its place any more. */
  let whenSettled: Promise<void>
  beforeEach(async () => {
    asked = []
    let settled = 0
    let tell = () => {}
    whenSettled = new Promise((resolve) => {
      tell = resolve
    })
    const count = () => {
      settled += 1
      if (settled === FLOOD) tell()
    }
    const fetchDocument = createFetchDocument({
      allowPrivate: false,
      resolveHost: (host, signal) => {
        asked.push(host)
        if (!host.endsWith(EVIL)) return Promise.resolve([])
        count()
        return new Promise((_resolve, reject) => {
          signal.addEventListener('abort', () => reject(new Error('too late')))
        })
      },
    })
    running = await startLogin({
      fetchDocument: (url, maxBytes) => {
        const document = fetchDocument(url, maxBytes)
        document.catch((error: unknown) => {
          if (error instanceof DocumentError && error.message.startsWith('too many')) count()
        })
        return document
      },
    })
  })
  afterEach(() => running.close())

  const ask = (host: string) =>
    running.send({ path: authorizePath(`https://${host}/oauth/client.json`) })

  it('leave places for those of everybody else', async () => {
    const flood = Array.from({ length: FLOOD }, (_, at) => ask(`h${at}.${EVIL}`))
    await whenSettled
    const { text } = await ask('client.example.com')
    expect(text).to.contain('its host has no public address')
    expect(asked).to.contain('client.example.com')
    expect(asked.length).to.be.below(50)
    const statuses = (await Promise.all(flood)).map(({ status }) => status)
    expect(new Set(statuses)).to.deep.equal(new Set([503]))
  })
})
