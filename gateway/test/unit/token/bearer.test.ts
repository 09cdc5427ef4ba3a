import { expect } from 'chai'
import { GatewayError } from '../../../src/errors.ts'
import { authorizationValues, extractBearer } from '../../../src/token/bearer.ts'

function outcomeOf(values: readonly string[]): string {
  try {
    return extractBearer(values)
  } catch (error) {
    return error instanceof GatewayError ? error.reason : 'another error'
  }
}

describe('extractBearer', () => {
  const longest = 'a'.repeat(16_384 - 'Bearer '.length)
  const table: ReadonlyArray<readonly [string, readonly string[], string]> = [
    ['no header', [], 'token_missing'],
    ['another scheme', ['Basic YTpi'], 'token_missing'],
    ['a scheme that only starts alike', ['BearerX abc'], 'token_missing'],
    ['an empty value', [''], 'token_missing'],
    ['a token', ['Bearer abc.def.ghi'], 'abc.def.ghi'],
    ['a token with padding', ['Bearer abc=='], 'abc=='],
    ['the scheme in lower case', ['bearer abc'], 'abc'],
    ['the scheme in capitals', ['BEARER abc'], 'abc'],
    ['the scheme alone', ['Bearer'], 'token_malformed'],
    ['the scheme and a space', ['Bearer '], 'token_malformed'],
    ['two spaces', ['Bearer  abc'], 'token_malformed'],
    ['a tab', ['Bearer\tabc'], 'token_malformed'],
    ['a space after', ['Bearer abc '], 'token_malformed'],
    ['two words', ['Bearer abc def'], 'token_malformed'],
    ['two tokens with a comma', ['Bearer abc, Bearer def'], 'token_malformed'],
    ['padding in the middle', ['Bearer a=b'], 'token_malformed'],
    ['quotes', ['Bearer "abc"'], 'token_malformed'],
    ['a line break', ['Bearer abc\n'], 'token_malformed'],
    ['letters beyond ASCII', ['Bearer äbc'], 'token_malformed'],
    ['two headers', ['Bearer abc', 'Bearer abc'], 'token_malformed'],
    ['two headers of which one is no Bearer', ['Basic abc', 'Bearer abc'], 'token_malformed'],
    ['the longest value', [`Bearer ${longest}`], longest],
    ['one character more', [`Bearer ${longest}a`], 'token_malformed'],
  ]
  for (const [what, values, outcome] of table) {
    it(`reads ${what} as ${outcome.length > 20 ? 'the token' : outcome}`, () => {
      expect(outcomeOf(values)).to.equal(outcome)
    })
  }

  it('reads a hostile value in no time', () => {
    const startedAt = performance.now()
    expect(outcomeOf([`Bearer ${'a='.repeat(500_000)}`])).to.equal('token_malformed')
    expect(performance.now() - startedAt).to.be.below(200)
  })
})

describe('authorizationValues', () => {
  it('finds every spelling of the name, in order', () => {
    const raw = ['Host', 'a', 'authorization', 'one', 'AUTHORIZATION', 'two', 'X', 'Authorization']
    expect(authorizationValues(raw)).to.deep.equal(['one', 'two'])
  })

  it('does not take a value for a name', () => {
    expect(authorizationValues(['X-A', 'authorization', 'X-B', 'b'])).to.deep.equal([])
  })
})
