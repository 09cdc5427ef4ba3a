import { expect } from 'chai'
import { createRecentEntries } from '../../../src/limits/recent-entries.ts'

describe('createRecentEntries', () => {
  it('never holds more than it may, whatever comes', () => {
    const entries = createRecentEntries<number>(100)
    let most = 0
    for (let number = 0; number < 10_000; number += 1) {
      entries.set(`key ${number}`, number)
      most = Math.max(most, entries.size())
    }
    expect(most).to.equal(100)
    expect(entries.get('key 9900')).to.equal(9900)
    expect(entries.get('key 9899')).to.equal(undefined)
  })

  it('forgets first what was set longest ago', () => {
    const entries = createRecentEntries<number>(2)
    entries.set('a', 1)
    entries.set('b', 1)
    entries.set('a', 2)
    entries.set('c', 1)
    expect([entries.get('a'), entries.get('b'), entries.get('c')]).to.deep.equal([2, undefined, 1])
  })

  for (const key of ['__proto__', 'constructor', '']) {
    it(`takes ${JSON.stringify(key)} for a key like any other`, () => {
      const entries = createRecentEntries<number>(2)
      expect(entries.get(key)).to.equal(undefined)
      entries.set(key, 1)
      expect(entries.get(key)).to.equal(1)
      entries.delete(key)
      expect([entries.get(key), entries.size()]).to.deep.equal([undefined, 0])
    })
  }
})
