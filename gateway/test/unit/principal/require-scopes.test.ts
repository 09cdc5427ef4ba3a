import { expect } from 'chai'
import { GatewayError } from '../../../src/errors.ts'
import { requireScopes } from '../../../src/principal/require-scopes.ts'
import { principal } from '../../support/principal.ts'

describe('requireScopes', () => {
  const attempt = (scopes: readonly string[], required: readonly string[]) => () =>
    requireScopes(principal({ scopes }), required)

  it('accepts a principal with all of them', () => {
    expect(attempt(['c', 'b', 'a'], ['a', 'b'])).to.not.throw()
    expect(attempt([], [])).to.not.throw()
  })

  for (const scopes of [[], ['a'], ['A', 'B'], ['a b'], ['a', 'b/c']]) {
    it(`refuses ${JSON.stringify(scopes)} and names all that are needed`, () => {
      expect(attempt(scopes, ['a', 'b']))
        .to.throw(GatewayError)
        .that.deep.includes({ reason: 'scope_missing', scopes: ['a', 'b'] })
    })
  }
})
