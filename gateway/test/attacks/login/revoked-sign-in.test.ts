import { expect } from 'chai'
import { fieldOf, formRequest } from '../../integration/login/running-login.ts'
import { json } from '../../support/fake-issuer.ts'
import { errorOf, type FacadeWorld, startFacadeWorld, type Tokens } from './facade-world.ts'

/** Attack list lines 15 and 16, through the whole gateway: what goes on working, and for whom. */
describe('a sign-in that is over', () => {
  let world: FacadeWorld
  let clientId: string
  let other: string
  beforeEach(async () => {
    world = await startFacadeWorld()
    clientId = await world.clientId()
    other = await world.clientId({ client_name: 'Other' })
  })
  afterEach(() => world.stop())

  const refresh = (token: string, as = clientId, more = {}) =>
    world.token({ grant_type: 'refresh_token', refresh_token: token, client_id: as, ...more })
  const revoke = (token: string, as = clientId) =>
    world.send(formRequest('/oauth/revoke', { token, client_id: as }))
  const tokensIn = (received: Awaited<ReturnType<typeof refresh>>): Tokens => ({
    access: String(fieldOf(received.json(), 'access_token')),
    refresh: String(fieldOf(received.json(), 'refresh_token')),
  })
  const isOver = async ({ access, refresh: token }: Tokens) => {
    expect((await world.call(access)).status).to.equal(401)
    expect(errorOf(await refresh(token))).to.equal('invalid_grant')
  }

  it('by its refresh token calls no tool any more, not even what is remembered', async () => {
    const tokens = await world.tokens(clientId)
    for (let at = 0; at < 2; at += 1) expect((await world.call(tokens.access)).status).to.equal(200)
    const sent = world.mcp.requests.length
    expect((await revoke(tokens.refresh)).status).to.equal(200)
    await isOver(tokens)
    expect(world.mcp.requests.length).to.equal(sent)
    expect(world.alpha.asked.at(-1)?.path).to.equal('/revoke')
  })

  it('by its access token refreshes no more', async () => {
    const tokens = await world.tokens(clientId)
    expect((await revoke(tokens.access)).status).to.equal(200)
    await isOver(tokens)
  })

  it('takes the tokens along that came of it later, or before', async () => {
    const first = await world.tokens(clientId)
    const second = tokensIn(await refresh(first.refresh))
    expect((await world.call(second.access)).status).to.equal(200)
    await revoke(first.refresh)
    await isOver(first)
    await isOver(second)
  })

  it('is not ended by another client, nor is another sign-in of the same person', async () => {
    const tokens = await world.tokens(clientId)
    const beside = await world.tokens(clientId)
    for (const token of [tokens.access, tokens.refresh]) {
      expect(errorOf(await revoke(token, other))).to.equal('invalid_grant')
    }
    expect((await revoke(tokens.refresh)).status).to.equal(200)
    expect((await world.call(beside.access)).status).to.equal(200)
    expect((await refresh(beside.refresh)).status).to.equal(200)
  })

  it('by a code that is used twice calls no tool any more', async () => {
    const answer = await world.signIn(world.newBrowser(), clientId)
    const tokens = tokensIn(await world.redeem(answer, clientId))
    expect((await world.call(tokens.access)).status).to.equal(200)
    expect(errorOf(await world.redeem(answer, clientId))).to.equal('invalid_grant')
    await isOver(tokens)
  })

  it('is not ended by whoever has the used code and no verifier', async () => {
    const answer = await world.signIn(world.newBrowser(), clientId)
    const tokens = tokensIn(await world.redeem(answer, clientId))
    for (const [as, changed] of [
      [clientId, { code_verifier: 'w'.repeat(43) }],
      [other, {}],
      [clientId, { redirect_uri: 'https://evil.example/cb' }],
    ] as const) {
      expect((await world.redeem(answer, as, changed)).status).to.equal(400)
    }
    expect((await world.call(tokens.access)).status).to.equal(200)
    expect((await refresh(tokens.refresh)).status).to.equal(200)
  })

  it('is not over because the issuer is down: nothing is lost, and nothing is said to be false', async () => {
    const tokens = await world.tokens(clientId)
    for (const status of [500, 502, 503, 429]) {
      world.alpha.script({ token: () => ({ status, body: 'down' }) })
      const refused = await refresh(tokens.refresh)
      expect(refused.status, String(status)).to.equal(503)
      expect(errorOf(refused), String(status)).to.equal('temporarily_unavailable')
      expect(Number(refused.headers['retry-after'])).to.be.above(0)
    }
    world.alpha.script({ claims: { groups: ['sre'] } })
    expect((await world.call(tokens.access)).status).to.equal(200)
    expect((await refresh(tokens.refresh)).status).to.equal(200)
  })

  it('is over where the issuer says so, and only then', async () => {
    const tokens = await world.tokens(clientId)
    const gone = { ...json({ error: 'invalid_grant' }), status: 400 }
    world.alpha.script({ token: () => gone })
    expect(errorOf(await refresh(tokens.refresh))).to.equal('invalid_grant')
  })

  it('gives parallel refreshes one answer, and another client none', async () => {
    const tokens = await world.tokens(clientId)
    const asked = world.alpha.asked.length
    const answers = await Promise.all([1, 2, 3, 4].map(() => refresh(tokens.refresh)))
    expect(new Set(answers.map((answer) => tokensIn(answer).refresh)).size).to.equal(1)
    expect(world.alpha.asked.length).to.equal(asked + 1)
    expect(errorOf(await refresh(tokens.refresh, other))).to.equal('invalid_grant')
    for (const scope of ['openid admin', 'cloudwatch/write', '*']) {
      expect(errorOf(await refresh(tokens.refresh, clientId, { scope }))).to.equal('invalid_scope')
    }
  })

  it('was sealed before the cut-off: code, access and refresh token alike', async () => {
    const tokens = await world.tokens(clientId)
    const answer = await world.signIn(world.newBrowser(), clientId)
    const later = await startFacadeWorld({
      revokeBefore: new Date().toISOString(),
    })
    try {
      expect((await later.call(tokens.access)).status).to.equal(401)
      const as = { grant_type: 'refresh_token', client_id: clientId }
      const refused = await later.token({ ...as, refresh_token: tokens.refresh })
      expect(errorOf(refused)).to.equal('invalid_grant')
      expect(errorOf(await later.redeem(answer, clientId))).to.equal('invalid_grant')
    } finally {
      await later.stop()
    }
  })

  it('is nothing at a gateway with another key, or another address with the same one', async () => {
    const tokens = await world.tokens(clientId)
    for (const file of [
      { sealKeys: [Buffer.alloc(32, 1).toString('base64')] },
      { publicUrl: 'https://other.example.com', allowedHosts: ['gw.example.com'] },
    ]) {
      const foreign = await startFacadeWorld(file)
      try {
        expect((await foreign.call(tokens.access)).status).to.equal(401)
        const { status } = await foreign.token({
          grant_type: 'refresh_token',
          refresh_token: tokens.refresh,
          client_id: clientId,
        })
        expect(status).to.equal(401)
      } finally {
        await foreign.stop()
      }
    }
  })
})
