import { expect } from 'chai'
import { indexCandidates } from '../../../src/tools/index-advice.ts'

const NOW = new Date('2026-01-31T00:00:00Z')
const query = (queryString: string, days = 0, bytesScanned = 0, logGroupName = '/a') => ({
  queryString,
  bytesScanned,
  logGroupName,
  createTime: NOW.getTime() - days * 86_400_000,
})

describe('indexCandidates', () => {
  it('puts first what is compared often, lately and over much data', () => {
    const [first, second, third, ...more] = indexCandidates(
      [
        query('filter often = 1', 0, 100),
        query('filter often = 2', 1, 100, '/b'),
        query('filter often > 2', 1, 900),
        query('filter seldom = 1', 0, 10),
        query('filter old = 1', 28, 10),
      ],
      NOW,
    )
    expect(more).to.deep.equal([])
    expect(first).to.deep.equal({
      field: 'often',
      score: 100,
      equalityQueries: 2,
      queries: 3,
      lastUsed: NOW,
      bytesScanned: 200,
      logGroups: 2,
    })
    expect([second?.field, third?.field]).to.deep.equal(['seldom', 'old'])
    expect(second?.score).to.be.greaterThan(third?.score ?? 100)
  })

  it('leaves out what an index would not help', () => {
    const history = [query('filter a > 1'), query('filter @message = "x"'), query('not a query (')]
    expect(indexCandidates(history, NOW)).to.deep.equal([])
    expect(indexCandidates([], NOW)).to.deep.equal([])
    expect(indexCandidates([{}], NOW)).to.deep.equal([])
  })
})
