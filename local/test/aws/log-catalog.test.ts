import {
  DescribeAccountPoliciesCommand,
  DescribeFieldIndexesCommand,
  DescribeIndexPoliciesCommand,
  DescribeLogGroupsCommand,
  DescribeQueriesCommand,
  DescribeQueryDefinitionsCommand,
  FilterLogEventsCommand,
  GetQueryResultsCommand,
  ListAnomaliesCommand,
  ListLogAnomalyDetectorsCommand,
  ListLogGroupsCommand,
  ListLogGroupsForQueryCommand,
  ListTagsForResourceCommand,
  StartQueryCommand,
} from '@aws-sdk/client-cloudwatch-logs'
import { expect } from 'chai'
import { compileFilterPattern } from '../../src/aws/logs/filter-pattern.ts'
import { ACCOUNTS, ROLES } from '../../src/world.ts'
import { type Fixture, failureOf, startFixture } from './aws-fixture.ts'

const arnOf = (name: string, account: string = ACCOUNTS.shop) =>
  `arn:aws:logs:us-east-1:${account}:log-group:${name}`

describe('what CloudWatch Logs knows about its groups', () => {
  let fixture: Fixture
  let logs: ReturnType<Fixture['logs']>

  before(async () => {
    fixture = await startFixture({ frozen: true })
    logs = fixture.logs(await fixture.assume())
  })
  after(() => fixture.close())

  describe('ListLogGroups', () => {
    const list = async (input: object) =>
      ((await logs.send(new ListLogGroupsCommand(input))).logGroups ?? []).map(
        (group) => group.logGroupName,
      )

    it('matches several patterns, at the beginning or anywhere', async () => {
      expect(await list({ logGroupNamePattern: '^/aws/|pay' })).to.deep.equal([
        '/aws/lambda/order-mailer',
        '/shop/payments',
      ])
      expect(await list({ logGroupNamePattern: '^shop' })).to.deep.equal([])
      for (const logGroupNamePattern of ['ab', 'a*b', 'aaa|bbb|ccc|ddd|eee|fff']) {
        const failure = await failureOf(list({ logGroupNamePattern }))
        expect(failure.name).to.equal('InvalidParameterException')
      }
    })

    it('filters by class, index and tag, and pages', async () => {
      expect(await list({ logGroupClass: 'INFREQUENT_ACCESS' })).to.deep.equal([])
      expect(await list({ fieldIndexNames: ['requestId'] })).to.deep.equal(['/shop/checkout'])
      expect(await list({ logGroupTags: [{ key: 'team' }] })).to.deep.equal([])
      const first = await logs.send(new ListLogGroupsCommand({ limit: 4 }))
      expect(first.logGroups).to.have.length(4)
      expect(await list({ limit: 4, nextToken: first.nextToken })).to.have.length(3)
    })

    it('shows the groups of linked accounts, as DescribeLogGroups does', async () => {
      const linked = { includeLinkedAccounts: true }
      expect(await list(linked))
        .to.include('/catalog/api')
        .and.include('/shop/cart')
      expect(await list({ ...linked, accountIdentifiers: [ACCOUNTS.catalog] })).to.deep.equal([
        '/catalog/api',
        '/catalog/search',
      ])
      const { logGroups = [] } = await logs.send(
        new DescribeLogGroupsCommand({ ...linked, logGroupNamePrefix: '/catalog/' }),
      )
      expect(logGroups[0]?.logGroupArn).to.equal(arnOf('/catalog/api', ACCOUNTS.catalog))
      const failure = await failureOf(list({ accountIdentifiers: [ACCOUNTS.catalog] }))
      expect(failure.name).to.equal('InvalidParameterException')
    })
  })

  it('has saved queries, with groups and parameters, by name and language', async () => {
    const list = async (input: object) =>
      (await logs.send(new DescribeQueryDefinitionsCommand(input))).queryDefinitions ?? []
    const all = await list({})
    expect(all).to.have.length(5)
    const order = all.find((one) => one.name === 'one order everywhere')
    expect(order?.logGroupNames).to.include('/shop/payments')
    expect(order?.parameters?.[0]).to.include({ name: 'orderId' })
    expect(order?.queryDefinitionId).to.match(/^[0-9a-f-]{36}$/)
    expect(await list({ queryDefinitionNamePrefix: 'checkout/' })).to.have.length(2)
    expect((await list({ queryLanguage: 'SQL' })).map((one) => one.name)).to.deep.equal([
      'sql/requests by status',
    ])
    const first = await logs.send(new DescribeQueryDefinitionsCommand({ maxResults: 3 }))
    expect(await list({ maxResults: 3, nextToken: first.nextToken })).to.have.length(2)
  })

  it('lets each saved query run', async () => {
    const { queryDefinitions = [] } = await logs.send(new DescribeQueryDefinitionsCommand({}))
    const now = Math.floor(fixture.now().getTime() / 1000)
    for (const one of queryDefinitions) {
      const { queryId } = await logs.send(
        new StartQueryCommand({
          queryLanguage: one.queryLanguage,
          queryString: one.queryString,
          logGroupNames: one.logGroupNames,
          startTime: now - 600,
          endTime: now,
        }),
      )
      expect(queryId).to.be.a('string')
    }
  })

  describe('indexes', () => {
    it('have policies where somebody made one', async () => {
      const policies = async (...names: string[]) =>
        (await logs.send(new DescribeIndexPoliciesCommand({ logGroupIdentifiers: names })))
          .indexPolicies ?? []
      const [policy, ...others] = await policies('/shop/checkout', arnOf('/shop/payments'))
      expect(others).to.deep.equal([])
      expect(policy).to.include({
        logGroupIdentifier: arnOf('/shop/checkout'),
        source: 'LOG_GROUP',
      })
      expect(JSON.parse(policy?.policyDocument ?? '')).to.deep.equal({ Fields: ['requestId'] })
      expect((await failureOf(policies('/shop/gone'))).name).to.equal('ResourceNotFoundException')
      const { accountPolicies } = await logs.send(
        new DescribeAccountPoliciesCommand({ policyType: 'FIELD_INDEX_POLICY' }),
      )
      expect(accountPolicies).to.deep.equal([])
    })

    it('name their fields by category', async () => {
      const fields = async (name: string, more: object = {}) =>
        (
          (
            await logs.send(
              new DescribeFieldIndexesCommand({ logGroupIdentifiers: [name], ...more }),
            )
          ).fieldIndexes ?? []
        ).map((one) => `${one.indexCategory} ${one.fieldIndexName}`)
      expect(await fields('/shop/checkout')).to.deep.equal([
        'DEFAULT @logStream',
        'DEFAULT @data_format',
        'CUSTOM requestId',
      ])
      expect(await fields('/shop/payments', { indexCategories: ['CUSTOM'] })).to.deep.equal([])
    })
  })

  describe('DescribeQueries', () => {
    const list = async (input: object = {}) =>
      (await logs.send(new DescribeQueriesCommand(input))).queries ?? []

    it('remembers a month of queries with what they read and who asked', async () => {
      const all = await list()
      expect(all.length).to.be.greaterThan(50)
      const times = all.map((one) => one.createTime ?? 0)
      expect(times).to.deep.equal([...times].sort((left, right) => right - left))
      const payments = await list({ logGroupName: '/shop/payments', status: 'Complete' })
      expect(payments.every((one) => one.queryString?.includes('requestId'))).to.equal(true)
      expect(payments[0]?.bytesScanned).to.be.greaterThan(1_000_000)
      expect(payments[0]?.userIdentity).to.match(/:assumed-role\/CloudWatchSre\/alice$/)
      expect(await list({ queryLanguage: 'PPL' })).to.have.length(3)
      expect(await list({ status: 'Cancelled' })).to.have.length(2)
      const first = await logs.send(new DescribeQueriesCommand({ maxResults: 10 }))
      const second = await list({ maxResults: 10, nextToken: first.nextToken })
      expect([...(first.queries ?? []), ...second]).to.deep.equal(all.slice(0, 20))
    })

    it('shows a query that runs now, under its asker, once for each of its groups', async () => {
      const now = Math.floor(fixture.now().getTime() / 1000)
      const { queryId } = await logs.send(
        new StartQueryCommand({
          logGroupNames: ['/shop/cart', '/shop/checkout'],
          queryString: 'stats count(*)',
          startTime: now - 600,
          endTime: now,
        }),
      )
      const [found, second] = await list({ status: 'Scheduled' })
      expect(found).to.include({ queryId, queryString: 'stats count(*)' })
      expect(second).to.include({ queryId, logGroupName: '/shop/checkout' })
      expect(found?.userIdentity).to.match(/alice$/)
      expect(found?.bytesScanned).to.equal(undefined)
      fixture.advance(100)
      const { statistics } = await logs.send(new GetQueryResultsCommand({ queryId }))
      const done = (await list()).find((one) => one.queryId === queryId)
      expect(done).to.include({ status: 'Complete', bytesScanned: statistics?.bytesScanned })
      const { logGroupIdentifiers } = await logs.send(new ListLogGroupsForQueryCommand({ queryId }))
      expect(logGroupIdentifiers).to.deep.equal([arnOf('/shop/cart'), arnOf('/shop/checkout')])
    })

    it('belongs to an account', async () => {
      const policy = {
        Version: '2012-10-17',
        Statement: [{ Effect: 'Allow', Action: 'logs:*', Resource: '*' }],
      }
      const bob = fixture.logs(await fixture.assume({ role: ROLES.catalog, policy }))
      const failure = await failureOf(bob.send(new DescribeQueriesCommand({})))
      expect(failure.message).to.contain('logs:DescribeQueries')
    })
  })

  describe('anomalies', () => {
    it('are found by a detector of one group', async () => {
      const detectors = async (input: object = {}) =>
        (await logs.send(new ListLogAnomalyDetectorsCommand(input))).anomalyDetectors ?? []
      expect((await detectors()).map((one) => one.detectorName)).to.deep.equal([
        'shop-checkout-anomalies',
        'shop-payments-anomalies',
      ])
      const filterLogGroupArn = arnOf('/shop/checkout')
      const [detector] = await detectors({ filterLogGroupArn })
      expect(detector).to.include({
        anomalyDetectorStatus: 'ANALYZING',
        evaluationFrequency: 'FIVE_MIN',
      })
      expect(await detectors({ filterLogGroupArn: arnOf('/shop/cart') })).to.deep.equal([])

      const list = async (input: object) =>
        (await logs.send(new ListAnomaliesCommand(input))).anomalies ?? []
      const { anomalyDetectorArn } = detector ?? {}
      const found = await list({ anomalyDetectorArn })
      expect(found.map((one) => `${one.priority} ${one.suppressed}`)).to.deep.equal([
        'HIGH false',
        'LOW true',
      ])
      expect(await list({ suppressionState: 'UNSUPPRESSED' })).to.have.length(2)
      const gone = failureOf(list({ anomalyDetectorArn: `${anomalyDetectorArn}0` }))
      expect((await gone).name).to.equal('ResourceNotFoundException')
    })

    it('begin with the deploy and show pattern, histogram and samples', async () => {
      const { anomalies = [] } = await logs.send(
        new ListAnomaliesCommand({ suppressionState: 'UNSUPPRESSED' }),
      )
      const [timeout] = anomalies
      expect(timeout?.patternString).to.contain('payment authorization timed out after 3000 ms')
      expect(timeout?.patternString).to.contain('"requestId":"<*>"')
      expect(timeout?.active).to.equal(true)
      const minutes = (fixture.now().getTime() - (timeout?.firstSeen ?? 0)) / 60_000
      expect(minutes).to.be.within(30, 44)
      expect(timeout?.logSamples).to.have.length(5)
      const [sample] = timeout?.logSamples ?? []
      expect(new RegExp(timeout?.patternRegex ?? 'x').test(sample?.message ?? '')).to.equal(true)
      const counted = Object.values(timeout?.histogram ?? {}).reduce((sum, one) => sum + one, 0)
      expect(counted).to.be.within(40, 150)
      const dynamic = timeout?.patternTokens?.find((token) => token.isDynamic)
      expect(dynamic).to.include({ tokenString: '<*>', dynamicTokenPosition: 1 })
    })

    it('are not there where nothing is wrong', async () => {
      const other = fixture.logs(await fixture.assume(), 'eu-west-1')
      expect((await other.send(new ListAnomaliesCommand({}))).anomalies).to.deep.equal([])
    })
  })

  it('has no tags on its groups', async () => {
    const tags = (resourceArn: string) => logs.send(new ListTagsForResourceCommand({ resourceArn }))
    expect((await tags(arnOf('/shop/cart'))).tags).to.deep.equal({})
    expect((await failureOf(tags(arnOf('/gone')))).name).to.equal('ResourceNotFoundException')
  })

  it('filters JSON events by their fields', async () => {
    const { events = [] } = await logs.send(
      new FilterLogEventsCommand({
        logGroupName: '/shop/checkout',
        startTime: fixture.now().getTime() - 3_600_000,
        filterPattern: '{ $.level = "ERROR" && $.error.type = "PaymentTimeout*" }',
      }),
    )
    expect(events.length).to.be.within(50, 150)
    expect(events.every((event) => event.message?.includes('PaymentTimeoutError'))).to.equal(true)
  })

  const EVENT = JSON.stringify({
    level: 'ERROR',
    ms: 3000,
    ok: false,
    user: null,
    http: { status: 504 },
    tags: ['a', 'b c'],
    'odd name': 'x',
  })
  const patterns: ReadonlyArray<readonly [string, boolean]> = [
    ['{ $.level = "ERROR" }', true],
    ['{ $.level = ERROR }', true],
    ['{$.level=ERR*}', true],
    ['{ $.level = *ROR }', true],
    ['{ $.level = RO }', false],
    ['{ $.level != "INFO" }', true],
    ['{ $.missing != "INFO" }', false],
    ['{ $.ms = 3000 }', true],
    ['{ $.ms > 2999.5 }', true],
    ['{ $.ms >= 3000 && $.ms <= 3000 }', true],
    ['{ $.ms < 3000 }', false],
    ['{ $.http.status = 504 }', true],
    ['{ $.http.status = 5* }', true],
    ['{ $.tags[1] = "b c" }', true],
    ["{ $['odd name'] = x }", true],
    ['{ $.ok IS FALSE }', true],
    ['{ $.ok IS TRUE }', false],
    ['{ $.user IS NULL }', true],
    ['{ $.user NOT EXISTS }', false],
    ['{ $.missing NOT EXISTS }', true],
    ['{ $.level = %ERR|WARN% }', true],
    ['{ $.level = INFO || $.ms = 3000 }', true],
    ['{ ($.level = INFO || $.ms = 3000) && $.http.status = 200 }', false],
    ['{ $.level = INFO || $.ms = 3000 && $.http.status = 504 }', true],
  ]
  for (const [pattern, expected] of patterns) {
    it(`${expected ? 'finds' : 'does not find'} an event with ${pattern}`, () => {
      expect(compileFilterPattern(pattern)(EVENT)).to.equal(expected)
      expect(compileFilterPattern(pattern)('plain text')).to.equal(false)
    })
  }

  for (const pattern of [
    '{ $.a }',
    '{ $.a = 1',
    '{ a = 1 }',
    '{ $.a > x }',
    '{ $.a = %(% }',
    '{}',
    '{ $.a = 1 } x',
  ]) {
    it(`cannot read ${pattern}`, () => {
      expect(() => compileFilterPattern(pattern)).to.throw(/Invalid filter pattern/)
    })
  }
})
