import { expect } from 'chai'
import { GatewayError } from '../../../src/errors.ts'
import { createFetchText } from '../../../src/token/discovery.ts'
import { createIntrospect, type Introspect } from '../../../src/token/introspect.ts'
import { createIssuerKeys } from '../../../src/token/issuer-keys.ts'
import { createVerifiedMemory } from '../../../src/token/verified-memory.ts'
import { createVerify } from '../../../src/token/verify.ts'
import { type FakeIntrospection, startFakeIntrospection } from '../../support/fake-introspection.ts'

const RESOURCE = 'https://gw.example/mcp'
const CLIENT = { clientId: 'gateway', clientSecret: 's3cret & more' }
const TOKEN = 'opaque-token-1'

describe('createIntrospect', () => {
  let issuer: FakeIntrospection
  let clock: number
  let introspect: Introspect

  beforeEach(async () => {
    issuer = await startFakeIntrospection()
    clock = Date.now()
    introspect = createIntrospect(issuer.issuer, CLIENT, {
      timeoutMs: 2000,
      refusalMs: 10_000,
      maxRefusals: 3,
      now: () => clock,
    })
  })
  afterEach(() => issuer.close())

  const reasonOf = async (attempt: Promise<unknown>) => {
    try {
      await attempt
      return 'answered'
    } catch (error) {
      return error instanceof GatewayError ? error.reason : String(error)
    }
  }

  it('asks as the configured client and gives what the issuer says', async () => {
    issuer.answer({ active: true, sub: 'alice', exp: 1 })
    expect(await introspect(TOKEN)).to.include({ active: true, sub: 'alice' })
    const [question] = issuer.questions
    const [user, secret] = Buffer.from(question?.authorization?.split(' ')[1] ?? '', 'base64')
      .toString()
      .split(':')
    expect(user).to.equal('gateway')
    expect(decodeURIComponent((secret ?? '').replaceAll('+', ' '))).to.equal(CLIENT.clientSecret)
    expect(question?.token).to.equal(TOKEN)
  })

  it('asks once for many who present the same token at once', async () => {
    issuer.answer({ active: true, sub: 'alice' })
    await Promise.all(Array.from({ length: 20 }, () => introspect(TOKEN)))
    expect(issuer.questions).to.have.length(1)
  })

  it('remembers a no for its time and then asks again', async () => {
    expect(await introspect(TOKEN)).to.equal(undefined)
    expect(await introspect(TOKEN)).to.equal(undefined)
    expect(issuer.questions).to.have.length(1)
    clock += 10_001
    issuer.answer({ active: true, sub: 'alice' })
    expect(await introspect(TOKEN)).to.include({ sub: 'alice' })
  })

  it('keeps no more refusals than it may, the oldest out first', async () => {
    for (const token of ['a', 'b', 'c', 'd', 'a']) await introspect(token)
    expect(issuer.questions).to.have.length(5)
    await introspect('d')
    expect(issuer.questions).to.have.length(5)
  })

  it('takes for a no that the issuer does not look at tokens of this form, and nothing else that it refuses', async () => {
    issuer.answer({ error: 'unsupported_token_type' })
    expect(await introspect('a..b.c.d')).to.equal(undefined)
    issuer.answer({ error: 'invalid_request' })
    expect(await reasonOf(introspect(TOKEN))).to.equal('issuer_unavailable')
  })

  for (const status of [401, 500, 404]) {
    it(`does not take a ${status} for a no`, async () => {
      issuer.answer(status)
      expect(await reasonOf(introspect(TOKEN))).to.equal('issuer_unavailable')
      issuer.answer({ active: true, sub: 'alice' })
      expect(await reasonOf(introspect(TOKEN))).to.equal('answered')
    })
  }

  it('says that the issuer is unavailable while it is down, and recovers', async () => {
    await issuer.close()
    expect(await reasonOf(introspect(TOKEN))).to.equal('issuer_unavailable')
  })

  describe('in createVerify', () => {
    const verify = (introspects: readonly Introspect[] = [introspect]) =>
      createVerify({
        providers: introspects.map((one) => ({
          provider: {
            preset: 'generic',
            issuer: issuer.issuer,
            audience: [],
            clientIds: [],
            scopes: [],
            groupsClaim: undefined,
          },
          keys: createIssuerKeys(issuer.issuer, {
            fetchText: createFetchText({ timeoutMs: 2000 }),
            cooldownMs: 30_000,
            now: () => clock,
          }),
          introspect: one,
        })),
        memory: createVerifiedMemory({ maxEntries: 10, now: () => clock }),
        clockToleranceSeconds: 5,
        introspectionSeconds: 60,
        now: () => clock,
      })
    const answer = (over: Record<string, unknown> = {}) =>
      issuer.answer({
        active: true,
        sub: 'alice',
        aud: RESOURCE,
        client_id: 'app',
        exp: Math.floor(clock / 1000) + 3600,
        ...over,
      })

    it('accepts an active token for at most the configured time, then asks again', async () => {
      answer()
      const check = verify()
      const verified = await check(TOKEN, RESOURCE)
      expect(verified.claims).to.include({ iss: issuer.issuer, sub: 'alice' })
      expect(verified.expiresAt).to.equal((Math.floor(clock / 1000) + 60) * 1000)
      await check(TOKEN, RESOURCE)
      expect(issuer.questions).to.have.length(1)
      clock += 60_000
      issuer.answer({ active: false })
      expect(await reasonOf(check(TOKEN, RESOURCE))).to.equal('token_opaque')
    })

    const refusals: ReadonlyArray<readonly [string, Record<string, unknown>, string]> = [
      ['for another resource', { aud: 'https://other.example' }, 'audience_mismatch'],
      ['without an audience', { aud: undefined }, 'audience_mismatch'],
      ['of another issuer', { iss: 'https://other.example' }, 'token_rejected'],
      ['that has expired', { exp: 1 }, 'token_expired'],
      ['with a text as exp', { exp: 'tomorrow' }, 'token_rejected'],
      ['without a subject', { sub: undefined }, 'token_rejected'],
      ['that is not active', { active: false }, 'token_opaque'],
    ]
    for (const [what, over, reason] of refusals) {
      it(`refuses a token ${what}`, async () => {
        answer(over)
        expect(await reasonOf(verify()(TOKEN, RESOURCE))).to.equal(reason)
      })
    }

    it('asks the next issuer where one does not answer, and tells of that only if none knows the token', async () => {
      const silent: Introspect = () => Promise.reject(new GatewayError('issuer_unavailable'))
      answer()
      const check = verify([silent, introspect])
      expect((await check(TOKEN, RESOURCE)).claims.sub).to.equal('alice')
      issuer.answer({ active: false })
      expect(await reasonOf(check('other', RESOURCE))).to.equal('issuer_unavailable')
    })

    it('does not ask about a JWT', async () => {
      answer()
      expect(await reasonOf(verify()('a.b.c', RESOURCE))).to.equal('token_rejected')
      expect(issuer.questions).to.have.length(0)
    })
  })
})
