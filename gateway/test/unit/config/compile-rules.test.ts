import { expect } from 'chai'
import { ConfigError, loadConfig } from '../../../src/config/load.ts'

const ROLE = 'arn:aws:iam::111122223333:role/Reader'
const POLICY = '{ "Version": "2012-10-17",\n "Statement": [] }'

const files: Readonly<Record<string, string>> = {
  '/etc/gw/own.json': POLICY,
  '/etc/gw/text.json': 'hello',
  '/etc/gw/list.json': '[]',
  '/etc/gw/long.json': JSON.stringify({ Statement: ['x'.repeat(2048)] }),
}

function load(rule: object, over: object = {}) {
  const file = {
    providers: [{ issuer: 'https://issuer.example' }],
    rules: [{ name: 'r', when: { groups: { has: ['sre'] } }, role: ROLE, ...rule }],
    ...over,
  }
  return loadConfig({ GATEWAY_CONFIG: '/etc/gw/gateway.yaml' }, (path) => {
    if (path === '/etc/gw/gateway.yaml') return JSON.stringify(file)
    const text = files[path]
    if (text === undefined) throw new Error('ENOENT: no such file')
    return text
  })
}

function problemsOf(rule: object, over: object = {}): string {
  try {
    load(rule, over)
  } catch (error) {
    if (error instanceof ConfigError) return error.problems.join('\n')
    throw error
  }
  return ''
}

