import {
  DescribeDestinationsCommand,
  DescribeLogGroupsCommand,
  DescribeLogStreamsCommand,
  FilterLogEventsCommand,
  type FilterLogEventsCommandInput,
  GetLogEventsCommand,
  GetLogGroupFieldsCommand,
} from '@aws-sdk/client-cloudwatch-logs'
import { expect } from 'chai'
import { compileFilterPattern } from '../../src/aws/logs/filter-pattern.ts'
import { type Fixture, failureOf, startFixture } from './aws-fixture.ts'

describe('CloudWatch Logs', () => {
  let fixture: Fixture
  let logs: ReturnType<Fixture['logs']>

  before(async () => {
    fixture = await startFixture({ frozen: true })
    logs = fixture.logs(await fixture.assume())
  })
  after(() => fixture.close())

  const groups = (input: object) =>
    logs
      .send(new DescribeLogGroupsCommand(input))
      .then(({ logGroups = [] }) => logGroups.map((group) => group.logGroupName))
  const filter = (input: Partial<FilterLogEventsCommandInput>) =>
    logs.send(
      new FilterLogEventsCommand({
        logGroupName: '/shop/checkout',
        startTime: fixture.now().getTime() - 3_600_000,
        ...input,
      }),
    )

  it('describes log groups by prefix or by pattern, not by both', async () => {
    expect(await groups({ logGroupNamePrefix: '/aws/' })).to.deep.equal([
      '/aws/lambda/order-mailer',
    ])
    expect(await groups({ logGroupNamePattern: 'pay' })).to.deep.equal(['/shop/payments'])
    expect(await groups({ logGroupNamePattern: 'PAY' })).to.deep.equal([])
    const both = failureOf(groups({ logGroupNamePrefix: 'a', logGroupNamePattern: 'b' }))
    expect((await both).name).to.equal('InvalidParameterException')
  })

  it('pages log groups, and refuses the token of another request', async () => {
    const first = await logs.send(new DescribeLogGroupsCommand({ limit: 4 }))
    expect(first.logGroups).to.have.length(4)
    const { nextToken } = first
    const second = await logs.send(new DescribeLogGroupsCommand({ limit: 4, nextToken }))
    expect(second.logGroups?.map((group) => group.logGroupName)).to.deep.equal([
      '/shop/frontend',
      '/shop/imports',
      '/shop/payments',
    ])
    expect(second.nextToken).to.equal(undefined)
    for (const input of [{ nextToken, logGroupNamePrefix: '/shop' }, { nextToken: 'x' }]) {
      expect((await failureOf(groups(input))).name).to.equal('InvalidParameterException')
    }
    expect((await failureOf(groups({ limit: 51 }))).name).to.equal('ValidationException')
  })

  it('describes a group as the API does', async () => {
    const { logGroups = [] } = await logs.send(
      new DescribeLogGroupsCommand({ logGroupNamePrefix: '/shop/cart' }),
    )
    expect(logGroups[0]).to.include({
      arn: 'arn:aws:logs:us-east-1:111122223333:log-group:/shop/cart:*',
      logGroupArn: 'arn:aws:logs:us-east-1:111122223333:log-group:/shop/cart',
      logGroupClass: 'STANDARD',
      retentionInDays: 3,
    })
  })

  it('says about how many bytes a group keeps, and only names with a pattern', async () => {
    const { logGroups = [] } = await logs.send(new DescribeLogGroupsCommand({}))
    const bytes = Object.fromEntries(logGroups.map((one) => [one.logGroupName, one.storedBytes]))
    expect(bytes['/shop/checkout']).to.be.within(6_000_000, 12_000_000)
    const shortly = await logs.send(
      new DescribeLogGroupsCommand({ logGroupNamePattern: 'checkout' }),
    )
    expect(Object.keys(shortly.logGroups?.[0] ?? {})).to.have.members([
      'arn',
      'creationTime',
      'logGroupName',
    ])
  })

  it('filters events oldest first, or newest first when told so', async () => {
    const { events = [] } = await filter({ filterPattern: '"timed out" -declined' })
    expect(events.length).to.be.within(50, 150)
    const times = events.map((event) => event.timestamp ?? 0)
    expect(times).to.deep.equal([...times].sort((left, right) => left - right))
    expect(events.every((event) => event.message?.includes('timed out'))).to.equal(true)
    const newest = await filter({ filterPattern: '"timed out"', startFromHead: false, limit: 1 })
    expect(newest.events?.[0]?.eventId).to.equal(events.at(-1)?.eventId)
  })

  it('pages events without losing or repeating one', async () => {
    const ids: Array<string | undefined> = []
    let nextToken: string | undefined
    do {
      const page = await filter({ limit: 100, nextToken })
      ids.push(...(page.events ?? []).map((event) => event.eventId))
      nextToken = page.nextToken
    } while (nextToken !== undefined)
    const { events = [] } = await filter({})
    expect(ids).to.deep.equal(events.map((event) => event.eventId))
    expect(new Set(ids).size).to.equal(ids.length)
  })

  it('answers an empty page with a token when a fault asks for one', async () => {
    await fixture.faults({ operation: 'FilterLogEvents', kind: 'partial', times: 1 })
    const empty = await filter({ limit: 5 })
    expect(empty.events).to.deep.equal([])
    const next = await filter({ limit: 5, nextToken: empty.nextToken })
    expect(next.events).to.have.length(5)
  })

  it('keeps a page below a megabyte', async () => {
    const page = await filter({ startTime: 0 })
    const bytes = (page.events ?? []).reduce((sum, one) => sum + (one.message?.length ?? 0) + 26, 0)
    expect(bytes).to.be.within(1_000_000, 1_048_576)
    expect(page.nextToken).to.be.a('string')
  })

  it('gives the largest event a page of its own', async () => {
    const { events = [], nextToken } = await filter({
      logGroupName: '/shop/imports',
      startTime: fixture.now().getTime() - 7 * 3_600_000,
      filterPattern: '{ $.level = "ERROR" }',
    })
    expect(events.map((event) => Buffer.byteLength(event.message ?? ''))).to.deep.equal([1_048_550])
    expect(nextToken).to.be.a('string')
  })

  it('never unmasks without the right to', async () => {
    const failure = await failureOf(filter({ unmask: true }))
    expect(failure.message).to.contain('logs:Unmask')
  })

  it('lists streams by name and by their last event, and reads one of them to its end', async () => {
    const logGroupName = '/shop/checkout'
    const { logStreams = [] } = await logs.send(
      new DescribeLogStreamsCommand({ logGroupName, orderBy: 'LastEventTime', descending: true }),
    )
    expect(logStreams).to.have.length(4)
    const newest = logStreams[0]?.logStreamName ?? ''
    expect(newest).to.match(/^checkout\/2\.14\.0\//)

    const read = { logGroupName, logStreamName: newest, startFromHead: true, limit: 150 }
    const seen: number[] = []
    let token: string | undefined
    for (;;) {
      const page = await logs.send(new GetLogEventsCommand({ ...read, nextToken: token }))
      seen.push(...(page.events ?? []).map((event) => event.timestamp ?? 0))
      if (page.nextForwardToken === token) break
      token = page.nextForwardToken
    }
    expect(seen).to.deep.equal([...seen].sort((left, right) => left - right))
    expect(seen.at(-1)).to.equal(logStreams[0]?.lastEventTimestamp)

    const tail = await logs.send(
      new GetLogEventsCommand({ logGroupName, logStreamName: newest, limit: 10 }),
    )
    expect(tail.events?.map((event) => event.timestamp)).to.deep.equal(seen.slice(-10))
    const missing = new GetLogEventsCommand({ logGroupName, logStreamName: 'none' })
    expect((await failureOf(logs.send(missing))).name).to.equal('ResourceNotFoundException')
  })

  it('says which fields a group has and how often', async () => {
    const { logGroupFields = [] } = await logs.send(
      new GetLogGroupFieldsCommand({ logGroupName: '/shop/checkout' }),
    )
    const percent = Object.fromEntries(logGroupFields.map((one) => [one.name, one.percent]))
    expect(percent['@message']).to.equal(100)
    expect(percent['http.status']).to.be.within(95, 100)
    expect(percent['error.type']).to.be.within(5, 35)
  })

  it('answers UnknownOperationException to what it does not have', async () => {
    const failure = await failureOf(logs.send(new DescribeDestinationsCommand({})))
    expect(failure.name).to.equal('UnknownOperationException')
  })

  it('answers SerializationException to a body that is no structure or has wrong types', async () => {
    const wrong = await failureOf(groups({ limit: 'ten' as unknown as number }))
    expect(wrong.name).to.equal('SerializationException')
  })

  const patterns: ReadonlyArray<readonly [string, string, boolean]> = [
    ['', 'anything', true],
    ['error', 'an error', true],
    ['ERROR', 'an error', false],
    ['one two', 'two one', true],
    ['one two', 'one', false],
    ['"one two"', 'two one', false],
    ['one -two', 'one two', false],
    ['?one ?two', 'two', true],
    ['?one ?two', 'three', false],
    ['"say \\"hi\\""', 'say "hi"', true],
  ]
  for (const [pattern, message, expected] of patterns) {
    it(`${expected ? 'finds' : 'does not find'} ${message} with the pattern ${pattern}`, () => {
      expect(compileFilterPattern(pattern)(message)).to.equal(expected)
    })
  }

  for (const filterPattern of ['{ $.level = }', '[a, b]', '%regex%']) {
    it(`refuses the pattern ${filterPattern}, which it cannot read`, async () => {
      expect((await failureOf(filter({ filterPattern }))).name).to.equal(
        'InvalidParameterException',
      )
    })
  }
})
