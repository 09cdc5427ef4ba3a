import { expect } from 'chai'
import fc from 'fast-check'
import { GatewayError } from '../../src/errors.ts'
import { authorizationValues, extractBearer } from '../../src/token/bearer.ts'
import { anyCase, check, describeFuzz, headerText } from './check.ts'

const attempt = (values: readonly string[]) => {
  try {
    return { token: extractBearer(values) }
  } catch (error) {
    if (!(error instanceof GatewayError)) throw error
    return { reason: error.reason }
  }
}

describeFuzz('any Authorization header', () => {
  const credentials = fc
    .tuple(
      fc.oneof(anyCase('bearer'), anyCase('basic'), headerText),
      fc.oneof(fc.constantFrom(' ', '  ', '\t', '', ' \t', '\xa0'), headerText),
      fc.oneof(fc.stringMatching(/^[\w.~+/-]{1,60}={0,2}$/), headerText),
      fc.constantFrom('', ' ', ',', ' x', '=', '\0'),
    )
    .map((pieces) => pieces.join(''))

  it('is one token, spelled as it came, or a refusal that says which', () => {
    check(
      fc.property(fc.oneof(credentials, headerText, fc.string({ unit: 'binary' })), (value) => {
        const { token, reason } = attempt([value])
        if (token === undefined) {
          const isBearer = /^bearer(\s|$)/i.test(value)
          expect(reason).to.equal(isBearer ? 'token_malformed' : 'token_missing')
          return
        }
        expect(token).to.match(/^[A-Za-z0-9\-._~+/]+=*$/)
        expect(value.toLowerCase()).to.equal(`bearer ${token.toLowerCase()}`)
        expect(value.endsWith(token)).to.equal(true)
      }),
    )
  })

  it('beside another is refused, whatever the two say', () => {
    check(
      fc.property(fc.array(credentials, { minLength: 2, maxLength: 5 }), (values) => {
        expect(attempt(values)).to.deep.equal({ reason: 'token_malformed' })
      }),
    )
  })

  it('is found under every spelling of its name and under no other', () => {
    const name = fc.oneof(
      anyCase('authorization'),
      headerText,
      fc.constantFrom('proxy-authorization', 'authorization ', 'authorization_', '__proto__'),
    )
    check(
      fc.property(fc.array(fc.tuple(name, headerText), { maxLength: 8 }), (headers) => {
        const expected = headers
          .filter(([key]) => key.toLowerCase() === 'authorization')
          .map(([, value]) => value)
        expect(authorizationValues(headers.flat())).to.deep.equal(expected)
      }),
    )
  })
})
