import { expect } from 'chai'
import { GatewayError } from '../../../src/errors.ts'
import { requireScopes } from '../../../src/principal/require-scopes.ts'
import { principal } from '../../support/principal.ts'

describe('requireScopes', () => {
  const attempt = (scopes: readonly string[], required: readonly string[]) => () =>
    requireScopes(principal({ scopes }), { preset: 'generic', scopes: required })

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

  it("compares the last part of Entra ID's full scope names", () => {
    const entra = { preset: 'entra', scopes: ['api://11111111/cloudwatch.read'] } as const
    expect(() => requireScopes(principal({ scopes: ['cloudwatch.read'] }), entra)).to.not.throw()
    expect(() => requireScopes(principal({ scopes: ['api:'] }), entra))
      .to.throw(GatewayError)
      .that.deep.includes({ reason: 'scope_missing', scopes: entra.scopes })
  })

  it("asks nothing of Google's ID tokens, which carry no scopes", () => {
    const google = { preset: 'google', scopes: ['openid', 'email'] } as const
    expect(() => requireScopes(principal(), google)).to.not.throw()
  })
})
