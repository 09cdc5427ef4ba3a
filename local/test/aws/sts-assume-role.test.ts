import { DescribeLogGroupsCommand, FilterLogEventsCommand } from '@aws-sdk/client-cloudwatch-logs'
import {
  AssumeRoleCommand,
  type AssumeRoleCommandInput,
  GetCallerIdentityCommand,
  STSClient,
} from '@aws-sdk/client-sts'
import { expect } from 'chai'
import { LOCAL_GATEWAY, ROLES } from '../../src/world.ts'
import { type Fixture, failureOf, startFixture, type Triple, tripleOf } from './aws-fixture.ts'

const LOGS_READ = 'arn:aws:iam::aws:policy/CloudWatchLogsReadOnlyAccess'
const tag = (Key: string, Value: string) => ({ Key, Value })

describe('AssumeRole', () => {
  let fixture: Fixture

  before(async () => {
    fixture = await startFixture()
  })
  after(() => fixture.close())

  const stsAs = (credentials: Triple) =>
    new STSClient({ endpoint: fixture.endpoint, region: 'us-east-1', credentials, maxAttempts: 1 })
  const assume = (input: Partial<AssumeRoleCommandInput> = {}, by: Triple = LOCAL_GATEWAY) =>
    stsAs(by).send(
      new AssumeRoleCommand({
        RoleArn: ROLES.sre,
        RoleSessionName: 'alice',
        ExternalId: LOCAL_GATEWAY.externalId,
        SourceIdentity: 'alice-1',
        ...input,
      }),
    )
  const denial = (action: string, role: string = ROLES.sre) =>
    `User: arn:aws:sts::999988887777:assumed-role/LocalGateway/local is not authorized to perform: ${action} on resource: ${role}`

  it('tells the gateway whom it is', async () => {
    const { Arn, Account } = await stsAs(LOCAL_GATEWAY).send(new GetCallerIdentityCommand({}))
    expect(Arn).to.equal('arn:aws:sts::999988887777:assumed-role/LocalGateway/local')
    expect(Account).to.equal('999988887777')
  })

  it('gives a session of the role, with the name and the source identity that the gateway says', async () => {
    const answer = await assume()
    expect(answer.AssumedRoleUser?.Arn).to.equal(
      'arn:aws:sts::111122223333:assumed-role/CloudWatchSre/alice',
    )
    expect(answer.SourceIdentity).to.equal('alice-1')
    expect(answer.SessionTokenSize).to.equal(answer.Credentials?.SessionToken?.length)
    const life = (answer.Credentials?.Expiration?.getTime() ?? 0) - Date.now()
    expect(life).to.be.within(3_590_000, 3_600_000)
    const logs = fixture.logs(tripleOf(answer.Credentials))
    const { logGroups = [] } = await logs.send(new DescribeLogGroupsCommand({}))
    expect(logGroups.map(({ logGroupName }) => logGroupName)).to.include('/shop/checkout')
    const call = (await fixture.calls()).findLast(({ service }) => service === 'logs')
    expect(call).to.include({ sourceIdentity: 'alice-1' })
  })

  it('is logged under the session that it issues', async () => {
    const { Credentials } = await assume({ RoleSessionName: 'bob' })
    expect((await fixture.calls()).at(-1)).to.include({
      operation: 'AssumeRole',
      outcome: 'ok',
      accessKeyId: Credentials?.AccessKeyId,
      callerArn: 'arn:aws:sts::111122223333:assumed-role/CloudWatchSre/bob',
    })
  })

  describe('is denied', () => {
    const cases: ReadonlyArray<readonly [string, Partial<AssumeRoleCommandInput>, string]> = [
      ['without the external id', { ExternalId: undefined }, 'sts:AssumeRole'],
      ['with another external id', { ExternalId: 'gateway' }, 'sts:AssumeRole'],
      ['without a source identity', { SourceIdentity: undefined }, 'sts:AssumeRole'],
      ['with a tag that was not agreed upon', { Tags: [tag('admin', 'yes')] }, 'sts:AssumeRole'],
    ]
    for (const [what, input, action] of cases) {
      it(what, async () => {
        const failure = await failureOf(assume(input))
        expect(failure.name).to.equal('AccessDenied')
        expect(failure.message).to.equal(denial(action))
        expect(failure).to.have.nested.property('$metadata.httpStatusCode', 403)
      })
    }

    it('for a role that does not exist', async () => {
      const RoleArn = `${ROLES.sre}Two`
      expect((await failureOf(assume({ RoleArn }))).message).to.equal(
        denial('sts:AssumeRole', RoleArn),
      )
    })

    it('for the catalog role without its team, and given with it', async () => {
      const RoleArn = ROLES.catalog
      for (const Tags of [undefined, [tag('team', 'shop')], [tag('user', 'catalog')]]) {
        const failure = await failureOf(assume({ RoleArn, Tags }))
        expect(failure.message).to.equal(denial('sts:AssumeRole', RoleArn))
      }
      const { AssumedRoleUser } = await assume({ RoleArn, Tags: [tag('team', 'catalog')] })
      expect(AssumedRoleUser?.Arn).to.contain('/CloudWatchCatalog/alice')
    })

    it('to a person who holds a session of her own', async () => {
      const alice = await fixture.assume()
      const failure = await failureOf(assume({}, alice))
      expect(failure.message).to.match(/CloudWatchSre\/alice is not authorized .*sts:AssumeRole/)
    })

    it('to nobody in particular', async () => {
      const failure = await failureOf(assume({}, { ...LOCAL_GATEWAY, secretAccessKey: 'guessed' }))
      expect(failure.name).to.equal('SignatureDoesNotMatch')
      const response = await fetch(fixture.endpoint, {
        method: 'POST',
        headers: { 'content-type': 'application/x-www-form-urlencoded' },
        body: 'Action=AssumeRole&Version=2011-06-15',
      })
      expect(response.status).to.equal(403)
      expect(await response.text()).to.contain('MissingAuthenticationToken')
    })
  })

  it('lets the gateway do nothing but take roles', async () => {
    const failure = await failureOf(
      fixture.logs(LOCAL_GATEWAY).send(new DescribeLogGroupsCommand({})),
    )
    expect(failure.name).to.equal('AccessDeniedException')
    expect(failure.message).to.contain('assumed-role/LocalGateway/local is not authorized')
  })

  describe('refuses as ValidationError', () => {
    const cases: ReadonlyArray<readonly [string, Partial<AssumeRoleCommandInput>, RegExp]> = [
      ['a second more than an hour', { DurationSeconds: 3601 }, /1 hour session limit .*chaining/],
      ['less than 15 minutes', { DurationSeconds: 899 }, /durationSeconds/],
      ['a source identity with a bar', { SourceIdentity: 'auth0|x' }, /sourceIdentity/],
      ['an external id with a space', { ExternalId: 'a b' }, /externalId/],
      ['two tags of one key', { Tags: [tag('team', 'a'), tag('Team', 'b')] }, /session tags/],
      ['a reserved tag', { Tags: [tag('aws:team', 'a')] }, /session tags/],
      ['a tag value with a star', { Tags: [tag('team', 'a*')] }, /session tags/],
      ['a tag value of 257', { Tags: [tag('team', 'a'.repeat(257))] }, /session tags/],
      [
        'fifty-one tags',
        { Tags: Array.from({ length: 51 }, (_, index) => tag(`k${index}`, 'v')) },
        /session tags/,
      ],
      ['a transitive key without its tag', { TransitiveTagKeys: ['team'] }, /session tags/],
      [
        'eleven managed policies',
        { PolicyArns: Array.from({ length: 11 }, () => ({ arn: LOGS_READ })) },
        /policyArns/,
      ],
      [
        'a managed policy that is not here',
        { PolicyArns: [{ arn: 'arn:aws:iam::aws:policy/AdministratorAccess' }] },
        /AdministratorAccess is not supported by this local stand-in/,
      ],
      ['a second factor', { SerialNumber: 'arn:aws:iam::1:mfa/a' }, /SerialNumber/],
    ]
    for (const [what, input, message] of cases) {
      it(what, async () => {
        const failure = await failureOf(assume(input))
        expect(failure.name).to.equal('ValidationError')
        expect(failure.message).to.match(message)
      })
    }
  })

  describe('with managed session policies', () => {
    const all = JSON.stringify({ Statement: [{ Effect: 'Allow', Action: '*', Resource: '*' }] })
    const metrics = JSON.stringify({
      Statement: [{ Effect: 'Allow', Action: 'cloudwatch:*', Resource: '*' }],
    })
    const may = async (input: Partial<AssumeRoleCommandInput>) => {
      const { Credentials } = await assume(input)
      const logs = fixture.logs(tripleOf(Credentials))
      return logs.send(new DescribeLogGroupsCommand({})).then(
        () => true,
        ({ name }: Error) => name !== 'AccessDeniedException',
      )
    }
    it('narrows the session to them and the inline one together', async () => {
      const PolicyArns = [{ arn: LOGS_READ }]
      expect(await may({ PolicyArns })).to.equal(true)
      expect(await may({ Policy: metrics })).to.equal(false)
      expect(await may({ Policy: metrics, PolicyArns })).to.equal(true)
      expect(await may({ Policy: all })).to.equal(true)
    })
  })

  describe('with session tags', () => {
    const ownTeam = JSON.stringify({
      Version: '2012-10-17',
      Statement: [
        {
          Effect: 'Allow',
          Action: 'logs:FilterLogEvents',
          Resource: '*',
          // biome-ignore lint/suspicious/noTemplateCurlyInString: an IAM policy variable, not a template
          Condition: { StringEquals: { 'aws:ResourceTag/team': '${aws:PrincipalTag/team}' } },
        },
      ],
    })
    const read = async (input: Partial<AssumeRoleCommandInput>, logGroupName: string) => {
      const { Credentials } = await assume({ Policy: ownTeam, ...input })
      const command = new FilterLogEventsCommand({ logGroupName, limit: 1 })
      return fixture.logs(tripleOf(Credentials)).send(command)
    }

    it('lets a person read what has the tag of her team', async () => {
      const { events } = await read({ Tags: [tag('team', 'shop')] }, '/shop/checkout')
      expect(events).to.have.lengthOf(1)
    })

    const others: ReadonlyArray<readonly [string, Partial<AssumeRoleCommandInput>]> = [
      ['another team', { Tags: [tag('team', 'catalog')] }],
      ['no team', {}],
      ['a team under another key', { Tags: [tag('user', 'shop')] }],
    ]
    for (const [what, input] of others) {
      it(`keeps out ${what}`, async () => {
        const failure = await failureOf(read(input, '/shop/checkout'))
        expect(failure.name).to.equal('AccessDeniedException')
        expect(failure.message).to.match(/no session policy allows the logs:FilterLogEvents/)
      })
    }

    it('keeps out everybody from what has no tag', async () => {
      const failure = await failureOf(
        read({ Tags: [tag('team', 'shop')] }, '/aws/lambda/order-mailer'),
      )
      expect(failure.name).to.equal('AccessDeniedException')
    })

    it('knows the source identity in policies too', async () => {
      const Policy = JSON.stringify({
        Statement: [
          {
            Effect: 'Allow',
            Action: '*',
            Resource: '*',
            Condition: { StringEquals: { 'aws:SourceIdentity': 'alice-1' } },
          },
        ],
      })
      expect((await read({ Policy }, '/shop/checkout')).events).to.have.lengthOf(1)
      const other = { Policy, SourceIdentity: 'bob-1' }
      expect((await failureOf(read(other, '/shop/checkout'))).name).to.equal(
        'AccessDeniedException',
      )
    })
  })

  describe('faults', () => {
    afterEach(() => fetch(`${fixture.endpoint}/_local/faults`, { method: 'DELETE' }))

    it('can leave out the session token', async () => {
      await fixture.faults({ service: 'sts', operation: 'AssumeRole', kind: 'partial' })
      const { Credentials } = await assume()
      expect(Credentials?.AccessKeyId).to.match(/^ASIA/)
      expect(Credentials?.SessionToken).to.equal(undefined)
    })

    it('can let a session end early', async () => {
      await fixture.faults({ service: 'sts', kind: 'short', milliseconds: 30_000, times: 1 })
      const { Credentials } = await assume()
      const left = (Credentials?.Expiration?.getTime() ?? 0) - Date.now()
      expect(left).to.be.within(20_000, 30_000)
      const next = (await assume()).Credentials?.Expiration?.getTime() ?? 0
      expect(next - Date.now()).to.be.above(3_500_000)
    })

    it('can throttle', async () => {
      await fixture.faults({ service: 'sts', kind: 'throttle', times: 1 })
      expect((await failureOf(assume())).name).to.equal('Throttling')
    })
  })
})
