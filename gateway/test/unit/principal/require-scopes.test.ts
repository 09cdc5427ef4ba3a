import { expect } from 'chai'
import { GatewayError } from '../../../src/errors.ts'
import { requireScopes } from '../../../src/principal/require-scopes.ts'
import { principal } from '../../support/principal.ts'

describe('requireScopes', () => {
  const attempt = (scopes: readonly string[], required: readonly string[]) => () =>
    requireScopes(principal({ scopes }), { preset: 'generic', scopes: required, audience: [] })

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

  const entra: ReadonlyArray<readonly [string, readonly string[], string]> = [
    ['api://11111111/cloudwatch.read', [], 'cloudwatch.read'],
    ['https://gw.example/mcp/cloudwatch.read', ['11111111'], 'cloudwatch.read'],
    ['api://11111111/cloudwatch/read', ['11111111'], 'cloudwatch/read'],
    ['api://11111111/cloudwatch/read', ['api://11111111'], 'cloudwatch/read'],
    ['cloudwatch/read', ['11111111'], 'cloudwatch/read'],
  ]
  for (const [required, audience, inToken] of entra) {
    it(`reads ${required} of Entra ID as ${inToken} where the audience is ${audience}`, () => {
      const provider = { preset: 'entra', scopes: [required], audience } as const
      expect(() => requireScopes(principal({ scopes: [inToken] }), provider)).to.not.throw()
      for (const other of ['api:', 'read', required]) {
        if (other === inToken) continue
        expect(() => requireScopes(principal({ scopes: [other] }), provider))
          .to.throw(GatewayError)
          .that.deep.includes({ reason: 'scope_missing', scopes: [required] })
      }
    })
  }

  it("asks nothing of Google's ID tokens, which carry no scopes", () => {
    const google = { preset: 'google', scopes: ['openid', 'email'], audience: [] } as const
    expect(() => requireScopes(principal(), google)).to.not.throw()
  })
})
