import { expect } from 'chai'
import { allOf, type Match, type Verdict, verdictOn } from '../../../src/role/match.ts'

describe('verdictOn', () => {
  const rows: ReadonlyArray<readonly [unknown, Match, Verdict]> = [
    [undefined, { is: 'a' }, 'no'],
    [null, { has: ['a'] }, 'no'],
    ['a', { is: 'a' }, 'yes'],
    ['A', { is: 'a' }, 'no'],
    [1, { is: 1 }, 'yes'],
    ['1', { is: 1 }, 'no'],
    [true, { is: true }, 'yes'],
    ['true', { is: true }, 'no'],
    [['a'], { is: 'a' }, 'undecidable'],
    [{ a: 1 }, { is: 'a' }, 'undecidable'],
    [['a', 'b'], { has: ['b'] }, 'yes'],
    [['a', 'b'], { has: ['a', 'b'] }, 'yes'],
    [['a'], { has: ['a', 'b'] }, 'no'],
    ['a', { has: ['a'] }, 'yes'],
    ['a b', { has: ['a'] }, 'no'],
    ['a,b', { has: ['a'] }, 'no'],
    [[], { has: ['a'] }, 'no'],
    [['a', 1], { has: ['a'] }, 'undecidable'],
    [[['a']], { has: ['a'] }, 'undecidable'],
    [{ a: true }, { has: ['a'] }, 'undecidable'],
    [7, { has: ['7'] }, 'undecidable'],
    ['b', { oneOf: ['a', 'b'] }, 'yes'],
    [['x', 'b'], { oneOf: ['a', 'b'] }, 'yes'],
    [['x'], { oneOf: ['a', 'b'] }, 'no'],
    ['team-a', { glob: 'team-*' }, 'yes'],
    [['x', 'team-a'], { glob: 'team-*' }, 'yes'],
    ['my-team-a', { glob: 'team-*' }, 'no'],
    [['team-a', 'lead'], { has: ['lead'], glob: 'team-*' }, 'yes'],
    [['team-a'], { has: ['lead'], glob: 'team-*' }, 'no'],
    ['anything', {}, 'yes'],
  ]
  for (const [value, match, verdict] of rows) {
    it(`says ${verdict} to ${JSON.stringify(value)} for ${JSON.stringify(match)}`, () => {
      expect(verdictOn(value, match)).to.equal(verdict)
    })
  }
})

describe('allOf', () => {
  it('lets a certain no decide, then what cannot be told', () => {
    expect(allOf('yes', 'undecidable', 'no')).to.equal('no')
    expect(allOf('yes', 'undecidable')).to.equal('undecidable')
    expect(allOf('yes', 'yes')).to.equal('yes')
    expect(allOf()).to.equal('yes')
  })
})
