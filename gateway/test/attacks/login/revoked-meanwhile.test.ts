import { request } from 'node:http'
import { expect } from 'chai'
import { TOOL_CALL } from '../../integration/gateway/world.ts'
import { formRequest, PUBLIC_URL } from '../../integration/login/running-login.ts'
import { type FacadeWorld, startFacadeWorld } from './facade-world.ts'

/** Attack list line 16: calls that are begun before a revocation and ended after it. */
describe('attack: a call that is held open until its sign-in is revoked', () => {
  let world: FacadeWorld
  beforeEach(async () => {
    world = await startFacadeWorld()
  })
  afterEach(() => world.stop())

  it('calls no tool', async () => {
    const clientId = await world.clientId()
    const { access, refresh } = await world.tokens(clientId)
    expect((await world.call(access)).status).to.equal(200)
    const called = world.mcp.requests.length

    const held = request({
      host: '127.0.0.1',
      port: world.gateway.port,
      agent: false,
      method: 'POST',
      path: '/mcp',
      headers: {
        host: new URL(PUBLIC_URL).host,
        authorization: `Bearer ${access}`,
        'content-type': 'application/json',
        accept: 'application/json, text/event-stream',
        'content-length': Buffer.byteLength(TOOL_CALL),
        expect: '100-continue',
      },
    })
    const status = new Promise<number>((resolve, reject) => {
      held.on('error', reject)
      held.on('response', (res) => resolve(res.resume().statusCode ?? 0))
    })
    await new Promise((resolve) => {
      held.on('continue', resolve)
      held.flushHeaders()
    })
    const form = { token: refresh, client_id: clientId }
    expect((await world.send(formRequest('/oauth/revoke', form))).status).to.equal(200)
    held.end(TOOL_CALL)
    expect(await status).to.equal(401)
    expect(world.mcp.requests.length).to.equal(called)
  })
})
