import { expect } from 'chai'
import { callbackPath, locationIn } from '../../integration/login/running-login.ts'
import type { FakeTokenIssuer } from '../../support/fake-token-issuer.ts'
import { errorOf, type FacadeWorld, startFacadeWorld } from './facade-world.ts'

// Attack list line 12; RFC 9700 §4.4.
describe('a mix-up of two issuers', () => {
  let world: FacadeWorld
  let clientId: string
  beforeEach(async () => {
    world = await startFacadeWorld()
    clientId = await world.clientId()
  })
  afterEach(() => world.stop())

  const sendsIss = (issuer: FakeTokenIssuer) =>
    issuer.script({
      claims: { groups: ['sre'] },
      metadata: (document) => ({
        ...document,
        authorization_response_iss_parameter_supported: true,
      }),
    })
  /** A browser comes back from where it was sent, with another answer. */
  const comeBack = async (issuer: FakeTokenIssuer, answer: Readonly<Record<string, string>>) => {
    const browser = world.newBrowser()
    const url = await world.toIssuer(browser, clientId, {}, issuer.issuer)
    const state = url.searchParams.get('state') ?? ''
    return locationIn(await browser.get(callbackPath({ state, ...answer })))
  }
  /** A code as the issuer gave it in another sign-in. */
  const codeOf = async (issuer: FakeTokenIssuer) =>
    issuer.codeFor(await world.toIssuer(world.newBrowser(), clientId, {}, issuer.issuer))

  it('is noticed by the iss of the answer, before a code goes anywhere', async () => {
    const code = await codeOf(world.alpha)
    for (const iss of [
      world.alpha.issuer,
      `${world.beta.issuer}/`,
      world.beta.issuer.toUpperCase(),
    ]) {
      const answer = await comeBack(world.beta, { code, iss })
      expect(answer.searchParams.has('code'), iss).to.equal(false)
      expect(answer.searchParams.get('error'), iss).to.equal('server_error')
    }
    expect(world.beta.asked).to.deep.equal([])
  })

  it('is noticed where an issuer that says its iss leaves it out', async () => {
    sendsIss(world.alpha)
    const answer = await comeBack(world.alpha, { code: await codeOf(world.alpha) })
    expect(answer.searchParams.get('error')).to.equal('server_error')
    expect(world.alpha.asked).to.deep.equal([])
  })

  it('is noticed in an error answer as well', async () => {
    const answer = await comeBack(world.beta, {
      error: 'access_denied',
      iss: world.alpha.issuer,
    })
    expect(answer.searchParams.get('error')).to.equal('server_error')
  })

  it('gives nothing for the code of one at the other, and sends no secret of the one to the other', async () => {
    const answer = await comeBack(world.beta, { code: await codeOf(world.alpha) })
    const redeemed = await world.redeem(answer, clientId)
    expect(errorOf(redeemed)).to.equal('invalid_grant')
    expect(world.alpha.asked).to.deep.equal([])
  })

  it('refreshes and revokes at the issuer of the sign-in alone', async () => {
    const { refresh } = await world.tokens(clientId, {}, world.beta)
    const refreshed = await world.token({
      grant_type: 'refresh_token',
      refresh_token: refresh,
      client_id: clientId,
    })
    expect(refreshed.status).to.equal(200)
    expect(world.alpha.asked).to.deep.equal([])
    expect(world.beta.asked).to.have.lengthOf(2)
  })

  for (const [what, issuer, client] of [
    ['of the other', 'alpha', 'gateway'],
    ['of its own for another client', 'beta', 'other'],
  ] as const) {
    it(`lets no issuer give a token ${what}, although its ID token is right`, async () => {
      const foreign = await tokenOf(world[issuer], client)
      world.beta.script({ answer: (answer) => ({ ...answer, access_token: foreign }) })
      const { access } = await world.tokens(clientId, {}, world.beta)
      const { status, headers } = await world.call(access)
      expect(status).to.equal(401)
      expect(headers['www-authenticate']).to.contain('invalid_token')
      expect(world.mcp.requests).to.deep.equal([])
    })
  }

  it('lets no issuer name another in its ID token', async () => {
    world.beta.script({ idTokenClaims: { iss: world.alpha.issuer } })
    const answer = await world.signIn(world.newBrowser(), clientId, {}, world.beta)
    expect(errorOf(await world.redeem(answer, clientId))).to.equal('server_error')
  })

  /** An access token of the issuer for one of its clients and our resource. */
  const tokenOf = async (issuer: FakeTokenIssuer, client: string) => {
    const url = new URL(`${issuer.issuer}/authorize?code_challenge=${EMPTY_CHALLENGE}`)
    const form = { grant_type: 'authorization_code', code: issuer.codeFor(url), client_id: client }
    const response = await fetch(`${issuer.issuer}/token`, {
      method: 'POST',
      body: new URLSearchParams({ ...form, resource: 'https://gw.example.com/mcp' }),
    })
    const { access_token: token }: { access_token?: string } = Object(await response.json())
    return token
  }
})

/** SHA-256 of nothing. */
const EMPTY_CHALLENGE = '47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU'
