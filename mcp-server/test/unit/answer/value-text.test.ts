import { expect } from 'chai'
import { bytesText, countText, dateText, numberText } from '../../../src/answer/value-text.ts'

describe('values as text', () => {
  for (const [bytes, expected] of [
    [undefined, '-'],
    [0, '0 B'],
    [1023, '1023 B'],
    [1024, '1 KB'],
    [1_572_864, '1.5 MB'],
    [5 * 1024 ** 4, '5 TB'],
    [1024 ** 6, '1024 PB'],
  ] as const) {
    it(`writes ${bytes} bytes as ${expected}`, () => {
      expect(bytesText(bytes)).to.equal(expected)
    })
  }

  for (const [value, expected] of [
    [0, '0'],
    [1_234_567, '1234567'],
    [0.1 + 0.2, '0.3'],
    [123.456789, '123.457'],
    [1e-9, '1e-9'],
    [Number.NaN, '-'],
  ] as const) {
    it(`writes the number ${value} as ${expected}`, () => {
      expect(numberText(value)).to.equal(expected)
    })
  }

  it('writes times in UTC to the second', () => {
    expect(dateText(new Date('2026-01-02T03:04:05.678Z'))).to.equal('2026-01-02T03:04:05Z')
    expect(dateText(undefined)).to.equal('-')
    expect(dateText(Number.NaN)).to.equal('-')
  })

  it('separates thousands', () => {
    expect(countText(1_234_567)).to.equal('1,234,567')
  })
})
