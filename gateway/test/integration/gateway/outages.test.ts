import { expect } from 'chai'
import { startFakeIssuer } from '../../support/fake-issuer.ts'
import { failure, issued, triple } from '../../support/fake-sts.ts'
import { startGateway } from '../../support/running-gateway.ts'
import { startWorld, type World } from './world.ts'

const ROLE = 'arn:aws:iam::111122223333:role/Reader'

/** Asks again until `look` finds what it wants; fails after five seconds. */
async function eventually<T>(look: () => Promise<T | undefined>): Promise<T> {
  const until = Date.now() + 5000
  for (;;) {
    const found = await look()
    if (found !== undefined) return found
    if (Date.now() > until) throw new Error('it did not happen within 5 s')
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
}

describe('readiness', () => {
  it('comes with the keys of the issuer, by itself, and stays through its outage', async () => {
    const issuer = await startFakeIssuer()
    await issuer.down()
    const gateway = await startGateway({
      providers: [{ issuer: issuer.issuer }],
      roleArn: ROLE,
      issuerCooldownMs: 20,
    })
    try {
      const ready = () => gateway.send({ path: '/readyz' })
      const first = await ready()
      expect(first.status).to.equal(503)
      expect(first.json()).to.deep.equal({
        status: 'not ready',
        problems: [`the keys of ${issuer.issuer} have not been found yet`],
      })
      expect((await gateway.send({ path: '/healthz' })).status).to.equal(200)

      await issuer.up()
      // Only the probe asks: a gateway that is not ready gets no other requests.
      const second = await eventually(async () => {
        const answer = await ready()
        return answer.status === 200 ? answer : undefined
      })
      expect(second.json()).to.deep.equal({ status: 'ready', problems: [] })

      await issuer.down()
      expect((await ready()).status).to.equal(200)
    } finally {
      await gateway.stop()
      await issuer.close()
    }
  })

  it('does not need every issuer', async () => {
    const up = await startFakeIssuer('/up')
    const down = await startFakeIssuer('/down')
    await down.down()
    const gateway = await startGateway({
      providers: [{ issuer: down.issuer }, { issuer: up.issuer }],
      roleArn: ROLE,
    })
    try {
      await eventually(async () =>
        (await gateway.send({ path: '/readyz' })).status === 200 ? true : undefined,
      )
      const warning = await eventually(async () =>
        gateway.logged().find(({ level, issuer }) => level === 'warn' && issuer === down.issuer),
      )
      expect(warning.cause).to.contain('ECONNREFUSED')
    } finally {
      await gateway.stop()
      await up.close()
    }
  })
})

describe('an outage', () => {
  let world: World

  beforeEach(async () => {
    world = await startWorld(() => ({ issuerCooldownMs: 20, issuerTimeoutMs: 500 }))
  })
  afterEach(() => world.stop())

  it('of one issuer is told as 503 to its people and not noticed by others', async () => {
    await world.issuers.okta.down()
    const fresh = await startGateway({
      providers: Object.entries(world.issuers).map(([provider, { issuer }]) => ({
        provider,
        issuer,
        audience: ['api://default'],
      })),
      upstreamUrl: world.mcp.origin,
      stsEndpoint: world.sts.endpoint,
      roleArn: ROLE,
    })
    try {
      const post = async (preset: 'okta' | 'generic') =>
        fresh.send({
          method: 'POST',
          path: '/mcp',
          body: '{}',
          headers: {
            authorization: `Bearer ${await world.tokenOf(preset, { aud: 'api://default' })}`,
          },
        })
      const { status, headers } = await post('okta')
      expect(status).to.equal(503)
      expect(headers['retry-after']).to.equal('5')
      expect(headers).to.not.have.property('www-authenticate')
      expect((await post('generic')).status).to.equal(200)
    } finally {
      await fresh.stop()
    }
  })

  it('of an issuer whose keys are known is not noticed at all', async () => {
    await world.call(await world.tokenOf('okta'))
    await world.issuers.okta.down()
    expect((await world.call(await world.tokenOf('okta', { jti: 'AT.2' }))).status).to.equal(200)
  })

  it('does not make a token with a rotated key look false', async () => {
    await world.call(await world.tokenOf('okta'))
    await world.issuers.okta.rotate('second', { keep: true })
    const token = await world.tokenOf('okta')
    await world.issuers.okta.down()
    expect(
      await eventually(async () => {
        const { status } = await world.call(token)
        return status === 401 ? undefined : status
      }),
    ).to.equal(503)
    await world.issuers.okta.up()
    expect(
      await eventually(async () => {
        const { status } = await world.call(token)
        return status === 503 ? undefined : status
      }),
    ).to.equal(200)
  })

  it('of STS is not noticed by who has a session, and told to others with a time', async () => {
    await world.call(await world.tokenOf('okta'))
    world.sts.script(() => failure('Throttling', 400))
    expect((await world.call(await world.tokenOf('okta', { jti: 'AT.2' }))).status).to.equal(200)
    const { status, headers } = await world.call(await world.tokenOf('okta', { uid: 'new' }))
    expect(status).to.equal(503)
    expect(headers['retry-after']).to.equal('5')
    world.sts.script(() => issued(triple('again')))
    expect((await world.call(await world.tokenOf('okta', { uid: 'new' }))).status).to.equal(200)
  })

  it('of STS ends in the middle of a session with a refusal, never with old credentials', async () => {
    world.sts.script(() => issued(triple('short', 60)))
    const { status } = await world.call(await world.tokenOf('okta'))
    expect(status).to.equal(503)
    expect(world.mcp.requests).to.have.lengthOf(0)
  })

  it('of permission is asked of STS once, however often a client tries', async () => {
    world.sts.script(() => failure('AccessDenied', 403))
    const token = await world.tokenOf('okta')
    for (let number = 0; number < 5; number += 1) {
      expect((await world.call(token)).status).to.equal(403)
    }
    expect(world.sts.calls).to.have.lengthOf(1)
  })
})
