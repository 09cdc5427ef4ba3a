import { expect } from 'chai'
import fc from 'fast-check'
import { OAuthError } from '../../../src/login/oauth-error.ts'
import { formIn, parametersIn } from '../../../src/login/parameters.ts'
import {
  allow,
  authorizePath,
  callbackPath,
  formRequest,
  locationIn,
  PUBLIC_URL,
  REDIRECT_URI,
  type RunningLogin,
  startLogin,
  transactionIn,
} from '../../integration/login/running-login.ts'
import type { Received } from '../../support/send.ts'
import { check, checkAsync, describeFuzz, headerText, RUNS } from '../check.ts'
import { createRandom, mutate } from '../mutate.ts'

/** Pieces of queries and forms, where parsers differ. */
const encodedText = fc
  .array(
    fc.oneof(
      fc.constantFrom(
        '&',
        '=',
        '+',
        '%',
        '%26',
        '%3d',
        '%3D',
        '%2b',
        '%20',
        '%00',
        '%ff',
        '%c3%a9',
      ),
      fc.constantFrom(
        'a',
        'b',
        'code',
        'client_id',
        '__proto__',
        'constructor',
        '%61',
        ';',
        '?',
        '#',
      ),
      fc.string({ maxLength: 3 }),
    ),
    { maxLength: 20 },
  )
  .map((pieces) => pieces.join(''))

describeFuzz('parameters', () => {
  it('are read as a browser reads them, each once, or refused', () => {
    let read = 0
    check(
      fc.property(encodedText, (encoded) => {
        const parameters = attempt(() => parametersIn(encoded))
        if (parameters === undefined) return
        read += parameters.size
        // A question mark in front would be cut off.
        const expected = new URLSearchParams(`&${encoded}`)
        for (const [name, value] of parameters) expect(expected.getAll(name)).to.deep.equal([value])
        for (const [name, value] of expected) {
          if (value !== '') expect(parameters.get(name), name).to.equal(value)
        }
      }),
    )
    expect(read).to.be.above(RUNS / 20)
  })

  it('come back as they were sent', () => {
    check(
      fc.property(
        fc.dictionary(
          fc.string({ unit: 'grapheme', minLength: 1 }),
          fc.string({ unit: 'grapheme' }),
          {
            maxKeys: 20,
          },
        ),
        (sent) => {
          const body = Buffer.from(new URLSearchParams(sent).toString())
          const form = formIn(body, 'application/x-www-form-urlencoded')
          const filled = Object.entries(sent).filter(([, value]) => value !== '')
          expect([...form]).to.deep.equal(filled)
        },
      ),
    )
  })

  it('of any bytes and any content type are a form or refused', () => {
    const types = fc.oneof(
      headerText,
      headerText.map((text) => `application/x-www-form-urlencoded${text}`),
      headerText.map((text) => `application/x-www-form-urlencoded; charset=${text}`),
      fc.constantFrom('application/x-www-form-urlencoded', 'Application/X-WWW-Form-URLencoded'),
    )
    check(
      fc.property(fc.uint8Array({ maxLength: 60 }), types, (bytes, type) => {
        if (attempt(() => formIn(bytes, type)) === undefined) return
        expect(type.trim().toLowerCase()).to.match(/^application\/x-www-form-urlencoded\s*(;|$)/)
        expect([...bytes].every((byte) => byte >= 0x20 && byte < 0x7f)).to.equal(true)
      }),
    )
  })
})

const NAMES = [
  'client_id',
  'redirect_uri',
  'response_type',
  'code_challenge',
  'code_challenge_method',
  'state',
  'resource',
  'scope',
  'prompt',
  'response_mode',
  'request',
  'iss',
  '__proto__',
]

