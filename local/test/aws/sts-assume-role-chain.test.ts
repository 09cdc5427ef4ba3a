import { expect } from 'chai'
import type { Session } from '../../src/aws/call.ts'
import type { Directory } from '../../src/aws/iam/directory.ts'
import { LOCAL_GATEWAY_SESSION } from '../../src/aws/iam/local-gateway.ts'
import { type Policy, parsePolicy } from '../../src/aws/iam/policy.ts'
import { assumeRole } from '../../src/aws/sts/assume-role.ts'
import { createSessionStore } from '../../src/aws/sts/sessions.ts'
import { failureOf } from './aws-fixture.ts'

const NOW = new Date('2026-01-02T03:04:05Z')
const ROLE = 'arn:aws:iam::222233334444:role/Next'
const ALL = parsePolicy({ Statement: [{ Effect: 'Allow', Action: 'sts:*', Resource: '*' }] })
const { account, roleArn, callerArn } = LOCAL_GATEWAY_SESSION

/** Assumes a role with this trust policy as a caller who differs in this. */
async function assume(
  trust: Policy,
  caller: Partial<Session> = {},
  parameters: Readonly<Record<string, string>> = {},
) {
  const directory: Directory = {
    provider: () => undefined,
    role: (arn) => ({
      arn,
      account: '222233334444',
      name: 'Next',
      id: 'AROA1',
      trust,
      permissions: [],
      maxSessionSeconds: 3600,
    }),
  }
  const form = new URLSearchParams({ RoleArn: ROLE, RoleSessionName: 'alice', ...parameters })
  const { session } = assumeRole(
    form,
    { ...LOCAL_GATEWAY_SESSION, permissionPolicies: [ALL], ...caller },
    NOW,
    { directory, sessions: createSessionStore(), warn: () => {} },
  )
  return session
}

const trusting = (AWS: string | readonly string[], over: object = {}) =>
  parsePolicy({ Statement: [{ Effect: 'Allow', Principal: { AWS }, Action: 'sts:*', ...over }] })
const TEAM = { 'Tags.member.1.Key': 'team', 'Tags.member.1.Value': 'shop' }

describe('a chain of roles', () => {
  for (const [who, name] of [
    ['the role', roleArn],
    ['the session', callerArn],
    ['the account', account],
    ['the root of the account', `arn:aws:iam::${account}:root`],
  ] as const) {
    it(`begins where the trust policy names ${who}`, async () => {
      expect((await assume(trusting(['arn:aws:iam::1:role/Other', name]))).roleArn).to.equal(ROLE)
    })
  }

  for (const [why, trust, caller] of [
    ['the trust policy names another role', trusting(`${roleArn}2`), {}],
    ['the trust policy names another account', trusting('111122223333'), {}],
    [
      'the trust policy names an identity provider',
      parsePolicy({
        Statement: [{ Effect: 'Allow', Principal: { Federated: roleArn }, Action: 'sts:*' }],
      }),
      {},
    ],
    [
      'the trust policy forbids it besides',
      [...trusting(roleArn), ...trusting(roleArn, { Effect: 'Deny' })],
      {},
    ],
    ['the caller may not', trusting(roleArn), { permissionPolicies: [] }],
  ] as const) {
    it(`does not begin where ${why}`, async () => {
      const failure = await failureOf(assume(trust, caller))
      expect(failure).to.include({ code: 'AccessDenied', status: 403 })
    })
  }

  it('needs sts:TagSession for tags and sts:SetSourceIdentity for a source identity, on both sides', async () => {
    const narrow = { Action: 'sts:AssumeRole' }
    const own = parsePolicy({ Statement: [{ Effect: 'Allow', ...narrow, Resource: '*' }] })
    for (const [parameters, action] of [
      [TEAM, 'sts:TagSession'],
      [{ SourceIdentity: 'alice' }, 'sts:SetSourceIdentity'],
    ] as const) {
      for (const attempt of [
        assume(trusting(roleArn, narrow), {}, parameters),
        assume(trusting(roleArn), { permissionPolicies: [own] }, parameters),
      ]) {
        expect((await failureOf(attempt)).message).to.contain(
          `not authorized to perform: ${action}`,
        )
      }
    }
  })

  it('hands on transitive tags and no others', async () => {
    const tags = { team: 'shop', user: 'alice' }
    const caller = { tags, transitiveTagKeys: ['team'] }
    const session = await assume(trusting(roleArn), caller, {
      'Tags.member.1.Key': 'issuer',
      'Tags.member.1.Value': 'x',
    })
    expect(session.tags).to.deep.equal({ team: 'shop', issuer: 'x' })
    expect(session.transitiveTagKeys).to.deep.equal(['team'])
  })

  it('refuses a tag that it inherits, even in another case', async () => {
    const caller = { tags: { Team: 'catalog' }, transitiveTagKeys: ['Team'] }
    expect((await failureOf(assume(trusting(roleArn), caller, TEAM))).message).to.contain(
      'inherited',
    )
  })

  it('keeps its source identity for good', async () => {
    const caller = { sourceIdentity: 'alice' }
    expect((await assume(trusting(roleArn), caller)).sourceIdentity).to.equal('alice')
    const same = await assume(trusting(roleArn), caller, { SourceIdentity: 'alice' })
    expect(same.sourceIdentity).to.equal('alice')
    const other = assume(trusting(roleArn), caller, { SourceIdentity: 'bob' })
    expect((await failureOf(other)).message).to.contain('sts:SetSourceIdentity')
  })

  it('sees the tags of the caller in trust policies', async () => {
    const Condition = { StringEquals: { 'aws:PrincipalTag/cluster': 'blue' } }
    const trust = trusting(roleArn, { Condition })
    expect((await assume(trust, { tags: { cluster: 'blue' } })).roleArn).to.equal(ROLE)
    expect((await failureOf(assume(trust))).message).to.contain('sts:AssumeRole')
  })
})
