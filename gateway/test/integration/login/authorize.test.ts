import { expect } from 'chai'
import type { Received } from '../../support/send.ts'
import { challengeOf } from './fake-issuer-login.ts'
import {
  authorizePath,
  locationIn,
  PUBLIC_URL,
  REDIRECT_URI,
  type RunningLogin,
  startLogin,
  transactionIn,
  VERIFIER,
} from './running-login.ts'

type Changed = Readonly<Record<string, string | undefined>>

describe('the authorization endpoint', () => {
  let running: RunningLogin
  let clientId: string
  before(async () => {
    // Of a host that the operator trusts; others are in attacks/login/open-redirect.test.ts.
    running = await startLogin({ redirectHosts: ['client.example.com'] })
    clientId = await running.register()
  })
  after(() => running.close())

  const ask = (changed: Changed = {}): Promise<Received> =>
    running.newBrowser().get(authorizePath(clientId, changed))

  it('shows who asks, for what, with which roles and where the answer goes', async () => {
    const { status, headers, text } = await ask({ resource: `${PUBLIC_URL}/mcp/prod` })
    expect(status).to.equal(200)
    expect(headers['content-type']).to.equal('text/html; charset=utf-8')
    for (const shown of [
      'Claude Code',
      'registered itself',
      'client.example.com',
      `${PUBLIC_URL}/mcp/prod`,
      'eu-west-1',
      'prod-sre',
      'idp.example.com',
    ]) {
      expect(text).to.contain(shown)
    }
  })

  it('lets nobody frame, cache or script the page', async () => {
    const { headers } = await ask()
    expect(headers['x-frame-options']).to.equal('DENY')
    expect(headers['cache-control']).to.equal('no-store')
    expect(headers['access-control-allow-origin']).to.equal(undefined)
    const policy = String(headers['content-security-policy'])
    expect(policy).to.contain("frame-ancestors 'none'")
    expect(policy).to.contain("default-src 'none'")
    expect(policy).to.contain("form-action 'self'")
    expect(policy).to.not.contain('unsafe-inline')
  })

  it('gives the browser one cookie that only this host gets back', async () => {
    const { headers } = await ask()
    expect(headers['set-cookie']).to.have.lengthOf(1)
    expect(headers['set-cookie']?.[0]).to.match(
      /^__Host-consent-[\w-]{43}=[\w-]{43}; Max-Age=600; Path=\/; Secure; HttpOnly; SameSite=Lax$/,
    )
  })

  it('seals the request into the page, the secret of the browser not', async () => {
    const page = await ask()
    const secret = /=([\w-]{43});/.exec(page.headers['set-cookie']?.[0] ?? '')?.[1] ?? 'none'
    const { value } = await running.login.contents.consent.open(transactionIn(page))
    expect(value).to.include({
      redirectUri: REDIRECT_URI,
      target: 'default',
      state: 'client-state',
      challenge: challengeOf(VERIFIER),
    })
    expect(JSON.stringify(value)).to.not.contain(secret)
    expect(page.text).to.not.contain(secret)
  })

  it('answers HEAD as GET, without the page', async () => {
    const { status, text } = await running.send({ method: 'HEAD', path: authorizePath(clientId) })
    expect(status).to.equal(200)
    expect(text).to.equal('')
  })

  const ON_A_PAGE: Readonly<Record<string, Changed>> = {
    'no client': { client_id: undefined },
    'an unknown client': { client_id: 'unknown' },
    'a client of another gateway': { client_id: 'eyJhbGciOiJkaXIifQ..a.b.c' },
    'a redirect URI that is not registered': { redirect_uri: 'https://evil.example/cb' },
    'a redirect URI that only begins as registered': { redirect_uri: `${REDIRECT_URI}/more` },
    'a redirect URI with a query of its own': { redirect_uri: `${REDIRECT_URI}?x=1` },
    'a redirect URI with a fragment': { redirect_uri: `${REDIRECT_URI}#x` },
    'a redirect URI in other letters': { redirect_uri: 'https://CLIENT.example.com/cb' },
    'a script for a redirect URI': { redirect_uri: 'javascript:alert(1)' },
    'a redirect URI of 1025 characters': {
      redirect_uri: `https://client.example.com/${'a'.repeat(998)}`,
    },
  }
  for (const [what, changed] of Object.entries(ON_A_PAGE)) {
    it(`shows an error page and sends nobody anywhere for ${what}`, async () => {
      const { status, headers, text } = await ask(changed)
      expect(status).to.equal(400)
      expect(headers['content-type']).to.equal('text/html; charset=utf-8')
      expect(headers.location).to.equal(undefined)
      expect(headers['set-cookie']).to.equal(undefined)
      expect(text).to.not.contain('http-equiv="refresh"')
      expect(text).to.not.contain('evil.example')
      expect(text).to.contain(String(headers['x-request-id']))
    })
  }

  const TO_THE_CLIENT: ReadonlyArray<readonly [string, string, Changed]> = [
    ['a missing response_type', 'invalid_request', { response_type: undefined }],
    ['an empty response_type', 'invalid_request', { response_type: '' }],
    ['response_type=token', 'unsupported_response_type', { response_type: 'token' }],
    [
      'response_type=code id_token',
      'unsupported_response_type',
      { response_type: 'code id_token' },
    ],
    ['response_mode=fragment', 'invalid_request', { response_mode: 'fragment' }],
    ['response_mode=form_post', 'invalid_request', { response_mode: 'form_post' }],
    ['no code_challenge', 'invalid_request', { code_challenge: undefined }],
    ['an empty code_challenge', 'invalid_request', { code_challenge: '' }],
    ['no code_challenge_method', 'invalid_request', { code_challenge_method: undefined }],
    ['code_challenge_method=plain', 'invalid_request', { code_challenge_method: 'plain' }],
    ['code_challenge_method=s256', 'invalid_request', { code_challenge_method: 's256' }],
    ['a short code_challenge', 'invalid_request', { code_challenge: 'a'.repeat(42) }],
    ['a long code_challenge', 'invalid_request', { code_challenge: 'a'.repeat(44) }],
    ['a padded code_challenge', 'invalid_request', { code_challenge: `${'a'.repeat(42)}=` }],
    ['a code_challenge in base64', 'invalid_request', { code_challenge: `${'a'.repeat(42)}+` }],
    ['a request object', 'request_not_supported', { request: 'eyJ.eyJ.' }],
    ['a request_uri', 'request_uri_not_supported', { request_uri: 'https://evil.example/r' }],
    ['prompt=none', 'interaction_required', { prompt: 'none' }],
    ['another resource', 'invalid_target', { resource: 'https://evil.example/mcp' }],
    ['a resource with a fragment', 'invalid_target', { resource: `${PUBLIC_URL}/mcp#x` }],
    ['an unknown target', 'invalid_target', { resource: `${PUBLIC_URL}/mcp/none` }],
    ['a state that is too long', 'invalid_request', { state: 's'.repeat(1025) }],
  ]
  for (const [what, error, changed] of TO_THE_CLIENT) {
    it(`answers ${error} to the client for ${what}`, async () => {
      const received = await ask(changed)
      expect(received.status).to.equal(302)
      expect(received.headers['cache-control']).to.equal('no-store')
      expect(received.headers['set-cookie']).to.equal(undefined)
      const answer = locationIn(received)
      expect(`${answer.origin}${answer.pathname}`).to.equal(REDIRECT_URI)
      expect(answer.searchParams.get('error')).to.equal(error)
      // RFC 6749 §4.1.2.1
      expect(answer.searchParams.get('error_description')).to.match(
        /^[\x20-\x21\x23-\x5b\x5d-\x7e]+$/,
      )
      expect(answer.searchParams.get('state')).to.equal(changed.state ?? 'client-state')
      expect(answer.searchParams.get('iss')).to.equal(PUBLIC_URL)
      expect(answer.searchParams.has('code')).to.equal(false)
      expect(running.audit.at(-1)).to.include({ event: 'refused', reason: error })
    })
  }

  it('answers a state outside printable ASCII to the client, as it came', async () => {
    const answer = locationIn(await ask({ state: 'a\r\nSet-Cookie: x=y ü' }))
    expect(answer.searchParams.get('error')).to.equal('invalid_request')
    expect(answer.searchParams.get('state')).to.equal('a\r\nSet-Cookie: x=y ü')
  })

  it('takes a state of 1024 characters through the whole sign-in in a cookie that browsers keep', async () => {
    const redirect = `https://client.example.com/${randomText(1024 - 27)}`
    const long = await running.register({ redirect_uris: [redirect] })
    const browser = running.newBrowser()
    const page = await browser.get(
      authorizePath(long, { redirect_uri: redirect, state: randomText(1024) }),
    )
    expect(page.status).to.equal(200)
    const form = { transaction: transactionIn(page), decision: 'allow' }
    const { status, headers } = await browser.post('/oauth/consent', form)
    expect(status).to.equal(200)
    for (const cookie of headers['set-cookie'] ?? []) expect(cookie.length).to.be.below(4096)
  })

  it('requires a resource where that is configured', async () => {
    const strict = await startLogin({
      requireResource: true,
      redirectHosts: ['client.example.com'],
    })
    try {
      const id = await strict.register()
      const path = authorizePath(id, { resource: undefined })
      const answer = locationIn(await strict.newBrowser().get(path))
      expect(answer.searchParams.get('error')).to.equal('invalid_target')
    } finally {
      await strict.close()
    }
  })

  it('asks for the redirect URI where a client has several', async () => {
    const several = await running.register({
      redirect_uris: [REDIRECT_URI, 'https://client.example.com/other'],
    })
    const path = authorizePath(several, { redirect_uri: undefined })
    expect((await running.newBrowser().get(path)).status).to.equal(400)
  })

  it('refuses a registered redirect URI that is allowed no longer', async () => {
    const narrowed = await startLogin({ redirectHosts: ['*.other.example'] })
    try {
      const { status, headers } = await narrowed.newBrowser().get(authorizePath(clientId))
      expect(status).to.equal(400)
      expect(headers.location).to.equal(undefined)
    } finally {
      await narrowed.close()
    }
  })
})

/** Of the letters that a cookie can save least of. */
function randomText(length: number): string {
  let seed = 1
  return Array.from({ length }, () => {
    seed = (seed * 48_271) % 2_147_483_647
    return 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'[seed % 64]
  }).join('')
}
