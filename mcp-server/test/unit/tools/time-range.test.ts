import { expect } from 'chai'
import { parseTime, rangeText, resolveRange } from '../../../src/tools/time-range.ts'
import { ToolProblem } from '../../../src/tools/tool-problem.ts'

const NOW = new Date('2026-03-10T12:00:00Z')

describe('parseTime', () => {
  for (const [written, expected] of [
    ['now', '2026-03-10T12:00:00Z'],
    ['NOW', '2026-03-10T12:00:00Z'],
    ['-1h', '2026-03-10T11:00:00Z'],
    ['now-30m', '2026-03-10T11:30:00Z'],
    ['now - 45s', '2026-03-10T11:59:15Z'],
    ['-2d', '2026-03-08T12:00:00Z'],
    ['-1w', '2026-03-03T12:00:00Z'],
    [' -1H ', '2026-03-10T11:00:00Z'],
    ['2026-03-09', '2026-03-09T00:00:00Z'],
    ['2026-03-09T10:30', '2026-03-09T10:30:00Z'],
    ['2026-03-09 10:30:15', '2026-03-09T10:30:15Z'],
    ['2026-03-09T10:30:15.500Z', '2026-03-09T10:30:15.500Z'],
    ['2026-03-09T10:30:15+02:00', '2026-03-09T08:30:15Z'],
    ['2026-03-09t10:30:15z', '2026-03-09T10:30:15Z'],
    ['1773144000', '2026-03-10T12:00:00Z'],
    ['1773144000000', '2026-03-10T12:00:00Z'],
  ] as const) {
    it(`reads "${written}" as ${expected}`, () => {
      expect(parseTime('start', written, NOW).getTime()).to.equal(Date.parse(expected))
    })
  }

  it('reads a time without an offset as UTC wherever the server runs', () => {
    const before = process.env.TZ
    process.env.TZ = 'Asia/Tokyo'
    try {
      expect(parseTime('start', '2026-03-09T10:30', NOW).toISOString()).to.equal(
        '2026-03-09T10:30:00.000Z',
      )
    } finally {
      if (before === undefined) delete process.env.TZ
      else process.env.TZ = before
    }
  })

  for (const written of [
    '',
    'yesterday',
    '1h',
    '+1h',
    'now+1h',
    '-1y',
    '-1.5h',
    '--1h',
    '12',
    '2026-13-01',
    '2026-02-30T99:00',
    '10:30',
    '03/09/2026',
    '9999999999999999',
    '[object Object]',
    'null',
  ]) {
    it(`refuses "${written}" and shows the forms that it knows`, () => {
      expect(() => parseTime('start', written, NOW)).to.throw(ToolProblem, /start .*ISO 8601/)
    })
  }
})

describe('resolveRange', () => {
  for (const [given, expected] of [
    [{}, '2026-03-10T11:00:00Z to 2026-03-10T12:00:00Z'],
    [{ start: '-3h' }, '2026-03-10T09:00:00Z to 2026-03-10T12:00:00Z'],
    [{ end: '-3h' }, '2026-03-10T08:00:00Z to 2026-03-10T09:00:00Z'],
    [{ start: '-3h', end: '-1h' }, '2026-03-10T09:00:00Z to 2026-03-10T11:00:00Z'],
  ] as const) {
    it(`gives ${expected} for ${JSON.stringify(given)}`, () => {
      expect(rangeText(resolveRange(given, NOW))).to.equal(expected)
    })
  }

  it('says of an end before the start, even at a start of now, which of the two is wrong', () => {
    const given = { start: 'now', end: '-1h' }
    expect(() => resolveRange(given, NOW)).to.throw(ToolProblem, /is not before end .* Swap them/)
  })

  for (const given of [
    { start: '-1h', end: '-1h' },
    { start: '-1h', end: '-2h' },
    { start: '2026-04-01' },
    { start: 'now' },
  ]) {
    it(`refuses ${JSON.stringify(given)}`, () => {
      expect(() => resolveRange(given, NOW)).to.throw(ToolProblem)
    })
  }
})
