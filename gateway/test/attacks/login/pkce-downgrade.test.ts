import { expect } from 'chai'
import { authorizePath, REDIRECT_URI, VERIFIER } from '../../integration/login/running-login.ts'
import { challengeOf } from '../../support/token-desk.ts'
import { type Changed, errorOf, type FacadeWorld, startFacadeWorld } from './facade-world.ts'

const CHALLENGE = challengeOf(VERIFIER)

/** Attack list line 14. */
describe('a downgrade of PKCE', () => {
  let world: FacadeWorld
  let clientId: string
  before(async () => {
    world = await startFacadeWorld()
    clientId = await world.clientId()
  })
  after(() => world.stop())

  const AT_AUTHORIZE: Readonly<Record<string, Changed>> = {
    'no challenge': { code_challenge: undefined },
    'no challenge and no method': { code_challenge: undefined, code_challenge_method: undefined },
    'a method alone, S256': { code_challenge: undefined, code_challenge_method: 'S256' },
    'an empty challenge': { code_challenge: '' },
    plain: { code_challenge: VERIFIER, code_challenge_method: 'plain' },
    'no method, which means plain': { code_challenge: VERIFIER, code_challenge_method: undefined },
    'a method in small letters': { code_challenge_method: 's256' },
    'another method': { code_challenge_method: 'S512' },
    'none as a method': { code_challenge_method: 'none' },
    'a short challenge': { code_challenge: CHALLENGE.slice(1) },
    'a long challenge': { code_challenge: `${CHALLENGE}A` },
    'a padded challenge': { code_challenge: `${CHALLENGE.slice(1)}=` },
    'a challenge with a blank': { code_challenge: `${CHALLENGE.slice(1)} ` },
  }
  for (const [what, changed] of Object.entries(AT_AUTHORIZE)) {
    it(`at the authorization endpoint is refused: ${what}`, async () => {
      const { status, headers, text } = await world
        .newBrowser()
        .get(authorizePath(clientId, changed))
      expect(status).to.equal(400)
      expect(headers['set-cookie']).to.equal(undefined)
      expect(text).to.not.contain('name="transaction"')
      expect(text).to.contain('error=invalid_request')
    })
  }

  const AT_TOKEN: Readonly<Record<string, Changed>> = {
    'no verifier': { code_verifier: undefined },
    'an empty verifier': { code_verifier: '' },
    'another verifier': { code_verifier: 'w'.repeat(43) },
    'the challenge': { code_verifier: CHALLENGE },
    'a verifier of 42 characters': { code_verifier: VERIFIER.slice(1) },
    'a verifier of 129 characters': { code_verifier: 'v'.repeat(129) },
    'a verifier with a slash': { code_verifier: `${VERIFIER.slice(1)}/` },
    'a verifier with NUL': { code_verifier: `${VERIFIER}\0` },
    'a verifier with a blank behind it': { code_verifier: `${VERIFIER} ` },
    'a challenge beside it': { code_verifier: 'w'.repeat(43), code_challenge: CHALLENGE },
    'plain as method': { code_verifier: CHALLENGE, code_challenge_method: 'plain' },
  }
  it('at the token endpoint is refused in every form, and burns no code', async () => {
    const answer = await world.signIn(world.newBrowser(), clientId)
    const asked = world.alpha.asked.length
    for (const [what, changed] of Object.entries(AT_TOKEN)) {
      const refused = await world.redeem(answer, clientId, changed)
      expect(refused.status, what).to.equal(400)
      expect(errorOf(refused), what).to.be.oneOf(['invalid_grant', 'invalid_request'])
    }
    expect(world.alpha.asked.length).to.equal(asked)
    expect((await world.redeem(answer, clientId)).status).to.equal(200)
  })

  it('does not let a stolen code go: client id and redirect URI are known to everybody', async () => {
    const answer = await world.signIn(world.newBrowser(), clientId)
    for (const code_verifier of ['a'.repeat(43), CHALLENGE, undefined]) {
      const stolen = await world.token({
        grant_type: 'authorization_code',
        code: answer.searchParams.get('code') ?? '',
        client_id: clientId,
        redirect_uri: REDIRECT_URI,
        code_verifier,
      })
      expect(stolen.status).to.equal(400)
    }
    expect((await world.redeem(answer, clientId)).status).to.equal(200)
  })

  it('is not offered: the metadata names S256 alone', async () => {
    for (const path of [
      '/.well-known/oauth-authorization-server',
      '/.well-known/openid-configuration',
      '/.well-known/oauth-authorization-server/mcp/prod',
    ]) {
      const { json } = await world.send({ path })
      expect(json()).to.deep.include({ code_challenge_methods_supported: ['S256'] })
    }
  })

  it('is not asked of the issuer either: each request there has a challenge of its own', async () => {
    const first = await world.toIssuer(world.newBrowser(), clientId)
    const second = await world.toIssuer(world.newBrowser(), clientId)
    for (const { searchParams } of [first, second]) {
      expect(searchParams.get('code_challenge_method')).to.equal('S256')
      expect(searchParams.get('code_challenge')).to.match(/^[\w-]{43}$/)
      expect(searchParams.get('code_challenge')).to.not.equal(CHALLENGE)
    }
    expect(first.searchParams.get('code_challenge')).to.not.equal(
      second.searchParams.get('code_challenge'),
    )
  })
})
