import { expect } from 'chai'
import { choosePeriod, finestPeriod } from '../../../src/tools/metric-period.ts'
import { ToolProblem } from '../../../src/tools/tool-problem.ts'

const NOW = new Date('2026-03-10T12:00:00Z')
const HOUR = 3_600
const DAY = 24 * HOUR
const ago = (seconds: number) => new Date(NOW.getTime() - seconds * 1_000)
const range = (from: number, to = 0) => ({ start: ago(from), end: ago(to) })

describe('finestPeriod', () => {
  for (const [age, seconds] of [
    [HOUR, 60],
    [15 * DAY, 60],
    [15 * DAY + 1, 300],
    [63 * DAY, 300],
    [63 * DAY + 1, 3_600],
  ] as const) {
    it(`is ${seconds} s for a start ${age} s ago`, () => {
      expect(finestPeriod(ago(age), NOW)).to.equal(seconds)
    })
  }
})

describe('choosePeriod', () => {
  for (const [title, given, seconds] of [
    ['an hour', range(HOUR), 60],
    ['a day', range(DAY), 900],
    ['a week', range(7 * DAY), 21_600],
    ['a month', range(30 * DAY), 21_600],
    ['an hour 20 days ago', range(20 * DAY, 20 * DAY - HOUR), 300],
    ['an hour 100 days ago', range(100 * DAY, 100 * DAY - HOUR), 3_600],
    ['a year', range(365 * DAY), DAY],
  ] as const) {
    it(`takes ${seconds} s for ${title}`, () => {
      expect(choosePeriod(undefined, given, NOW)).to.deep.equal({ seconds })
    })
  }

  for (const [title, asked, given, seconds, told] of [
    ['what AWS has', 300, range(HOUR), 300, false],
    ['a fine period of the last hours', 10, range(HOUR), 10, false],
    ['a fine period of yesterday', 10, range(DAY), 60, true],
    ['a period between the steps', 90, range(HOUR), 120, true],
    ['a second that no metric has', 7, range(HOUR), 60, true],
    ['a period that is no longer kept', 60, range(20 * DAY, 19 * DAY), 300, true],
    ['a period between the kept steps', 420, range(20 * DAY, 19 * DAY), 600, true],
    ['minutes of last year', 300, range(200 * DAY, 199 * DAY), 3_600, true],
  ] as const) {
    it(`gives ${seconds} s for ${title}, and ${told ? 'says so' : 'says nothing'}`, () => {
      const period = choosePeriod(asked, given, NOW)
      expect(period.seconds).to.equal(seconds)
      expect(period.note !== undefined).to.equal(told)
    })
  }

  it('refuses more points than anyone can use', () => {
    expect(() => choosePeriod(1, range(3 * HOUR), NOW)).to.throw(ToolProblem, /more than 10000/)
  })
})
