import { expect } from 'chai'
import { addressBlock, canonicalAddress } from '../../../src/limits/address.ts'

describe('canonicalAddress', () => {
  const SPELLINGS: ReadonlyArray<readonly [string, string | undefined]> = [
    ['192.0.2.1', '192.0.2.1'],
    ['2001:DB8:0:0:0:0:0:1', '2001:db8::1'],
    ['2001:0db8::0001', '2001:db8::1'],
    ['::1', '::1'],
    ['::', '::'],
    ['::ffff:192.0.2.1', '192.0.2.1'],
    ['::FFFF:c000:201', '192.0.2.1'],
    ['0:0:0:0:0:ffff:192.0.2.1', '192.0.2.1'],
    ['64:ff9b::192.0.2.1', '64:ff9b::c000:201'],
    ['', undefined],
    ['localhost', undefined],
    ['192.0.2.256', undefined],
    ['192.0.2', undefined],
    ['192.0.2.01', undefined],
    ['3221225985', undefined],
    ['0xc0000201', undefined],
    ['192.0.2.1:80', undefined],
    ['[::1]', undefined],
    ['fe80::1%eth0', undefined],
    ['192.0.2.1, 192.0.2.2', undefined],
    [' 192.0.2.1', undefined],
  ]
  for (const [text, expected] of SPELLINGS) {
    it(`reads ${JSON.stringify(text)} as ${expected}`, () => {
      expect(canonicalAddress(text)).to.equal(expected)
    })
  }
})

describe('addressBlock', () => {
  const BLOCKS: ReadonlyArray<readonly [string, string]> = [
    ['192.0.2.1', '192.0.2.1'],
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
    ['2001:db8::1', '2001:db8:0:0::/64'],
    ['2001:db8:1::', '2001:db8:1:0::/64'],
    ['2001:db8:1:2::1', '2001:db8:1:2::/64'],
    ['1::3:4:5:6:7:8', '1:0:3:4::/64'],
    ['::1', '0:0:0:0::/64'],
    ['::', '0:0:0:0::/64'],
  ]
  for (const [address, block] of BLOCKS) {
    it(`of ${address} is ${block}`, () => {
      expect(addressBlock(address)).to.equal(block)
    })
  }
})
