import { expect } from 'chai'
import { GatewayError } from '../../../src/errors.ts'
import { createFetchText } from '../../../src/token/discovery.ts'
import { createIssuerKeys, type IssuerKeys } from '../../../src/token/issuer-keys.ts'
import { createVerifiedMemory, type VerifiedMemory } from '../../../src/token/verified-memory.ts'
import { createVerify, type Verify } from '../../../src/token/verify.ts'
import { type FakeIssuer, startFakeIssuer } from '../../support/fake-issuer.ts'

const RESOURCE = 'https://gw.example/mcp'
const COOLDOWN_MS = 30_000
/** How long keys are used before they are fetched again. */
const MAX_AGE_MS = 10 * 60 * 1000

describe('a key that its issuer has withdrawn', () => {
  let issuer: FakeIssuer
  let clock: number
  let keys: IssuerKeys
  let memory: VerifiedMemory
  let verify: Verify

  beforeEach(async () => {
    issuer = await startFakeIssuer('/a')
    clock = Date.now()
    const now = () => clock
    keys = createIssuerKeys(issuer.issuer, {
      fetchText: createFetchText({ timeoutMs: 2000 }),
      cooldownMs: COOLDOWN_MS,
      now,
    })
    memory = createVerifiedMemory({ maxEntries: 100, now })
    const provider = {
      preset: 'generic',
      issuer: issuer.issuer,
      audience: [],
      clientIds: [],
      scopes: [],
      groupsClaim: undefined,
    } as const
    verify = createVerify({
      providers: [{ provider, keys }],
      memory,
      clockToleranceSeconds: 5,
      introspectionSeconds: 60,
      now,
    })
  })
  afterEach(() => issuer.close())

  /** A token of the first key that outlives every moment of these tests. */
  const longToken = (sub = 'alice') =>
    issuer.mint({ sub, aud: RESOURCE, exp: Math.floor(clock / 1000) + 24 * 3600 })
  const outcomeOf = async (token: string) => {
    try {
      return (await verify(token, RESOURCE)).claims.sub
    } catch (error) {
      if (error instanceof GatewayError) return error.reason
      throw error
    }
  }

  it('ends a remembered token within the age of the keys', async () => {
    const token = await longToken()
    expect(await outcomeOf(token)).to.equal('alice')
    await issuer.rotate('second', { keep: false })
    clock += MAX_AGE_MS - 1
    expect(await outcomeOf(token)).to.equal('alice')
    clock += 1
    expect(await outcomeOf(token)).to.equal('token_rejected')
    expect(await outcomeOf(token)).to.equal('token_rejected')
  })

  it('ends it at once when another token has brought the new keys in', async () => {
    const token = await longToken()
    expect(await outcomeOf(token)).to.equal('alice')
    await issuer.rotate('second', { keep: false })
    const fresh = await longToken('bob')
    clock += COOLDOWN_MS
    expect(await outcomeOf(fresh)).to.equal('bob')
    expect(await outcomeOf(token)).to.equal('token_rejected')
  })

  it('ends only its own tokens: those of a key that stays are served on', async () => {
    const first = await longToken()
    expect(await outcomeOf(first)).to.equal('alice')
    await issuer.rotate('second', { keep: true })
    const second = await longToken('bob')
    clock += COOLDOWN_MS
    expect(await outcomeOf(second)).to.equal('bob')
    expect(await outcomeOf(first)).to.equal('alice')
    expect(issuer.fetches.keys).to.equal(2)
  })

  it('stays good while the issuer does not answer, however long, and ends when it does again', async () => {
    const token = await longToken()
    expect(await outcomeOf(token)).to.equal('alice')
    await issuer.rotate('second', { keep: false })
    await issuer.down()
    clock += 10 * MAX_AGE_MS
    expect(await outcomeOf(token)).to.equal('alice')
    await issuer.up()
    clock += COOLDOWN_MS
    expect(await outcomeOf(token)).to.equal('token_rejected')
  })

  it('ends for many at once with one fetch', async () => {
    const tokens = await Promise.all(Array.from({ length: 50 }, (_, n) => longToken(`person-${n}`)))
    await Promise.all(tokens.map(outcomeOf))
    expect(issuer.fetches.keys).to.equal(1)
    await issuer.rotate('second', { keep: false })
    clock += MAX_AGE_MS
    // The first to come waits for the keys; those beside it may be served once more by what was known.
    expect(await outcomeOf(tokens[0] ?? '')).to.equal('token_rejected')
    const outcomes = await Promise.all(tokens.map(outcomeOf))
    expect(new Set(outcomes)).to.deep.equal(new Set(['token_rejected']))
    expect(issuer.fetches.keys).to.equal(2)
  })

  it('never lets a token outlive its own end, whatever the keys do', async () => {
    const exp = Math.floor(clock / 1000) + 60
    const token = await issuer.mint({ aud: RESOURCE, exp })
    expect(await outcomeOf(token)).to.equal('someone')
    expect(memory.size()).to.equal(1)
    clock = (exp + 5) * 1000
    expect(await outcomeOf(token)).to.equal('token_expired')
    expect(memory.size()).to.equal(0)
  })
})
