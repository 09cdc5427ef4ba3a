import { expect } from 'chai'
import { readableLine } from '../../src/readable-line.ts'

const SIGN_IN = {
  kind: 'sign_in',
  time: '2026-11-24T10:20:30.000Z',
  event: 'consent_allowed',
  reason: null,
  client_name: 'mcp-remote',
  issuer: 'http://localhost:9000/generic',
}

describe('readableLine', () => {
  const read = (record: object) => readableLine('gateway', JSON.stringify(record))

  it('tells of a sign-in which client asked, what happened and where', () => {
    expect(read(SIGN_IN)).to.equal(
      '10:20:30  mcp-remote: consent allowed at http://localhost:9000/generic',
    )
  })

  it('tells why a sign-in was refused, also where nobody knows whose it is', () => {
    const refused = { event: 'refused', reason: 'other_browser', client_name: null, issuer: null }
    expect(read({ ...SIGN_IN, ...refused })).to.equal('10:20:30  a client: refused (other_browser)')
  })
})
