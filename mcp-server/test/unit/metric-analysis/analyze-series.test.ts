import { expect } from 'chai'
import { analyzeSeries } from '../../../src/metric-analysis/analyze-series.ts'
import { describeValues, winsorize } from '../../../src/metric-analysis/describe-values.ts'
import { findTrend } from '../../../src/metric-analysis/find-trend.ts'
import { publishingOf, toGrid } from '../../../src/metric-analysis/regular-series.ts'

const START = Date.parse('2026-01-05T00:00:00Z')
const DAYS = 14

/** Uniform noise between -1 and 1 that is the same in every run (a linear congruential generator). */
function noise(seed: number): () => number {
  let state = seed
  return () => {
    state = (state * 1_664_525 + 1_013_904_223) % 4_294_967_296
    return (state / 4_294_967_296) * 2 - 1
  }
}

/** Fourteen days of `value(seconds since the start)`, one point per period. */
function series(periodSeconds: number, value: (seconds: number) => number | undefined) {
  const points: Array<readonly [number, number]> = []
  for (let seconds = 0; seconds < DAYS * 86_400; seconds += periodSeconds) {
    const at = value(seconds)
    if (at !== undefined) points.push([START + seconds * 1_000, at])
  }
  return points
}
const wave = (seconds: number, length: number) => Math.sin((2 * Math.PI * seconds) / length)

describe('analyzeSeries', () => {
  for (const seconds of [900, 3_600, 21_600, 86_400]) {
    it(`finds a cycle of ${seconds} s under noise`, () => {
      const random = noise(seconds)
      const found = analyzeSeries(series(60, (at) => 100 + 10 * wave(at, seconds) + 5 * random()))
      expect(found?.season?.seconds).to.equal(seconds)
      expect(found?.season?.strength).to.be.within(0.6, 1)
      expect(found?.trend?.direction).to.equal('none')
    })
  }

  it('tells a week with quiet days from a day that repeats', () => {
    const random = noise(7)
    const weekend = (at: number) => Math.floor(at / 86_400) % 7 >= 5
    const week = series(300, (at) => (weekend(at) ? 10 : 100 + 50 * wave(at, 86_400)) + random())
    expect(analyzeSeries(week)?.season?.seconds).to.equal(604_800)
    const day = series(300, (at) => 100 + 50 * wave(at, 86_400) + random())
    expect(analyzeSeries(day)?.season?.seconds).to.equal(86_400)
  })

  it('finds no cycle in noise, in a wandering, in a step and in a constant', () => {
    for (const seed of [1, 2, 3, 4, 5]) {
      const random = noise(seed)
      expect(analyzeSeries(series(300, () => random()))?.season, `noise ${seed}`).to.equal(
        undefined,
      )
      let level = 0
      const walk = series(300, () => {
        level += random()
        return level
      })
      expect(analyzeSeries(walk)?.season, `walk ${seed}`).to.equal(undefined)
    }
    const step = series(60, (at) => (at < 7 * 86_400 ? 1 : 2))
    expect(analyzeSeries(step)?.season).to.equal(undefined)
    expect(analyzeSeries(series(60, () => 5))?.season).to.equal(undefined)
  })

  it('is not led astray by a few outliers', () => {
    const random = noise(11)
    const points = series(300, (at) =>
      at % 604_800 === 12_300 ? 1e6 : 100 + 20 * wave(at, 86_400) + random(),
    )
    expect(analyzeSeries(points)?.season?.seconds).to.equal(86_400)
  })

  it('sees a trend through a cycle, with its size', () => {
    const random = noise(3)
    const up = analyzeSeries(
      series(300, (at) => 50 + (at / 86_400) * 2 + 20 * wave(at, 86_400) + 3 * random()),
    )
    expect(up?.trend?.direction).to.equal('rising')
    expect(up?.trend?.change).to.be.closeTo(28, 2)
    expect(up?.season?.seconds).to.equal(86_400)
    const down = analyzeSeries(series(300, (at) => 50 - (at / 86_400) * 2 + 3 * random()))
    expect(down?.trend?.direction).to.equal('falling')
    expect(down?.season).to.equal(undefined)
  })

  it('finds no trend in most wanderings, though each drifts somewhere', () => {
    let trends = 0
    for (let seed = 1; seed <= 40; seed += 1) {
      const random = noise(seed)
      let level = 0
      const walk = Array.from({ length: 2_000 }, () => {
        level = 0.98 * level + random()
        return level
      })
      if (findTrend(walk).direction !== 'none') trends += 1
    }
    expect(trends).to.be.at.most(6)
  })

  it('says nothing of cycle and trend where more than half of the points are missing', () => {
    const random = noise(5)
    const sparse = analyzeSeries(series(60, (at) => (random() < 0.4 ? undefined : wave(at, 3_600))))
    expect(sparse?.publishing.density).to.be.within(0.2, 0.4)
    expect(sparse?.season).to.equal(undefined)
    expect(sparse?.trend).to.equal(undefined)
    const gaps = analyzeSeries(series(60, (at) => (random() < -0.5 ? undefined : wave(at, 3_600))))
    expect(gaps?.season?.seconds).to.equal(3_600)
  })

  it('has figures but no opinion for a single point, and nothing for none', () => {
    const one = analyzeSeries([[START, 7]])
    expect(one?.values).to.deep.include({ count: 1, min: 7, max: 7, median: 7 })
    expect(one?.publishing.periodSeconds).to.equal(undefined)
    expect(one?.trend).to.equal(undefined)
    expect(analyzeSeries([])).to.equal(undefined)
  })

  it('takes fourteen days of minutes in well under a second', () => {
    const random = noise(9)
    const points = series(60, (at) => 100 + wave(at, 86_400) + random())
    expect(points).to.have.length(20_160)
    const started = process.cpuUsage()
    analyzeSeries(points)
    expect(process.cpuUsage(started).user / 1_000).to.be.below(500)
  })
})

