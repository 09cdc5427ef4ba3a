import { expect } from 'chai'
import { createRateLimit } from '../../../src/limits/rate-limit.ts'

const START = Date.UTC(2026, 0, 1)

describe('createRateLimit', () => {
  /** A limit of 60 a minute, 3 at once, with a clock that the test sets. */
  const limited = (options = {}) => {
    let time = START
    const limit = createRateLimit({
      perMinute: 60,
      burst: 3,
      maxKeys: 1000,
      now: () => time,
      ...options,
    })
    const pass = (milliseconds: number) => {
      time += milliseconds
    }
    const takeAll = (count: number, key = 'a') =>
      Array.from({ length: count }, () => limit.take(key))
    return { limit, pass, takeAll }
  }

  it('gives the burst at once and then says how long to wait', () => {
    expect(limited().takeAll(5)).to.deep.equal([undefined, undefined, undefined, 1, 1])
  })

  it('gives one for each part of the minute that passes, and no more', () => {
    const { pass, takeAll } = limited()
    takeAll(3)
    pass(999)
    expect(takeAll(1)).to.deep.equal([1])
    pass(1)
    expect(takeAll(2)).to.deep.equal([undefined, 1])
    pass(2500)
    expect(takeAll(3)).to.deep.equal([undefined, undefined, 1])
  })

  it('lets nobody save up more than the burst', () => {
    const { pass, takeAll } = limited()
    takeAll(1)
    pass(24 * 3_600_000)
    expect(takeAll(4)).to.deep.equal([undefined, undefined, undefined, 1])
  })

  it('over an hour lets through the burst and sixty minutes of the rate', () => {
    const { pass, takeAll } = limited()
    let passed = 0
    for (let step = 0; step < 36_000; step += 1) {
      pass(100)
      passed += takeAll(1).filter((wait) => wait === undefined).length
    }
    expect(passed).to.equal(3600 + 2) // the first 100 ms find the bucket full
  })

  it('tells a slow rate in whole seconds', () => {
    const { pass, takeAll } = limited({ perMinute: 1, burst: 1 })
    expect(takeAll(2)).to.deep.equal([undefined, 60])
    pass(59_500)
    expect(takeAll(1)).to.deep.equal([1])
    pass(500)
    expect(takeAll(1)).to.deep.equal([undefined])
  })

  it('asking in vain costs nothing', () => {
    const { pass, takeAll } = limited()
    takeAll(1000)
    pass(1000)
    expect(takeAll(1)).to.deep.equal([undefined])
  })

  it('counts each key for itself', () => {
    const { takeAll } = limited()
    takeAll(4, 'a')
    expect(takeAll(3, 'b')).to.deep.equal([undefined, undefined, undefined])
  })

  it('takes back what did not count, up to the burst', () => {
    const { limit, takeAll } = limited()
    takeAll(3)
    limit.giveBack('a')
    expect(takeAll(2)).to.deep.equal([undefined, 1])
    for (let time = 0; time < 10; time += 1) limit.giveBack('a')
    expect(takeAll(4)).to.deep.equal([undefined, undefined, undefined, 1])
  })

  it('stands a clock that is set back', () => {
    const { pass, takeAll } = limited()
    takeAll(2)
    pass(-3_600_000)
    expect(takeAll(2)).to.deep.equal([undefined, 1])
    pass(1000)
    expect(takeAll(1)).to.deep.equal([undefined])
  })

  it('remembers no more keys than it may', () => {
    const { limit } = limited({ maxKeys: 50 })
    let most = 0
    for (let number = 0; number < 5000; number += 1) {
      limit.take(`key ${number}`)
      most = Math.max(most, limit.size())
    }
    expect(most).to.equal(50)
  })

  it('remembers nothing of a key whose bucket is full again', () => {
    const { limit } = limited()
    for (let number = 0; number < 100; number += 1) {
      limit.take(`key ${number}`)
      limit.giveBack(`key ${number}`)
    }
    expect(limit.size()).to.equal(0)
  })
})
