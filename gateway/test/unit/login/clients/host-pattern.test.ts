import { expect } from 'chai'
import { hostPatternProblem, matchesHost } from '../../../../src/login/clients/host-pattern.ts'

describe('matchesHost', () => {
  for (const [host, pattern, expected] of [
    ['example.com', 'example.com', true],
    ['a.example.com', '*.example.com', true],
    ['a.b.example.com', '*.example.com', true],
    ['example.com', '*.example.com', false],
    ['evilexample.com', '*.example.com', false],
    ['.example.com', '*.example.com', false],
    ['example.com.evil.test', '*.example.com', false],
    ['example.com.evil.test', 'example.com', false],
    ['a.example.com', 'example.com', false],
    ['a.example.com.', '*.example.com', false],
    ['axexample.com', '*.example.com', false],
    ['anything', '*', false],
    ['a.example.com', 'a.*.com', false],
  ] as const) {
    it(`says that ${pattern} ${expected ? 'covers' : 'does not cover'} ${host}`, () => {
      expect(matchesHost(host, pattern)).to.equal(expected)
    })
  }
})

describe('hostPatternProblem', () => {
  for (const pattern of ['example.com', '*.example.com', 'xn--bcher-kva.example', 'localhost']) {
    it(`takes ${pattern}`, () => expect(hostPatternProblem(pattern)).to.equal(undefined))
  }

  for (const pattern of [
    '',
    '*',
    '*.',
    '*example.com',
    'a.*.example.com',
    '*.*.example.com',
    'https://example.com',
    'example.com:443',
    'example.com/path',
    'Example.com',
    'example.com.',
    '.example.com',
    'bücher.example',
    '-a.example.com',
  ]) {
    it(`refuses ${JSON.stringify(pattern)}`, () => {
      expect(hostPatternProblem(pattern)).to.be.a('string')
    })
  }
})
