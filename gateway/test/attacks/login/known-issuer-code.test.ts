import { expect } from 'chai'
import { callbackPath, locationIn } from '../../integration/login/running-login.ts'
import { errorOf, type FacadeWorld, startFacadeWorld, type Tokens } from './facade-world.ts'

/**
 * The issuer's answer stands in a URL, and whoever reads the log of a proxy knows its code and its state. Attack list lines
 * 15 and 17.
 */
describe('attack: the code and the state of somebody else’s way back from the issuer', () => {
  let world: FacadeWorld
  let clientId: string
  beforeEach(async () => {
    world = await startFacadeWorld()
    clientId = await world.clientId()
  })
  afterEach(() => world.stop())

  const stateOf = (url: URL) => url.searchParams.get('state') ?? ''
  /** A sign-in of the attacker's own, at a client of theirs, with the issuer's code of another; gives the refusal. */
  const signInWith = async (code: string): Promise<string> => {
    const own = await world.clientId({ client_name: 'Attacker' })
    const browser = world.newBrowser()
    const url = await world.toIssuer(browser, own)
    const answer = locationIn(await browser.get(callbackPath({ state: stateOf(url), code })))
    return errorOf(await world.redeem(answer, own))
  }
  const goesOn = async ({ access, refresh }: Tokens) => {
    expect((await world.call(access)).status).to.equal(200)
    const form = { grant_type: 'refresh_token', refresh_token: refresh, client_id: clientId }
    expect((await world.token(form)).status).to.equal(200)
    expect(world.alpha.asked.map(({ path }) => path)).to.not.include('/revoke')
  }

  it('does not end the sign-in that the code was for', async () => {
    const victim = world.newBrowser()
    const url = await world.toIssuer(victim, clientId)
    const code = world.alpha.codeFor(url)
    const answer = locationIn(await victim.get(callbackPath({ state: stateOf(url), code })))
    const { access_token: access, refresh_token: refresh } = (
      await world.redeem(answer, clientId)
    ).json() as Record<string, string>
    expect(await signInWith(code)).to.equal('invalid_grant')
    await goesOn({ access: String(access), refresh: String(refresh) })
  })

  it('does not keep the browser out that the state was for', async () => {
    const victim = world.newBrowser()
    const url = await world.toIssuer(victim, clientId)
    const attacker = world.newBrowser()
    const own = stateOf(await world.toIssuer(attacker, clientId))
    // Cookies are the attacker's to name: his own sign-in under the state of another.
    const login = attacker.cookies.get(`__Host-login-${own}`) ?? ''
    attacker.cookies.set(`__Host-login-${stateOf(url)}`, login)
    await attacker.get(callbackPath({ state: stateOf(url), code: 'any' }))
    const path = callbackPath({ state: stateOf(url), code: world.alpha.codeFor(url) })
    const answer = locationIn(await victim.get(path))
    expect((await world.redeem(answer, clientId)).status).to.equal(200)
  })

  it('does not make one sign-in come back many times under many names', async () => {
    const browser = world.newBrowser()
    const own = stateOf(await world.toIssuer(browser, clientId))
    const login = browser.cookies.get(`__Host-login-${own}`) ?? ''
    const back = async (state: string) => {
      browser.cookies.set(`__Host-login-${state}`, login)
      return (await browser.get(callbackPath({ state, code: 'any' }))).status
    }
    expect(await back(own)).to.equal(302)
    expect(await back('a'.repeat(43))).to.equal(400)
  })
})
