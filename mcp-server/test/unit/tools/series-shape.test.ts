import { expect } from 'chai'
import { beyondText, shapeText } from '../../../src/tools/series-shape.ts'

const RANGE = {
  start: new Date('2026-01-01T00:00:00Z'),
  end: new Date('2026-01-01T00:24:00Z'),
}
const minute = (at: number) => RANGE.start.getTime() + at * 60_000
const series = (id: string, values: ReadonlyArray<number | undefined>) => ({
  id,
  label: id,
  points: values.flatMap((value, at) =>
    value === undefined ? [] : [[minute(at), value] as const],
  ),
  dropped: 0,
  status: 'Complete',
})

describe('shapeText', () => {
  it('draws the course of a series between its own lowest and highest point', () => {
    const values = Array.from({ length: 24 }, (_, at) => at % 8)
    expect(shapeText(series('m1', values), RANGE)).to.equal('▁▂▃▄▅▆▇█'.repeat(3))
  })

  it('keeps a short peak among many points', () => {
    const values = Array.from({ length: 240 }, (_, at) => (at === 125 ? 9 : 1))
    const points = values.map((value, at) => [minute(at / 10), value] as const)
    expect(shapeText({ points }, RANGE)).to.equal(`${'▁'.repeat(12)}█${'▁'.repeat(11)}`)
  })

  it('tells gaps from low values, and a flat line from none', () => {
    expect(shapeText(series('m1', [0, undefined, 4]), RANGE)).to.equal(`▁·█${'·'.repeat(21)}`)
    expect(shapeText(series('m1', [3, 3]), RANGE)).to.equal(`▅▅${'·'.repeat(22)}`)
    expect(shapeText(series('m1', []), RANGE)).to.equal('-')
  })
})

describe('beyondText', () => {
  it('counts the points beyond a line and says when', () => {
    const text = beyondText({ value: 5, label: 'ALARM > 5' }, [series('m1', [1, 6, 7, 5, 2])])
    expect(text).to.equal(
      'The line 5 (ALARM > 5): m1 is above it at 2 of 5 points, first 2026-01-01T00:01:00Z, last 2026-01-01T00:02:00Z.',
    )
  })

  it('looks below where the alarm does', () => {
    const text = beyondText({ value: 2, beyond: 'below' }, [series('m1', [1, 2, 3])])
    expect(text).to.include('m1 is below it at 1 of 3 points')
  })

  it('says so when no point is beyond', () => {
    expect(beyondText({ value: 5 }, [series('m1', [5])])).to.equal(
      'The line 5: no point is above it.',
    )
  })
})
