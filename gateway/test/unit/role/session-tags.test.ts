import { expect } from 'chai'
import { GatewayError } from '../../../src/errors.ts'
import { isTagTemplate, sessionTags } from '../../../src/role/session-tags.ts'
import { principal } from '../../support/principal.ts'

const TEAM = 'https://shop.example/team'

describe('sessionTags', () => {
  const tag = (template: string, claims: Record<string, unknown> = {}) =>
    sessionTags(principal({ claims }), { team: template })

  it('takes text, fields of the principal and claims of any name', () => {
    expect(tag('blue')).to.deep.equal([{ key: 'team', value: 'blue' }])
    expect(tag('$.issuer')).to.deep.equal([{ key: 'team', value: 'https://issuer.example' }])
    expect(tag(`$.claims['${TEAM}']`, { [TEAM]: 'blue' })[0]?.value).to.equal('blue')
    expect(tag("$.claims['/a/b']", { a: { b: 7 } })[0]?.value).to.equal('7')
    expect(tag("$.claims['teams']", { teams: ['only'] })[0]?.value).to.equal('only')
  })

  for (const [what, value] of [
    ['missing', undefined],
    ['a list of two', ['a', 'b']],
    ['an object', { a: 1 }],
    ['too long', 'x'.repeat(257)],
    ['a character that STS forbids', 'a|b'],
    ['a line break', 'a\nb'],
    ['true', true],
  ] as const) {
    it(`refuses where the claim is ${what}, and does not leave the tag out`, () => {
      expect(() => tag("$.claims['team']", { team: value }))
        .to.throw(GatewayError)
        .with.property('reason', 'rule_undecidable')
    })
  }

  for (const [template, accepted] of [
    ['blue', true],
    ['$.subject', true],
    ["$.claims['a']", true],
    ['$.password', false],
    ['$.claims.a', false],
    ["$.claims['a'] or 1", false],
    ['$', false],
    ['a|b', false],
  ] as const) {
    it(`${accepted ? 'understands' : 'does not understand'} ${template}`, () => {
      expect(isTagTemplate(template)).to.equal(accepted)
    })
  }
})
