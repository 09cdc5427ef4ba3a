import { expect } from 'chai'
import { GatewayError, REASONS } from '../../src/errors.ts'

describe('the table of reasons', () => {
  for (const [reason, answer] of REASONS) {
    it(`gives ${reason} a fitting answer`, () => {
      expect(answer.status).to.be.within(400, 599)
      expect(answer.text).to.match(/^[\x20-\x7e]{5,120}$/)
      // RFC 6750 §3.1.
      const status = { invalid_request: 400, invalid_token: 401, insufficient_scope: 403 }
      if (answer.error !== undefined) expect(answer.status).to.equal(status[answer.error])
      // RFC 9110 §15.6.4, RFC 6585 §4: a client that is told to wait is told how long.
      const waits = answer.status === 503 || answer.status === 429
      expect(answer.retryAfterSeconds !== undefined).to.equal(waits)
    })
  }

  it('speaks through errors that say no more than the table', () => {
    const error = new GatewayError('sts_unavailable', { cause: new Error('secret') })
    expect(error.message).to.equal('credentials cannot be issued right now')
    expect(error.message).to.not.contain('secret')
  })
})
