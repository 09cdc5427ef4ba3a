import { expect } from 'chai'
import { failure, issued, triple } from '../support/fake-sts.ts'
import { besiege } from './siege.ts'

const OWN = { AWS_ACCESS_KEY_ID: 'ASIAGATEWAY', AWS_SECRET_ACCESS_KEY: 'gateway-secret' } as const

describe('session tag injection', () => {
  const saved: Record<string, string | undefined> = {}
  before(() => {
    for (const [name, value] of Object.entries(OWN)) {
      saved[name] = process.env[name]
      process.env[name] = value
    }
  })
  after(() => {
    for (const [name, value] of Object.entries(saved)) {
      if (value === undefined) delete process.env[name]
      else process.env[name] = value
    }
  })
  const RULE = {
    name: 'tagged',
    when: { machine: false },
    role: 'arn:aws:iam::111122223333:role/Tagged',
    mode: 'assume-role',
    tags: { team: "$.claims['team']", user: '$.subject' },
    transitiveTags: ['team'],
  }
  const siege = besiege(() => ({ rules: [RULE] }))
  const tokenWith = (claims: Record<string, unknown>) => siege.world().tokenOf('generic', claims)

  const values: ReadonlyArray<readonly [string, unknown]> = [
    ['is missing', undefined],
    ['is null', null],
    ['is 257 characters', 'x'.repeat(257)],
    ['is an object', { team: 'a' }],
    ['is two', ['a', 'b']],
    ['is a list in a list', [['a']]],
    ['is a wildcard', '*'],
    ['holds a variable of a policy', '$' + '{aws:username}'],
    ['holds a line break', 'a\nb'],
    ['holds a NUL', 'a\u0000'],
    ['holds a quote', 'a"b'],
    ['holds a parameter of the query protocol', 'a&Tags.member.9.Key=admin'],
    ['holds half a character', 'a\ud800'],
  ]
  for (const [what, team] of values) {
    it(`by a value that ${what} is refused before STS is asked`, async () => {
      await siege.expectRefused(await tokenWith({ team }), 'rule_undecidable')
    })
  }

  it('by a subject that is no tag is refused before STS is asked', async () => {
    const token = await tokenWith({ team: 'a', sub: 'auth0|x' })
    await siege.expectRefused(token, 'rule_undecidable')
  })

  it('by a value that looks like a tag of its own stays one value', async () => {
    await siege.expectForwarded(await tokenWith({ team: 'a=admin', sub: 'equal' }))
    const parameters = siege.world().sts.calls.at(-1)?.parameters ?? {}
    expect(parameters).to.include({
      'Tags.member.1.Key': 'team',
      'Tags.member.1.Value': 'a=admin',
      'Tags.member.2.Key': 'user',
      'Tags.member.2.Value': 'equal',
      'TransitiveTagKeys.member.1': 'team',
    })
    expect(parameters).to.not.have.property('Tags.member.3.Key')
  })

  const kept: ReadonlyArray<readonly [string, object]> = [
    ['a key of AWS', { tags: { 'aws:PrincipalTag/team': 'a' } }],
    ['a key of AWS in capitals', { tags: { 'AWS:x': 'a' } }],
    [
      'fifty-one tags',
      { tags: Object.fromEntries(Array.from({ length: 51 }, (_, n) => [n, 'v'])) },
    ],
    ['a key of 129 characters', { tags: { ['k'.repeat(129)]: 'a' } }],
    ['a text of 257 characters', { tags: { team: 'x'.repeat(257) } }],
    ['two keys that STS takes for one', { tags: { team: 'a', Team: 'b' } }],
    ['a transitive key without a tag', { transitiveTags: ['other'] }],
    ['an expression that is none', { tags: { team: '$.claims.team' } }],
  ]
  for (const [what, over] of kept) {
    it(`by ${what} in the rules is kept out`, () => {
      const rules = [{ ...RULE, transitiveTags: [], ...over }]
      expect(() => siege.world().gateway.reload(rules)).to.throw(/tags|transitiveTags/)
    })
  }

  it('by values whose sum STS finds too large gives no session', async () => {
    siege.world().sts.script(() => failure('PackedPolicyTooLarge', 400))
    const answer = await siege.world().call(await tokenWith({ team: 'x'.repeat(256), sub: 'big' }))
    siege.world().sts.script((_call, number) => issued(triple(number)))
    expect(answer.status).to.equal(500)
    expect((await siege.auditOf(answer)).reason).to.equal('credentials_misconfigured')
  })
})
