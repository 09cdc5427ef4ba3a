import { expect } from 'chai'
import { statisticOf } from '../../../src/tools/metric-statistic.ts'
import { ToolProblem } from '../../../src/tools/tool-problem.ts'

describe('statisticOf', () => {
  for (const [asked, expected] of [
    [undefined, 'Average'],
    ['avg', 'Average'],
    ['SUM', 'Sum'],
    ['sampleCount', 'SampleCount'],
    ['iqm', 'IQM'],
    ['P99', 'p99'],
    ['p99.95', 'p99.95'],
    ['p100', 'p100'],
    ['TM90', 'tm90'],
    ['tm(10%:90%)', 'TM(10%:90%)'],
    ['PR(:300)', 'PR(:300)'],
  ] as const) {
    it(`reads ${asked} as ${expected}`, () => {
      expect(statisticOf('query m1', asked)).to.equal(expected)
    })
  }

  for (const asked of ['median', 'p101', 'p', 'TM(:)', 'p99; drop', '']) {
    it(`refuses "${asked}" in words`, () => {
      expect(() => statisticOf('query m1', asked)).to.throw(ToolProblem, /query m1 is not known/)
    })
  }
})
