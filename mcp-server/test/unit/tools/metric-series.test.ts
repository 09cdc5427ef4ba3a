import { expect } from 'chai'
import {
  joinSeries,
  SUMMARY_COLUMNS,
  summarize,
  trendOf,
  valuesText,
} from '../../../src/tools/metric-series.ts'

const START = Date.parse('2026-01-01T00:00:00Z')
const at = (minute: number) => new Date(START + minute * 60_000)

describe('joinSeries', () => {
  it('joins pages by id and label and puts the oldest point first', () => {
    const series = joinSeries([
      {
        Id: 'a',
        Label: 'x',
        Timestamps: [at(2), at(1)],
        Values: [2, 1],
        StatusCode: 'PartialData',
      },
      { Id: 'a', Label: 'y', Timestamps: [at(1)], Values: [9], StatusCode: 'Complete' },
      { Id: 'a', Label: 'x', Timestamps: [at(0)], Values: [0], StatusCode: 'Complete' },
    ])
    expect(
      series.map(({ label, points, status }) => [label, points.map(([, value]) => value), status]),
    ).to.deep.equal([
      ['x', [0, 1, 2], 'Complete'],
      ['y', [9], 'Complete'],
    ])
  })

  it('drops a time without a value', () => {
    expect(
      joinSeries([{ Id: 'a', Timestamps: [at(0), at(1)], Values: [1] }])[0]?.points,
    ).to.have.length(1)
  })
})

describe('summarize', () => {
  it('has a cell for every column, with and without points', () => {
    const full = {
      id: 'a',
      label: 'x',
      points: [[START, 1] as const],
      dropped: 0,
      status: 'Complete',
    }
    expect(summarize(full)).to.have.length(SUMMARY_COLUMNS.length)
    expect(summarize({ ...full, points: [] })).to.have.length(SUMMARY_COLUMNS.length)
  })

  it('holds for two hundred thousand points', () => {
    const points = Array.from({ length: 200_000 }, (_, step) => [START + step, step] as const)
    expect(
      summarize({ id: 'a', label: 'x', points, dropped: 0, status: 'Complete' }).slice(2, 5),
    ).to.deep.equal(['200000', '0', '199999'])
  })
})

describe('trendOf', () => {
  for (const [values, expected] of [
    [[1, 2, 3, 4, 5, 6], 'rising (peaks 2 to 6)'],
    [[6, 5, 4, 3, 2, 1], 'falling (peaks 6 to 2)'],
    [[5, 1, 1, 1, 1, 5], 'steady (peaks 5 to 5)'],
    [[-1, -1, -1, -1, -9, -9], 'falling (peaks -1 to -9)'],
    [[0, 0, 0, 0, 0, 0], 'steady (peaks 0 to 0)'],
    [[1, 2, 3], '-'],
    [[], '-'],
  ] as const) {
    it(`says "${expected}" of ${values.join(' ')}`, () => {
      expect(trendOf(values)).to.equal(expected)
    })
  }
})

describe('valuesText', () => {
  const series = (minutes: readonly number[]) => ({
    id: 'a',
    label: 'x',
    points: minutes.map((minute) => [START + minute * 60_000, minute] as const),
    dropped: 0,
    status: 'Complete',
  })

  it('leaves a dash where a period has no point', () => {
    expect(valuesText(series([0, 1, 4]), 60)).to.equal('0,1,-,-,4')
  })

  it('is a dash for no points', () => {
    expect(valuesText(series([]), 60)).to.equal('-')
  })
})
