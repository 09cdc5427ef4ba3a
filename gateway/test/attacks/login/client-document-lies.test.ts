import { expect } from 'chai'
import { DocumentError } from '../../../src/login/clients/document-error.ts'
import {
  authorizePath,
  type RunningLogin,
  startLogin,
} from '../../integration/login/running-login.ts'

const CLIENT = 'https://client.example.com/oauth/client.json'
const REDIRECT = 'https://client.example.com/cb'
const DOCUMENT = {
  client_id: CLIENT,
  client_name: 'Editor',
  redirect_uris: [REDIRECT],
  token_endpoint_auth_method: 'none',
}

/** Attack list line 22, by what the document says; where it lies is in client-metadata-ssrf.test.ts. */
describe('a client document that lies', () => {
  let running: RunningLogin
  let text: string
  let maxAgeSeconds: number | undefined
  let fetched: string[]
  beforeEach(async () => {
    text = JSON.stringify(DOCUMENT)
    maxAgeSeconds = undefined
    fetched = []
    running = await startLogin({
      fetchDocument: async (url, maxBytes) => {
        fetched.push(url.href)
        if (text.length > maxBytes) throw new DocumentError('unusable', 'it is too large')
        return { text, maxAgeSeconds }
      },
    })
  })
  afterEach(() => running.close())

  const ask = (clientId = CLIENT, redirect = REDIRECT) =>
    running.newBrowser().get(authorizePath(clientId, { redirect_uri: redirect }))
  const goesNowhere = async (what: string, clientId = CLIENT, redirect = REDIRECT) => {
    const { status, headers, text: page } = await ask(clientId, redirect)
    expect(status, what).to.equal(400)
    expect(headers.location, what).to.equal(undefined)
    expect(headers['set-cookie'], what).to.equal(undefined)
    expect(page, what).to.not.match(/evil|<form|http-equiv="refresh"/)
  }

  it('is believed where it does not', async () => {
    const page = await ask()
    expect(page.status).to.equal(200)
    expect(page.text).to.contain('client.example.com')
  })

  const LIES: Readonly<Record<string, unknown>> = {
    'another client id': { ...DOCUMENT, client_id: 'https://evil.example/client.json' },
    'its own id with a slash': { ...DOCUMENT, client_id: `${CLIENT}/` },
    'its own id in capitals': { ...DOCUMENT, client_id: CLIENT.toUpperCase() },
    'no client id': { ...DOCUMENT, client_id: undefined },
    'a list of client ids': { ...DOCUMENT, client_id: [CLIENT] },
    'a secret': { ...DOCUMENT, client_secret: 'everybody-reads-it' },
    'an end of a secret': { ...DOCUMENT, client_secret_expires_at: 0 },
    'a method with a secret': { ...DOCUMENT, token_endpoint_auth_method: 'client_secret_basic' },
    'a method that nobody knows': { ...DOCUMENT, token_endpoint_auth_method: 'tls_client_auth' },
    'keys that are shared': {
      ...DOCUMENT,
      token_endpoint_auth_method: 'private_key_jwt',
      jwks: { keys: [{ kty: 'oct', k: 'c2VjcmV0' }] },
    },
    'keys at two places': {
      ...DOCUMENT,
      token_endpoint_auth_method: 'private_key_jwt',
      jwks: { keys: [] },
      jwks_uri: 'https://evil.example/keys',
    },
    'keys without TLS': {
      ...DOCUMENT,
      token_endpoint_auth_method: 'private_key_jwt',
      jwks_uri: 'http://client.example.com/keys',
    },
    'no redirect URI': { ...DOCUMENT, redirect_uris: [] },
    'redirect URIs that are no list': { ...DOCUMENT, redirect_uris: REDIRECT },
    'redirect URIs that are no text': { ...DOCUMENT, redirect_uris: [{ href: REDIRECT }] },
    'redirect URIs that are scripts': { ...DOCUMENT, redirect_uris: ['javascript:alert(1)'] },
    'a thousand redirect URIs': {
      ...DOCUMENT,
      redirect_uris: Array.from({ length: 100 }, (_, at) => `https://c.example/${at}`),
    },
    'redirect URIs of a prototype': { ...DOCUMENT, redirect_uris: undefined, __proto__: DOCUMENT },
    'a list': [DOCUMENT],
    nothing: null,
  }
  for (const [what, document] of Object.entries(LIES)) {
    it(`is no client with ${what}`, async () => {
      text = JSON.stringify(document)
      await goesNowhere(what)
    })
  }

  for (const [what, whole] of Object.entries({
    'more than 5 KB': JSON.stringify({ ...DOCUMENT, pad: 'x'.repeat(6000) }),
    'two documents': `${JSON.stringify(DOCUMENT)}${JSON.stringify(DOCUMENT)}`,
    'text behind it': `${JSON.stringify(DOCUMENT)}x`,
    'a byte order mark': `\ufeff${JSON.stringify(DOCUMENT)}`,
    'a page': '<html>',
    'a prototype for its members': `{"__proto__": ${JSON.stringify(DOCUMENT)}}`,
    'a depth of thousands': `${'['.repeat(2500)}${']'.repeat(2500)}`,
    'no text': '',
  })) {
    it(`is no client with ${what}`, async () => {
      text = whole
      await goesNowhere(what)
    })
  }

  it('gets no redirect to an address of another client, or one that it lists in vain', async () => {
    const evil = 'http://evil.example/cb'
    text = JSON.stringify({ ...DOCUMENT, redirect_uris: [REDIRECT, evil, 'javascript:alert(1)'] })
    await goesNowhere('http', CLIENT, evil)
    await goesNowhere('script', CLIENT, 'javascript:alert(1)')
    await goesNowhere('unlisted', CLIENT, 'https://evil.example/cb')
    expect((await ask()).status).to.equal(200)
  })

  it('that changes its redirect URIs loses the old ones when it has aged, a day at most', async () => {
    const evil = 'https://evil.example/cb'
    maxAgeSeconds = 1_000_000
    expect((await ask()).status).to.equal(200)
    text = JSON.stringify({ ...DOCUMENT, redirect_uris: [evil] })
    running.clock.now += 86_399_000
    await goesNowhere('not yet', CLIENT, evil)
    expect((await ask()).status).to.equal(200)
    running.clock.now += 2000
    await goesNowhere('no longer')
    const page = await ask(CLIENT, evil)
    expect(page.status).to.equal(200)
    expect(page.text).to.contain('evil.example')
    expect(fetched).to.have.lengthOf(2)
  })

  it('cannot make one client of two spellings, or bring in another’s document', async () => {
    await ask()
    for (const id of [
      'https://client.example.com/oauth/../oauth/client.json',
      'https://client.example.com/oauth/client.json?x',
      'https://client.example.com:443/oauth/client.json',
      'https://CLIENT.example.com/oauth/client.json',
      'https://client.example.com/oauth%2fclient.json',
      'https://evil.example/client.json',
    ]) {
      await goesNowhere(id, id)
    }
    expect(new Set(fetched)).to.deep.equal(new Set([CLIENT, 'https://evil.example/client.json']))
  })

  it('names itself as it likes: the page says which host answers for it', async () => {
    const id = 'https://evil.example/client.json'
    text = JSON.stringify({
      client_id: id,
      client_name: 'Claude',
      client_uri: 'https://claude.ai',
      logo_uri: 'https://claude.ai/logo.png',
      redirect_uris: ['https://evil.example/cb'],
    })
    const { status, text: page } = await ask(id, 'https://evil.example/cb')
    expect(status).to.equal(200)
    expect(page).to.contain('evil.example')
    expect(page).to.not.contain('claude.ai')
  })

  it('is fetched by nobody who has not asked for it: not by a callback, a form or a bearer', async () => {
    await running.newBrowser().post('/oauth/consent', { transaction: CLIENT, decision: 'allow' })
    await running.newBrowser().get(`/oauth/callback?state=${CLIENT}&code=${CLIENT}`)
    await running.token({ grant_type: 'refresh_token', refresh_token: CLIENT })
    expect(fetched).to.deep.equal([])
  })
})
