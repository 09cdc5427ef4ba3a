import { createServer } from 'node:http'
import { expect } from 'chai'
import { json } from '../../support/fake-issuer.ts'
import { listen, stop } from '../../support/loopback.ts'
import { errorOf, type FacadeWorld, OWN_SECRET, startFacadeWorld } from './facade-world.ts'

/** Attack list line 24, where the metadata is right and the token endpoint lies. */
describe('a dishonest token endpoint', () => {
  let world: FacadeWorld
  let clientId: string
  beforeEach(async () => {
    world = await startFacadeWorld()
    clientId = await world.clientId()
  })
  afterEach(() => world.stop())

  const redeemed = async () =>
    world.redeem(await world.signIn(world.newBrowser(), clientId), clientId)

  for (const status of [301, 302, 303, 307, 308]) {
    it(`that redirects with ${status} gets neither code nor secret carried elsewhere`, async () => {
      let reached = 0
      const thief = createServer((_req, res) => {
        reached += 1
        res.writeHead(200).end('{}')
      })
      const port = await listen(thief)
      try {
        const headers = { location: `http://127.0.0.1:${port}/token` }
        world.alpha.script({ token: () => ({ status, headers, body: '' }) })
        const { status: answered } = await redeemed()
        expect(answered).to.be.oneOf([500, 503])
        expect(reached).to.equal(0)
      } finally {
        await stop(thief)
      }
    })
  }

  for (const [what, idTokenClaims] of Object.entries({
    'of another sign-in': { nonce: 'other' },
    'without its nonce': { nonce: undefined },
    'for another client': { aud: 'other' },
    'for several clients, without saying whom': { aud: ['gateway', 'other'], azp: 'other' },
    'of another issuer': { iss: 'https://evil.example' },
    'that has ended': { exp: 1 },
    'without an end': { exp: undefined },
    'of nobody': { sub: undefined },
  })) {
    it(`gives no sign-in with an ID token ${what}`, async () => {
      world.alpha.script({ claims: { groups: ['sre'] }, idTokenClaims })
      const { status, text } = await redeemed()
      expect(status).to.be.oneOf([400, 500])
      expect(text).to.not.contain('access_token')
    })
  }

  for (const [what, answer] of Object.entries({
    'no access token': { access_token: undefined },
    'a kind of token that nobody knows': { token_type: 'mac' },
    'an access token that is an object': { access_token: {} },
    'a refresh token that is a number': { refresh_token: 7 },
    'a life that is a text': { expires_in: 'forever' },
    'a life that is over': { expires_in: -1 },
  })) {
    it(`gets nobody in with ${what}`, async () => {
      world.alpha.script({
        claims: { groups: ['sre'] },
        answer: (whole) => ({ ...whole, ...answer }),
      })
      const received = await redeemed()
      if (received.status === 200) {
        const { access_token: token }: { access_token?: string } = Object(received.json())
        expect((await world.call(token ?? '')).status).to.equal(401)
      }
      expect(world.mcp.requests).to.deep.equal([])
      expect(world.sts.calls).to.deep.equal([])
    })
  }

  it('that repeats what it was sent finds it in no answer and no line', async () => {
    world.alpha.script({
      token: ({ form, authorization }) => ({
        ...json({
          error: 'invalid_request',
          error_description: `${form} ${authorization} ${OWN_SECRET}`,
        }),
        status: 400,
      }),
    })
    const received = await redeemed()
    expect(errorOf(received)).to.equal('server_error')
    const sent = world.alpha.asked.flatMap(({ form }) => [
      form.get('code') ?? '',
      form.get('code_verifier') ?? '',
    ])
    expect(sent).to.have.lengthOf(2)
    for (const secret of [...sent, OWN_SECRET]) {
      expect(secret.length).to.be.above(10)
      expect(received.text).to.not.contain(secret)
      expect(world.gateway.lines.join('\n')).to.not.contain(secret)
    }
  })

  it('that never ends is left, and the code is good for another try', async () => {
    world.alpha.script({ token: () => ({ body: 'x'.repeat(1024 * 1024) }) })
    const answer = await world.signIn(world.newBrowser(), clientId)
    expect((await world.redeem(answer, clientId)).status).to.be.oneOf([500, 503])
    world.alpha.script({ claims: { groups: ['sre'] } })
    expect((await world.redeem(answer, clientId)).status).to.equal(200)
  })
})