describe('compileRules', () => {
  it('takes the mode of the rule, else the one of the configuration', () => {
    expect(load({}).rules[0]?.mode).to.equal('web-identity')
    expect(load({}, { credentialMode: 'assume-role' }).rules[0]?.mode).to.equal('assume-role')
    expect(load({ mode: 'assume-role' }).rules[0]?.mode).to.equal('assume-role')
  })

  it('reads a session policy from a file beside the configuration, without its white space', () => {
    const [rule] = load({ policy: 'own.json' }).rules
    expect(rule?.policy).to.deep.equal({ document: '{"Version":"2012-10-17","Statement":[]}' })
    expect(load({ policy: '/etc/gw/own.json' }).rules[0]?.policy).to.deep.equal(rule?.policy)
  })

  it('gives STS_ROLE_ARN to everyone, at every target', () => {
    const config = load(
      {},
      {
        rules: [],
        roleArn: ROLE,
        targets: { default: { region: 'us-east-1' }, b: { region: 'eu-west-1' } },
      },
    )
    expect(config.rules).to.have.length(1)
    expect(config.rules[0]).to.deep.include({ role: ROLE, when: {}, targets: ['default', 'b'] })
  })

  const wrong: ReadonlyArray<readonly [string, object, RegExp, object?]> = [
    ['a policy that is not there', { policy: 'none.json' }, /policy: none\.json: ENOENT/],
    ['a policy that is no JSON', { policy: 'text.json' }, /policy: text\.json: /],
    ['a policy without statements', { policy: 'list.json' }, /no Statement/],
    ['a policy beyond the limit', { policy: 'long.json' }, /STS takes 2048/],
    [
      'policies that are too long together',
      {
        policyArns: Array.from(
          { length: 10 },
          (_, n) => `arn:aws:iam::aws:policy/${'p'.repeat(200)}${n}`,
        ),
      },
      /with its policyArns/,
    ],
    [
      'eleven managed policies',
      { policyArns: Array(11).fill('arn:aws:iam::aws:policy/P') },
      /policyArns/,
    ],
    ['no managed policy', { policyArns: ['arn:aws:s3:::bucket'] }, /managed policy/],
    ['an external id on web-identity', { externalId: 'ab' }, /externalId: needs mode assume-role/],
    ['tags on web-identity', { tags: { team: 'a' } }, /tags: needs mode assume-role/],
    [
      'a tag expression that is none',
      { mode: 'assume-role', tags: { team: '$.nope' } },
      /tags\.team/,
    ],
    ['a tag key that AWS keeps', { mode: 'assume-role', tags: { 'aws:x': 'a' } }, /aws:/],
    [
      'fifty-one tags',
      {
        mode: 'assume-role',
        tags: Object.fromEntries(Array.from({ length: 51 }, (_, n) => [`k${n}`, 'v'])),
      },
      /are 51/,
    ],
    [
      'a transitive tag that is none',
      { mode: 'assume-role', transitiveTags: ['x'] },
      /not among the tags/,
    ],
    [
      'a long session of a chained role',
      { mode: 'assume-role', sessionSeconds: 7200 },
      /at most 3600/,
    ],
    [
      'a role of another account than the target',
      {},
      /account 444455556666/,
      {
        targets: { default: { region: 'us-east-1', account: '444455556666' } },
      },
    ],
    [
      'a role of another partition',
      {},
      /partition/,
      { targets: { default: { region: 'cn-north-1' } } },
    ],
    [
      'a role that the STS of AWS_REGION does not know',
      { role: 'arn:aws-cn:iam::111122223333:role/Reader' },
      /AWS_REGION us-east-1 of aws/,
      { targets: { default: { region: 'cn-north-1' } } },
    ],
    [
      'a managed policy of another account',
      { policyArns: ['arn:aws:iam::999988887777:policy/P'] },
      /another partition or account/,
    ],
    [
      'two tags that differ by capitals alone',
      { mode: 'assume-role', tags: { Team: 'a', team: 'b' } },
      /tags\.team: stands twice/,
    ],
    [
      'an issuer that is not a provider',
      { when: { issuer: { oneOf: ['https://x'] } } },
      /not among/,
    ],
    ['an empty condition', { when: { claims: { a: {} } } }, /when/],
    ['a misspelled condition', { when: { groups: { hass: ['x'] } } }, /hass/],
    [
      'web-identity for opaque tokens',
      {},
      /opaque tokens cannot go to STS/,
      {
        providers: [
          {
            issuer: 'https://issuer.example',
            introspectionClientId: 'a',
            introspectionClientSecret: 'b',
          },
        ],
      },
    ],
    [
      'web-identity for machines of Cognito',
      { when: { machine: true } },
      /no aud/,
      {
        providers: [
          { provider: 'cognito', issuer: 'https://cognito-idp.eu-west-1.amazonaws.com/x' },
        ],
      },
    ],
  ]
  for (const [what, rule, problem, over] of wrong) {
    it(`refuses ${what}`, () => {
      expect(problemsOf(rule, over)).to.match(problem)
    })
  }

  for (const [partition, region] of [
    ['aws', 'eu-west-1'],
    ['aws-us-gov', 'us-gov-west-1'],
    ['aws-cn', 'cn-north-1'],
  ] as const) {
    it(`takes a role of the partition ${partition} in ${region}`, () => {
      const role = `arn:${partition}:iam::111122223333:role/a/B`
      expect(problemsOf({ role }, { region, targets: { default: { region } } })).to.equal('')
    })
  }

  describe('with callers whom AWS vouches for', () => {
    const providers = [{ issuer: 'https://issuer.example' }, { provider: 'aws-iam' }]
    const AWS = 'https://sts.amazonaws.com'
    const problemsFor = (when: object) => problemsOf({ when, mode: 'assume-role' }, { providers })

    const open: ReadonlyArray<readonly [string, object]> = [
      ['any machine', { machine: true }],
      ['the issuer alone', { issuer: AWS }],
      ['the issuer by a glob', { issuer: { glob: 'https://*' } }],
      ['a role of any account', { subject: { glob: 'arn:aws:sts::*:assumed-role/Build/*' } }],
      ['a part of an account', { subject: { glob: 'arn:aws:sts::1111*:assumed-role/Build/*' } }],
      ['any account', { claims: { account: { glob: '*' } } }],
    ]
    for (const [what, when] of open) {
      it(`refuses a rule for ${what}: every account of the world could meet it`, () => {
        expect(problemsFor(when)).to.match(/every AWS account/)
      })
    }

    const closed: ReadonlyArray<readonly [string, object]> = [
      ['an ARN', { subject: 'arn:aws:iam::111122223333:user/ann' }],
      ['a role of an account', { subject: { glob: 'arn:aws:sts::111122223333:assumed-role/B/*' } }],
      ['an account', { machine: true, claims: { account: '111122223333' } }],
      ['another issuer', { machine: true, issuer: 'https://issuer.example' }],
      ['groups, which they have not', { groups: { has: ['sre'] } }],
      ['a claim that they have not', { claims: { team: 'a' } }],
    ]
    for (const [what, when] of closed) {
      it(`takes a rule for ${what}`, () => {
        expect(problemsFor(when)).to.equal('')
      })
    }

    it('refuses STS_ROLE_ARN beside them', () => {
      const over = { providers, rules: [], roleArn: ROLE, credentialMode: 'assume-role' }
      expect(problemsOf({}, over)).to.match(/STS_ROLE_ARN: would be for callers of every AWS/)
    })
  })
})
