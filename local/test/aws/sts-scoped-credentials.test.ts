import { ListMetricsCommand } from '@aws-sdk/client-cloudwatch'
import { DescribeLogGroupsCommand } from '@aws-sdk/client-cloudwatch-logs'
import {
  GetCallerIdentityCommand,
  GetScopedCredentialsCommand,
  type GetScopedCredentialsCommandInput,
  STSClient,
} from '@aws-sdk/client-sts'
import { expect } from 'chai'
import { LOCAL_GATEWAY_SESSION } from '../../src/aws/iam/local-gateway.ts'
import { getScopedCredentials } from '../../src/aws/sts/get-scoped-credentials.ts'
import { createSessionStore } from '../../src/aws/sts/sessions.ts'
import { ROLES } from '../../src/world.ts'
import { type Fixture, failureOf, startFixture, type Triple, tripleOf } from './aws-fixture.ts'

const policyFor = (Action: string | readonly string[]) =>
  JSON.stringify({ Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action, Resource: '*' }] })

describe('GetScopedCredentials', () => {
  let fixture: Fixture

  beforeEach(async () => {
    fixture = await startFixture({ frozen: true })
  })
  afterEach(() => fixture.close())

  const stsAs = (credentials: Triple) =>
    new STSClient({ endpoint: fixture.endpoint, region: 'us-east-1', credentials, maxAttempts: 1 })
  const scope = (by: Triple, input: GetScopedCredentialsCommandInput) =>
    stsAs(by).send(new GetScopedCredentialsCommand(input))
  const listMetrics = (credentials: Triple) =>
    fixture.cloudwatch(credentials).send(new ListMetricsCommand({}))
  const listGroups = (credentials: Triple) =>
    fixture.logs(credentials).send(new DescribeLogGroupsCommand({}))

  it('gives the same identity once more, with keys of its own and what the SDK reads', async () => {
    const alice = await fixture.assume({
      claims: { 'https://aws.amazon.com/source_identity': 'alice-1' },
    })
    const answer = await scope(alice, { DurationSeconds: 60 })
    const scoped = tripleOf(answer.Credentials)
    expect(scoped.accessKeyId).to.match(/^ASIA/).and.not.equal(alice.accessKeyId)
    expect(answer.SourceIdentity).to.equal('alice-1')
    expect(answer.ScopedPoliciesCount).to.equal(0)
    expect(answer.SessionTokenSize).to.equal(scoped.sessionToken.length)
    const identity = await stsAs(scoped).send(new GetCallerIdentityCommand({}))
    expect(identity).to.deep.include({
      Arn: 'arn:aws:sts::111122223333:assumed-role/CloudWatchSre/alice',
      UserId: answer.SessionInfo?.ScopedSessionId,
    })
    expect(answer.SessionInfo?.Arn).to.equal(identity.Arn)
  })

  it('ends the new keys early and leaves the old ones alone', async () => {
    const alice = await fixture.assume()
    const answer = await scope(alice, { DurationSeconds: 2 })
    const scoped = tripleOf(answer.Credentials)
    await listMetrics(scoped)
    fixture.advance(2001)
    expect((await failureOf(listMetrics(scoped))).name).to.equal('ExpiredToken')
    await listMetrics(alice)
  })

  it('inherits the end where only a policy is given', async () => {
    const alice = await fixture.assume()
    fixture.advance(600_000)
    const { Credentials } = await scope(alice, { Policy: policyFor('logs:*') })
    const left = (Credentials?.Expiration?.getTime() ?? 0) - fixture.now().getTime()
    expect(left).to.be.within(2_998_000, 3_000_000)
  })

  it('takes the intersection of every policy so far', async () => {
    const policy = JSON.parse(policyFor(['logs:*', 'cloudwatch:*'])) as object
    const alice = await fixture.assume({ policy })
    const logsOnly = tripleOf((await scope(alice, { Policy: policyFor('logs:*') })).Credentials)
    await listGroups(logsOnly)
    const failure = await failureOf(listMetrics(logsOnly))
    expect(failure.name).to.equal('AccessDenied')
    expect(failure.message).to.contain('no session policy allows the cloudwatch:ListMetrics')
    const answer = await scope(logsOnly, { Policy: policyFor('cloudwatch:*') })
    expect(answer.ScopedPoliciesCount).to.equal(2)
    const neither = tripleOf(answer.Credentials)
    expect((await failureOf(listGroups(neither))).name).to.equal('AccessDeniedException')
    expect((await failureOf(listMetrics(neither))).name).to.equal('AccessDenied')
    await listMetrics(alice)
  })

  it('never widens', async () => {
    const bob = await fixture.assume({ role: ROLES.catalog, sessionName: 'bob' })
    const scoped = tripleOf((await scope(bob, { Policy: policyFor('*') })).Credentials)
    expect((await failureOf(listMetrics(scoped))).name).to.equal('AccessDenied')
  })

  it('puts three policies on top of each other and no fourth', async () => {
    let credentials = await fixture.assume()
    for (const count of [1, 2, 3]) {
      const answer = await scope(credentials, { Policy: policyFor('logs:*') })
      expect(answer.ScopedPoliciesCount).to.equal(count)
      credentials = tripleOf(answer.Credentials)
    }
    const failure = await failureOf(scope(credentials, { Policy: policyFor('logs:*') }))
    expect(failure.name).to.equal('ValidationError')
    // A shorter life is no policy.
    await scope(credentials, { DurationSeconds: 1 })
  })

  describe('refuses', () => {
    const cases: ReadonlyArray<readonly [string, GetScopedCredentialsCommandInput, string]> = [
      ['nothing to change', {}, 'ValidationError'],
      ['no time', { DurationSeconds: 0 }, 'ValidationError'],
      ['more than 36 hours', { DurationSeconds: 129_601 }, 'ValidationError'],
      [
        'more than the session has left',
        { DurationSeconds: 3601 },
        'InsufficientSessionLifetimeException',
      ],
      ['a policy that is none', { Policy: '{}' }, 'MalformedPolicyDocumentException'],
      ['a policy of 2049 characters', { Policy: ' '.repeat(2049) }, 'ValidationError'],
      [
        'a description of 257',
        { DurationSeconds: 1, ScopedSessionDescription: 'a'.repeat(257) },
        'ValidationError',
      ],
    ]
    for (const [what, input, name] of cases) {
      it(what, async () => {
        const failure = await failureOf(scope(await fixture.assume(), input))
        expect(failure.name).to.equal(name)
        expect(failure).to.have.nested.property('$metadata.httpStatusCode', 400)
      })
    }

    it('a session that has ended', async () => {
      const alice = await fixture.assume({ seconds: 900 })
      fixture.advance(900_001)
      expect((await failureOf(scope(alice, { DurationSeconds: 1 }))).name).to.equal('ExpiredToken')
    })

    it('somebody who did not sign', async () => {
      const response = await fetch(fixture.endpoint, {
        method: 'POST',
        headers: { 'content-type': 'application/x-www-form-urlencoded' },
        body: 'Action=GetScopedCredentials&Version=2011-06-15&DurationSeconds=1',
      })
      expect(await response.text()).to.contain('MissingAuthenticationToken')
    })

    it('to exist at the global endpoint', async () => {
      const form = new URLSearchParams({ Version: '2011-06-15', DurationSeconds: '1' })
      const at = async (host: string) =>
        getScopedCredentials(form, LOCAL_GATEWAY_SESSION, host, new Date(), createSessionStore())
      expect((await failureOf(at('sts.amazonaws.com'))).message).to.contain(
        'Could not find operation GetScopedCredentials',
      )
      expect((await at('sts.eu-west-1.amazonaws.com')).session.accessKeyId).to.match(/^ASIA/)
    })
  })
})
