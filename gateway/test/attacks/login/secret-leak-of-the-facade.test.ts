import { randomBytes } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'
import {
  authorizePath,
  callbackPath,
  fieldOf,
  formRequest,
  REDIRECT_URI,
  transactionIn,
} from '../../integration/login/running-login.ts'
import { type BuiltGateway, startBuiltGateway } from '../../support/built-gateway.ts'
import { json } from '../../support/fake-issuer.ts'
import { unusedPort } from '../../support/loopback.ts'
import { type Received, send } from '../../support/send.ts'
import { challengeOf } from '../../support/token-desk.ts'
import { leaksIn, tokenSecrets } from '../secret-forms.ts'
import {
  type FacadeClients,
  facadeClients,
  facadeFile,
  type Surroundings,
  startSurroundings,
} from './facade-world.ts'

/** A word that nothing else contains. */
const canary = (name: string) => `${name}-${randomBytes(9).toString('hex')}`

/**
 * The built program with the most talkative log, through sign-ins that succeed and fail in every way; then all it printed,
 * answered and exported is searched for what was secret, in any form. Whose secret it is decides where it may be.
 */
describe('a secret leak of the login facade', () => {
  /** Nobody but the gateway and the issuer may ever see them. */
  const own = new Map<string, string>()
  /** A browser or a client has them; no line, no metric and no refusal does. */
  const handed = new Map<string, string>()
  const good: string[] = []
  const refusals: string[] = []
  const statuses = new Set<number>()
  let folder: string
  let around: Surroundings
  let gateway: BuiltGateway
  let printed = ''
  let metrics = ''
  let clients: FacadeClients

  const keep = (map: Map<string, string>, name: string, secret: string) => {
    map.set(`${name} ${map.size}`, secret)
    return secret
  }
  const noteAnswer = (received: Received) => {
    statuses.add(received.status)
    const text = JSON.stringify(received.headers) + received.text
    ;(received.status < 400 ? good : refusals).push(text)
    return received
  }
  const sealKey = randomBytes(32)
  const verifier = `${canary('client-verifier')}${'v'.repeat(20)}`
  const asked = { code_challenge: challengeOf(verifier) }

  before(async function () {
    this.timeout(60_000)
    folder = await mkdtemp(join(tmpdir(), 'gateway-'))
    around = await startSurroundings()
    const { alpha } = around
    const [port, metricsPort] = [await unusedPort(), await unusedPort()]
    const secret = keep(own, 'client secret at the issuer', canary('own-secret'))
    keep(own, 'seal key', sealKey.toString('base64'))
    keep(own, 'seal key in hex', sealKey.toString('hex'))
    const file = facadeFile(around)
    const config = join(folder, 'gateway.json')
    await writeFile(
      config,
      JSON.stringify({
        ...file,
        port,
        metricsPort,
        logLevel: 'debug',
        issuerCooldownMs: 1,
        issuerTimeoutMs: 500,
        sealKeys: undefined,
        providers: file.providers.map((provider) => ({ ...provider, clientSecret: secret })),
      }),
    )
    const keyFile = join(folder, 'seal-keys')
    await writeFile(keyFile, sealKey.toString('base64'))
    gateway = await startBuiltGateway({ GATEWAY_CONFIG: config, GATEWAY_SEAL_KEYS_FILE: keyFile })
    clients = facadeClients(async (request) => noteAnswer(await send(port, request)), alpha)

    /** What the issuer gives, each time another. */
    const talk = (more: Parameters<typeof alpha.script>[0] = {}) =>
      alpha.script({
        claims: {
          groups: ['sre'],
          preferred_username: 'alice',
          email: keep(own, 'e-mail', `${canary('mail')}@shop.example`),
        },
        ...more,
        answer: (answer) => {
          for (const name of ['access_token', 'id_token']) {
            for (const [part, text] of tokenSecrets(name, String(answer[name]))) {
              keep(own, `issuer's ${part}`, text)
            }
          }
          keep(own, "issuer's refresh token", String(answer.refresh_token))
          return answer
        },
      })
    talk()

    // Sign-ins that succeed, with a public and a confidential client.
    const redeem = async (id: string, clientSecret?: string) => {
      const browser = clients.newBrowser()
      const state = keep(handed, 'state', canary('client-state'))
      const page = await browser.get(authorizePath(id, { ...asked, state }))
      keep(handed, 'transaction', transactionIn(page))
      for (const [name, value] of browser.cookies) keep(handed, name, value)
      const other = clients.newBrowser()
      const url = await clients.toIssuer(other, id, { ...asked, state }, alpha.issuer)
      for (const [name, value] of other.cookies) keep(handed, name, value)
      keep(handed, 'state at the issuer', url.searchParams.get('state') ?? '')
      keep(handed, 'nonce', url.searchParams.get('nonce') ?? '')
      const code = keep(own, "issuer's code", alpha.codeFor(url))
      const back = await other.get(
        callbackPath({ state: url.searchParams.get('state') ?? '', code }),
      )
      const answer = new URL(back.headers.location ?? '')
      keep(handed, 'code', answer.searchParams.get('code') ?? '')
      const changed = { code_verifier: verifier, client_secret: clientSecret }
      const received = await clients.redeem(answer, id, changed)
      const access = keep(handed, 'access token', String(fieldOf(received.json(), 'access_token')))
      const refresh = keep(handed, 'refresh', String(fieldOf(received.json(), 'refresh_token')))
      return { answer, access, refresh }
    }
    keep(handed, 'client verifier', verifier)
    const id = keep(handed, 'client id', await clients.clientId())
    const { answer, access, refresh } = await redeem(id)
    expect((await clients.call(access)).status).to.equal(200)
    const registered = await clients.register({ token_endpoint_auth_method: 'client_secret_post' })
    const confidential = String(fieldOf(registered.json(), 'client_id'))
    const clientSecret = String(fieldOf(registered.json(), 'client_secret'))
    keep(handed, 'client secret', clientSecret)
    await redeem(confidential, clientSecret)
    const refreshed = await clients.token({
      grant_type: 'refresh_token',
      refresh_token: refresh,
      client_id: id,
    })
    keep(handed, 'next access token', String(fieldOf(refreshed.json(), 'access_token')))
    const next = keep(handed, 'next refresh', String(fieldOf(refreshed.json(), 'refresh_token')))

    // Refusals of every kind, each with something secret in it.
    const wrong = (name: string) => keep(handed, name, canary(name))
    const form = (changed: Readonly<Record<string, string>>, path = '/oauth/token') =>
      clients.send(formRequest(path, changed))
    await clients.redeem(answer, id, { code_verifier: verifier })
    await clients.redeem(answer, id, { code_verifier: wrong('wrong-verifier').padEnd(43, 'x') })
    await clients.redeem(answer, id, { code: wrong('wrong-code') })
    await clients.redeem(answer, confidential, { client_secret: wrong('wrong-secret') })
    await clients.redeem(answer, wrong('wrong-client'))
    await clients.redeem(answer, id, { resource: wrong('wrong-resource') })
    await clients.redeem(answer, id, { redirect_uri: wrong('wrong-redirect') })
    await form({ grant_type: wrong('grant'), client_id: id })
    await form({
      grant_type: 'refresh_token',
      client_id: id,
      refresh_token: wrong('wrong-refresh'),
    })
    await form({
      grant_type: 'refresh_token',
      client_id: id,
      refresh_token: `${next.slice(0, -9)}A`,
    })
    await form({
      grant_type: 'refresh_token',
      client_id: id,
      refresh_token: next,
      scope: wrong('scope'),
    })
    await form({ client_id: id, token: wrong('revoked') }, '/oauth/revoke')
    await form(
      { client_id: confidential, token: next, client_secret: clientSecret },
      '/oauth/revoke',
    )
    await form({
      client_id: id,
      client_assertion: wrong('assertion'),
      client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
    })
    for (const authorization of [
      `Basic ${Buffer.from(`${id}:${wrong('basic')}`).toString('base64')}`,
      `Basic ${wrong('no-base64')}`,
      `Bearer ${access}`,
    ]) {
      await clients.token({ grant_type: 'refresh_token', refresh_token: next }, { authorization })
    }
    await clients.send({ method: 'POST', path: `/oauth/token?code=${wrong('in-the-url')}` })
    await clients.send({
      method: 'POST',
      path: '/oauth/token',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ code: wrong('in-json') }),
    })
    await clients.send({
      method: 'POST',
      path: '/oauth/register',
      headers: { 'content-type': 'application/json' },
      body: `{"client_name": "${wrong('broken-json')}`,
    })
    for (const metadata of [
      { redirect_uris: [wrong('uri')] },
      { redirect_uris: [`https://user:${wrong('password')}@client.example.com/`] },
      { grant_types: [wrong('grant-type')] },
      { response_types: { [wrong('response-type')]: 1 } },
    ]) {
      await clients.register(metadata)
    }
    for (const changed of [
      { client_id: wrong('client') },
      { client_id: `https://127.0.0.1/${wrong('document')}` },
      { redirect_uri: `${REDIRECT_URI}/${wrong('redirect')}` },
      { code_challenge: wrong('challenge') },
      { resource: wrong('resource') },
      { request: wrong('request') },
      { login_hint: wrong('hint'), code_challenge: undefined },
    ]) {
      await clients.newBrowser().get(authorizePath(id, changed))
    }
    const browser = clients.newBrowser()
    browser.cookies.set('session', wrong('foreign-cookie'))
    browser.cookies.set(`__Host-login-${'a'.repeat(43)}`, wrong('forged-login'))
    browser.cookies.set(`__Host-consent-${'a'.repeat(43)}`, wrong('forged-consent'))
    await browser.post('/oauth/consent', { transaction: wrong('transaction'), decision: 'allow' })
    await browser.get(callbackPath({ state: 'a'.repeat(43), code: wrong('callback-code') }))
    await browser.get(callbackPath({ state: wrong('callback-state'), code: 'x' }))
    await clients.newBrowser().get(callbackPath({ state: 'b'.repeat(43), error: wrong('error') }))

    // An issuer that fails, and repeats what it was told; the first sign-in has ended by its code, used twice.
    const later = await redeem(id)
    const fail = async (token: NonNullable<Parameters<typeof alpha.script>[0]['token']>) => {
      alpha.script({ token })
      const received = await clients.token({
        grant_type: 'refresh_token',
        refresh_token: later.refresh,
        client_id: id,
      })
      expect(received.status).to.be.above(399)
    }
    const said = canary('said')
    keep(own, 'words of the issuer', said)
    await fail(() => ({ status: 503, body: said }))
    await fail(() => ({ body: `{"access_token": "${said}` }))
    await fail(() => ({ ...json({ access_token: said, token_type: 'Bearer', id_token: said }) }))
    await fail(({ form: sent, authorization }) => ({
      ...json({ error: 'invalid_request', error_description: `${sent} ${authorization}` }),
      status: 400,
    }))
    await fail(({ form: sent, authorization }) => ({
      status: 401,
      headers: { 'www-authenticate': `Basic realm="${sent}", error="${authorization}"` },
      body: '',
    }))
    for (const sent of alpha.asked) {
      const ownVerifier = sent.form.get('code_verifier')
      if (ownVerifier !== null) keep(own, 'own verifier', ownVerifier)
      const { authorization = '' } = sent
      const basic = keep(own, 'own authorization', authorization.slice('Basic '.length))
      const [, encoded = ''] = Buffer.from(basic, 'base64').toString().split(':')
      keep(own, 'own client secret as it is sent', encoded)
    }
    talk()
    await clients.call(`${later.access.slice(0, -9)}AAAAAAAAA`)
    await clients.call(later.refresh)
    await form({ client_id: id, token: later.refresh }, '/oauth/revoke')
    await clients.call(later.access)

    metrics = (await send(metricsPort, { path: '/metrics' })).text
    for (const path of ['/', '/readyz', '/.well-known/oauth-authorization-server', '/oauth/jwks']) {
      await clients.send({ path })
    }
    await gateway.stop()
    printed = gateway.written()
  })
  after(async () => {
    await gateway.stop()
    await around.close()
    await rm(folder, { recursive: true })
  })

  it('had its chances: sign-ins succeeded and failed, and the log was talkative', () => {
    expect(own.size).to.be.above(30)
    expect(handed.size).to.be.above(50)
    for (const [name, secret] of [...own, ...handed]) {
      expect(secret.length, name).to.be.above(10)
      expect(leaksIn(`a${secret}b`, new Map([[name, secret]])), name).to.deep.equal([name])
    }
    expect([...statuses]).to.include.members([200, 201, 302, 400, 401, 500, 503])
    const records = printed
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, unknown>)
    const events = new Set(records.map(({ event }) => event))
    for (const event of ['consent_allowed', 'returned', 'token_issued', 'token_refreshed']) {
      expect([...events]).to.include(event)
    }
    expect(records.filter(({ event }) => event === 'refused').length).to.be.above(30)
    expect(
      records.some(({ message, cause }) => message !== undefined && cause !== undefined),
    ).to.equal(true)
    expect(metrics).to.contain('sign')
  })

  it('is in no line of the log and no audit record', () => {
    expect(leaksIn(printed, own)).to.deep.equal([])
    expect(leaksIn(printed, handed)).to.deep.equal([])
  })

  it('is in no metric', () => {
    expect(leaksIn(metrics, own)).to.deep.equal([])
    expect(leaksIn(metrics, handed)).to.deep.equal([])
  })

  it('is in no refusal, as page or as JSON', () => {
    expect(refusals.length).to.be.above(30)
    const text = refusals.join('\n')
    expect(leaksIn(text, own)).to.deep.equal([])
    expect(leaksIn(text, handed)).to.deep.equal([])
  })

  it('is in no answer at all where it is the gateway’s own or the issuer’s', () => {
    expect(good.length).to.be.above(15)
    expect(leaksIn(good.join('\n'), own)).to.deep.equal([])
  })

  it('is in nothing that the MCP server was sent', () => {
    const sent = JSON.stringify(around.mcp.requests)
    expect(around.mcp.requests.length).to.be.above(0)
    expect(leaksIn(sent, own)).to.deep.equal([])
    expect(leaksIn(sent, handed)).to.deep.equal([])
  })

  it('is in no complaint about a configuration that holds it', async () => {
    const hidden = new Map<string, string>()
    const hide = (name: string) => keep(hidden, name, canary(name))
    const broken = join(folder, 'broken.json')
    await writeFile(
      broken,
      JSON.stringify({
        loginMode: 'facade',
        sealKeys: [hide('seal-key'), Buffer.from(hide('short')).toString('base64')],
        providers: [
          { issuer: 'x', clientSecret: { secret: hide('object') } },
          { issuer: 'https://a.example', clientSecret: hide('without-client-id') },
        ],
      }),
    )
    for (const env of [
      { GATEWAY_CONFIG: broken },
      { LOGIN_MODE: 'facade', OIDC_ISSUER: 'x', OIDC_CLIENT_SECRET: hide('secret') },
      { LOGIN_MODE: 'facade', OIDC_ISSUER: 'https://a.example', GATEWAY_SEAL_KEYS: hide('key') },
    ]) {
      const text = await startBuiltGateway(env).then(
        async (started) => {
          await started.stop()
          return ''
        },
        (error: unknown) => String(error),
      )
      expect(text).to.match(/cannot start|problems/)
      expect(leaksIn(text, hidden)).to.deep.equal([])
    }
  })
})
