import { expect } from 'chai'
import { answerTo, REASONS } from '../../../src/errors.ts'
import { challenge } from '../../../src/metadata/challenge.ts'

const URL_OF_METADATA = 'https://gw.example/.well-known/oauth-protected-resource/mcp'
const options = { metadataUrl: URL_OF_METADATA, scopes: ['cloudwatch/read'] }

describe('challenge', () => {
  it('is bare where no token was sent', () => {
    expect(challenge(answerTo('token_missing'), options)).to.equal(
      `Bearer resource_metadata="${URL_OF_METADATA}", scope="cloudwatch/read"`,
    )
  })

  it('says what is wrong with a token', () => {
    expect(challenge(answerTo('token_expired'), options)).to.equal(
      `Bearer error="invalid_token", error_description="the token has expired", resource_metadata="${URL_OF_METADATA}", scope="cloudwatch/read"`,
    )
  })

  it('asks for all scopes in one value, and for none where none are needed', () => {
    const answer = answerTo('scope_missing')
    expect(challenge(answer, { ...options, scopes: ['a', 'b/c'] })).to.match(/, scope="a b\/c"$/)
    expect(challenge(answer, { ...options, scopes: [] })).to.not.contain('scope="')
  })

  it('lets nothing break out of a value', () => {
    const evil = 'a", evil="1\\\r\nset-cookie: b=c\u0000ä🙂'
    const value = challenge({ error: 'invalid_token', text: evil }, options)
    expect(value).to.match(/^[\x20-\x7e]+$/)
    expect(value.split('"')).to.have.lengthOf(9)
  })

  it('is well formed for every reason (RFC 9110 §11.2)', () => {
    const parameter = '[a-z_]+="[\\x20-\\x21\\x23-\\x5b\\x5d-\\x7e]*"'
    const wellFormed = new RegExp(`^Bearer ${parameter}(, ${parameter})*$`)
    for (const [, answer] of REASONS) expect(challenge(answer, options)).to.match(wellFormed)
  })
})
