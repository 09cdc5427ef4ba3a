import { expect } from 'chai'
import {
  fieldOf,
  PUBLIC_URL,
  REDIRECT_URI,
  type RunningLogin,
  signIn,
  startLogin,
  VERIFIER,
} from '../../integration/login/running-login.ts'

const FOREIGN = [
  `${PUBLIC_URL}/mcp/prod`,
  `${PUBLIC_URL}/mcp/none`,
  `${PUBLIC_URL}/mcp#prod`,
  'https://evil.example/mcp',
  'https://gw.example.com.evil.example/mcp',
  'not a URL',
]

describe('a foreign resource', () => {
  let running: RunningLogin
  let clientId: string
  let code: string
  beforeEach(async () => {
    running = await startLogin()
    clientId = await running.register()
    const answer = await signIn(running, running.newBrowser(), clientId)
    code = answer.searchParams.get('code') ?? ''
  })
  afterEach(() => running.close())

  const redeem = (resource?: string) =>
    running.token({
      grant_type: 'authorization_code',
      client_id: clientId,
      code,
      redirect_uri: REDIRECT_URI,
      code_verifier: VERIFIER,
      ...(resource !== undefined && { resource }),
    })

  for (const resource of FOREIGN) {
    it(`is refused for a code before it is redeemed: ${resource}`, async () => {
      const { status, json } = await redeem(resource)
      expect(status).to.equal(400)
      expect(fieldOf(json(), 'error')).to.equal('invalid_target')
      expect(running.issuer.redeemed).to.deep.equal([])
      expect((await redeem(`${PUBLIC_URL}/mcp`)).status).to.equal(200)
    })
  }

  it('is not what a slash, a capital or nothing at all makes of the right one', async () => {
    for (const resource of [`${PUBLIC_URL}/mcp/`, 'HTTPS://GW.example.com:443/mcp', undefined]) {
      const answer = await signIn(running, running.newBrowser(), clientId)
      code = answer.searchParams.get('code') ?? ''
      expect((await redeem(resource)).status, resource).to.equal(200)
    }
  })

  it('is refused for a refresh token, which stays good', async () => {
    const tokens = (await redeem()).json()
    const refresh = (resource: string) =>
      running.token({
        grant_type: 'refresh_token',
        client_id: clientId,
        refresh_token: String(fieldOf(tokens, 'refresh_token')),
        resource,
      })
    for (const resource of FOREIGN) {
      const { status, json } = await refresh(resource)
      expect(status, resource).to.equal(400)
      expect(fieldOf(json(), 'error'), resource).to.equal('invalid_target')
    }
    expect((await refresh(`${PUBLIC_URL}/mcp`)).status).to.equal(200)
  })

  it('of a target is not what another target’s token says', async () => {
    const { value } = await running.login.contents.access.open(
      String(fieldOf((await redeem()).json(), 'access_token')),
    )
    expect(value.target).to.equal('default')
  })
})
