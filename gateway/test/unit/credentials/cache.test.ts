import { expect } from 'chai'
import type { AwsCredentials } from '../../../src/credentials/aws-credentials.ts'
import {
  type CredentialCache,
  type CredentialCacheOptions,
  createCredentialCache,
} from '../../../src/credentials/cache.ts'
import type { ExchangeRequest } from '../../../src/credentials/exchange.ts'
import { sessionKey } from '../../../src/credentials/session-key.ts'
import { GatewayError, type Reason } from '../../../src/errors.ts'
import { exchangeRequest } from '../../support/exchange-request.ts'

const HOUR = 3600
const MINIMUM = 120
const AHEAD = 300
const REFUSAL = 10

describe('createCredentialCache', () => {
  let clock: number
  let calls: ExchangeRequest[]
  let outcomes: string[]
  let answer: (request: ExchangeRequest, number: number) => Promise<AwsCredentials>
  let cache: CredentialCache<ExchangeRequest> | undefined

  const credentials = (number: number, lifeSeconds = HOUR): AwsCredentials => ({
    accessKeyId: `ASIA${number}`,
    secretAccessKey: 'secret',
    sessionToken: 'session',
    expiration: new Date(clock + lifeSeconds * 1000),
  })
  const refusing = (reason: Reason) => () => Promise.reject(new GatewayError(reason))

  beforeEach(() => {
    clock = Date.now()
    calls = []
    outcomes = []
    answer = async (_request, number) => credentials(number)
  })
  afterEach(() => {
    cache?.close()
    cache = undefined
  })

  const cached = (over: Partial<CredentialCacheOptions<ExchangeRequest>> = {}) => {
    cache?.close()
    cache = createCredentialCache<ExchangeRequest>(
      async (request) => {
        calls.push(request)
        return answer(request, calls.length)
      },
      {
        maxEntries: 100,
        minimumLifeSeconds: MINIMUM,
        refreshAheadSeconds: AHEAD,
        refusalSeconds: REFUSAL,
        keyOf: sessionKey,
        now: () => clock,
        random: () => 0,
        onExchange: (outcome) => outcomes.push(outcome),
        ...over,
      },
    )
    return cache
  }

  /** The key id, or why there is none. */
  const keyId = async (
    { exchange }: CredentialCache<ExchangeRequest>,
    request = exchangeRequest(),
  ): Promise<string> => {
    try {
      return (await exchange(request)).accessKeyId
    } catch (error) {
      return error instanceof GatewayError ? error.reason : String(error)
    }
  }
  /** Lets promises that are already settled run their course. */
  const settle = () => new Promise<void>((resolve) => setImmediate(resolve))

  it('asks once for one key', async () => {
    const one = cached()
    expect(await keyId(one)).to.equal('ASIA1')
    expect(await keyId(one)).to.equal('ASIA1')
    expect(calls).to.have.lengthOf(1)
    expect(outcomes).to.deep.equal(['issued'])
  })

  it('asks once for fifty who wait at once, whose tokens may differ', async () => {
    let release = () => {}
    const released = new Promise<void>((resolve) => {
      release = resolve
    })
    answer = async (_request, number) => {
      await released
      return credentials(number)
    }
    const one = cached()
    const waiting = Array.from({ length: 50 }, (_, number) =>
      keyId(one, exchangeRequest({ token: `token-${number}` })),
    )
    release()
    expect(new Set(await Promise.all(waiting))).to.deep.equal(new Set(['ASIA1']))
    expect(calls).to.have.lengthOf(1)
  })

  it('does not let a rejected token speak for a newer one that waited with it', async () => {
    const one = cached()
    answer = async (request, number) => {
      await settle()
      if (request.token === 'old') throw new GatewayError('credentials_rejected')
      return credentials(number)
    }
    const old = keyId(one, exchangeRequest({ token: 'old' }))
    const newer = ['new-1', 'new-2', 'old'].map((token) => keyId(one, exchangeRequest({ token })))
    expect(await old).to.equal('credentials_rejected')
    expect(await Promise.all(newer)).to.deep.equal(['ASIA2', 'ASIA2', 'ASIA2'])
    expect(calls.map(({ token }) => token)).to.deep.equal(['old', 'new-1'])
  })

  it('tells all fifty of the failure, and asks again afterwards', async () => {
    const one = cached()
    answer = refusing('sts_unavailable')
    const waiting = Array.from({ length: 50 }, () => keyId(one))
    expect(new Set(await Promise.all(waiting))).to.deep.equal(new Set(['sts_unavailable']))
    expect(calls).to.have.lengthOf(1)
    answer = async (_request, number) => credentials(number)
    expect(await keyId(one)).to.equal('ASIA2')
    expect(outcomes).to.deep.equal(['failed', 'issued'])
  })

  describe('the key', () => {
    const tags = (team: string) => ({
      'https://aws.amazon.com/tags': { principal_tags: { team: [team] } },
    })
    const different: ReadonlyArray<readonly [string, Parameters<typeof exchangeRequest>[0]]> = [
      ['the issuer', { issuer: 'https://issuer.example/' }],
      ['the subject', { subject: 'u-2' }],
      ['the client', { clientId: 'other' }],
      ['no client', { clientId: undefined }],
      ['a group less', { groups: [] }],
      ['a group more', { groups: ['sre', 'admins'] }],
      ['the scopes', { scopes: [] }],
      ['a group that is a scope', { groups: ['cloudwatch/read'], scopes: ['sre'] }],
      ['the role', { role: { roleArn: 'arn:aws:iam::111122223333:role/Other' } }],
      ['the session name', { role: { sessionName: 'bob-0123456789ab' } }],
      ['the session length', { role: { sessionSeconds: 900 } }],
      ['the policy', { role: { policy: '{}' } }],
      ['no policy', { role: { policy: undefined } }],
      ['a managed policy', { role: { policyArns: ['arn:aws:iam::aws:policy/ReadOnlyAccess'] } }],
      ['the mode', { role: { mode: 'assume-role' } }],
      ['the external id', { role: { externalId: 'gw' } }],
      ['the source identity of the rule', { role: { sourceIdentity: 'alice' } }],
      ['a session tag', { role: { tags: [{ key: 'team', value: 'blue' }] } }],
      ['its value', { role: { tags: [{ key: 'team', value: 'red' }] } }],
      ['its key', { role: { tags: [{ key: 'group', value: 'blue' }] } }],
      [
        'a transitive tag',
        { role: { tags: [{ key: 'team', value: 'blue' }], transitiveTagKeys: ['team'] } },
      ],
      ['the target', { role: { target: 'prod' } }],
      ['the region', { role: { region: 'eu-west-1' } }],
      ['session tags', { claims: tags('blue') }],
      ['other session tags', { claims: tags('red') }],
      ['the source identity', { claims: { 'https://aws.amazon.com/source_identity': 'alice' } }],
      ['pinned roles', { claims: { 'https://aws.amazon.com/roles': ['arn'] } }],
      ['how the person signed in', { claims: { amr: ['mfa'] } }],
      ['the audience', { claims: { aud: 'a' } }],
      ['the authorized party', { claims: { azp: 'a' } }],
    ]

    it('differs with everything that changes the answer', async () => {
      const one = cached()
      await keyId(one)
      for (const [, over] of different) await keyId(one, exchangeRequest(over))
      const asked = calls.length
      expect(asked).to.equal(different.length + 1)
      for (const [, over] of different) await keyId(one, exchangeRequest(over))
      expect(calls).to.have.lengthOf(asked)
    })

    for (const [what, over] of different) {
      it(`differs with ${what}`, async () => {
        const one = cached()
        await keyId(one)
        expect(await keyId(one, exchangeRequest(over))).to.equal('ASIA2')
      })
    }

    for (const [what, over] of [
      ['the token', { token: 'another.token.now' }],
      ['the end of the token', { tokenExpiresAt: 4_102_444_800_000 }],
      ['times and ids of the token', { claims: { jti: 'j', iat: 1, exp: 2, auth_time: 3 } }],
      ['tools and name of the rule', { role: { tools: [], rule: 'other' } }],
    ] as const) {
      it(`does not differ with ${what}`, async () => {
        const one = cached()
        await keyId(one)
        expect(await keyId(one, exchangeRequest(over))).to.equal('ASIA1')
      })
    }

    it('does not differ with the order of groups, scopes, tags and managed policies', async () => {
      const one = cached()
      const tags = [
        { key: 'team', value: 'blue' },
        { key: 'user', value: 'alice' },
      ]
      const transitiveTagKeys = ['team', 'user']
      const policyArns = ['arn:a', 'arn:b']
      const role = { tags, transitiveTagKeys, policyArns }
      await keyId(one, exchangeRequest({ groups: ['a', 'b'], scopes: ['c', 'd'], role }))
      const other = {
        tags: tags.toReversed(),
        transitiveTagKeys: transitiveTagKeys.toReversed(),
        policyArns: policyArns.toReversed(),
      }
      await keyId(one, exchangeRequest({ groups: ['b', 'a'], scopes: ['d', 'c'], role: other }))
      expect(calls).to.have.lengthOf(1)
    })

    it('does not differ with claims that only STS would read, where STS never sees the token', async () => {
      const one = cached()
      const role = { mode: 'assume-role' } as const
      await keyId(one, exchangeRequest({ role, claims: { amr: ['pwd'] } }))
      await keyId(one, exchangeRequest({ role, claims: { amr: ['mfa'], azp: 'a' } }))
      expect(calls).to.have.lengthOf(1)
    })

    for (const subject of ['__proto__', 'constructor', 'hasOwnProperty', 'toString', '', '0']) {
      it(`keeps apart a subject called "${subject}"`, async () => {
        const one = cached()
        expect(await keyId(one, exchangeRequest({ subject }))).to.equal('ASIA1')
        expect(await keyId(one, exchangeRequest({ subject }))).to.equal('ASIA1')
        expect(await keyId(one, exchangeRequest({ subject: 'other' }))).to.equal('ASIA2')
      })
    }
  })

  describe('life', () => {
    it('hands out credentials down to the minimum and no further', async () => {
      answer = async (_request, number) => credentials(number, HOUR)
      const one = cached({ refreshAheadSeconds: 0 })
      await keyId(one)
      clock += (HOUR - MINIMUM) * 1000
      expect(await keyId(one)).to.equal('ASIA1')
      await settle()
      clock += 1
      const asked = calls.length
      expect(await keyId(one)).to.equal(`ASIA${asked + 1}`)
    })

    it('refuses credentials that STS issued with less', async () => {
      answer = async (_request, number) => credentials(number, MINIMUM - 1)
      const one = cached()
      expect(await keyId(one)).to.equal('sts_unavailable')
      expect(one.size()).to.equal(0)
      expect(outcomes).to.deep.equal(['failed'])
    })

    for (const [what, life] of [
      ['no time', Number.NaN],
      ['the beginning of time', -Date.now() / 1000],
      ['a second ago', -1],
      ['now', 0],
    ] as const) {
      it(`never keeps credentials that end at ${what}`, async () => {
        answer = async (_request, number) => credentials(number, life)
        const one = cached({ minimumLifeSeconds: 0 })
        await keyId(one)
        expect(one.size()).to.equal(0)
        await keyId(one)
        expect(calls).to.have.lengthOf(2)
      })
    }

    it('forgets by its own clock too, without being asked', async () => {
      answer = async (_request, number) => credentials(number, 0.05)
      const one = cached({ minimumLifeSeconds: 0 })
      await keyId(one)
      expect(one.size()).to.equal(1)
      const keptUntil = Date.now() + 60
      while (Date.now() < keptUntil) await settle()
      answer = async (_request, number) => credentials(number)
      expect(await keyId(one)).to.equal('ASIA2')
    })
  })

  describe('refresh', () => {
    it('happens ahead of the end, while the old ones are still handed out', async () => {
      const one = cached()
      await keyId(one)
      clock += (HOUR - AHEAD) * 1000 - 1
      await keyId(one)
      expect(calls).to.have.lengthOf(1)
      clock += 1
      expect(await keyId(one)).to.equal('ASIA1')
      await settle()
      expect(calls).to.have.lengthOf(2)
      expect(await keyId(one)).to.equal('ASIA2')
    })

    it('is spread by a fifth of the time ahead', async () => {
      for (const [random, early] of [
        [0, 0],
        [0.5, 0.1],
        [0.999, 0.1998],
      ] as const) {
        const one = cached({ random: () => random })
        const issuedAt = clock
        await keyId(one)
        const asked = calls.length
        clock = issuedAt + (HOUR - AHEAD * (1 + early)) * 1000 - 1
        await keyId(one)
        expect(calls, String(random)).to.have.lengthOf(asked)
        clock += 1
        await keyId(one)
        expect(calls, String(random)).to.have.lengthOf(asked + 1)
      }
    })

    it('is one, whoever asks meanwhile', async () => {
      let release = () => {}
      const released = new Promise<void>((resolve) => {
        release = resolve
      })
      const one = cached()
      await keyId(one)
      answer = async (_request, number) => {
        await released
        return credentials(number)
      }
      clock += (HOUR - AHEAD) * 1000
      const old = await Promise.all(Array.from({ length: 50 }, () => keyId(one)))
      expect(new Set(old)).to.deep.equal(new Set(['ASIA1']))
      expect(calls).to.have.lengthOf(2)
      release()
      await settle()
      expect(await keyId(one)).to.equal('ASIA2')
    })

    it('of short sessions comes after four fifths of their life', async () => {
      answer = async (_request, number) => credentials(number, 900)
      const one = cached({ refreshAheadSeconds: 1200 })
      await keyId(one)
      clock += 719_999
      await keyId(one)
      expect(calls).to.have.lengthOf(1)
      clock += 1
      await keyId(one)
      expect(calls).to.have.lengthOf(2)
    })

    for (const reason of ['sts_unavailable', 'credentials_denied'] as const) {
      it(`that ends with ${reason} keeps the old ones in use and is not tried at every request`, async () => {
        const one = cached()
        await keyId(one)
        answer = refusing(reason)
        clock += (HOUR - AHEAD) * 1000
        expect(await keyId(one)).to.equal('ASIA1')
        await settle()
        expect(await keyId(one)).to.equal('ASIA1')
        expect(calls).to.have.lengthOf(2)
        clock += REFUSAL * 1000
        expect(await keyId(one)).to.equal('ASIA1')
        await settle()
        expect(calls).to.have.lengthOf(3)
        clock += (AHEAD - MINIMUM) * 1000
        expect(await keyId(one)).to.equal(reason)
      })
    }
  })

  describe('refusals', () => {
    for (const reason of ['credentials_denied', 'credentials_misconfigured'] as const) {
      it(`of ${reason} are remembered for a while, then asked again`, async () => {
        answer = refusing(reason)
        const one = cached()
        expect(await keyId(one)).to.equal(reason)
        clock += REFUSAL * 1000 - 1
        expect(await keyId(one)).to.equal(reason)
        expect(calls).to.have.lengthOf(1)
        answer = async (_request, number) => credentials(number)
        clock += 1
        expect(await keyId(one)).to.equal('ASIA2')
        expect(await keyId(one)).to.equal('ASIA2')
      })
    }

    it('of one person are not those of another', async () => {
      answer = async ({ subject }, number) => {
        if (subject === 'u-1') throw new GatewayError('credentials_denied')
        return credentials(number)
      }
      const one = cached()
      expect(await keyId(one)).to.equal('credentials_denied')
      expect(await keyId(one, exchangeRequest({ subject: 'u-2' }))).to.equal('ASIA2')
    })

    for (const reason of ['sts_unavailable', 'credentials_rejected'] as const) {
      it(`of ${reason} are not remembered`, async () => {
        answer = refusing(reason)
        const one = cached()
        await keyId(one)
        await keyId(one)
        expect(calls).to.have.lengthOf(2)
        expect(one.size()).to.equal(0)
      })
    }

    it('that are no refusals but bugs are passed on and not remembered', async () => {
      answer = () => Promise.reject(new TypeError('a bug'))
      const one = cached()
      expect(await keyId(one)).to.equal('TypeError: a bug')
      expect(one.size()).to.equal(0)
    })
  })

  describe('a waiter', () => {
    /** Exchanges that end when they are told to. */
    const held = () => {
      let release = () => {}
      const released = new Promise<void>((resolve) => {
        release = resolve
      })
      answer = async (_request, number) => {
        await released
        return credentials(number)
      }
      return () => release()
    }
    const outcome = (attempt: Promise<AwsCredentials>) =>
      attempt.then(
        ({ accessKeyId }) => accessKeyId,
        (error: unknown) => (error instanceof Error ? error.message : error),
      )

    it('who leaves is told so at once, and the others get their answer', async () => {
      const release = held()
      const one = cached()
      const leaving = new AbortController()
      const left = outcome(one.exchange(exchangeRequest(), leaving.signal))
      const staying = Array.from({ length: 5 }, () =>
        outcome(one.exchange(exchangeRequest(), new AbortController().signal)),
      )
      leaving.abort(new Error('gone'))
      expect(await left).to.equal('gone')
      release()
      expect(new Set(await Promise.all(staying))).to.deep.equal(new Set(['ASIA1']))
      expect(calls).to.have.lengthOf(1)
    })

    it('who started the exchange may leave too, and the answer serves the next one', async () => {
      const release = held()
      const one = cached()
      const leaving = new AbortController()
      const left = outcome(one.exchange(exchangeRequest(), leaving.signal))
      leaving.abort(new Error('gone'))
      expect(await left).to.equal('gone')
      release()
      await settle()
      expect(await keyId(one)).to.equal('ASIA1')
      expect(calls).to.have.lengthOf(1)
    })

    it('who left before it began starts nothing', async () => {
      const one = cached()
      const signal = AbortSignal.abort(new Error('gone'))
      expect(await outcome(one.exchange(exchangeRequest(), signal))).to.equal('gone')
      expect(calls).to.have.lengthOf(0)
    })

    it('leaves nothing behind at a signal that lives on', async () => {
      const one = cached()
      const { signal } = new AbortController()
      const added: string[] = []
      const removed: string[] = []
      const counting = Object.assign(signal, {
        addEventListener: (type: string) => added.push(type),
        removeEventListener: (type: string) => removed.push(type),
      })
      await one.exchange(exchangeRequest(), counting)
      await settle()
      expect([added, removed]).to.deep.equal([['abort'], ['abort']])
    })

    it('of an exchange that fails after all have left disturbs nobody', async () => {
      let fail = (_error: Error) => {}
      answer = () =>
        new Promise((_resolve, reject) => {
          fail = reject
        })
      const one = cached()
      const leaving = new AbortController()
      const left = outcome(one.exchange(exchangeRequest(), leaving.signal))
      leaving.abort(new Error('gone'))
      await left
      fail(new GatewayError('sts_unavailable'))
      await settle() // an unhandled rejection would end the tests
      expect(outcomes).to.deep.equal(['failed'])
    })
  })

  describe('a role that is taken away', () => {
    const OTHER = 'arn:aws:iam::111122223333:role/Other'
    const isKept = (roleArn: string) => roleArn === OTHER

    it('is gone at once, and other roles stay', async () => {
      const one = cached()
      await keyId(one)
      await keyId(one, exchangeRequest({ role: { roleArn: OTHER } }))
      one.retain(isKept)
      expect(one.size()).to.equal(1)
      expect(await keyId(one, exchangeRequest({ role: { roleArn: OTHER } }))).to.equal('ASIA2')
      expect(await keyId(one)).to.equal('ASIA3')
    })

    it('is refused to those who wait for it, and what STS then answers is not kept', async () => {
      let release = () => {}
      answer = (_request, number) =>
        new Promise((resolve) => {
          release = () => resolve(credentials(number))
        })
      const one = cached()
      const waiting = [keyId(one), keyId(one)]
      one.retain(isKept)
      expect(await Promise.all(waiting)).to.deep.equal(['role_unmapped', 'role_unmapped'])
      release()
      await settle()
      expect(one.size()).to.equal(0)
    })

    it('and given back is asked for anew, and the old answer does not come in between', async () => {
      const releases: Array<() => void> = []
      answer = (_request, number) =>
        new Promise((resolve) => {
          releases.push(() => resolve(credentials(number)))
        })
      const one = cached()
      const before = keyId(one)
      one.retain(isKept)
      const after = keyId(one)
      for (const release of releases) release()
      expect(await before).to.equal('role_unmapped')
      expect(await after).to.equal('ASIA2')
      expect(await keyId(one)).to.equal('ASIA2')
    })

    it('is not brought back by a refresh that was under way', async () => {
      const one = cached()
      await keyId(one)
      let release = () => {}
      answer = (_request, number) =>
        new Promise((resolve) => {
          release = () => resolve(credentials(number))
        })
      clock += (HOUR - AHEAD) * 1000
      await keyId(one)
      expect(calls).to.have.lengthOf(2)
      one.retain(isKept)
      release()
      await settle()
      expect(one.size()).to.equal(0)
    })

    it('takes its refusals along', async () => {
      answer = refusing('credentials_denied')
      const one = cached()
      await keyId(one)
      one.retain(isKept)
      expect(one.size()).to.equal(0)
    })
  })

  it('asks again for what it was told to forget', async () => {
    const one = cached()
    await keyId(one)
    one.forget(exchangeRequest())
    expect(await keyId(one)).to.equal('ASIA2')
  })

  describe('size', () => {
    it('never exceeds its bound: the least recently used make room, and nothing throws', async () => {
      const one = cached({ maxEntries: 3 })
      const ask = (subject: string) => keyId(one, exchangeRequest({ subject }))
      for (const subject of ['a', 'b', 'c']) await ask(subject)
      await ask('a')
      await ask('d')
      expect(one.size()).to.equal(3)
      expect(await ask('a')).to.equal('ASIA1')
      expect(await ask('c')).to.equal('ASIA3')
      expect(await ask('d')).to.equal('ASIA4')
      expect(await ask('b')).to.equal('ASIA5')
      expect(one.size()).to.equal(3)
    })

    it('counts refusals too', async () => {
      answer = refusing('credentials_denied')
      const one = cached({ maxEntries: 3 })
      for (let number = 0; number < 20; number += 1) {
        await keyId(one, exchangeRequest({ subject: `u-${number}` }))
      }
      expect(one.size()).to.equal(3)
    })

    it('is nothing after closing', async () => {
      const one = cached()
      await keyId(one)
      one.close()
      expect(one.size()).to.equal(0)
    })
  })
})
