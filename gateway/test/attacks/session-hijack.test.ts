import { expect } from 'chai'
import { valuesOf } from '../support/raw-upstream.ts'
import { besiege, principalOf, written } from './siege.ts'

/**
 * The gateway keeps no sessions. A session id is an address at the MCP server, never a proof: whoever uses it does so
 * with their own name and their own credentials, on every request.
 */
describe('session hijack', () => {
  const siege = besiege()
  const SESSION = 'Mcp-Session-Id: session-of-alice'

  it('with the id of another person acts under the own name, with the own credentials', async () => {
    const { tokenOf } = siege.world()
    const seen = siege.upstream().requests.length
    const alice = await tokenOf('generic')
    const mallory = await tokenOf('generic', { sub: 'u-mallory' })
    for (const method of ['POST', 'GET', 'DELETE']) {
      for (const token of [alice, mallory]) {
        expect(
          (await siege.exchange(written({ method, token, lines: [SESSION] }))).status,
        ).to.equal(200)
      }
    }
    const arrived = siege.upstream().requests.slice(seen)
    expect(arrived.map(principalOf)).to.deep.equal(Array(3).fill(['u-alice', 'u-mallory']).flat())
    const keys = arrived.map((request) => valuesOf(request, 'x-aws-access-key-id').join())
    expect(new Set(keys).size).to.equal(2)
    for (const request of arrived) {
      expect(valuesOf(request, 'mcp-session-id')).to.deep.equal(['session-of-alice'])
    }
  })

  it('with an id alone gets nowhere, on a fresh connection and on one that was used', async () => {
    const client = await siege.connect()
    const token = await siege.world().tokenOf('generic')
    client.write(written({ token, lines: [SESSION] }))
    expect((await client.readResponse()).status).to.equal(200)
    const passed = siege.upstream().requests.length
    client.write(written({ method: 'GET', lines: [SESSION] }))
    expect((await client.readResponse()).status).to.equal(401)
    for (const method of ['POST', 'GET', 'DELETE']) {
      const { status } = await siege.exchange(written({ method, body: '', lines: [SESSION] }))
      expect(status).to.equal(401)
    }
    expect(siege.upstream().requests.length).to.equal(passed)
  })

  it('after the token of the session has expired gets nowhere', async () => {
    const token = await siege
      .world()
      .tokenOf('generic', { exp: Math.floor(Date.now() / 1000) - 60 })
    for (const method of ['POST', 'GET', 'DELETE']) {
      const answer = await siege.exchange(written({ method, token, body: '', lines: [SESSION] }))
      expect((await siege.auditOf(answer)).reason).to.equal('token_expired')
    }
    siege.expectNothingPassed()
  })

  it('by two ids, or one in the query, is refused or means nothing', async () => {
    const token = await siege.world().tokenOf('generic')
    const two = written({ token, lines: [SESSION, 'mcp-session-id: other'] })
    expect((await siege.exchange(two)).status).to.equal(400)
    siege.expectNothingPassed()
    await siege.exchange(written({ token, target: '/mcp?sessionId=session-of-alice' }))
    const arrived = siege.upstream().requests.at(-1)
    expect(arrived?.line).to.equal('POST /mcp HTTP/1.1')
    expect(arrived?.connection.bytes().split('sessionId')).to.have.lengthOf(1)
  })

  it('on initialize brings nothing either: the id passes, the name does not change', async () => {
    const token = await siege.world().tokenOf('generic', { sub: 'u-mallory' })
    const body = '{"jsonrpc":"2.0","id":1,"method":"initialize","params":{}}'
    await siege.exchange(written({ token, body, lines: [SESSION] }))
    const arrived = siege.upstream().requests.at(-1)
    expect(arrived && principalOf(arrived)).to.equal('u-mallory')
  })
})
