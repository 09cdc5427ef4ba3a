import { ListMetricsCommand } from '@aws-sdk/client-cloudwatch'
import {
  DescribeLogGroupsCommand,
  FilterLogEventsCommand,
  type FilterLogEventsCommandInput,
  GetQueryResultsCommand,
  StartQueryCommand,
} from '@aws-sdk/client-cloudwatch-logs'
import { expect } from 'chai'
import { ACCOUNTS, ROLES } from '../../src/world.ts'
import { type Fixture, failureOf, startFixture } from './aws-fixture.ts'

describe('authorization', () => {
  let fixture: Fixture

  before(async () => {
    fixture = await startFixture()
  })
  after(() => fixture.close())

  const query = (...logGroupIdentifiers: string[]) =>
    new StartQueryCommand({
      logGroupIdentifiers,
      startTime: Math.floor(Date.now() / 1000) - 600,
      endTime: Math.floor(Date.now() / 1000),
      queryString: 'fields @message',
    })

  it('lets each account see its own log groups and no others, per region', async () => {
    const names = async (role: string, region: string) => {
      const logs = fixture.logs(await fixture.assume({ role }), region)
      const { logGroups = [] } = await logs.send(new DescribeLogGroupsCommand({}))
      return logGroups.map((group) => group.logGroupName)
    }
    expect(await names(ROLES.sre, 'us-east-1')).to.deep.equal([
      '/aws/lambda/order-mailer',
      '/shop/cart',
      '/shop/checkout',
      '/shop/deployments',
      '/shop/frontend',
      '/shop/imports',
      '/shop/payments',
    ])
    expect(await names(ROLES.sre, 'eu-west-1')).to.deep.equal([
      '/aws/lambda/order-mailer',
      '/shop/cart',
      '/shop/checkout',
      '/shop/deployments',
      '/shop/frontend',
      '/shop/payments',
    ])
    expect(await names(ROLES.sre, 'ap-south-1')).to.deep.equal([])
    expect(await names(ROLES.catalog, 'us-east-1')).to.deep.equal([
      '/catalog/api',
      '/catalog/search',
    ])
  })

  it('gives the catalog role its logs and no metrics', async () => {
    const bob = await fixture.assume({ role: ROLES.catalog, sessionName: 'bob' })
    const { queryId } = await fixture.logs(bob).send(query('/catalog/api'))
    expect(queryId).to.be.a('string')
    const failure = await failureOf(fixture.cloudwatch(bob).send(new ListMetricsCommand({})))
    expect(failure.name).to.equal('AccessDenied')
    expect(failure.message).to.equal(
      'User: arn:aws:sts::444455556666:assumed-role/CloudWatchCatalog/bob is not authorized to ' +
        'perform: cloudwatch:ListMetrics because no identity-based policy allows the ' +
        'cloudwatch:ListMetrics action',
    )
    expect(failure).to.have.nested.property('$metadata.httpStatusCode', 403)
  })

  it('denies the catalog role every group outside /catalog/, there or not, by name or by ARN', async () => {
    const logs = fixture.logs(await fixture.assume({ role: ROLES.catalog, sessionName: 'bob' }))
    const foreign = `arn:aws:logs:us-east-1:${ACCOUNTS.shop}:log-group:/shop/checkout`
    for (const name of ['/shop/checkout', '/catalogue', foreign]) {
      const failure = await failureOf(logs.send(query(name)))
      expect(failure.name).to.equal('AccessDeniedException')
      expect(failure.message).to.contain(
        'is not authorized to perform: logs:StartQuery on resource:',
      )
      expect(failure.message).to.contain('because no identity-based policy allows the logs:')
    }
    const mixed = await failureOf(logs.send(query('/catalog/api', '/shop/checkout')))
    expect(mixed.name).to.equal('AccessDeniedException')
    const filter = new FilterLogEventsCommand({ logGroupName: '/shop/checkout' })
    expect((await failureOf(logs.send(filter))).name).to.equal('AccessDeniedException')
  })

  it('lets the monitoring account read the groups of the account that is linked to it, by ARN', async () => {
    const logs = fixture.logs(await fixture.assume())
    const arnOf = (account: string) => `arn:aws:logs:us-east-1:${account}:log-group:/catalog/api`
    expect((await logs.send(query(arnOf(ACCOUNTS.catalog)))).queryId).to.be.a('string')
    for (const strange of ['/catalog/api', arnOf('999999999999')]) {
      const failure = await failureOf(logs.send(query(strange)))
      expect(failure.name).to.equal('ResourceNotFoundException')
    }
    const filter = (input: FilterLogEventsCommandInput) =>
      logs.send(new FilterLogEventsCommand({ limit: 3, ...input }))
    const { events } = await filter({ logGroupIdentifier: arnOf(ACCOUNTS.catalog) })
    expect(events).to.have.length(3)
    const asName = await failureOf(filter({ logGroupName: arnOf(ACCOUNTS.catalog) }))
    expect(asName.name).to.equal('ValidationException')
  })

  it('links in one direction only', async () => {
    const everything = {
      Version: '2012-10-17',
      Statement: [{ Effect: 'Allow', Action: '*', Resource: '*' }],
    }
    const bob = await fixture.assume({ role: ROLES.catalog, policy: everything })
    const { logGroups = [] } = await fixture
      .logs(bob)
      .send(new DescribeLogGroupsCommand({ includeLinkedAccounts: true }))
    expect(logGroups.map((group) => group.logGroupName)).to.deep.equal([
      '/catalog/api',
      '/catalog/search',
    ])
  })

  it('keeps a query in its account and region, even from one who knows its id', async () => {
    const alice = await fixture.assume()
    const bob = await fixture.assume({ role: ROLES.catalog, sessionName: 'bob' })
    const { queryId } = await fixture.logs(alice).send(query('/shop/checkout'))
    const read = new GetQueryResultsCommand({ queryId })
    const names = [
      (await failureOf(fixture.logs(bob).send(read))).name,
      (await failureOf(fixture.logs(alice, 'eu-west-1').send(read))).name,
    ]
    expect(names).to.deep.equal(['ResourceNotFoundException', 'ResourceNotFoundException'])
    expect((await fixture.logs(alice).send(read)).status).to.be.a('string')
  })

  describe('session policies', () => {
    const onlyCart = {
      Version: '2012-10-17',
      Statement: [
        {
          Effect: 'Allow',
          Action: ['logs:StartQuery', 'cloudwatch:*'],
          Resource: 'arn:aws:logs:*:*:log-group:/shop/cart*',
        },
      ],
    }

    it('narrow a wide role, and the sentence says that it was the session policy', async () => {
      const logs = fixture.logs(await fixture.assume({ policy: onlyCart }))
      expect((await logs.send(query('/shop/cart'))).queryId).to.be.a('string')
      const failure = await failureOf(logs.send(query('/shop/checkout')))
      expect(failure.name).to.equal('AccessDeniedException')
      expect(failure.message).to.match(
        /because no session policy allows the logs:StartQuery action$/,
      )
    })

    it('never widen a narrow role', async () => {
      const policy = { Statement: [{ Effect: 'Allow', Action: '*', Resource: '*' }] }
      const bob = await fixture.assume({ role: ROLES.catalog, sessionName: 'bob', policy })
      const failure = await failureOf(fixture.logs(bob).send(query('/shop/checkout')))
      expect(failure.message).to.match(/because no identity-based policy allows/)
    })

    it('deny explicitly before they allow', async () => {
      const policy = {
        Statement: [
          { Effect: 'Allow', Action: '*', Resource: '*' },
          { Effect: 'Deny', Action: 'LOGS:startquery', Resource: '*' },
        ],
      }
      const failure = await failureOf(
        fixture.logs(await fixture.assume({ policy })).send(query('/shop/cart')),
      )
      expect(failure.message).to.match(/with an explicit deny in a session policy$/)
    })

    it('with a condition that cannot be judged deny, and somebody is told', async () => {
      const policy = {
        Statement: [
          {
            Effect: 'Allow',
            Action: '*',
            Resource: '*',
            Condition: { DateGreaterThan: { 'aws:CurrentTime': '2020-01-01T00:00:00Z' } },
          },
        ],
      }
      const failure = await failureOf(
        fixture.logs(await fixture.assume({ policy })).send(query('/shop/cart')),
      )
      expect(failure.name).to.equal('AccessDeniedException')
      expect(failure.message).to.contain('DateGreaterThan')
      expect(fixture.warnings.join('\n')).to.contain('DateGreaterThan')
    })

    it('can look at the tags that the token brought', async () => {
      const policy = {
        Statement: [
          {
            Effect: 'Allow',
            Action: '*',
            Resource: '*',
            Condition: { StringEquals: { 'aws:PrincipalTag/team': 'blue' } },
          },
        ],
      }
      const claims = { 'https://aws.amazon.com/tags/principal_tags/team': 'blue' }
      const tagged = fixture.logs(await fixture.assume({ policy, claims }))
      expect((await tagged.send(query('/shop/cart'))).queryId).to.be.a('string')
      const untagged = fixture.logs(await fixture.assume({ policy }))
      expect((await failureOf(untagged.send(query('/shop/cart')))).name).to.equal(
        'AccessDeniedException',
      )
    })
  })
})