describeFuzz('the browser side', () => {
  let running: RunningLogin
  let clientId: string
  before(async () => {
    running = await startLogin({
      redirectHosts: ['client.example.com'],
      requestsPerMinutePerAddress: 1e9,
    })
    clientId = await running.register()
  })
  after(() => running.close())

  /** It is a page of ours or the way back to the client; never a failure, and nowhere else. */
  const isSound = ({ status, headers, text }: Received) => {
    expect(status).to.be.oneOf([200, 302, 400, 403, 404])
    if (status === 302) {
      const { origin, pathname } = new URL(headers.location ?? '')
      expect(`${origin}${pathname}`).to.equal(REDIRECT_URI)
    } else {
      expect(headers.location).to.equal(undefined)
      expect(text).to.not.match(
        /http-equiv="refresh" content="0;url=(?!https:\/\/(?:idp|client)\.example\.com\/)/,
      )
    }
    expect(headers['content-type'] ?? 'text/html').to.match(/text\/html|application\/json/)
  }

  it('answers any authorization request with a page, or to the registered address', async () => {
    const values = fc.oneof(
      fc.constantFrom(
        'code',
        'S256',
        'plain',
        'none',
        'query',
        REDIRECT_URI,
        `${REDIRECT_URI}/`,
        'https://evil.example/cb',
        'https://client.example.com@evil.example/cb',
        'javascript:alert(1)',
        'http://localhost:1/cb',
        `${PUBLIC_URL}/mcp`,
        `${PUBLIC_URL}/mcp/prod/`,
        'a'.repeat(43),
        '',
      ),
      fc.string({ unit: 'binary', maxLength: 12 }),
      fc.webUrl(),
    )
    const seen = new Map<number, number>()
    await checkAsync(
      fc.asyncProperty(
        fc.array(fc.tuple(fc.constantFrom(...NAMES), values), { maxLength: 3 }),
        fc.boolean(),
        async (changes, twice) => {
          const changed = Object.fromEntries(changes)
          const more = twice && changes.length > 0 ? `&${new URLSearchParams(changed)}` : ''
          const received = await running.newBrowser().get(`${pathFor(clientId, changed)}${more}`)
          isSound(received)
          seen.set(received.status, (seen.get(received.status) ?? 0) + 1)
          if (received.status === 200) {
            const { value } = await running.login.contents.consent.open(transactionIn(received))
            expect(value.redirectUri).to.equal(REDIRECT_URI)
            expect(value.target).to.be.oneOf(['default', 'prod'])
            expect(value.challenge).to.match(/^[\w-]{43}$/)
          }
        },
      ),
    )
    expect([...seen.keys()]).to.include.members([200, 302, 400])
  })

  it('answers a changed request line with a page, or to the registered address', async () => {
    const hostile = [
      '&',
      '=',
      '%',
      '%00',
      '#',
      '?',
      '//',
      '\\',
      '%2f%2fevil.example',
      '@evil.example',
      ';',
    ]
    await checkAsync(
      fc.asyncProperty(fc.integer(), async (seed) => {
        const changed = mutate(authorizePath(clientId), hostile, createRandom(seed))
        const path = changed.replaceAll(/[^\x21-\x7e]/g, '')
        isSound(await running.newBrowser().get(path.startsWith('/') ? path : `/${path}`))
      }),
    )
  })

  it('answers any form of the consent page, and any cookies, with a page', async () => {
    const browser = running.newBrowser()
    const transaction = transactionIn(await browser.get(authorizePath(clientId)))
    const [name = '', secret = ''] = [...browser.cookies][0] ?? []
    await checkAsync(
      fc.asyncProperty(fc.integer(), fc.boolean(), async (seed, sameBrowser) => {
        const random = createRandom(seed)
        const form = new URLSearchParams({ transaction, decision: 'allow' }).toString()
        const body = mutate(form, ['&', '=', '%', '.', 'deny', 'issuer=x'], random)
        const cookie = mutate(`${name}=${secret}`, [';', '=', ' ', '"', 'x'], random)
        const { headers, ...request } = formRequest('/oauth/consent', {})
        const received = await running.send({
          ...request,
          headers: {
            ...headers,
            ...(sameBrowser && { cookie: cookie.replaceAll(/[^\x20-\x7e]/g, '') }),
          },
          body: Buffer.from(body, 'latin1'),
        })
        isSound(received)
        if (!sameBrowser) expect(received.status).to.equal(400)
      }),
    )
  })

  it('answers any way back from the issuer with a page, or to the registered address', async () => {
    const browser = running.newBrowser()
    const url = await allow(browser, clientId)
    const state = url.searchParams.get('state') ?? ''
    const cookie = [...browser.cookies].map(([name, value]) => `${name}=${value}`).join('; ')
    let returned = 0
    await checkAsync(
      fc.asyncProperty(fc.integer(), async (seed) => {
        const random = createRandom(seed)
        const path = mutate(
          callbackPath({ state, code: 'any' }),
          ['&', '%', 'error=x', 'iss=x'],
          random,
        )
        const received = await running.send({
          path: `/${path.replaceAll(/[^\x21-\x7e]/g, '').replace(/^\/+/, '')}`,
          headers: {
            cookie: mutate(cookie, [';', '=', '.', 'x'], random).replaceAll(/[^\x20-\x7e]/g, ''),
          },
        })
        isSound(received)
        if (received.status !== 302) return
        returned += 1
        expect(locationIn(received).searchParams.get('state')).to.equal('client-state')
      }),
    )
    // One state, one return.
    expect(returned).to.be.at.most(1)
  })
})

/** As `authorizePath`, with any text: what is no text in UTF-16 is replaced as browsers do. */
function pathFor(clientId: string, changed: Readonly<Record<string, string>>): string {
  const sound = Object.entries(changed).map(([name, value]) => [
    name,
    Buffer.from(value, 'utf8').toString('utf8'),
  ])
  return authorizePath(clientId, Object.fromEntries(sound))
}

/** What is read; undefined where it is refused in OAuth's words. Anything else is thrown. */
function attempt<T>(read: () => T): T | undefined {
  try {
    return read()
  } catch (error) {
    if (error instanceof OAuthError && error.code === 'invalid_request') return undefined
    throw error
  }
}
