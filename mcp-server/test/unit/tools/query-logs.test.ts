import { expect } from 'chai'
import { costText } from '../../../src/tools/query-logs.ts'

describe('costText', () => {
  for (const [bytes, expected] of [
    [0, 'less than $0.01'],
    [1024 ** 3, 'less than $0.01'],
    [10 * 1024 ** 3, 'about $0.05'],
    [1024 ** 4, 'about $5.12'],
  ] as const) {
    it(`says ${expected} for ${bytes} bytes, with the price that it rests on`, () => {
      expect(costText(bytes)).to.equal(
        `${expected} at $0.005 per GB scanned (list price of us-east-1)`,
      )
    })
  }
})
