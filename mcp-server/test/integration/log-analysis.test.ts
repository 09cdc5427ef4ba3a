import { expect } from 'chai'
import { callerHeaders } from '../support/caller-headers.ts'
import { gate } from '../support/fake-aws.ts'
import { post, textOf, toolCall } from '../support/rpc.ts'
import { type RunningServer, startServer } from '../support/running-server.ts'

const ARN = 'arn:aws:logs:us-east-1:111122223333:log-group:/shop/checkout'
const row = (fields: Record<string, string>) =>
  Object.entries(fields).map(([field, value]) => ({ field, value }))
const denied = (action: string) => ({
  status: 400,
  type: 'AccessDeniedException',
  message: `not authorized to perform: ${action} on resource: *`,
})

describe('the tools that make sense of logs', () => {
  let server: RunningServer
  beforeEach(async () => {
    server = await startServer({ CLOUDWATCH_MCP_QUERY_DEADLINE_MS: '1500' })
    server.aws.on('DescribeLogGroups', () => ({ output: { logGroups: [] } }))
    server.aws.on('StopQuery', () => ({ output: { success: true } }))
    // The id is the query itself, so that the results can follow from it.
    server.aws.on('StartQuery', ({ queryString, logGroupNames }) => ({
      output: {
        queryId: Buffer.from(JSON.stringify([queryString, logGroupNames])).toString('base64url'),
      },
    }))
  })
  afterEach(() => server.close())

  const results = (of: (query: string, groups: readonly string[]) => Record<string, unknown>) =>
    server.aws.on('GetQueryResults', ({ queryId }) => {
      const [query, groups] = JSON.parse(Buffer.from(String(queryId), 'base64url').toString('utf8'))
      return { output: { status: 'Complete', ...of(query, groups) } }
    })
  const ask = async (name: string, args: Record<string, unknown>, headers = callerHeaders()) => {
    const { reply } = await post(server.mcp, toolCall(name, args), headers)
    return { text: textOf(reply), isError: reply.result?.isError === true }
  }
  const leaveAfter = async (operation: string, name: string, args: Record<string, unknown>) => {
    const client = new AbortController()
    const answer = post(server.mcp, toolCall(name, args), callerHeaders(), client.signal).catch(
      (error: Error) => error.name,
    )
    await server.aws.called(operation)
    client.abort()
    expect(await answer).to.equal('AbortError')
    await server.drain()
  }

  describe('analyze_log_group', () => {
    const args = { logGroup: '/shop/checkout', start: '2026-01-01', end: '2026-01-02' }
    const day = Date.parse('2026-01-01T12:00:00Z')
    const anomaly = (over: Record<string, unknown>) => ({
      anomalyId: 'a',
      priority: 'LOW',
      firstSeen: day,
      lastSeen: day,
      description: 'more than expected',
      patternString: 'payment <*> declined',
      histogram: { [String(day)]: 4 },
      ...over,
    })
    beforeEach(() => {
      results((query) => ({
        results: [
          row({
            '@pattern': query.startsWith('filter') ? 'ERROR <*> declined' : 'INFO <*> done',
            '@sampleCount': query.startsWith('filter') ? '12' : '900',
            '@ratio': '0.75',
            '@tokens': 't'.repeat(5_000),
            '@visualization': 'v'.repeat(5_000),
            '@logSamples': JSON.stringify([{ message: 'sample one' }, { message: 'sample two' }]),
          }),
        ],
        statistics: { bytesScanned: 1_024, recordsScanned: 5 },
      }))
      server.aws.on('ListLogAnomalyDetectors', ({ nextToken }) => ({
        output:
          nextToken === undefined
            ? { anomalyDetectors: [], nextToken: 'two' }
            : { anomalyDetectors: [{ anomalyDetectorArn: 'detector' }] },
      }))
      server.aws.on('ListAnomalies', () => ({
        output: {
          anomalies: [
            anomaly({}),
            anomaly({ priority: 'HIGH', description: 'never seen before' }),
            anomaly({ description: 'of last year', firstSeen: 0, lastSeen: 1 }),
          ],
        },
      }))
    })

    it('is a failure when neither query could be made', async () => {
      server.aws.on('StartQuery', () => ({
        status: 400,
        type: 'ResourceNotFoundException',
        message: 'no such group',
      }))
      server.aws.on('ListLogAnomalyDetectors', () => ({ output: { anomalyDetectors: [] } }))
      const { text, isError } = await ask('analyze_log_group', args)
      expect(isError).to.equal(true)
      expect(text).to.include('no such group')
    })

    it('shows error patterns, anomalies of the range and patterns, briefly', async () => {
      const { text, isError } = await ask('analyze_log_group', args)
      expect(isError).to.equal(false)
      expect(text).to.match(/^The most frequent: 1 error pattern, 2 anomalies, 1 pattern\./)
      expect(text).to.match(
        /error pattern \| 12 \| 75 % \| ERROR <\*> declined \| sample one\nanomaly, high priority \| 4 \| {2}\| never seen before: payment <\*> declined \| 2026-01-01T12:00:00Z.*\nanomaly, low priority .*\npattern \| 900/,
      )
      expect(text).not.to.include('of last year').and.not.to.include('sample two')
      expect(text).not.to.include('tttt').and.not.to.include('vvvv')
      expect(text.length).to.be.below(2_500)
      expect((await server.aws.called('ListLogAnomalyDetectors')).input.filterLogGroupArn).to.equal(
        ARN,
      )
      expect((await server.aws.called('ListAnomalies')).input).to.deep.equal({
        anomalyDetectorArn: 'detector',
        suppressionState: 'UNSUPPRESSED',
      })
    })

    it('runs its parts at the same time', async () => {
      const both = gate()
      let starts = 0
      server.aws.on('ListLogAnomalyDetectors', async () => {
        await both.opened
        return { output: {} }
      })
      server.aws.on('StartQuery', async () => {
        starts += 1
        if (starts === 2) both.open()
        await both.opened
        return { output: { queryId: Buffer.from('["pattern",[]]').toString('base64url') } }
      })
      const { text } = await ask('analyze_log_group', args)
      expect(text).to.include('No anomaly detector watches this log group')
    })

    for (const [operation, left] of [
      ['ListLogAnomalyDetectors', 'pattern | 900'],
      ['ListAnomalies', 'pattern | 900'],
      ['StartQuery', 'anomaly, high'],
      ['GetQueryResults', 'anomaly, high'],
    ] as const) {
      it(`names the missing action and shows the rest when ${operation} is denied`, async () => {
        server.aws.on(operation, () => denied(`logs:${operation}`))
        const { text, isError } = await ask('analyze_log_group', args)
        expect(isError).to.equal(false)
        expect(text).to.include(`may not do logs:${operation} on *`).and.to.include(left)
      })
    }

    it('is a failure when nothing can be seen', async () => {
      for (const operation of ['ListLogAnomalyDetectors', 'StartQuery']) {
        server.aws.on(operation, () => denied(`logs:${operation}`))
      }
      expect((await ask('analyze_log_group', args)).isError).to.equal(true)
    })

    it('stops both queries when its caller goes', async () => {
      server.aws.on('GetQueryResults', () => new Promise(() => {}))
      await leaveAfter('GetQueryResults', 'analyze_log_group', args)
      expect(server.aws.callsOf('StopQuery')).to.have.length(2)
    })

    it('stops them at the deadline and says that counts are too low', async () => {
      results(() => ({ status: 'Running' }))
      const { text } = await ask('analyze_log_group', args)
      expect(text).to.include('was stopped before its end').and.to.include('anomaly, high')
      expect(server.aws.callsOf('StopQuery')).to.have.length(2)
    })

    it('asks for no anomalies of other log groups when the account is not known', async () => {
      const headers = callerHeaders({ 'x-aws-role-arn': undefined })
      const { text, isError } = await ask('analyze_log_group', args, headers)
      expect(isError).to.equal(false)
      expect(text).to.include('Anomalies: not known').and.to.include('pattern | 900')
      expect(server.aws.callsOf('ListLogAnomalyDetectors')).to.have.length(0)
    })

    it('counts both queries for the cost', async () => {
      server.aws.on('DescribeLogGroups', () => ({
        output: {
          logGroups: [
            {
              logGroupName: '/shop/checkout',
              storedBytes: 150 * 1_024 ** 3,
              retentionInDays: 1,
              creationTime: 0,
            },
          ],
        },
      }))
      const { text, isError } = await ask('analyze_log_group', {
        logGroup: '/shop/checkout',
        start: '-1d',
      })
      expect(isError).to.equal(true)
      expect(text).to.include('cost about $1.50')
    })
  })

  describe('correlate_logs', () => {
    const args = { id: 'req-42', logGroups: ['/shop/checkout', '/shop/payment', '/shop/mail'] }
    const event = (time: string, group: string, message: string) =>
      row({
        '@timestamp': `2026-01-01 10:00:0${time}`,
        '@log': `111122223333:${group}`,
        '@message': message,
        '@ptr': 'p',
      })

    it('merges all events that hold the id into one timeline', async () => {
      results(() => ({
        results: [
          event('0.500', '/shop/payment', 'charge req-42'),
          event('0.000', '/shop/checkout', 'begin req-42'),
          event('2.250', '/shop/checkout', 'failed req-42'),
        ],
        statistics: { bytesScanned: 2_048, recordsScanned: 30, recordsMatched: 3 },
      }))
      const { text } = await ask('correlate_logs', args)
      expect(text).to.match(/^3 events in 2 log groups within 2.250 s\./)
      expect(text).to.include(
        [
          '2026-01-01 10:00:00.000 | +0.000 s | /shop/checkout | begin req-42',
          '2026-01-01 10:00:00.500 | +0.500 s | /shop/payment | charge req-42',
          '2026-01-01 10:00:02.250 | +2.250 s | /shop/checkout | failed req-42',
        ].join('\n'),
      )
      expect(text).to.include('No event with it: /shop/mail.').and.to.include('scanned: 2 KB')
    })

    it('looks for the id as it is written, whatever it holds', async () => {
      results(() => ({ results: [] }))
      await ask('correlate_logs', { ...args, id: 'a"b\\c /| limit 1' })
      expect((await server.aws.called('StartQuery')).input.queryString).to.equal(
        'fields @timestamp, @log, @message | filter @message like "a\\"b\\\\c /| limit 1" | sort @timestamp asc | limit 200',
      )
    })

    it('asks 50 log groups at a time and merges the parts', async () => {
      const logGroups = Array.from({ length: 120 }, (_, at) => `/g/${at}`)
      results((_query, groups) => ({
        results: [event(groups.includes('/g/0') ? '9.000' : '1.000', groups[0] ?? '', 'req-42')],
        statistics: { bytesScanned: 1_024 },
      }))
      const { text } = await ask('correlate_logs', { ...args, logGroups })
      expect(text).to.match(/^3 events in 3 log groups within 8.000 s\./)
      expect(text).to.include('scanned: 3 KB')
      expect(server.aws.callsOf('StartQuery')).to.have.length(3)
    })

    it('explains an empty result, and refuses an id that is too short or has lines', async () => {
      results(() => ({ results: [] }))
      expect((await ask('correlate_logs', args)).text).to.match(/^No event holds the id\./)
      for (const id of ['abc', 'abcd\n| limit 1']) {
        expect((await ask('correlate_logs', { ...args, id })).isError).to.equal(true)
      }
    })

    it('stops all its queries when one fails, and tells why that one did', async () => {
      const logGroups = Array.from({ length: 120 }, (_, at) => `/g/${at}`)
      const others = gate()
      let polls = 0
      server.aws.on('GetQueryResults', async () => {
        polls += 1
        if (polls === 3) others.open()
        await others.opened
        return polls === 3 ? denied('logs:GetQueryResults') : { output: { status: 'Running' } }
      })
      const { text, isError } = await ask('correlate_logs', { ...args, logGroups })
      expect(isError).to.equal(true)
      expect(text).to.include('logs:GetQueryResults')
      expect(server.aws.callsOf('StopQuery')).to.have.length(3)
    })

    it('stops its query when its caller goes', async () => {
      server.aws.on('GetQueryResults', () => new Promise(() => {}))
      await leaveAfter('GetQueryResults', 'correlate_logs', args)
      expect(server.aws.callsOf('StopQuery')).to.have.length(1)
    })
  })

  describe('recommend_indexes', () => {
    const query = (queryString: string, over: Record<string, unknown> = {}) => ({
      queryString,
      createTime: Date.now(),
      bytesScanned: 1_024 ** 3,
      logGroupName: '/shop/checkout',
      userIdentity: 'arn:aws:sts::111122223333:assumed-role/R/somebody-else',
      queryId: 'id-of-somebody-else',
      status: 'Complete',
      ...over,
    })
    beforeEach(() => {
      server.aws.on('DescribeQueries', ({ nextToken }) => ({
        output:
          nextToken === undefined
            ? {
                queries: [
                  query('filter orderId = "secret-of-somebody"'),
                  query('filter level = "E"'),
                ],
                nextToken: 'two',
              }
            : { queries: [query('filter orderId in ["8"] and traceId = "t"')] },
      }))
      server.aws.on('DescribeIndexPolicies', () => ({
        output: {
          indexPolicies: [{ source: 'LOG_GROUP', policyDocument: '{"Fields":["level"]}' }],
        },
      }))
      server.aws.on('DescribeFieldIndexes', () => ({ output: { fieldIndexes: [] } }))
      server.aws.on('GetLogGroupFields', () => ({
        output: { logGroupFields: [{ name: 'orderId', percent: 62 }] },
      }))
      server.aws.on('DescribeAccountPolicies', () => ({
        output: { accountPolicies: [{ policyDocument: '{"Fields":["app"]}' }] },
      }))
    })

    it('recommends for one log group what is compared and not indexed, with a policy that keeps the old fields', async () => {
      const { text, isError } = await ask('recommend_indexes', { logGroup: '/shop/checkout' })
      expect(isError).to.equal(false)
      expect(text).to.match(/^1 field is worth an index in \/shop\/checkout\./)
      expect(text).to.match(/orderId \| 100 \| 2 \| 2 \| \S+ \| 2 GB \| 62 %/)
      expect(text).to.include('Indexed already and used: level, traceId.')
      expect(text).to.include('{"Fields":["level","orderId"]}')
      expect(text)
        .to.include('history: 3 queries since')
        .and.to.include('3 GB scanned, about $0.01')
      expect(server.aws.callsOf('StartQuery')).to.have.length(0)
    })

    it('shows no query text, id or author: they are other people’s', async () => {
      const { text } = await ask('recommend_indexes', {})
      expect(text).not.to.include('secret-of').and.not.to.include('somebody-else')
    })

    it('recommends for the account', async () => {
      const { text } = await ask('recommend_indexes', {})
      expect(text).to.include('2 fields are worth an index in the account')
      expect(text)
        .to.include('{"Fields":["app","orderId","level"]}')
        .and.to.include('PutAccountPolicy')
      expect((await server.aws.called('DescribeAccountPolicies')).input).to.deep.equal({
        policyType: 'FIELD_INDEX_POLICY',
      })
      expect(server.aws.callsOf('DescribeQueries')[0]?.input).to.deep.equal({
        status: 'Complete',
        maxResults: 1_000,
      })
    })

    it('reads no more of the history than asked', async () => {
      server.aws.on('DescribeQueries', ({ maxResults }) => ({
        output: {
          queries: Array.from({ length: Number(maxResults) }, () => query('filter a = 1')),
          nextToken: `more-${server.aws.calls.length}`,
        },
      }))
      const { text } = await ask('recommend_indexes', { maxQueries: 1_500 })
      expect(text).to.include('1,500 queries').and.to.include('Only the latest 1,500')
      expect(server.aws.callsOf('DescribeQueries')).to.have.length(2)
    })

    for (const operation of [
      'DescribeIndexPolicies',
      'DescribeFieldIndexes',
      'GetLogGroupFields',
    ]) {
      it(`goes on without ${operation} and names the missing action`, async () => {
        server.aws.on(operation, () => denied(`logs:${operation}`))
        const { text, isError } = await ask('recommend_indexes', { logGroup: '/shop/checkout' })
        expect(isError).to.equal(false)
        expect(text).to.include(`logs:${operation}`).and.to.include('orderId')
      })
    }

    it('fails for a log group that does not exist, with one reason', async () => {
      const missing = { status: 400, type: 'ResourceNotFoundException', message: 'no such group' }
      for (const operation of [
        'DescribeIndexPolicies',
        'DescribeFieldIndexes',
        'GetLogGroupFields',
      ])
        server.aws.on(operation, () => missing)
      server.aws.on('DescribeQueries', () => ({ output: { queries: [] } }))
      const { text, isError } = await ask('recommend_indexes', { logGroup: '/shop/nothing' })
      expect(isError).to.equal(true)
      expect(text.match(/no such group/g)).to.have.length(1)
    })

    it('fails without the history, naming the action, and says when there is none', async () => {
      server.aws.on('DescribeQueries', () => ({ output: { queries: [] } }))
      expect((await ask('recommend_indexes', {})).text).to.match(/^Nobody queried the account/)
      server.aws.on('DescribeQueries', () => denied('logs:DescribeQueries'))
      const { text, isError } = await ask('recommend_indexes', {})
      expect(isError).to.equal(true)
      expect(text).to.include('may not do logs:DescribeQueries on *')
    })
  })
})
