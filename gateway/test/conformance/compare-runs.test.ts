import { expect } from 'chai'
import { compareRuns, tally } from './support/compare-runs.ts'
import type { Check } from './support/suite.ts'

const PASSED: Check = {
  id: 'a',
  status: 'SUCCESS',
  timestamp: '2026-11-24T20:01:06.556Z',
  details: { url: 'http://127.0.0.1:4001/mcp', session: '615db308-cb8e-4aae-83c2-e5546525634c' },
}
const FAILED: Check = { ...PASSED, id: 'b', status: 'FAILURE', errorMessage: 'no' }

const differences = (direct: readonly Check[], through: readonly Check[]) =>
  compareRuns(new Map([['one', direct]]), new Map([['one', through]]))[0]?.differences.length

describe('the comparison of two runs', () => {
  it('finds the same checks the same, failed ones too', () => {
    expect(differences([PASSED, FAILED], [PASSED, FAILED])).to.equal(0)
  })

  it('overlooks what is another thing in every run', () => {
    const later = {
      ...PASSED,
      timestamp: '2026-11-24T21:00:00.000Z',
      details: { url: 'http://127.0.0.1:9/mcp', session: '578c008e-52c4-4090-a227-5445175cd04f' },
    }
    expect(differences([PASSED], [later])).to.equal(0)
  })

  it('overlooks headers of the connection and no others', () => {
    const withHeaders = (headers: Record<string, string>) => [{ ...PASSED, details: { headers } }]
    const common = { 'content-type': 'text/event-stream', 'mcp-session-id': 's' }
    const own = { ...common, date: 'today', 'x-request-id': 'r', 'keep-alive': 'timeout=5' }
    expect(differences(withHeaders(common), withHeaders(own))).to.equal(0)
    const { 'mcp-session-id': _lost, ...rest } = own
    expect(differences(withHeaders(common), withHeaders(rest))).to.equal(1)
  })

  for (const [what, through] of [
    ['another status', [{ ...PASSED, status: 'WARNING' }]],
    ['other words', [{ ...PASSED, errorMessage: 'late' }]],
    ['other details', [{ ...PASSED, details: { messages: 4 } }]],
    ['a check that is missing', []],
    ['a check too many', [PASSED, FAILED]],
  ] as const) {
    it(`sees ${what}`, () => {
      expect(differences([PASSED], through)).to.equal(1)
    })
  }

  it('sees a scenario that ran on one side only', () => {
    const [compared] = compareRuns(new Map([['one', [PASSED]]]), new Map())
    expect(compared).to.deep.include({ direct: '1 passed', through: 'not run' })
    expect(compared?.differences).to.have.lengthOf(1)
  })

  it('counts checks by how they went', () => {
    const skipped = { ...PASSED, status: 'SKIPPED' }
    const info = { ...PASSED, status: 'INFO' }
    expect(tally([PASSED, PASSED, FAILED, skipped, info])).to.equal('2 passed, 1 failed, 1 skipped')
    expect(tally([info])).to.equal('0 passed')
  })
})
