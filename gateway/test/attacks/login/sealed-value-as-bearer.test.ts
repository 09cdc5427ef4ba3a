import { expect } from 'chai'
import {
  authorizePath,
  fieldOf,
  formRequest,
  transactionIn,
} from '../../integration/login/running-login.ts'
import { errorOf, type FacadeWorld, RESOURCE, startFacadeWorld } from './facade-world.ts'

/** Attack list line 5: values of the facade where a value of another kind belongs. */
describe('a sealed value in the place of another', () => {
  let world: FacadeWorld
  let clientId: string
  before(async () => {
    world = await startFacadeWorld()
    clientId = await world.clientId()
  })
  after(() => world.stop())

  /** One of each, as a browser and a client hold them. */
  const values = async (): Promise<Readonly<Record<string, string>>> => {
    const browser = world.newBrowser()
    const consent = transactionIn(await browser.get(authorizePath(clientId)))
    await world.toIssuer(browser, clientId)
    const login = [...browser.cookies].find(([name]) => name.startsWith('__Host-login-'))?.[1] ?? ''
    const answer = await world.signIn(world.newBrowser(), clientId)
    const { access, refresh } = await world.tokens(clientId)
    const code = answer.searchParams.get('code') ?? ''
    return { 'client id': clientId, consent, login, code, refresh, access }
  }

  it('is a tool call for the access token alone', async () => {
    const { access = '', ...others } = await values()
    expect((await world.call(access)).status).to.equal(200)
    const before = world.mcp.requests.length
    for (const [kind, value] of Object.entries(others)) {
      const { status, headers } = await world.call(value)
      expect(status, kind).to.equal(401)
      expect(headers['www-authenticate'], kind).to.contain('invalid_token')
      const who = await world.send({
        path: '/whoami',
        headers: { authorization: `Bearer ${value}` },
      })
      expect(who.status, kind).to.equal(401)
    }
    expect(world.mcp.requests.length).to.equal(before)
  })

  it('is a code, a refresh token or a transaction for its own kind alone', async () => {
    const all = await values()
    for (const [kind, value] of Object.entries(all)) {
      if (kind !== 'code') {
        const asCode = await world.token({
          grant_type: 'authorization_code',
          code: value,
          client_id: clientId,
          code_verifier: 'v'.repeat(43),
        })
        expect(errorOf(asCode), kind).to.equal('invalid_grant')
      }
      if (kind !== 'refresh') {
        const asRefresh = await world.token({
          grant_type: 'refresh_token',
          refresh_token: value,
          client_id: clientId,
        })
        expect(errorOf(asRefresh), kind).to.equal('invalid_grant')
      }
      if (kind !== 'client id') {
        const asClient = await world.newBrowser().get(authorizePath(value))
        expect(asClient.status, kind).to.equal(400)
        expect(asClient.headers.location, kind).to.equal(undefined)
      }
      if (kind !== 'consent') {
        const browser = world.newBrowser()
        await browser.get(authorizePath(clientId))
        const answered = await browser.post('/oauth/consent', {
          transaction: value,
          decision: 'allow',
        })
        expect(answered.status, kind).to.equal(400)
      }
      if (kind !== 'login') {
        const browser = world.newBrowser()
        const url = await world.toIssuer(browser, clientId)
        const state = url.searchParams.get('state') ?? ''
        browser.cookies.set(`__Host-login-${state}`, value)
        const back = await browser.get(
          `/oauth/callback?state=${state}&code=${world.alpha.codeFor(url)}`,
        )
        expect(back.status, kind).to.equal(400)
      }
    }
  })

  it('ends nothing at the revocation endpoint unless it is a token', async () => {
    const { access = '', refresh: _refresh, ...others } = await values()
    for (const [kind, token] of Object.entries(others)) {
      if (kind === 'code') continue
      const revoked = await world.send(formRequest('/oauth/revoke', { token, client_id: clientId }))
      expect(revoked.status, kind).to.equal(200)
    }
    expect((await world.call(access)).status).to.equal(200)
  })

  it('is not opened under another header: type, key, algorithm', async () => {
    const { access = '', refresh = '' } = await values()
    const parts = (token: string) => token.split('.')
    const [head = '', ...rest] = parts(access)
    const header: unknown = JSON.parse(Buffer.from(head, 'base64url').toString())
    const variants = [
      { typ: 'cloudwatch-gateway-refresh' },
      { typ: 'JWT' },
      { typ: 'cloudwatch-gateway-' },
      { typ: ['cloudwatch-gateway-access'] },
      { kid: 'other' },
      { kid: undefined },
      { alg: 'none' },
      { alg: 'RSA-OAEP' },
      { enc: 'A128GCM' },
      { zip: 'DEF' },
      { crit: ['exp'], exp: 0 },
      { jwk: {} },
    ]
    for (const change of variants) {
      const forged = [
        Buffer.from(JSON.stringify({ ...Object(header), ...change })).toString('base64url'),
        ...rest,
      ].join('.')
      expect((await world.call(forged)).status, JSON.stringify(change)).to.equal(401)
    }
    // The refresh token's header over the access token's content, and the other way round.
    const [refreshHead = '', ...refreshRest] = parts(refresh)
    expect((await world.call([refreshHead, ...rest].join('.'))).status).to.equal(401)
    expect((await world.call([head, ...refreshRest].join('.'))).status).to.equal(401)
  })

  it('of one target is no token of another', async () => {
    const { access } = await world.tokens(clientId)
    const prod = await world.tokens(clientId, { resource: `${RESOURCE}/prod` })
    for (const [token, here, there] of [
      [access, '/mcp', '/mcp/prod'],
      [prod.access, '/mcp/prod', '/mcp'],
    ] as const) {
      expect((await world.call(token, here)).status).to.equal(200)
      const refused = await world.call(token, there)
      expect(refused.status).to.equal(401)
      expect(refused.headers['www-authenticate']).to.contain('invalid_token')
    }
  })

  it('gives no token of the issuer to anybody', async () => {
    const answer = await world.signIn(world.newBrowser(), clientId)
    const issued = (await world.redeem(answer, clientId)).text
    expect(fieldOf(JSON.parse(issued), 'id_token')).to.equal(undefined)
    const known = world.alpha.asked.flatMap(({ form }) => [...form.values()])
    for (const secret of known.filter((value) => value.length > 20)) {
      expect(issued).to.not.contain(secret)
    }
  })
})
