import { createServer } from 'node:http'
import { expect } from 'chai'
import { createIssuerLogin } from '../../../src/login/issuer/create-issuer-login.ts'
import { deferred } from '../../support/deferred.ts'
import { json } from '../../support/fake-issuer.ts'
import { listen, stop } from '../../support/loopback.ts'
import {
  CALLBACK_URL,
  challengeOf,
  type Desk,
  type DeskOptions,
  openDesk,
  RESOURCE,
  refusal,
  refusals,
} from '../../support/token-desk.ts'

const VERIFIER = 'the-verifier-of-the-gateway-the-verifier-of-it'
const NONCE = 'the-nonce'

describe('createIssuerLogin', () => {
  let desk: Desk
  const open = async (options: DeskOptions = {}) => {
    desk = await openDesk(options)
    return desk
  }
  afterEach(() => desk.close())

  const authorizationUrl = () =>
    desk.login.authorizationUrl({
      state: 'the-state',
      nonce: NONCE,
      verifier: VERIFIER,
      resource: RESOURCE,
    })
  const redeem = async (over: { nonce?: string; iss?: string; code?: string } = {}) =>
    desk.login.redeem({
      code: desk.issuer.codeFor(await authorizationUrl()),
      iss: undefined,
      state: 'the-state',
      verifier: VERIFIER,
      nonce: NONCE,
      resource: RESOURCE,
      ...over,
    })

  it('sends the browser to the issuer with PKCE, nonce, state and its own callback', async () => {
    await open()
    const url = await authorizationUrl()
    expect(url.origin + url.pathname).to.equal(`${desk.issuer.issuer}/authorize`)
    expect(Object.fromEntries(url.searchParams)).to.deep.equal({
      client_id: 'gateway',
      response_type: 'code',
      redirect_uri: CALLBACK_URL,
      scope: 'openid cloudwatch/read offline_access',
      resource: RESOURCE,
      prompt: 'consent',
      state: 'the-state',
      nonce: NONCE,
      code_challenge: challengeOf(VERIFIER),
      code_challenge_method: 'S256',
    })
  })

  it('sends no nonce where no ID token is asked for, and redeems without one', async () => {
    await open()
    desk.issuer.script({
      metadata: ({ scopes_supported: _none, ...document }) => document,
      answer: ({ id_token: _none, ...answer }) => answer,
    })
    expect((await authorizationUrl()).searchParams.has('nonce')).to.equal(false)
    expect(await redeem()).to.include({ proof: undefined, subject: undefined })
  })

  it('redeems a code with the callback, the verifier and its secret', async () => {
    await open()
    const tokens = await redeem()
    expect(tokens.identity.split('.')).to.have.length(3)
    expect(tokens).to.include({ subject: 'alice' })
    const [asked] = desk.issuer.asked
    expect(Object.fromEntries(asked?.form ?? [])).to.include({
      grant_type: 'authorization_code',
      redirect_uri: CALLBACK_URL,
      code_verifier: VERIFIER,
      resource: RESOURCE,
    })
    expect(asked?.form.has('client_secret')).to.equal(false)
    expect(asked?.authorization).to.match(/^Basic /)
  })

  it('puts its secret into the form where the issuer takes it there alone', async () => {
    await open()
    desk.issuer.script({
      metadata: (document) => ({
        ...document,
        token_endpoint_auth_methods_supported: ['client_secret_post'],
      }),
    })
    await redeem()
    const [asked] = desk.issuer.asked
    expect(asked?.authorization).to.equal(undefined)
    expect(asked?.form.get('client_secret')).to.equal('the-secret-of-the-gateway')
  })

  it('is a public client without a secret', async () => {
    await open({ clientSecret: undefined })
    await redeem()
    const [asked] = desk.issuer.asked
    expect(asked?.authorization).to.equal(undefined)
    expect(asked?.form.has('client_secret')).to.equal(false)
    expect(asked?.form.get('client_id')).to.equal('gateway')
  })

  it('compares iss exactly, and misses it where the issuer says that it sends one', async () => {
    await open()
    const { issuer } = desk.issuer
    expect(await desk.login.acceptsIss(undefined)).to.equal(true)
    expect(await desk.login.acceptsIss(issuer)).to.equal(true)
    expect(await desk.login.acceptsIss(`${issuer}/`)).to.equal(false)
    expect(await desk.login.acceptsIss('https://evil.example.com')).to.equal(false)
    desk.issuer.script({
      metadata: (document) => ({
        ...document,
        authorization_response_iss_parameter_supported: true,
      }),
    })
    const later = desk.twin()
    expect(await later.login.acceptsIss(undefined)).to.equal(false)
    expect(await later.login.acceptsIss(issuer)).to.equal(true)
  })

  it('discovers the issuer once for many sign-ins, and not before the first', async () => {
    await open()
    expect(desk.issuer.fetches.metadata).to.equal(0)
    await Promise.all([authorizationUrl(), authorizationUrl(), authorizationUrl()])
    expect(desk.issuer.fetches.metadata).to.equal(1)
  })

  it('asks an issuer that is down again after a while, and then works', async () => {
    await open()
    await desk.issuer.down()
    const error = await refusal(authorizationUrl())
    expect(error).to.include({ code: 'temporarily_unavailable', status: 503 })
    expect(error.retryAfterSeconds).to.equal(5)
    await desk.issuer.up()
    expect((await refusal(authorizationUrl())).code).to.equal('temporarily_unavailable')
    expect(desk.issuer.fetches.metadata).to.equal(0)
    desk.clock.now += 5000
    expect((await authorizationUrl()).origin).to.equal(desk.issuer.issuer)
  })

  describe('tells a client', () => {
    const oauth = (status: number, error: string, headers: Record<string, string> = {}) => {
      const reply = json({ error, error_description: 'the words of the issuer' })
      return { ...reply, status, headers: { ...reply.headers, ...headers } }
    }
    const html = (status: number) => ({
      status,
      headers: { 'content-type': 'text/html' },
      body: '<h1>the words of the issuer</h1>',
    })
    for (const [answer, reply, code] of [
      ['400 invalid_grant', oauth(400, 'invalid_grant'), 'invalid_grant'],
      ['400 interaction_required', oauth(400, 'interaction_required'), 'invalid_grant'],
      ['403 access_denied', oauth(403, 'access_denied'), 'invalid_grant'],
      ['401 invalid_client', oauth(401, 'invalid_client'), 'server_error'],
      [
        '401 with a challenge',
        oauth(401, 'invalid_client', { 'www-authenticate': 'Basic realm="x"' }),
        'server_error',
      ],
      ['400 unauthorized_client', oauth(400, 'unauthorized_client'), 'server_error'],
      ['400 invalid_scope', oauth(400, 'invalid_scope'), 'server_error'],
      [
        '400 temporarily_unavailable',
        oauth(400, 'temporarily_unavailable'),
        'temporarily_unavailable',
      ],
      ['429', oauth(429, 'invalid_grant'), 'temporarily_unavailable'],
      ['500', oauth(500, 'invalid_grant'), 'temporarily_unavailable'],
      ['502 with a page', html(502), 'temporarily_unavailable'],
      [
        '503 with a challenge',
        oauth(503, 'x', { 'www-authenticate': 'Basic' }),
        'temporarily_unavailable',
      ],
      ['200 with a page', html(200), 'temporarily_unavailable'],
      ['403 with a page', html(403), 'server_error'],
      ['400 with a page', html(400), 'server_error'],
      [
        'a redirect',
        { status: 302, headers: { location: 'https://evil.example.com' }, body: '' },
        'temporarily_unavailable',
      ],
      ['half a document', { ...json(''), body: '{"access_token":' }, 'temporarily_unavailable'],
      ['no access token', json({ token_type: 'Bearer' }), 'server_error'],
      ['a token of another type', json({ access_token: 'a', token_type: 'mac' }), 'server_error'],
    ] as const) {
      it(`${code} where the issuer answers with ${answer}, in words of its own`, async () => {
        await open()
        desk.issuer.script({ token: () => reply })
        const attempts = [redeem(), desk.login.refresh('a-refresh-token', RESOURCE)]
        for (const error of await refusals(...attempts)) {
          expect(error.code).to.equal(code)
          expect(error.message).to.not.include('words of the issuer')
        }
      })
    }

    it('temporarily_unavailable where the issuer is down or does not answer in time', async () => {
      await open({ timeoutMs: 1000 })
      await redeem()
      const stalled = deferred<undefined>()
      desk.issuer.script({ token: () => stalled.promise })
      expect((await refusal(redeem())).code).to.equal('temporarily_unavailable')
      stalled.resolve(undefined)
      desk.issuer.script({})
      await desk.issuer.down()
      const errors = await refusals(
        redeem(),
        desk.login.refresh('a-refresh-token', RESOURCE),
        desk.login.revoke('a-refresh-token'),
      )
      for (const { code } of errors) expect(code).to.equal('temporarily_unavailable')
    })

    it('to come back when the issuer wants it, within reason', async () => {
      await open()
      for (const [asked, told] of [
        ['17', 17],
        ['86400', 300],
        ['0', 1],
        ['soon', 5],
      ] as const) {
        desk.issuer.script({ token: () => oauth(503, 'x', { 'retry-after': asked }) })
        expect((await refusal(redeem())).retryAfterSeconds).to.equal(told)
      }
    })

    it('invalid_grant for an ID token of another sign-in', async () => {
      await open()
      expect((await refusal(redeem({ nonce: 'another' }))).code).to.equal('invalid_grant')
    })

    for (const [what, claims] of [
      ['of another issuer', { iss: 'https://evil.example.com' }],
      ['for another client', { aud: 'somebody-else' }],
      ['that has ended', { exp: 1_700_000_000 }],
      ['without a subject', { sub: undefined }],
    ] as const) {
      it(`server_error for an ID token ${what}`, async () => {
        await open()
        desk.issuer.script({ idTokenClaims: claims })
        expect((await refusal(redeem())).code).to.equal('server_error')
      })
    }

    it('server_error for a foreign iss in the answer of the issuer', async () => {
      await open()
      const error = await refusal(redeem({ iss: 'https://evil.example.com' }))
      expect(error.code).to.equal('server_error')
      expect(desk.issuer.asked).to.have.length(0)
    })
  })

  it('keeps secrets out of what is logged when the issuer repeats them', async () => {
    await open()
    desk.issuer.script({
      token: ({ form, authorization = '' }) => {
        const basic = Buffer.from(authorization.slice('Basic '.length), 'base64').toString()
        const words = [...form.values(), basic, authorization].join(' ')
        return { ...json({ error: 'invalid_request', error_description: words }), status: 400 }
      },
    })
    const code = desk.issuer.codeFor(await authorizationUrl())
    const errors = [
      await refusal(redeem({ code })),
      await refusal(desk.login.refresh('the-refresh-token', RESOURCE)),
    ]
    for (const error of errors) {
      const cause = String(error.cause)
      expect(cause).to.include('400 invalid_request')
      // As it was on the wire, where each part is form-encoded.
      const [sent = ''] = desk.issuer.asked.flatMap(({ authorization }) => authorization ?? [])
      const basic = sent.slice('Basic '.length)
      const decoded = Buffer.from(basic, 'base64').toString().slice('gateway:'.length)
      expect(decoded.length).to.be.above(10)
      const own = ['the-secret-of-the-gateway', basic, decoded]
      const secrets = [code, VERIFIER, 'the-refresh-token', ...own]
      for (const secret of secrets) {
        expect(cause + error.message).to.not.include(secret)
      }
    }
  })

  it('quotes no answer that it cannot read', async () => {
    await open()
    desk.issuer.script({ token: () => ({ ...json(''), body: 'secret-of-the-issuer' }) })
    expect(String((await refusal(redeem())).cause)).to.not.include('secret-of')
  })

  it('reads no answer without end', async () => {
    await open()
    desk.issuer.script({
      token: () => ({ ...json(''), body: JSON.stringify({ access_token: 'a'.repeat(300_000) }) }),
    })
    expect((await refusal(redeem())).code).to.equal('temporarily_unavailable')
  })

  it('follows no redirect with its secret', async () => {
    await open()
    let followed = 0
    const elsewhere = createServer((_req, res) => {
      followed += 1
      res.end('{}')
    })
    const port = await listen(elsewhere)
    try {
      desk.issuer.script({
        token: () => ({
          status: 307,
          headers: { location: `http://127.0.0.1:${port}/token` },
          body: '',
        }),
      })
      await refusal(redeem())
      expect(followed).to.equal(0)
    } finally {
      await stop(elsewhere)
    }
  })

  it('revokes a refresh token where there is an endpoint, and needs none', async () => {
    await open()
    await desk.login.revoke('a-refresh-token')
    const [asked] = desk.issuer.asked
    expect(asked?.path).to.equal('/revoke')
    expect(Object.fromEntries(asked?.form ?? [])).to.include({
      token: 'a-refresh-token',
      token_type_hint: 'refresh_token',
    })
    desk.issuer.script({ metadata: ({ revocation_endpoint: _none, ...document }) => document })
    await desk.twin().login.revoke('another')
    expect(desk.issuer.asked).to.have.length(1)
  })

  it('is not made for identities that nobody signs in with', async () => {
    await open()
    const make = () =>
      createIssuerLogin({
        preset: 'aws-iam',
        issuer: 'https://sts.amazonaws.com',
        clientId: 'gateway',
        scopes: [],
        audience: [],
        callbackUrl: CALLBACK_URL,
        timeoutMs: 1000,
        now: Date.now,
      })
    expect(make).to.throw('aws-iam')
  })
})
