import {
  GetLogRecordCommand,
  GetQueryResultsCommand,
  type MalformedQueryException,
  type QueryLanguage,
  StartQueryCommand,
  type StartQueryCommandInput,
  StopQueryCommand,
} from '@aws-sdk/client-cloudwatch-logs'
import { expect } from 'chai'
import { type Fixture, failureOf, startFixture, withFixture } from './aws-fixture.ts'

describe('the life of a query', () => {
  let fixture: Fixture
  let logs: ReturnType<Fixture['logs']>

  before(async () => {
    fixture = await startFixture()
    logs = fixture.logs(await fixture.assume())
  })
  after(() => fixture.close())

  const seconds = () => Math.floor(fixture.now().getTime() / 1000)
  const start = async (changed: Partial<StartQueryCommandInput> = {}) => {
    const input: StartQueryCommandInput = {
      logGroupNames: ['/shop/checkout'],
      startTime: seconds() - 3600,
      endTime: seconds(),
      queryString: 'fields @timestamp, level | filter level = "ERROR" | limit 20',
      ...changed,
    }
    const { queryId } = await logs.send(new StartQueryCommand(input))
    return queryId
  }
  const results = (queryId: string | undefined, more: object = {}) =>
    logs.send(new GetQueryResultsCommand({ queryId, ...more }))
  const finish = async (queryId: string | undefined) => {
    for (;;) {
      const answer = await results(queryId)
      if (answer.status === 'Complete') return answer
    }
  }

  it('goes from Scheduled over Running with some rows to Complete with all', () =>
    withFixture({ frozen: true }, async (other) => {
      const client = other.logs(await other.assume())
      const now = Math.floor(other.now().getTime() / 1000)
      const { queryId } = await client.send(
        new StartQueryCommand({
          logGroupName: '/shop/checkout',
          startTime: now - 3600,
          endTime: now,
          queryString: 'limit 20',
        }),
      )
      const seen: Array<readonly [string | undefined, number | undefined]> = []
      for (const milliseconds of [0, 24, 1, 74, 1]) {
        other.advance(milliseconds)
        const { status, results: rows } = await client.send(new GetQueryResultsCommand({ queryId }))
        seen.push([status, rows?.length])
      }
      expect(seen).to.deep.equal([
        ['Scheduled', 0],
        ['Scheduled', 0],
        ['Running', 10],
        ['Running', 10],
        ['Complete', 20],
      ])
    }))

  it('stays Running with half of its rows while a fault holds it', async () => {
    await fixture.faults([{ operation: 'GetQueryResults', kind: 'partial', times: 1 }])
    const queryId = await start()
    const held = await results(queryId)
    expect(held.status).to.equal('Running')
    expect(held.results).to.have.length(10)
    expect((await finish(queryId)).results).to.have.length(20)
  })

  it('reports what it read and how many rows it has', async () => {
    const { statistics } = await finish(await start())
    expect(statistics?.resultCount).to.equal(20)
    expect(statistics?.logGroupsScanned).to.equal(1)
    expect(statistics?.recordsMatched).to.be.within(50, 150)
    expect(statistics?.recordsScanned).to.be.greaterThan(statistics?.recordsMatched ?? 0)
    expect(statistics?.bytesScanned).to.be.greaterThan(10_000)
  })

  it('pages its rows', async () => {
    const queryId = await start()
    await finish(queryId)
    const first = await results(queryId, { maxItems: 15 })
    expect(first.results).to.have.length(15)
    const second = await results(queryId, { maxItems: 15, nextToken: first.nextToken })
    expect(second.results).to.have.length(5)
    expect(second.nextToken).to.equal(undefined)
    const failure = await failureOf(results(queryId, { nextToken: 'bogus' }))
    expect(failure.name).to.equal('InvalidParameterException')
  })

  it('leads by @ptr to the whole record', async () => {
    const { results: rows = [] } = await finish(await start())
    const pointer = rows[0]?.find((one) => one.field === '@ptr')?.value
    const { logRecord } = await logs.send(new GetLogRecordCommand({ logRecordPointer: pointer }))
    expect(logRecord).to.include({ level: 'ERROR', '@log': '111122223333:/shop/checkout' })
    expect(logRecord?.['error.type']).to.equal('PaymentTimeoutError')
    const failure = await failureOf(
      fixture
        .logs(await fixture.assume(), 'eu-west-1')
        .send(new GetLogRecordCommand({ logRecordPointer: pointer })),
    )
    expect(failure.name).to.equal('ResourceNotFoundException')
  })

  it('can be stopped while it runs, once', async () => {
    const queryId = await start()
    expect((await logs.send(new StopQueryCommand({ queryId }))).success).to.equal(true)
    expect((await results(queryId)).status).to.equal('Cancelled')
    const again = await failureOf(logs.send(new StopQueryCommand({ queryId })))
    expect(again.name).to.equal('InvalidParameterException')
    expect(again.message).to.match(/not running/)
  })

  it('cannot be stopped when it is complete or was never there', async () => {
    const queryId = await start()
    await finish(queryId)
    const late = await failureOf(logs.send(new StopQueryCommand({ queryId })))
    expect(late.name).to.equal('InvalidParameterException')
    const unknown = await failureOf(logs.send(new StopQueryCommand({ queryId: 'nope' })))
    expect(unknown.name).to.equal('ResourceNotFoundException')
  })

  it('includes both seconds at its ends', async () => {
    const all = await finish(await start({ queryString: 'fields @timestamp', limit: 500 }))
    const time = all.results?.at(20)?.find((one) => one.field === '@timestamp')?.value ?? ''
    const second = Math.floor(Date.parse(`${time.replace(' ', 'T')}Z`) / 1000)
    const one = await finish(
      await start({ startTime: second, endTime: second, queryString: 'fields @timestamp' }),
    )
    expect(one.results?.some((row) => row.some((field) => field.value === time))).to.equal(true)
  })

  describe('does not begin', () => {
    const cases: ReadonlyArray<readonly [string, () => Partial<StartQueryCommandInput>, string]> = [
      [
        'with a group that is not there',
        () => ({ logGroupNames: ['/shop/none'] }),
        'ResourceNotFoundException',
      ],
      ['without groups', () => ({ logGroupNames: undefined }), 'InvalidParameterException'],
      [
        'with groups named twice',
        () => ({ logGroupName: '/shop/cart' }),
        'InvalidParameterException',
      ],
      [
        'with 51 groups',
        () => ({ logGroupNames: Array.from({ length: 51 }, (_, at) => `/shop/${at}`) }),
        'InvalidParameterException',
      ],
      [
        'with its end before its start',
        () => ({ startTime: seconds(), endTime: seconds() - 60 }),
        'InvalidParameterException',
      ],
      [
        'for times that no group keeps',
        () => ({ startTime: 1000, endTime: 2000 }),
        'MalformedQueryException',
      ],
      ['with a limit of 0', () => ({ limit: 0 }), 'ValidationException'],
      ['with a limit of 100001', () => ({ limit: 100_001 }), 'ValidationException'],
      ['in SQL that is none', () => ({ queryLanguage: 'SQL' }), 'MalformedQueryException'],
      ['in PPL that is none', () => ({ queryLanguage: 'PPL' }), 'MalformedQueryException'],
      [
        'in SQL with groups in two places',
        () => ({ queryLanguage: 'SQL', queryString: 'SELECT * FROM `/shop/cart`' }),
        'InvalidParameterException',
      ],
      [
        'in SQL with more than 10,000 rows',
        () => ({
          queryLanguage: 'SQL',
          logGroupNames: undefined,
          queryString: 'SELECT * FROM `/shop/cart`',
          limit: 10_001,
        }),
        'ValidationException',
      ],
      [
        'in a language that does not exist',
        // The SDK does not check the value; the service does.
        () => ({ queryLanguage: 'KQL' as QueryLanguage }),
        'ValidationException',
      ],
      [
        'with a query it cannot read',
        () => ({ queryString: 'select *' }),
        'MalformedQueryException',
      ],
    ]
    for (const [title, input, name] of cases) {
      it(title, async () => {
        expect((await failureOf(start(input()))).name).to.equal(name)
      })
    }

    it('and says where a query is malformed', async () => {
      const failure = await failureOf(start({ queryString: 'fields @message | nope' }))
      // The SDK made an instance of the class that its name says.
      const { queryCompileError } = failure as unknown as MalformedQueryException
      expect(queryCompileError?.location).to.deep.equal({ startCharOffset: 18, endCharOffset: 22 })
      expect(failure.message).to.equal('unexpected symbol found nope at line 1 and position 18')
    })
  })

  it('is refused beyond 100 at the same time, as a limit that SDKs retry', () =>
    withFixture({ frozen: true }, async (other) => {
      const client = other.logs(await other.assume())
      const now = Math.floor(other.now().getTime() / 1000)
      const command = new StartQueryCommand({
        logGroupName: '/shop/cart',
        startTime: now - 60,
        endTime: now,
        queryString: 'limit 1',
      })
      await Promise.all(Array.from({ length: 100 }, () => client.send(command)))
      const failure = await failureOf(client.send(command))
      expect(failure.name).to.equal('LimitExceededException')
      other.advance(100)
      expect((await client.send(command)).queryId).to.be.a('string')
    }))
})
