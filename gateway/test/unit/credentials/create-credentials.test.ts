import { expect } from 'chai'
import {
  type CredentialsRoom,
  createCredentials,
} from '../../../src/credentials/create-credentials.ts'
import { scopedSeconds } from '../../../src/credentials/scope-down.ts'
import { GatewayError, type Reason } from '../../../src/errors.ts'
import { causeChain } from '../../../src/log.ts'
import { exchangeRequest } from '../../support/exchange-request.ts'
import {
  type FakeSts,
  failure,
  issued,
  type StsCall,
  type StsReply,
  startFakeSts,
  triple,
} from '../../support/fake-sts.ts'
import { stsOptions } from '../../support/sts-options.ts'

const TOLERANCE = 5
const MINUTE = 60_000

describe('createCredentials', () => {
  let sts: FakeSts
  let clock: number
  let room: CredentialsRoom | undefined

  beforeEach(async () => {
    sts = await startFakeSts()
    clock = Date.now()
  })
  afterEach(async () => {
    room?.close()
    room = undefined
    await sts.close()
  })

  const open = (scopeDown: 'off' | 'duration' = 'off') => {
    room = createCredentials({
      sts: stsOptions(sts.endpoint),
      cache: {
        maxEntries: 100,
        minimumLifeSeconds: 120,
        refreshAheadSeconds: 300,
        refusalSeconds: 10,
        now: () => clock,
        random: () => 0,
      },
      scopeDown,
      clockToleranceSeconds: TOLERANCE,
    })
    return room
  }
  const refusalOf = async (attempt: Promise<unknown>): Promise<GatewayError> => {
    const error: unknown = await attempt.then(
      () => new Error('nothing was refused'),
      (reason: unknown) => reason,
    )
    if (error instanceof GatewayError) return error
    throw error
  }
  const reasonOf = async (attempt: Promise<unknown>): Promise<Reason> =>
    (await refusalOf(attempt)).reason
  const actions = () => sts.calls.map(({ parameters }) => parameters.Action)

  it('sends the token where the rule says so', async () => {
    await open().exchange(exchangeRequest({ role: { mode: 'web-identity' } }))
    expect(actions()).to.deep.equal(['AssumeRoleWithWebIdentity'])
  })

  describe('and the token', () => {
    const ending = (milliseconds: number) =>
      exchangeRequest({ tokenExpiresAt: clock + milliseconds })

    it('is served up to its end and what the token room allows on that', async () => {
      const { exchange } = open()
      await exchange(ending(-TOLERANCE * 1000 + 1))
      expect(await reasonOf(exchange(ending(-TOLERANCE * 1000)))).to.equal('token_expired')
    })

    it('gets nothing from the cache once it has ended', async () => {
      const { exchange } = open()
      const request = ending(MINUTE)
      await exchange(request)
      clock += MINUTE + TOLERANCE * 1000
      expect(await reasonOf(exchange(request))).to.equal('token_expired')
      expect(sts.calls).to.have.lengthOf(1)
    })

    it('gets nothing where it ended while STS was thinking', async () => {
      sts.script(() => {
        clock += 10_000
        return issued(triple('late'))
      })
      const { exchange } = open()
      expect(await reasonOf(exchange(ending(1000)))).to.equal('token_expired')
      // Whoever comes with a newer one is served by the same session.
      expect((await exchange(ending(MINUTE))).accessKeyId).to.equal(triple('late').AccessKeyId)
      expect(sts.calls).to.have.lengthOf(1)
    })
  })

  describe('by rules that change', () => {
    const OTHER = 'arn:aws:iam::111122223333:role/Other'

    it('gives nothing for a role that was taken away, whoever was given it before', async () => {
      const { exchange, retain, size } = open()
      await exchange(exchangeRequest())
      retain((roleArn) => roleArn === OTHER)
      expect(size()).to.equal(0)
      const refusal = await refusalOf(exchange(exchangeRequest()))
      expect(refusal.reason).to.equal('role_unmapped')
      expect(causeChain(refusal)).to.contain('taken away')
      expect(sts.calls).to.have.lengthOf(1)
      await exchange(exchangeRequest({ role: { roleArn: OTHER } }))
      retain(() => true)
      await exchange(exchangeRequest())
      expect(sts.calls).to.have.lengthOf(3)
    })

    it('forgets narrowed sessions too', async () => {
      const { exchange, retain, size } = open('duration')
      await exchange(exchangeRequest())
      expect(size()).to.equal(2)
      retain(() => false)
      expect(size()).to.equal(0)
    })
  })

  it('tells a client that leaves, and keeps what it asked for', async () => {
    let release = () => {}
    const released = new Promise<void>((resolve) => {
      release = resolve
    })
    sts.script(async () => {
      await released
      return issued(triple('kept'))
    })
    const { exchange } = open()
    const leaving = new AbortController()
    const left = exchange(exchangeRequest(), leaving.signal).then(
      () => 'answered',
      (error: unknown) => error,
    )
    leaving.abort('gone')
    expect(await left).to.equal('gone')
    release()
    expect((await exchange(exchangeRequest())).accessKeyId).to.equal(triple('kept').AccessKeyId)
    expect(sts.calls).to.have.lengthOf(1)
  })

  describe('narrowing', () => {
    /** An STS that keeps to the duration and says by which call a session came. */
    const honest = ({ parameters }: StsCall, number: number): StsReply => {
      const seconds = Number(parameters.DurationSeconds)
      const Expiration = new Date(clock + seconds * 1000).toISOString()
      return issued({
        ...triple(`${parameters.Action === 'GetScopedCredentials' ? 's' : 'b'}${number}`),
        Expiration,
      })
    }
    const token = (name: string, milliseconds = 10 * MINUTE) =>
      exchangeRequest({ token: name, tokenExpiresAt: clock + milliseconds })
    const scopedCalls = () =>
      sts.calls.filter(({ parameters }) => parameters.Action === 'GetScopedCredentials')

    it('gives a session that ends with the token, signed for by the one that stays', async () => {
      sts.script(honest)
      const request = token('a', 90_500)
      const { accessKeyId, expiration } = await open('duration').exchange(request)
      expect(accessKeyId).to.equal(triple('s2').AccessKeyId)
      expect(expiration.getTime()).to.be.at.most(request.tokenExpiresAt)
      expect(expiration.getTime()).to.be.above(request.tokenExpiresAt - 1000)
      const [base, scoped] = sts.calls
      expect(base?.headers).to.not.have.property('authorization')
      expect(scoped?.parameters).to.deep.equal({
        Action: 'GetScopedCredentials',
        Version: '2011-06-15',
        DurationSeconds: '90',
      })
      expect(scoped?.headers).to.include({ 'x-amz-security-token': triple('b1').SessionToken })
      expect(scoped?.headers.authorization).to.contain(`Credential=${triple('b1').AccessKeyId}/`)
    })

    it('is asked for once for a token and anew for another, with one session under both', async () => {
      sts.script(honest)
      const { exchange } = open('duration')
      const keys = []
      for (const name of ['a', 'a', 'b', 'b', 'a']) {
        keys.push((await exchange(token(name))).accessKeyId)
      }
      expect(actions()).to.deep.equal([
        'AssumeRoleWithWebIdentity',
        'GetScopedCredentials',
        'GetScopedCredentials',
      ])
      expect(new Set(keys)).to.deep.equal(
        new Set([triple('s2').AccessKeyId, triple('s3').AccessKeyId]),
      )
    })

    it('is asked for once by twenty at a time', async () => {
      sts.script(honest)
      const { exchange } = open('duration')
      const all = await Promise.all(Array.from({ length: 20 }, () => exchange(token('a'))))
      expect(new Set(all.map(({ accessKeyId }) => accessKeyId)).size).to.equal(1)
      expect(sts.calls).to.have.lengthOf(2)
    })

    it('ends a little before its session where the token lives longer', async () => {
      sts.script(honest)
      await open('duration').exchange(token('a', 24 * 60 * MINUTE))
      expect(scopedCalls()[0]?.parameters.DurationSeconds).to.equal('3595')
    })

    it('asks for at least a second', async () => {
      sts.script(honest)
      await open('duration').exchange(token('a', -1000))
      expect(scopedCalls()[0]?.parameters.DurationSeconds).to.equal('1')
    })

    it('starts anew from a refreshed session', async () => {
      sts.script(honest)
      const { exchange } = open('duration')
      const request = token('a', 24 * 60 * MINUTE)
      await exchange(request)
      clock += 55 * MINUTE
      await exchange(request) // starts the refresh
      for (;;) {
        const { accessKeyId } = await exchange(request)
        if (accessKeyId !== triple('s2').AccessKeyId) break
        await new Promise((resolve) => setImmediate(resolve)) // what is cached is answered without any I/O
      }
      expect(actions()).to.deep.equal([
        'AssumeRoleWithWebIdentity',
        'GetScopedCredentials',
        'AssumeRoleWithWebIdentity',
        'GetScopedCredentials',
      ])
    })

    /** What STS answers to the narrowing, and what becomes of the request: never the session itself. */
    const table: ReadonlyArray<readonly [string, StsReply, Reason]> = [
      ['AccessDenied', failure('AccessDenied', 403), 'credentials_misconfigured'],
      ['InvalidAction', failure('InvalidAction', 400), 'credentials_misconfigured'],
      ['PackedPolicyTooLarge', failure('PackedPolicyTooLarge', 400), 'credentials_misconfigured'],
      ['Throttling', failure('Throttling', 400), 'sts_unavailable'],
      ['InternalFailure', failure('InternalFailure', 500), 'sts_unavailable'],
      ['garbage', { kind: 'text', status: 200, text: '<<<' }, 'sts_unavailable'],
      ['nothing', { kind: 'stall' }, 'sts_unavailable'],
      ['no session token', issued({ ...triple('x'), SessionToken: '' }), 'sts_unavailable'],
      ['a session that is over', issued(triple('x', -1)), 'sts_unavailable'],
    ]
    for (const [what, reply, reason] of table) {
      it(`that gets ${what} ends in ${reason}`, async () => {
        sts.script((call, number) =>
          call.parameters.Action === 'GetScopedCredentials' ? reply : honest(call, number),
        )
        const { exchange } = open('duration')
        expect(await reasonOf(exchange(token('a')))).to.equal(reason)
        // Still not, once the session is in the cache.
        expect(await reasonOf(exchange(token('a')))).to.equal(reason)
        expect(actions().filter((action) => action !== 'GetScopedCredentials')).to.have.lengthOf(1)
      })
    }

    for (const code of [
      'ExpiredToken',
      'InvalidClientTokenId',
      'InvalidSubjectCredentials',
      'InsufficientSessionLifetime',
    ]) {
      it(`of a session that STS calls ${code} gets a new session at the next request`, async () => {
        let first = true
        sts.script((call, number) => {
          if (call.parameters.Action !== 'GetScopedCredentials') return honest(call, number)
          if (!first) return honest(call, number)
          first = false
          return failure(code, 400)
        })
        const { exchange } = open('duration')
        const refusal = await refusalOf(exchange(token('a')))
        expect(refusal).to.include({ reason: 'sts_unavailable', retryAfterSeconds: 1 })
        expect(causeChain(refusal)).to.contain(code)
        expect((await exchange(token('a'))).accessKeyId).to.equal(triple('s4').AccessKeyId)
        expect(actions()).to.have.lengthOf(4)
      })
    }

    it('is not done where it is off', async () => {
      await open('off').exchange(token('a'))
      expect(scopedCalls()).to.have.lengthOf(0)
    })
  })

  describe('scopedSeconds', () => {
    const HOUR = 60 * MINUTE
    for (const [what, tokenLeft, sessionLeft, seconds] of [
      ['the token that ends first', 90_999, HOUR, 90],
      ['the session that ends first', 2 * HOUR, HOUR, 3595],
      ['both at once', HOUR, HOUR, 3595],
      ['a token that has ended', -3000, HOUR, 1],
      ['a session of seconds', HOUR, 3000, 1],
      ['more than STS gives', 100 * HOUR, 100 * HOUR, 129_600],
    ] as const) {
      it(`counts to ${what}`, () => {
        expect(scopedSeconds(5 + tokenLeft, 5 + sessionLeft, 5)).to.equal(seconds)
      })
    }
  })
})
