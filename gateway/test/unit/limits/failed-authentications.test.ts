import { expect } from 'chai'
import { GatewayError, REASONS } from '../../../src/errors.ts'
import { createFailedAuthentications } from '../../../src/limits/failed-authentications.ts'

const bad = async () => {
  throw new GatewayError('token_rejected')
}
const good = async () => 'verified'

describe('createFailedAuthentications', () => {
  const failuresOf = (options = {}) => {
    let time = Date.UTC(2026, 0, 1)
    const failures = createFailedAuthentications({
      perMinute: 6,
      maxAddresses: 100,
      now: () => time,
      ...options,
    })
    const pass = (milliseconds: number) => {
      time += milliseconds
    }
    /** What an attempt gives, or the reason of its refusal. */
    const outcome = (...args: Parameters<typeof failures.attempt<string>>) =>
      failures.attempt(...args).catch((error: unknown) => {
        if (error instanceof GatewayError) return error.reason
        throw error
      })
    return { failures, pass, outcome }
  }

  const useUp = async ({ outcome }: ReturnType<typeof failuresOf>, address = '192.0.2.1') => {
    for (let count = 0; count < 6; count += 1) {
      expect(await outcome(address, bad)).to.equal('token_rejected')
    }
  }

  it('refuses unheard after so many failures, and says how long to wait', async () => {
    const limited = failuresOf()
    await useUp(limited)
    const error: unknown = await limited.failures
      .attempt('192.0.2.1', async () => expect.fail('verified all the same'))
      .catch((reason: unknown) => reason)
    expect(error).to.include({ reason: 'too_many_failures', retryAfterSeconds: 10 })
  })

  it('forgives with time', async () => {
    const limited = failuresOf()
    await useUp(limited)
    limited.pass(10_000)
    expect(await limited.outcome('192.0.2.1', bad)).to.equal('token_rejected')
    expect(await limited.outcome('192.0.2.1', bad)).to.equal('too_many_failures')
  })

  it('never counts a good token', async () => {
    const limited = failuresOf()
    for (let count = 0; count < 100; count += 1) {
      expect(await limited.outcome('192.0.2.1', good)).to.equal('verified')
    }
    expect(limited.failures.size()).to.equal(0)
    await useUp(limited)
  })

  it('goes on serving tokens that are known, at an address with a bad neighbour', async () => {
    const limited = failuresOf()
    await useUp(limited)
    expect(await limited.outcome('192.0.2.1', good, () => true)).to.equal('verified')
    expect(await limited.outcome('192.0.2.1', good, () => false)).to.equal('too_many_failures')
  })

  it('leaves other addresses alone', async () => {
    const limited = failuresOf()
    await useUp(limited)
    expect(await limited.outcome('192.0.2.2', good)).to.equal('verified')
  })

  it('lets a crowd at once have no more tries than one after the other', async () => {
    const { outcome } = failuresOf()
    let verified = 0
    const slowlyBad = async () => {
      verified += 1
      await new Promise((resolve) => setImmediate(resolve))
      throw new GatewayError('token_rejected')
    }
    await Promise.all(Array.from({ length: 500 }, () => outcome('192.0.2.1', slowlyBad)))
    expect(verified).to.equal(6)
  })

  it('takes an IPv6 network of one holder for one address', async () => {
    const limited = failuresOf()
    for (let count = 0; count < 6; count += 1) {
      await limited.outcome(`2001:db8:1:2:${count}::${count + 1}`, bad)
    }
    expect(await limited.outcome('2001:db8:1:2:ffff::1', bad)).to.equal('too_many_failures')
    expect(await limited.outcome('2001:db8:1:3::1', bad)).to.equal('token_rejected')
  })

  it('counts peers without an address together', async () => {
    const limited = failuresOf()
    for (let count = 0; count < 6; count += 1) await limited.outcome(undefined, bad)
    expect(await limited.outcome(undefined, bad)).to.equal('too_many_failures')
  })

  it('remembers no more addresses than it may', async () => {
    const limited = failuresOf()
    for (let number = 0; number < 1000; number += 1) {
      await limited.outcome(`10.0.${number >> 8}.${number & 255}`, bad)
    }
    expect(limited.failures.size()).to.equal(100)
  })

  const COUNTED = [
    'audience_mismatch',
    'credentials_rejected',
    'issuer_unknown',
    'token_opaque',
    'token_rejected',
    'token_type_rejected',
  ]
  it('counts the reasons that say that a token is bad, and no other', async () => {
    const counted: string[] = []
    for (const [reason] of REASONS) {
      const { failures, outcome } = failuresOf()
      await outcome('192.0.2.1', async () => {
        throw new GatewayError(reason)
      })
      if (failures.size() > 0) counted.push(reason)
    }
    expect(counted).to.have.members(COUNTED)
  })

  it('does not count an error of ours', async () => {
    const { failures } = failuresOf()
    const error: unknown = await failures
      .attempt('192.0.2.1', async () => {
        throw new TypeError('a bug')
      })
      .catch((reason: unknown) => reason)
    expect(error).to.be.instanceOf(TypeError)
    expect(failures.size()).to.equal(0)
  })
})