describe('publishingOf', () => {
  for (const [title, gaps, expected] of [
    ['a minute', [60, 60, 60], { periodSeconds: 60, density: 1, longestGapSeconds: 60 }],
    [
      'five minutes with a hole',
      [300, 300, 900],
      { periodSeconds: 300, density: 4 / 6, longestGapSeconds: 900 },
    ],
    [
      'an unsteady hour',
      [3_500, 3_500, 3_700],
      { periodSeconds: 3_600, density: 1, longestGapSeconds: 3_700 },
    ],
    ['no usual period', [77, 77, 77], { periodSeconds: 77, density: 1, longestGapSeconds: 77 }],
    ['a point', [], { periodSeconds: undefined, density: 1, longestGapSeconds: 0 }],
  ] as const) {
    it(`knows ${title}`, () => {
      let time = START
      const points = [0, ...gaps].map((gap) => {
        time += gap * 1_000
        return [time, 1] as const
      })
      expect(publishingOf(points)).to.deep.equal(expected)
    })
  }
})

describe('the arithmetic of a series', () => {
  it('fills what is missing on the line between its neighbours', () => {
    const minute = (at: number, value: number) => [START + at * 60_000, value] as const
    expect(toGrid([minute(0, 1), minute(1, 2), minute(4, 8), minute(5, 0)], 60)).to.deep.equal([
      1, 2, 4, 6, 8, 0,
    ])
    expect(toGrid([], 60)).to.deep.equal([])
  })

  it('describes values', () => {
    const { p95, p99, ...rest } = describeValues([0, 4, 4, 4, 5, 5, 7, 11]) ?? {}
    expect(p95).to.be.closeTo(9.6, 1e-9)
    expect(p99).to.be.closeTo(10.72, 1e-9)
    expect(rest).to.deep.equal({
      count: 8,
      min: 0,
      max: 11,
      mean: 5,
      median: 4.5,
      standardDeviation: Math.sqrt(68 / 8),
      variation: Math.sqrt(68 / 8) / 5,
      zeros: 1,
    })
    expect(describeValues([0, 0])?.variation).to.equal(undefined)
  })

  it('pulls outliers in', () => {
    const values = Array.from({ length: 101 }, (_, at) => at)
    expect(winsorize([...values.slice(0, 100), 1_000], 0.01)).to.satisfy(
      (pulled: number[]) => Math.max(...pulled) < 110 && pulled[50] === 50,
    )
  })

  it('knows a perfect line, a constant and too few values', () => {
    expect(findTrend(Array.from({ length: 50 }, (_, at) => 3 * at)).direction).to.equal('rising')
    expect(findTrend(Array.from({ length: 50 }, () => 3)).direction).to.equal('none')
    expect(findTrend([1, 2, 3]).direction).to.equal('none')
  })
})
