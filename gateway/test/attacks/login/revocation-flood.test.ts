import { expect } from 'chai'
import { formRequest } from '../../integration/login/running-login.ts'
import { errorOf, type FacadeWorld, startFacadeWorld } from './facade-world.ts'

/** Anyone can have the issuer refuse codes of their own making. Attack list lines 15, 16 and 55. */
describe('attack: a flood of refused codes', () => {
  const REMEMBERED = 5
  let world: FacadeWorld
  beforeEach(async () => {
    world = await startFacadeWorld({ limiterEntries: REMEMBERED })
  })
  afterEach(() => world.stop())

  it('does not push a revoked sign-in out of memory', async () => {
    const clientId = await world.clientId()
    const tokens = await world.tokens(clientId)
    const form = { token: tokens.access, client_id: clientId }
    expect((await world.send(formRequest('/oauth/revoke', form))).status).to.equal(200)
    expect((await world.call(tokens.access)).status).to.equal(401)

    const stranger = await world.clientId({ client_name: 'Stranger' })
    for (let at = 0; at < 2 * REMEMBERED; at += 1) {
      const issuer = { ...world.alpha, codeFor: () => `nobody-gave-it-${at}` }
      const answer = await world.signIn(world.newBrowser(), stranger, {}, issuer)
      expect(errorOf(await world.redeem(answer, stranger))).to.equal('invalid_grant')
    }
    expect((await world.call(tokens.access)).status).to.equal(401)
    const refreshed = await world.token({
      grant_type: 'refresh_token',
      refresh_token: tokens.refresh,
      client_id: clientId,
    })
    expect(errorOf(refreshed)).to.equal('invalid_grant')
  })
})
