import { expect } from 'chai'
import { GatewayError } from '../../../src/errors.ts'
import { createPrincipalLimits } from '../../../src/limits/principal-limits.ts'

const ALICE = { issuer: 'https://a.example', subject: 'alice' }
const BOB = { issuer: 'https://a.example', subject: 'bob' }

describe('createPrincipalLimits', () => {
  const limitsOf = (options = {}) => {
    let time = Date.UTC(2026, 0, 1)
    const limits = createPrincipalLimits({
      maxConcurrent: 2,
      requestsPerMinute: 60,
      requestBurst: 5,
      maxPrincipals: 1000,
      now: () => time,
      ...options,
    })
    const pass = (milliseconds: number) => {
      time += milliseconds
    }
    return { ...limits, pass }
  }

  const refusal = (attempt: () => unknown) => {
    try {
      attempt()
    } catch (error) {
      if (error instanceof GatewayError) return [error.reason, error.retryAfterSeconds]
      throw error
    }
    return undefined
  }

  it('refuses what would be more at once than may be', () => {
    const { admit } = limitsOf()
    admit(ALICE)
    admit(ALICE)
    expect(refusal(() => admit(ALICE))).to.deep.equal(['too_many_at_once', undefined])
  })

  it('admits again when one has left', () => {
    const { admit } = limitsOf()
    const leave = admit(ALICE)
    admit(ALICE)
    leave()
    admit(ALICE)
    expect(refusal(() => admit(ALICE))).to.deep.equal(['too_many_at_once', undefined])
  })

  it('refuses what comes faster than it may, and says how long to wait', () => {
    const { admit, pass } = limitsOf()
    for (let count = 0; count < 5; count += 1) admit(ALICE)()
    expect(refusal(() => admit(ALICE))).to.deep.equal(['too_many_requests', 1])
    pass(1000)
    expect(refusal(() => admit(ALICE)())).to.equal(undefined)
  })

  it('counts what was refused for being too much at once as a request', () => {
    const { admit } = limitsOf()
    admit(ALICE)
    admit(ALICE)
    for (let count = 0; count < 3; count += 1) refusal(() => admit(ALICE))
    expect(refusal(() => admit(ALICE))).to.deep.equal(['too_many_requests', 1])
  })

  for (const [what, other] of [
    ['another subject', BOB],
    ['the same subject of another issuer', { ...ALICE, issuer: 'https://b.example' }],
    [
      'issuer and subject that read the same when joined',
      { issuer: 'https://a.examplea', subject: 'lice' },
    ],
  ] as const) {
    it(`leaves ${what} alone`, () => {
      const { admit } = limitsOf()
      for (let count = 0; count < 6; count += 1) refusal(() => admit(ALICE))
      expect(refusal(() => admit(other))).to.equal(undefined)
    })
  }

  it('looks at nothing but issuer and subject', () => {
    const { admit } = limitsOf()
    for (const clientId of ['one', 'two']) admit({ ...ALICE, clientId } as typeof ALICE)
    const third = { ...ALICE, clientId: 'three' } as typeof ALICE
    expect(refusal(() => admit(third))).to.deep.equal(['too_many_at_once', undefined])
  })

  it('keeps nothing of principals that have gone', () => {
    const { admit, size, pass } = limitsOf()
    for (let number = 0; number < 500; number += 1) admit({ ...ALICE, subject: `s${number}` })()
    expect(size().running).to.equal(0)
    expect(size().counted).to.equal(500)
    pass(60_000)
    for (let number = 0; number < 500; number += 1) admit({ ...ALICE, subject: `s${number}` })()
    expect(size().counted).to.equal(500)
  })

  it('counts no more principals than it may', () => {
    const { admit, size } = limitsOf({ maxPrincipals: 20 })
    const subject = 'x'.repeat(10_000)
    for (let number = 0; number < 500; number += 1) admit({ ...ALICE, subject: subject + number })()
    expect(size()).to.deep.equal({ running: 0, counted: 20 })
  })
})
