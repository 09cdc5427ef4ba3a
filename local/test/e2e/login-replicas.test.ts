import { expect } from 'chai'
import { type FacadeWorld, startFacadeWorld } from '../clients/facade-world.ts'
import { LOGIN_PROVIDERS } from '../clients/login-providers.ts'
import { type Answer, mcp, signedInAt, textIn } from '../clients/oauth-flow.ts'

const AT_ONCE = 10

const statusesOf = (answers: readonly Answer[]) =>
  answers.map(({ status, body }) => (status === 200 ? '200' : `${status} ${body.error}`))

/** The same refresh token from all windows of an editor at once. */
const burst = (signedIn: Awaited<ReturnType<typeof signedInAt>>) =>
  Promise.all(Array.from({ length: AT_ONCE }, () => signedIn.refresh(signedIn.refreshToken)))

/** What the successful answers hold, each value once. */
const given = (answers: readonly Answer[], member: string) => [
  ...new Set(
    answers.filter(({ status }) => status === 200).map((answer) => textIn(answer, member)),
  ),
]

/** Lists the tools twice: once at each replica. */
const listsAtBoth = async (world: FacadeWorld, accessToken: string) => {
  for (const _replica of [1, 2]) {
    const { status, text } = await mcp(world.mcpUrl, accessToken, 'tools/list')
    expect(status, text).to.equal(200)
  }
}

describe('two replicas that share nothing but their seal keys', function () {
  this.timeout(60_000)
  let world: FacadeWorld
  before(async () => {
    world = await startFacadeWorld({ replicas: 2 })
  })
  after(() => world?.stop())

  for (const provider of LOGIN_PROVIDERS) {
    describe(`before ${provider.issuer}`, () => {
      it('complete a sign-in of which every request goes to the other one', async () => {
        const before = world.perReplica()
        const signedIn = await signedInAt(world.origin, world.issuerOf(provider.issuer))
        await listsAtBoth(world, signedIn.accessToken)
        const refreshed = await signedIn.refresh(signedIn.refreshToken)
        await listsAtBoth(world, textIn(refreshed, 'access_token'))
        const next = await signedIn.refresh(textIn(refreshed, 'refresh_token'))
        await listsAtBoth(world, textIn(next, 'access_token'))

        const newest = textIn(next, 'refresh_token')
        expect((await signedIn.revoke(newest)).status).to.equal(200)
        const again = statusesOf([await signedIn.refresh(newest), await signedIn.refresh(newest)])
        // The one that was told refuses; the other one finds out at the issuer, where that can be told.
        expect(again).to.include('400 invalid_grant')
        expect(again.includes('200')).to.equal(!provider.revokes)

        const [first = 0, second = 0] = world
          .perReplica()
          .map((count, index) => count - (before[index] ?? 0))
        expect(first).to.be.at.least(8)
        expect(Math.abs(first - second)).to.be.at.most(1)
      })

      if (provider.usedRefreshToken === 'stays good') {
        it('answer ten refreshes at once, and all that they gave goes on working', async () => {
          const signedIn = await signedInAt(world.origin, world.issuerOf(provider.issuer))
          const answers = await burst(signedIn)
          expect(statusesOf(answers)).to.deep.equal(Array(AT_ONCE).fill('200'))
          // One answer of each replica, whoever asked.
          expect(given(answers, 'refresh_token')).to.have.length(2)
          for (const accessToken of given(answers, 'access_token')) {
            await listsAtBoth(world, accessToken)
          }
          for (const token of given(answers, 'refresh_token')) {
            for (const _replica of [1, 2]) {
              const { status, text } = await signedIn.refresh(token)
              expect(status, text).to.equal(200)
            }
          }
        })
      } else {
        it('answer ten refreshes at once as the issuer does, which takes the second replica for a thief', async () => {
          const signedIn = await signedInAt(world.origin, world.issuerOf(provider.issuer))
          const answers = await burst(signedIn)
          expect(new Set(statusesOf(answers))).to.include('200')
          expect(['200', '400 invalid_grant']).to.include.members(statusesOf(answers))
          // What was given is good until it ends.
          for (const accessToken of given(answers, 'access_token')) {
            await listsAtBoth(world, accessToken)
          }
        })
      }
    })
  }
})

describe('two replicas of which one gets all token requests of a client', function () {
  this.timeout(60_000)
  let world: FacadeWorld
  before(async () => {
    world = await startFacadeWorld({
      replicas: 2,
      issuers: ['generic', 'opaque'],
      isSticky: (path) => path === '/oauth/token',
    })
  })
  after(() => world?.stop())

  for (const { issuer } of LOGIN_PROVIDERS.filter(
    ({ usedRefreshToken }) => usedRefreshToken === 'ends the sign-in',
  )) {
    it(`answer ten refreshes at once with the same tokens, which go on working, at ${issuer}`, async () => {
      const signedIn = await signedInAt(world.origin, world.issuerOf(issuer))
      const answers = await burst(signedIn)
      expect(statusesOf(answers)).to.deep.equal(Array(AT_ONCE).fill('200'))
      const [refreshToken = '', ...others] = given(answers, 'refresh_token')
      expect(others).to.deep.equal([])
      expect((await signedIn.refresh(signedIn.refreshToken)).status).to.equal(200)
      const next = await signedIn.refresh(refreshToken)
      await listsAtBoth(world, textIn(next, 'access_token'))
    })
  }
})
