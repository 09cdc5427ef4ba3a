import { expect } from 'chai'
import { traceparentFor, withoutForeignState } from '../../../src/http/traceparent.ts'

const VALID = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01'

describe('traceparentFor', () => {
  it('keeps a valid one', () => {
    expect(traceparentFor(VALID)).to.equal(VALID)
  })

  for (const received of [
    undefined,
    '',
    'hello',
    VALID.toUpperCase(),
    `${VALID}-more`,
    `${VALID}, ${VALID}`,
    ` ${VALID}`,
    VALID.replace('00-', 'ff-'),
    '00-00000000000000000000000000000000-b7ad6b7169203331-01',
    '00-0af7651916cd43dd8448eb211c80319c-0000000000000000-01',
    [VALID],
  ]) {
    it(`starts a new trace for ${JSON.stringify(received)}`, () => {
      const made = traceparentFor(received)
      expect(made).to.match(/^00-[0-9a-f]{32}-[0-9a-f]{16}-01$/)
      expect(made).to.not.equal(traceparentFor(received))
    })
  }
})

describe('withoutForeignState', () => {
  it('keeps the state of the trace that goes on', () => {
    const headers = { traceparent: VALID, tracestate: 'a=b' }
    expect(withoutForeignState(headers, VALID)).to.deep.equal(headers)
  })

  it('drops a state that belongs to another trace, and nothing else', () => {
    const headers = { traceparent: 'hello', tracestate: 'a=b', accept: 'c' }
    const kept = withoutForeignState(headers, VALID)
    expect(kept.tracestate).to.equal(undefined)
    expect(kept.accept).to.equal('c')
  })
})
