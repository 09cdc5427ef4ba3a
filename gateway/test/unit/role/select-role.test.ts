import { expect } from 'chai'
import { GatewayError } from '../../../src/errors.ts'
import type { Principal } from '../../../src/principal/principal.ts'
import type { Conditions, Rule } from '../../../src/role/rule.ts'
import { selectRole } from '../../../src/role/select-role.ts'
import { SESSION_POLICIES } from '../../../src/role/session-policy.ts'
import { principal } from '../../support/principal.ts'

const DEFAULT = { name: 'default', region: 'us-east-1' }
const PROD = { name: 'prod', region: 'eu-west-1' }

const rule = (name: string, when: Conditions, over: Partial<Rule> = {}): Rule => ({
  name,
  when,
  targets: ['default'],
  role: `arn:aws:iam::111122223333:role/${name}`,
  sessionSeconds: 3600,
  policy: 'cloudwatch-read',
  tools: ['*'],
  ...over,
})

function outcomeOf(who: Principal, rules: readonly Rule[], target = DEFAULT): string {
  try {
    return selectRole(who, target, rules).rule
  } catch (error) {
    if (error instanceof GatewayError) return error.reason
    throw error
  }
}

describe('selectRole', () => {
  it('gives what the rule says, at the target that was asked for', () => {
    const rules = [
      rule(
        'sre',
        { groups: { has: ['sre'] } },
        {
          targets: ['default', 'prod'],
          sessionSeconds: 900,
          policy: 'none',
          tools: ['get_*'],
        },
      ),
    ]
    const binding = selectRole(principal({ groups: ['sre'] }), PROD, rules)
    expect(binding).to.deep.include({
      rule: 'sre',
      roleArn: 'arn:aws:iam::111122223333:role/sre',
      sessionSeconds: 900,
      policy: undefined,
      tools: ['get_*'],
      target: 'prod',
      region: 'eu-west-1',
    })
    expect(binding.sessionName).to.match(/^alice-[0-9a-f]{12}$/)
  })

  it('bounds the session by the policy of the rule', () => {
    const binding = selectRole(principal(), DEFAULT, [rule('a', {})])
    expect(binding.policy).to.equal(SESSION_POLICIES['cloudwatch-read'])
  })

  it('takes the first rule that matches, in configuration order', () => {
    const rules = [
      rule('none', { groups: { has: ['admins'] } }),
      rule('oncall', { groups: { has: ['oncall'] } }),
      rule('staff', { groups: { has: ['staff'] } }),
    ]
    expect(outcomeOf(principal({ groups: ['staff', 'oncall'] }), rules)).to.equal('oncall')
    expect(outcomeOf(principal({ groups: ['staff'] }), rules)).to.equal('staff')
  })

  it('takes the first rule for the target, where an earlier one is for another', () => {
    const rules = [rule('prod-only', {}, { targets: ['prod'] }), rule('here', {})]
    expect(outcomeOf(principal(), rules)).to.equal('here')
    expect(outcomeOf(principal(), rules, PROD)).to.equal('prod-only')
  })

  it('refuses a principal that no rule names', () => {
    expect(outcomeOf(principal(), [])).to.equal('role_unmapped')
    expect(outcomeOf(principal(), [rule('a', { subject: 'other' })])).to.equal('role_unmapped')
  })

  it('tells a principal apart that has a role elsewhere', () => {
    expect(outcomeOf(principal(), [rule('a', {})], PROD)).to.equal('target_not_granted')
  })

  describe('conditions', () => {
    const table: ReadonlyArray<readonly [string, Conditions, Partial<Principal>, boolean]> = [
      ['the issuer', { issuer: 'https://issuer.example' }, {}, true],
      ['the issuer and a slash', { issuer: 'https://issuer.example/' }, {}, false],
      ['the issuer in capitals', { issuer: 'https://ISSUER.example' }, {}, false],
      ['the subject', { subject: 'u-1' }, {}, true],
      ['a subject in another case', { subject: 'U-1' }, {}, false],
      ['the name instead of the subject', { subject: 'alice' }, {}, false],
      ['one group', { groups: { has: ['a'] } }, { groups: ['b', 'a'] }, true],
      ['all of several groups', { groups: { has: ['a', 'b'] } }, { groups: ['b', 'a'] }, true],
      ['some of several groups', { groups: { has: ['a', 'b'] } }, { groups: ['a'] }, false],
      ['a group in another case', { groups: { has: ['SRE'] } }, { groups: ['sre'] }, false],
      [
        'the start of a group',
        { groups: { has: ['admin'] } },
        { groups: ['admin-readonly'] },
        false,
      ],
      ['a wildcard for a group', { groups: { has: ['*'] } }, { groups: ['sre'] }, false],
      ['a group that is a wildcard', { groups: { has: ['sre'] } }, { groups: ['*'] }, false],
      ['a group that looks alike', { groups: { has: ['sre'] } }, { groups: ['ѕre'] }, false],
      ['a scope for a group', { groups: { has: ['a'] } }, { scopes: ['a'] }, false],
      ['all scopes', { scopes: { has: ['a', 'b'] } }, { scopes: ['a', 'b'] }, true],
      ['some scopes', { scopes: { has: ['a', 'b'] } }, { scopes: ['b'] }, false],
      ['a machine', { machine: true }, { machine: true }, true],
      ['a machine that is none', { machine: true }, { machine: false }, false],
      ['a person', { machine: false }, { machine: false }, true],
      ['a person that is none', { machine: false }, { machine: true }, false],
      ['one of two conditions', { subject: 'u-1', machine: true }, { machine: false }, false],
      [
        'both of two conditions',
        { subject: 'u-1', groups: { has: ['a'] } },
        { groups: ['a'] },
        true,
      ],
      [
        'the same group at another issuer',
        { issuer: 'https://other.example', groups: { has: ['a'] } },
        { groups: ['a'] },
        false,
      ],
    ]
    for (const [what, when, who, matches] of table) {
      it(`${matches ? 'match' : 'do not match'} on ${what}`, () => {
        expect(outcomeOf(principal(who), [rule('it', when)])).to.equal(
          matches ? 'it' : 'role_unmapped',
        )
      })
    }
  })

  it('takes no part of the role from a claim', () => {
    const evil = 'arn:aws:iam::999999999999:role/Admin'
    const claims = {
      role: evil,
      roleArn: evil,
      'https://aws.amazon.com/roles': [evil],
      roles: [evil],
    }
    const who = principal({
      groups: [evil],
      scopes: [evil],
      username: evil,
      clientId: evil,
      claims,
    })
    const binding = selectRole(who, DEFAULT, [rule('it', {})])
    expect(binding.roleArn).to.equal('arn:aws:iam::111122223333:role/it')
    expect(binding).to.include({ rule: 'it', target: 'default', region: 'us-east-1' })
  })

  it('decides for a principal in 5000 groups at once', () => {
    const groups = Array.from({ length: 5000 }, (_, number) => `g${number}`)
    const rules = Array.from({ length: 100 }, (_, number) =>
      rule(`r${number}`, { groups: { has: [`h${number}`] } }),
    )
    const startedAt = performance.now()
    expect(outcomeOf(principal({ groups }), [...rules, rule('last', {})])).to.equal('last')
    expect(performance.now() - startedAt).to.be.below(500)
  })

  it('refuses where a rule cannot be decided, and does not fall through', () => {
    const rules = [
      rule('first', { claims: { team: { has: ['blue'] } } }),
      rule('everyone', { machine: false }),
    ]
    const at = (team: unknown) => outcomeOf(principal({ claims: { team } }), rules)
    expect(at(['blue'])).to.equal('first')
    expect(at(['red'])).to.equal('everyone')
    expect(at(undefined)).to.equal('everyone')
    expect(at({ blue: true })).to.equal('rule_undecidable')
    expect(at([1])).to.equal('rule_undecidable')
  })

  it('does not take groups that were left out of the token for an absence', () => {
    const rules = [rule('sre', { groups: { has: ['sre'] } }), rule('rest', { machine: false })]
    expect(outcomeOf(principal({ groupsOmitted: true }), rules)).to.equal('rule_undecidable')
    expect(outcomeOf(principal(), rules)).to.equal('rest')
  })

  it('does not take a list that cannot be read for an absence', () => {
    const rules = [
      rule('narrow', { groups: { has: ['contractors'] } }),
      rule('wide', { machine: false }),
      rule('scoped', { scopes: { has: ['read'] } }),
    ]
    expect(outcomeOf(principal({ unreadable: ['groups'] }), rules)).to.equal('rule_undecidable')
    expect(outcomeOf(principal({ unreadable: ['scopes'] }), rules)).to.equal('wide')
    const machine = principal({ unreadable: ['scopes'], machine: true })
    expect(outcomeOf(machine, rules)).to.equal('rule_undecidable')
  })

  it('is not kept from deciding here by a rule for another target', () => {
    const rules = [
      rule('prod', { claims: { team: { is: 'a' } } }, { targets: ['prod'] }),
      rule('here', { machine: false }),
    ]
    expect(outcomeOf(principal({ claims: { team: ['a'] } }), rules)).to.equal('here')
  })

  it('carries tags, source identity and external id with assume-role only', () => {
    const own = {
      mode: 'assume-role',
      tags: { team: '$.subject' },
      transitiveTags: ['team'],
      externalId: 'gw',
    } as const
    const binding = selectRole(principal(), DEFAULT, [rule('a', {}, own)])
    expect(binding).to.deep.include({
      mode: 'assume-role',
      externalId: 'gw',
      tags: [{ key: 'team', value: 'u-1' }],
      transitiveTagKeys: ['team'],
    })
    expect(binding.sourceIdentity).to.match(/^u-1-[0-9a-f]{12}$/)
    const bare = selectRole(principal(), DEFAULT, [rule('a', {}, { ...own, mode: 'web-identity' })])
    expect(bare).to.deep.include({ externalId: undefined, sourceIdentity: undefined, tags: [] })
  })

  it('keeps the source identity when a name changes', () => {
    const rules = [rule('a', {}, { mode: 'assume-role' })]
    const identity = (username: string) => selectRole(principal({ username }), DEFAULT, rules)
    expect(identity('old').sourceIdentity).to.equal(identity('new').sourceIdentity)
  })
})
