import { expect } from 'chai'
import { limitProblems, requireWithinLimits } from '../../../src/credentials/limit-problems.ts'
import { GatewayError } from '../../../src/errors.ts'
import { causeChain } from '../../../src/log.ts'
import type { RoleBinding } from '../../../src/role/role-binding.ts'
import { exchangeRequest } from '../../support/exchange-request.ts'

const binding = (over: Partial<RoleBinding>): RoleBinding =>
  exchangeRequest({ role: { mode: 'assume-role', ...over } }).role

const tag = (key: string, value = 'v') => ({ key, value })
const policyOf = (characters: number) => `{${' '.repeat(characters - 2)}}`
const arnOf = (characters: number) => 'arn:aws:iam::aws:policy/'.padEnd(characters, 'x')

describe('limitProblems', () => {
  const fine: ReadonlyArray<readonly [string, Partial<RoleBinding>]> = [
    ['a plain binding', {}],
    ['the shortest session', { sessionSeconds: 900 }],
    ['the longest of a chain', { sessionSeconds: 3600 }],
    ['the longest of a token', { mode: 'web-identity', sessionSeconds: 43_200 }],
    ['the shortest session name', { sessionName: 'ab' }],
    ['the longest session name', { sessionName: 'a'.repeat(64) }],
    ['the longest source identity', { sourceIdentity: 'a'.repeat(64) }],
    ['every character of a source identity', { sourceIdentity: 'aZ09_+=,.@-' }],
    ['the longest external id', { externalId: 'a'.repeat(1224) }],
    ['every character of an external id', { externalId: 'aZ09_+=,.@:/-' }],
    ['the longest policy', { policy: policyOf(2048) }],
    [
      'a policy and managed ones at the limit',
      { policy: policyOf(1948), policyArns: [arnOf(100)] },
    ],
    [
      'ten managed policies',
      { policy: '{}', policyArns: Array.from({ length: 10 }, () => arnOf(30)) },
    ],
    ['fifty tags', { tags: Array.from({ length: 50 }, (_, index) => tag(`k${index}`)) }],
    ['the longest tag', { tags: [tag('k'.repeat(128), 'v'.repeat(256))] }],
    ['an empty tag value', { tags: [tag('k', '')] }],
    ['letters of any language in tags', { tags: [tag('équipe', 'größe 7_.:/=+-@')] }],
    ['a transitive tag in another case', { tags: [tag('Team')], transitiveTagKeys: ['team'] }],
  ]
  for (const [what, over] of fine) {
    it(`finds none in ${what}`, () => {
      expect(limitProblems(binding(over))).to.deep.equal([])
    })
  }

  const wrong: ReadonlyArray<readonly [string, Partial<RoleBinding>, RegExp]> = [
    ['a session below 15 minutes', { sessionSeconds: 899 }, /900 to 3600 seconds/],
    ['a session above an hour in a chain', { sessionSeconds: 3601 }, /900 to 3600 seconds/],
    [
      'a session above twelve hours',
      { mode: 'web-identity', sessionSeconds: 43_201 },
      /900 to 43200 seconds/,
    ],
    ['a session of no length', { sessionSeconds: Number.NaN }, /seconds/],
    ['a session name of one character', { sessionName: 'a' }, /session name/],
    ['a session name of 65', { sessionName: 'a'.repeat(65) }, /session name/],
    ['a session name with a bar', { sessionName: 'auth0|x' }, /session name/],
    ['a source identity of one character', { sourceIdentity: 'a' }, /source identity/],
    ['a source identity of 65', { sourceIdentity: 'a'.repeat(65) }, /source identity/],
    ['a source identity with a colon', { sourceIdentity: 'aws:alice' }, /source identity/],
    ['an external id of one character', { externalId: 'a' }, /external id/],
    ['an external id of 1225', { externalId: 'a'.repeat(1225) }, /external id/],
    ['a policy of 2049', { policy: policyOf(2049) }, /2049 characters together, of 2048/],
    [
      'a policy and managed ones beyond it together',
      { policy: policyOf(1949), policyArns: [arnOf(100)] },
      /2049 characters/,
    ],
    ['a policy outside Latin-1', { policy: '{"Sid":"€"}' }, /Latin-1/],
    [
      'eleven managed policies',
      { policy: '{}', policyArns: Array.from({ length: 11 }, () => arnOf(30)) },
      /11 managed policies, of 10/,
    ],
    [
      'fifty-one tags',
      { tags: Array.from({ length: 51 }, (_, index) => tag(`k${index}`)) },
      /51 session tags, of 50/,
    ],
    ['a tag without key', { tags: [tag('')] }, /key of a session tag/],
    ['a tag key of 129', { tags: [tag('k'.repeat(129))] }, /key of a session tag/],
    ['a tag value of 257', { tags: [tag('k', 'v'.repeat(257))] }, /value of a session tag/],
    ['a tag key with a star', { tags: [tag('k*')] }, /key of a session tag/],
    ['a tag value with a brace', { tags: [tag('k', '{x}')] }, /value of a session tag/],
    ['a tag value with a line feed', { tags: [tag('k', 'a\nb')] }, /value of a session tag/],
    ['a reserved tag key', { tags: [tag('AWS:team')] }, /key of a session tag/],
    ['two keys that differ by case', { tags: [tag('team'), tag('Team')] }, /same key/],
    ['a transitive key without a tag', { transitiveTagKeys: ['team'] }, /transitive key/],
    [
      'tags where only the token has them',
      { mode: 'web-identity', tags: [tag('k')] },
      /session tags need mode assume-role/,
    ],
    [
      'a source identity where only the token has it',
      { mode: 'web-identity', sourceIdentity: 'alice' },
      /source identity needs mode assume-role/,
    ],
    [
      'an external id that would not be sent',
      { mode: 'web-identity', externalId: 'gw' },
      /external id needs mode assume-role/,
    ],
  ]
  for (const [what, over, problem] of wrong) {
    it(`finds ${what}, and only that`, () => {
      const problems = limitProblems(binding(over))
      expect(problems).to.have.lengthOf(1)
      expect(problems[0]).to.match(problem)
    })
  }

  it('becomes a refusal that tells the log all problems and no value', () => {
    const role = binding({ tags: [tag('k', 'hush*')], sourceIdentity: 'hush:', sessionSeconds: 1 })
    const attempt = () => requireWithinLimits(role)
    expect(attempt).to.throw(GatewayError).with.property('reason', 'credentials_misconfigured')
    try {
      attempt()
    } catch (error) {
      expect(causeChain(error)).to.match(/the rule sre .*seconds.*source identity.*value/)
      expect(causeChain(error)).to.not.contain('hush')
    }
  })
})
