import { expect } from 'chai'
import type { Directory } from '../../src/aws/iam/directory.ts'
import { parsePolicy } from '../../src/aws/iam/policy.ts'
import { assumeRoleWithWebIdentity } from '../../src/aws/sts/assume-role-with-web-identity.ts'
import { createSessionStore } from '../../src/aws/sts/sessions.ts'
import { failureOf } from './aws-fixture.ts'

const NOW = new Date('2026-01-02T03:04:05Z')
const ISSUER = 'https://id.example/pool'
const PROVIDER = 'arn:aws:iam::111122223333:oidc-provider/id.example/pool'
const ROLE = 'arn:aws:iam::111122223333:role/Pinned'
const TAG = { 'https://aws.amazon.com/tags/principal_tags/team': 'blue' }
const SOURCE = { 'https://aws.amazon.com/source_identity': 'alice' }

/** Assumes a role whose trust policy has this one statement, with a verified token that has these claims. */
async function assume(statement: object, claims: Readonly<Record<string, unknown>> = {}) {
  const warnings: string[] = []
  const trust = parsePolicy({
    Statement: [
      {
        Effect: 'Allow',
        Principal: { Federated: PROVIDER },
        Action: 'sts:AssumeRoleWithWebIdentity',
        ...statement,
      },
    ],
  })
  const directory: Directory = {
    provider: () => ({ arn: PROVIDER, issuer: ISSUER, clientIds: ['api'] }),
    role: (arn) => ({
      arn,
      account: '111122223333',
      name: 'Pinned',
      id: 'AROA1',
      trust,
      permissions: [],
      maxSessionSeconds: 3600,
    }),
  }
  const seconds = NOW.getTime() / 1000
  const all = { iss: ISSUER, sub: 'alice', aud: 'api', iat: seconds, exp: seconds + 60, ...claims }
  const payload = Buffer.from(JSON.stringify(all)).toString('base64url')
  const form = new URLSearchParams({
    RoleArn: ROLE,
    RoleSessionName: 'alice',
    WebIdentityToken: `e30.${payload}.c2ln`,
  })
  const attempt = assumeRoleWithWebIdentity(form, NOW, {
    directory,
    sessions: createSessionStore(),
    verifyToken: async () => all,
    warn: (line) => warnings.push(line),
  })
  return { attempt, warnings }
}

const condition = (operator: string, key: string, value: unknown) => ({
  Condition: { [operator]: { [key]: value } },
})

describe('trust policies', () => {
  const cases: ReadonlyArray<readonly [string, object, object, string | undefined]> = [
    ['let in without conditions', {}, {}, undefined],
    [
      'let in the audience they name',
      condition('StringEquals', 'id.example/pool:aud', 'api'),
      {},
      undefined,
    ],
    [
      'keep out another audience',
      condition('StringEquals', 'id.example/pool:aud', 'other'),
      {},
      'sts:AssumeRoleWithWebIdentity',
    ],
    [
      'see azp as aud and aud as oaud',
      {
        Condition: {
          StringEquals: { 'id.example/pool:aud': 'api' },
          'ForAnyValue:StringEquals': { 'id.example/pool:oaud': 'https://two' },
        },
      },
      { aud: ['https://one', 'https://two'], azp: 'api' },
      undefined,
    ],
    [
      'see the subject',
      condition('StringLike', 'id.example/pool:sub', 'bob*'),
      {},
      'sts:AssumeRoleWithWebIdentity',
    ],
    [
      'see the session name',
      condition('StringEquals', 'sts:RoleSessionName', 'alice'),
      {},
      undefined,
    ],
    [
      'can insist on a role pin by the issuer',
      condition('Bool', 'sts:RoleAuthorizedByIdp', 'true'),
      {},
      'sts:AssumeRoleWithWebIdentity',
    ],
    [
      'let in a role pin by the issuer',
      condition('Bool', 'sts:RoleAuthorizedByIdp', 'true'),
      { 'https://aws.amazon.com/roles': [ROLE] },
      undefined,
    ],
    [
      'do not know groups or other claims',
      condition('StringEquals', 'id.example/pool:groups', 'sre'),
      { groups: ['sre'] },
      'sts:AssumeRoleWithWebIdentity',
    ],
    [
      'keep out another provider',
      { Principal: { Federated: `${PROVIDER}2` } },
      {},
      'sts:AssumeRoleWithWebIdentity',
    ],
    ['keep out tags without sts:TagSession', {}, TAG, 'sts:TagSession'],
    ['let in tags with sts:TagSession', { Action: 'sts:*' }, TAG, undefined],
    [
      'see the tags',
      { Action: 'sts:*', ...condition('StringEquals', 'aws:RequestTag/team', 'red') },
      TAG,
      'sts:AssumeRoleWithWebIdentity',
    ],
    [
      'keep out a source identity without sts:SetSourceIdentity',
      { Action: ['sts:AssumeRoleWithWebIdentity', 'sts:TagSession'] },
      SOURCE,
      'sts:SetSourceIdentity',
    ],
    ['let in a source identity with it', { Action: 'sts:*' }, SOURCE, undefined],
  ]
  for (const [title, statement, claims, denied] of cases) {
    it(title, async () => {
      const { attempt } = await assume(statement, { ...claims })
      if (denied === undefined) {
        expect((await attempt).session.roleArn).to.equal(ROLE)
        return
      }
      const failure = await failureOf(attempt)
      expect(failure).to.include({ code: 'AccessDenied', status: 403 })
      expect(failure.message).to.equal(`Not authorized to perform ${denied}`)
    })
  }

  it('deny, and say so aloud, with an operator that nobody here understands', async () => {
    const statement = condition('NumericLessThan', 'sts:SessionAge', '5')
    const { attempt, warnings } = await assume(statement)
    expect((await failureOf(attempt)).message).to.match(/^Not authorized/)
    expect(warnings.join()).to.contain('NumericLessThan')
  })
})
