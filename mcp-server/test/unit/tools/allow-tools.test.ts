import { expect } from 'chai'
import { allowTools, matchesGlob } from '../../../src/tools/allow-tools.ts'
import { TOOLS } from '../../../src/tools/catalog.ts'

describe('matchesGlob', () => {
  for (const [name, glob, expected] of [
    ['list_alarms', '*', true],
    ['list_alarms', 'list_alarms', true],
    ['list_alarms', 'list_*', true],
    ['list_alarms', '*_alarms', true],
    ['list_alarms', 'l*t_*a*s', true],
    ['list_alarms', '**', true],
    ['list_alarms', 'list_alarms*', true],
    ['list_alarms', 'list', false],
    ['list_alarms', 'List_*', false],
    ['list_alarms', '*_groups', false],
    ['list_alarms', '', false],
    ['list_alarms', 'list_alarms*s', false],
    ['aba', 'ab*ba', false],
    ['abba', 'ab*ba', true],
    ['list.alarms', 'list_alarms', false],
    ['listXalarms', 'list.alarms', false],
  ] as const) {
    it(`says ${expected} for ${name} and "${glob}"`, () => {
      expect(matchesGlob(name, glob)).to.equal(expected)
    })
  }

  it('takes no long time for a glob made to be slow', () => {
    const started = Date.now()
    expect(matchesGlob('a'.repeat(100_000), `${'*a'.repeat(50)}*b`)).to.equal(false)
    expect(Date.now() - started).to.be.lessThan(500)
  })
})

describe('allowTools', () => {
  it('keeps the order of the catalogue and repeats nothing', () => {
    const names = allowTools(TOOLS, ['list_alarms', '*_log*', '*']).map(({ name }) => name)
    expect(names).to.deep.equal(TOOLS.map(({ name }) => name))
  })
})
