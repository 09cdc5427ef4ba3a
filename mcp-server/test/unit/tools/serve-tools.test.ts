import { expect } from 'chai'
import { hasMoreThan } from '../../../src/tools/serve-tools.ts'

describe('hasMoreThan', () => {
  for (const [value, count] of [
    [undefined, 0],
    ['text', 0],
    [{}, 0],
    [{ a: 1, b: [1, 2, { c: null }] }, 6],
    [Array.from({ length: 50 }, () => [1]), 100],
  ] as const) {
    it(`counts ${count} elements in ${JSON.stringify(value)?.slice(0, 40) ?? 'nothing'}`, () => {
      expect(hasMoreThan(value, count)).to.equal(false)
      if (count > 0) expect(hasMoreThan(value, count - 1)).to.equal(true)
    })
  }
})
