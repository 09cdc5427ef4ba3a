import { expect } from 'chai'
import { matchesGlob } from '../../../src/role/glob.ts'

describe('matchesGlob', () => {
  for (const [text, glob, expected] of [
    ['admin', 'admin', true],
    ['admin-readonly', 'admin', false],
    ['xadmin', 'admin', false],
    ['team-catalog', 'team-*', true],
    ['team-', 'team-*', true],
    ['my-team-x', 'team-*', false],
    ['a/b/c', 'a/*/c', true],
    ['abc', 'a?c', true],
    ['ac', 'a?c', false],
    ['abcbc', 'a*bc', true],
    ['', '', true],
    ['', '*', true],
    ['a', '', false],
    ['a.b', 'a.b', true],
    ['axb', 'a.b', false],
    ['a+b', 'a+b', true],
    ['(a|b)', '(a|b)', true],
    ['A', 'a', false],
    ['*', '\\*', false],
    ['two\nlines', 'two*', true],
  ] as const) {
    it(`${expected ? 'covers' : 'does not cover'} ${JSON.stringify(text)} by ${JSON.stringify(glob)}`, () => {
      expect(matchesGlob(text, glob)).to.equal(expected)
    })
  }

  it('does not run away with many stars and a long text', () => {
    expect(matchesGlob(`${'a'.repeat(20_000)}b`, `${'*a'.repeat(30)}*c`)).to.equal(false)
  })
})
