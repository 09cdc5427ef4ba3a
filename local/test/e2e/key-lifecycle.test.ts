import { expect } from 'chai'
import type { Fetches } from '../../src/identity-provider/identity-provider.ts'
import type { IssuerName } from '../../src/world.ts'
import {
  type GatewayProgram,
  type ProviderWorld,
  startProviderWorld,
} from '../support/provider-world.ts'
import { eventually } from '../support/running-stack.ts'
import { personToken } from '../support/token-shapes.ts'
import { rulesFor } from '../support/trusted-providers.ts'

/** Short, so that a test sees the end of a cool-down; the default is 30 s. */
const COOLDOWN_MS = 4000
const UNKNOWN_KEYS = 2000
const AT_ONCE = 50

describe('the life of an issuer’s keys, seen by the gateway program', () => {
  let world: ProviderWorld
  let gateway: GatewayProgram
  before(async function () {
    this.timeout(60_000)
    world = await startProviderWorld()
    gateway = await world.startGateway({
      providers: [{ issuer: world.issuers.generic }, { issuer: world.issuers.keycloak }],
      rules: rulesFor(world.issuers).filter(({ name }) => name === 'sre'),
      issuerCooldownMs: COOLDOWN_MS,
      failedAuthPerMinutePerAddress: 1_000_000,
    })
  })
  after(async function () {
    this.timeout(30_000)
    await gateway?.stop()
    await world?.stop()
  })

  // Nothing goes to STS here, which has a key set of its own: every fetch that is counted is the gateway's.
  const statusOf = async (token: string) => (await gateway.whoami(token)).status
  const since = (name: IssuerName, before: Fetches): Fetches => {
    const { discovery, jwks } = world.idp.fetches(name)
    return { discovery: discovery - before.discovery, jwks: jwks - before.jwks }
  }
  // The key is looked for before the signature is looked at.
  const forged = (kid: string) => {
    const seconds = Math.floor(Date.now() / 1000)
    const { issuers, resources } = world
    const times = { iat: seconds, exp: seconds + 600 }
    const claims = { iss: issuers.generic, sub: 'x', aud: resources[0], ...times }
    const parts = [{ alg: 'RS256', kid }, claims].map((part) => JSON.stringify(part))
    return [...parts, 'signature'].map((part) => Buffer.from(part).toString('base64url')).join('.')
  }

  it('fetches nothing for first tokens: metadata and keys are there since the start', async () => {
    const people = ['alice', 'bob', 'carol'] as const
    const tokens = await Promise.all(
      people.map((person) => personToken(world.issuers.keycloak, person)),
    )
    const before = world.idp.fetches('keycloak')
    const statuses = await Promise.all([...tokens, ...tokens, ...tokens].map(statusOf))
    expect(new Set(statuses)).to.deep.equal(new Set([200]))
    expect(since('keycloak', before)).to.deep.equal({ discovery: 0, jwks: 0 })
  })

  it('accepts a new key without a restart, at the cost of one fetch, and the old one still', async () => {
    const old = await personToken(world.issuers.generic, 'alice')
    expect(await statusOf(old)).to.equal(200)
    await world.idp.rotateKeys('generic')
    const fresh = await personToken(world.issuers.generic, 'alice')
    const before = world.idp.fetches('generic')
    await eventually(async () => ((await statusOf(fresh)) === 200 ? true : undefined))
    expect(await statusOf(old)).to.equal(200)
    expect(await statusOf(await personToken(world.issuers.generic, 'bob'))).to.equal(200)
    const { jwks } = since('generic', before)
    expect(jwks).to.equal(1)
  })

  it('asks the issuer once per cool-down for thousands of tokens with unknown keys', async function () {
    this.timeout(60_000)
    const good = await personToken(world.issuers.generic, 'alice')
    const before = world.idp.fetches('generic')
    const fetched = () => since('generic', before)
    // The last fetch may still be cooling down: the count begins with the one that an unknown key has caused.
    let sent = 0
    await eventually(async () => {
      sent += 1
      expect(await statusOf(forged(`first-${sent}`))).to.equal(401)
      return fetched().jwks > 0 ? true : undefined
    })
    const startedAt = performance.now()
    const queue = Array.from({ length: UNKNOWN_KEYS }, (_, index) => forged(`unknown-${index}`))
    await Promise.all(
      Array.from({ length: AT_ONCE }, async () => {
        for (let token = queue.pop(); token !== undefined; token = queue.pop()) {
          sent += 1
          expect(await statusOf(token)).to.equal(401)
        }
      }),
    )
    const milliseconds = Math.round(performance.now() - startedAt)
    expect(await statusOf(good)).to.equal(200)
    const { discovery, jwks } = fetched()
    process.stdout.write(
      `      ${sent} unknown keys, ${UNKNOWN_KEYS} of them in ${milliseconds} ms: ${jwks} fetch(es) with a cool-down of ${COOLDOWN_MS} ms\n`,
    )
    expect(sent).to.be.above(UNKNOWN_KEYS)
    expect(jwks).to.be.at.most(1 + Math.floor(milliseconds / COOLDOWN_MS))
    expect(discovery).to.equal(jwks)
  })

  it('goes on with the keys it knows while the issuer is down, for tokens seen and unseen', async () => {
    const seen = await personToken(world.issuers.keycloak, 'alice')
    const unseen = await personToken(world.issuers.keycloak, 'bob')
    await world.idp.rotateKeys('keycloak')
    const withNewKey = await personToken(world.issuers.keycloak, 'alice')
    expect(await statusOf(seen)).to.equal(200)
    await world.idp.close()
    expect(await statusOf(seen)).to.equal(200)
    expect(await statusOf(unseen)).to.equal(200)
    // Nobody can say now whose key this is; the token is not called false.
    const refused = await eventually(async () => {
      const outcome = await gateway.whoami(withNewKey)
      return outcome.status === 503 ? outcome : undefined
    })
    expect(refused.headers.get('retry-after')).to.equal('5')
    expect(await statusOf(unseen)).to.equal(200)
    const ready = await fetch(`${gateway.origin}/readyz`)
    expect(ready.status).to.equal(200)
  })
})
