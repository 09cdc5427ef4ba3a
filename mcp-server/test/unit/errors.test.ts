import { expect } from 'chai'
import { answerTo, REASONS, ServerRefusal } from '../../src/errors.ts'

describe('the table of reasons', () => {
  it('gives each reason a client or server error and a text', () => {
    expect(REASONS.length).to.be.greaterThan(8)
    for (const [reason, { status, text }] of REASONS) {
      expect(status).to.be.within(400, 599)
      expect(text).to.match(/^\S.{10,}$/)
      expect(answerTo(reason)).to.deep.equal({ status, text })
    }
  })

  it('is what a refusal says', () => {
    const refusal = new ServerRefusal('credentials_expired', ['x-aws-credentials-expiration'])
    expect(refusal.message).to.equal(answerTo('credentials_expired').text)
    expect(refusal.headers).to.deep.equal(['x-aws-credentials-expiration'])
  })
})
