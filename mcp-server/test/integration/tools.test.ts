import { expect } from 'chai'
import { callerHeaders } from '../support/caller-headers.ts'
import { startFakeAws } from '../support/fake-aws.ts'
import { post, textOf, toolCall } from '../support/rpc.ts'
import { type RunningServer, startServer } from '../support/running-server.ts'

describe('the listing and metric tools', () => {
  let server: RunningServer
  const start = async (env: Record<string, string> = {}) => {
    server = await startServer(env)
  }
  beforeEach(() => start())
  afterEach(() => server.close())

  const ask = async (
    name: string,
    args: Record<string, unknown> = {},
    headers = callerHeaders(),
  ): Promise<{ text: string; isError: boolean }> => {
    const { reply } = await post(server.mcp, toolCall(name, args), headers)
    return { text: textOf(reply), isError: reply.result?.isError === true }
  }
  const cursorOf = (text: string): string => {
    const cursor = /^cursor: (\S+)$/m.exec(text)?.[1]
    if (cursor === undefined) throw new Error(`no cursor in ${text}`)
    return cursor
  }

  describe('list_log_groups', () => {
    it('shows name, class, retention, size and age', async () => {
      server.aws.on('DescribeLogGroups', () => ({
        output: {
          logGroups: [
            {
              logGroupName: '/shop/checkout',
              logGroupClass: 'STANDARD',
              retentionInDays: 30,
              storedBytes: 1_572_864,
              creationTime: Date.parse('2026-01-02T03:04:05Z'),
            },
          ],
        },
      }))
      const { text } = await ask('list_log_groups', { prefix: '/shop', class: 'STANDARD' })
      expect(text).to.include('1 log group of the class STANDARD whose name starts with "/shop".')
      expect(text).to.include('/shop/checkout | STANDARD | 30 | 1.5 MB | 2026-01-02T03:04:05Z')
      expect(server.aws.calls[0]?.input).to.deep.equal({
        logGroupNamePrefix: '/shop',
        logGroupClass: 'STANDARD',
        limit: 50,
      })
    })

    it('does not say "never expires" of a group found by pattern, of which AWS tells only the name', async () => {
      server.aws.on('DescribeLogGroups', () => ({
        output: { logGroups: [{ logGroupName: '/shop/checkout' }] },
      }))
      const { text } = await ask('list_log_groups', { pattern: 'checkout' })
      expect(text).to.include('/shop/checkout | - | - | - | -')
    })

    it('explains an empty result', async () => {
      server.aws.on('DescribeLogGroups', () => ({ output: {} }))
      const { text, isError } = await ask('list_log_groups', { prefix: '/Shop' })
      expect(isError).to.equal(false)
      expect(text).to.include('Names are case-sensitive')
    })

    it('refuses prefix and pattern together', async () => {
      const { text, isError } = await ask('list_log_groups', { prefix: '/a', pattern: 'abc' })
      expect(isError).to.equal(true)
      expect(text).to.include('cannot be used together')
    })

    it('walks all pages by cursor and loses no row that did not fit', async () => {
      await server.close()
      await start({ CLOUDWATCH_MCP_MAX_ANSWER_CHARS: '2000' })
      const all = Array.from({ length: 100 }, (_, at) => `/group/${at}/${'x'.repeat(40)}`)
      server.aws.on('DescribeLogGroups', ({ nextToken, limit }) => {
        const from = Number(nextToken ?? 0)
        const to = from + Number(limit)
        return {
          output: {
            logGroups: all.slice(from, to).map((logGroupName) => ({ logGroupName })),
            ...(to < all.length && { nextToken: String(to) }),
          },
        }
      })
      const seen: string[] = []
      let cursor: string | undefined
      do {
        const { text } = await ask('list_log_groups', { ...(cursor && { cursor }) })
        expect(text.length).to.be.at.most(2_000)
        seen.push(...[...text.matchAll(/^(\/group\/\S+)/gm)].map((match) => match[1] ?? ''))
        cursor = text.includes('\ncursor: ') ? cursorOf(text) : undefined
      } while (cursor !== undefined)
      expect(seen).to.deep.equal(all)
    })

    it('refuses a cursor of another principal, region, account or search', async () => {
      server.aws.on('DescribeLogGroups', () => ({
        output: { logGroups: [{ logGroupName: '/a' }], nextToken: 'more' },
      }))
      const first = await ask('list_log_groups', { prefix: '/a' })
      const cursor = cursorOf(first.text)
      const calls = server.aws.calls.length
      const foreign = [
        await ask('list_log_groups', { prefix: '/b', cursor }),
        await ask(
          'list_log_groups',
          { prefix: '/a', cursor },
          callerHeaders({ 'x-mcp-principal': 'bob' }),
        ),
        await ask(
          'list_log_groups',
          { prefix: '/a', cursor },
          callerHeaders({ 'x-aws-region': 'eu-west-1' }),
        ),
        await ask(
          'list_log_groups',
          { prefix: '/a', cursor },
          callerHeaders({ 'x-aws-role-arn': 'arn:aws:iam::444455556666:role/Other' }),
        ),
        await ask('list_log_groups', { prefix: '/a', cursor: 'damaged' }),
        await ask('list_alarms', { cursor }),
      ]
      for (const { text, isError } of foreign) {
        expect(isError).to.equal(true)
        expect(text).to.match(/^The cursor (belongs to another|is damaged)/)
      }
      expect(server.aws.calls).to.have.length(calls)
      // New credentials of the same person do not break it.
      const renewed = callerHeaders({ 'x-aws-access-key-id': 'ASIAALICE00000000002' })
      expect((await ask('list_log_groups', { prefix: '/a', cursor }, renewed)).isError).to.equal(
        false,
      )
      expect(server.aws.calls.at(-1)?.input.nextToken).to.equal('more')
    })
  })

  describe('list_alarms', () => {
    const seconds = Date.parse('2026-01-02T03:04:05Z') / 1_000

    it('asks for all types and shows state, since when, reason, metric and threshold', async () => {
      server.aws.on('DescribeAlarms', () => ({
        output: {
          MetricAlarms: [
            {
              AlarmName: 'checkout-errors',
              StateValue: 'ALARM',
              StateReason: 'Threshold Crossed: 3 datapoints',
              StateTransitionedTimestamp: seconds,
              StateUpdatedTimestamp: seconds + 500,
              Namespace: 'Shop',
              MetricName: 'Errors',
              Statistic: 'Sum',
              Dimensions: [{ Name: 'Service', Value: 'checkout' }],
              Period: 60,
              EvaluationPeriods: 5,
              DatapointsToAlarm: 3,
              Threshold: 10,
              ComparisonOperator: 'GreaterThanThreshold',
              ActionsEnabled: false,
              EvaluationState: 'PARTIAL_DATA',
            },
            {
              AlarmName: 'error-rate',
              StateValue: 'OK',
              Metrics: [
                { Id: 'rate', Expression: 'm1/m2*100' },
                {
                  Id: 'm1',
                  MetricStat: {
                    Metric: { Namespace: 'Shop', MetricName: 'Errors' },
                    Period: 60,
                    Stat: 'Sum',
                  },
                },
              ],
            },
          ],
          CompositeAlarms: [
            {
              AlarmName: 'shop-down',
              StateValue: 'ALARM',
              AlarmRule: 'ALARM("checkout-errors") OR ALARM("no-orders")',
              ActionsSuppressedBy: 'Alarm',
              ActionsSuppressedReason: 'deploy window',
            },
          ],
          LogAlarms: [
            {
              AlarmName: 'log-alarm',
              StateValue: 'OK',
              Threshold: 1,
              ComparisonOperator: 'GreaterThanThreshold',
            },
          ],
        },
      }))
      const { text } = await ask('list_alarms')
      expect(text).to.include('4 alarms, 2 of them in ALARM.')
      expect(text).to.include(
        'checkout-errors | metric | ALARM | 2026-01-02T03:04:05Z | Threshold Crossed: 3 datapoints | Sum of Shop/Errors {Service=checkout} | > 10 for 3 of 5 periods of 60 s | actions are off; evaluation: PARTIAL_DATA',
      )
      expect(text).to.include('rate: m1/m2*100; m1: Sum of Shop/Errors')
      expect(text).to.include('ALARM("checkout-errors") OR ALARM("no-orders")')
      expect(text).to.include('actions suppressed by Alarm: deploy window')
      expect(text).to.include('log-alarm | log | OK')
      expect(server.aws.calls[0]?.input).to.deep.equal({
        AlarmTypes: ['MetricAlarm', 'CompositeAlarm', 'LogAlarm'],
        MaxRecords: 50,
      })
    })

    it('passes filters on', async () => {
      server.aws.on('DescribeAlarms', () => ({ output: {} }))
      const { text } = await ask('list_alarms', {
        state: 'ALARM',
        namePrefix: 'shop-',
        types: ['composite'],
        limit: 5,
      })
      expect(text).to.include('No alarms in state ALARM.')
      expect(server.aws.calls[0]?.input).to.deep.equal({
        AlarmTypes: ['CompositeAlarm'],
        StateValue: 'ALARM',
        AlarmNamePrefix: 'shop-',
        MaxRecords: 5,
      })
    })

    it('continues by cursor', async () => {
      server.aws.on('DescribeAlarms', ({ NextToken }) => ({
        output: {
          MetricAlarms: [{ AlarmName: NextToken === 'two' ? 'second' : 'first', StateValue: 'OK' }],
          ...(NextToken === undefined && { NextToken: 'two' }),
        },
      }))
      const first = await ask('list_alarms')
      expect(first.text).to.include('and more on the next page')
      const second = await ask('list_alarms', { cursor: cursorOf(first.text) })
      expect(second.text).to.include('second | metric').and.not.to.include('cursor:')
    })
  })

  describe('get_metric_data', () => {
    const METRIC = {
      namespace: 'AWS/Lambda',
      metricName: 'Errors',
      dimensions: [{ name: 'FunctionName', value: 'checkout' }],
    }
    const from = Date.parse('2026-01-01T00:00:00Z') / 1_000
    const series = (id: string, values: readonly number[], more: Record<string, unknown> = {}) => ({
      Id: id,
      Label: `label of ${id}`,
      Timestamps: values.map((_, at) => from + at * 60),
      Values: values,
      StatusCode: 'Complete',
      ...more,
    })

    it('asks with default statistic and a fitting period, and summarizes each series', async () => {
      server.aws.on('GetMetricData', () => ({
        output: { MetricDataResults: [series('m1', [1, 2, 3, 4, 5, 30])] },
      }))
      const { text } = await ask('get_metric_data', { queries: [METRIC] })
      expect(text).to.include('1 series, 1 with points.').and.to.include('period: 60 s')
      expect(text).to.include(
        'm1 | label of m1 | 6 | 1 | 30 | 7.5 | 30 | 2026-01-01T00:05:00Z | 2026-01-01T00:00:00Z | 2026-01-01T00:05:00Z | rising (peaks 2 to 30)',
      )
      expect(text).not.to.include('values from')
      const { input } = await server.aws.called('GetMetricData')
      expect(input.MetricDataQueries).to.deep.equal([
        {
          Id: 'm1',
          MetricStat: {
            Metric: {
              Namespace: 'AWS/Lambda',
              MetricName: 'Errors',
              Dimensions: [{ Name: 'FunctionName', Value: 'checkout' }],
            },
            Period: 60,
            Stat: 'Average',
          },
        },
      ])
      expect(input.ScanBy).to.equal('TimestampAscending')
      expect(Number(input.EndTime) - Number(input.StartTime)).to.equal(3_600)
    })

    it('gives points as values from the first one on, with gaps, when asked', async () => {
      server.aws.on('GetMetricData', () => ({
        output: {
          MetricDataResults: [
            {
              Id: 'm1',
              Label: 'gappy',
              Timestamps: [from, from + 60, from + 240],
              Values: [1, 2.123456789, 5],
              StatusCode: 'Complete',
            },
          ],
        },
      }))
      const { text } = await ask('get_metric_data', { queries: [METRIC], points: 'values' })
      expect(text).to.include('| 1,2.12346,-,-,5')
    })

    it('takes percentiles, expressions and labels', async () => {
      server.aws.on('GetMetricData', () => ({ output: { MetricDataResults: [] } }))
      await ask('get_metric_data', {
        queries: [
          { ...METRIC, id: 'errors', statistic: 'sum', period: 300 },
          { ...METRIC, id: 'slow', statistic: 'p99.9' },
          { id: 'rate', expression: 'errors/slow*100', label: 'error rate' },
        ],
      })
      const { input } = await server.aws.called('GetMetricData')
      expect(input.MetricDataQueries).to.deep.include.members([
        { Id: 'rate', Label: 'error rate', Expression: 'errors/slow*100', Period: 60 },
      ])
      expect(JSON.stringify(input))
        .to.include('"Period":300,"Stat":"Sum"')
        .and.to.include('"p99.9"')
    })

    it('follows pages, joins series and takes the status of the last page', async () => {
      server.aws.on('GetMetricData', ({ NextToken }) => ({
        output:
          NextToken === undefined
            ? {
                MetricDataResults: [series('m1', [1, 2], { StatusCode: 'PartialData' })],
                NextToken: 'two',
              }
            : {
                MetricDataResults: [
                  {
                    Id: 'm1',
                    Label: 'label of m1',
                    Timestamps: [from + 120],
                    Values: [9],
                    StatusCode: 'Complete',
                  },
                ],
              },
      }))
      const { text } = await ask('get_metric_data', { queries: [METRIC] })
      expect(text).to.include('m1 | label of m1 | 3 | 1 | 9 | 4 | 9')
      expect(text).not.to.include('only part')
      expect(server.aws.calls).to.have.length(2)
    })

    it('stops after five pages and says that figures are not whole', async () => {
      server.aws.on('GetMetricData', () => ({
        output: { MetricDataResults: [series('m1', [1])], NextToken: 'again' },
      }))
      const { text } = await ask('get_metric_data', { queries: [METRIC] })
      expect(server.aws.calls).to.have.length(5)
      expect(text).to.include('There is more data than was read')
    })

    it('tells partial data, forbidden series and messages of AWS', async () => {
      server.aws.on('GetMetricData', () => ({
        output: {
          MetricDataResults: [
            series('m1', [1], { StatusCode: 'PartialData' }),
            series('m2', [], { StatusCode: 'Forbidden' }),
          ],
          Messages: [{ Code: 'ArithmeticError', Value: 'one data point was dropped' }],
        },
      }))
      const { text } = await ask('get_metric_data', { queries: [METRIC, METRIC] })
      expect(text).to.include('only part of the data of m1')
      expect(text).to.include('The role may not read m2: cloudwatch:GetMetricData')
      expect(text).to.include('AWS: ArithmeticError one data point was dropped')
    })

    it('explains a series without points', async () => {
      server.aws.on('GetMetricData', () => ({ output: { MetricDataResults: [series('m1', [])] } }))
      const { text, isError } = await ask('get_metric_data', { queries: [METRIC] })
      expect(isError).to.equal(false)
      expect(text).to.include('whole set of dimensions must match exactly')
    })

    it('raises a period that AWS no longer keeps and says so', async () => {
      server.aws.on('GetMetricData', () => ({ output: { MetricDataResults: [series('m1', [1])] } }))
      const { text } = await ask('get_metric_data', {
        queries: [{ ...METRIC, period: 60 }],
        start: '-20d',
        end: '-19d',
      })
      expect(text).to.include('The period is 300 s, not the 60 s asked for')
    })

    for (const [title, args, words] of [
      [
        'two queries of one id',
        {
          queries: [
            { ...METRIC, id: 'a' },
            { ...METRIC, id: 'a' },
          ],
        },
        /Two queries have the id a/,
      ],
      ['expression and metric', { queries: [{ ...METRIC, expression: 'm1*2' }] }, /not both/],
      ['neither of them', { queries: [{ namespace: 'Shop' }] }, /needs namespace and metricName/],
      [
        'an unknown statistic',
        { queries: [{ ...METRIC, statistic: 'median' }] },
        /use Average, Sum/,
      ],
      ['an id with a capital', { queries: [{ ...METRIC, id: 'M1' }] }, /lower-case/],
      [
        'SELECT over a month',
        { queries: [{ expression: 'SELECT AVG(x) FROM y' }], start: '-30d' },
        /two weeks/,
      ],
      [
        'seconds over weeks',
        { queries: [{ ...METRIC, period: 60 }], start: '-10d' },
        /more than 10000 points/,
      ],
    ] as const) {
      it(`refuses ${title} before it asks AWS`, async () => {
        const { text, isError } = await ask('get_metric_data', args)
        expect(isError).to.equal(true)
        expect(text).to.match(words)
        expect(server.aws.calls).to.have.length(0)
      })
    }

    it('keeps the answer in bounds, whatever comes', async () => {
      await server.close()
      await start({ CLOUDWATCH_MCP_MAX_ANSWER_CHARS: '5000' })
      const long = Array.from({ length: 2_000 }, (_, at) => at + 0.123)
      server.aws.on('GetMetricData', () => ({
        output: {
          MetricDataResults: Array.from({ length: 200 }, (_, at) => series(`s${at}`, long)),
        },
      }))
      const { text } = await ask('get_metric_data', { queries: [METRIC], points: 'values' })
      expect(text.length).to.be.at.most(5_000)
      expect(text).to.match(
        /Shown: \d+ of 200 rows, the rest did not fit; to see them, ask for fewer/,
      )
      expect(text).to.match(/Cells longer than \d+ characters were cut/)
    })
  })

  describe('failures of AWS', () => {
    for (const { type, status, words, calls = 1, message } of [
      {
        type: 'AccessDeniedException',
        status: 400,
        message:
          'User: arn:aws:sts::111122223333:assumed-role/CloudWatchSre/alice is not authorized to perform: logs:DescribeLogGroups on resource: arn:aws:logs:us-east-1:111122223333:log-group::log-stream:* because no session policy allows the logs:DescribeLogGroups action',
        words:
          /role\/CloudWatchSre may not do logs:DescribeLogGroups on arn:aws:logs:us-east-1:111122223333:log-group::log-stream:\*, because no session policy allows it\./,
      },
      { type: 'ExpiredTokenException', status: 400, message: 'x', words: /sign in again/ },
      { type: 'UnrecognizedClientException', status: 400, message: 'x', words: /sign in again/ },
      { type: 'InvalidSignatureException', status: 403, message: 'x', words: /sign in again/ },
      {
        type: 'ThrottlingException',
        status: 400,
        message: 'Rate exceeded',
        words: /Retry in a few seconds/,
        calls: 3,
      },
      {
        type: 'ServiceUnavailableException',
        status: 503,
        message: 'x',
        words: /service failed\. Retry/,
        calls: 3,
      },
      {
        type: 'InternalFailure',
        status: 500,
        message: 'x',
        words: /service failed\. Retry/,
        calls: 3,
      },
      {
        type: 'InvalidParameterException',
        status: 400,
        message: 'limit is wrong',
        words: /limit is wrong\. Change the arguments/,
      },
      {
        type: 'SomethingNewException',
        status: 400,
        message: 'never seen',
        words: /AWS refused the request: never seen\./,
      },
    ]) {
      it(`are told in words that say what to do: ${type}`, async () => {
        server.aws.on('DescribeLogGroups', () => ({ status, type, message }))
        const { text, isError } = await ask('list_log_groups')
        expect(isError).to.equal(true)
        expect(text).to.match(/^CloudWatch Logs DescribeLogGroups failed\. /)
        expect(text).to.match(words)
        expect(text).to.include(`(${type})`)
        expect(text).not.to.match(/\bat .*\.js|node_modules|secret\/alice|token-of-alice/)
        expect(server.aws.calls).to.have.length(calls)
        expect(server.toolRecords()[0]).to.include({ outcome: 'aws_error', code: type })
      })
    }

    it('tell an AWS that cannot be reached', async () => {
      await server.close()
      // A port that nothing listens on: one that was just given back.
      const gone = await startFakeAws()
      await gone.close()
      await start({ AWS_ENDPOINT_URL: gone.url, CLOUDWATCH_MCP_MAX_ATTEMPTS: '1' })
      const { text } = await ask('list_log_groups')
      expect(text).to.match(/^CloudWatch Logs in us-east-1 cannot be reached .*ECONNREFUSED/)
    })

    it('tell an AWS that does not answer in time', async () => {
      await server.close()
      await start({ CLOUDWATCH_MCP_REQUEST_TIMEOUT_MS: '150', CLOUDWATCH_MCP_MAX_ATTEMPTS: '1' })
      server.aws.on('DescribeLogGroups', () => new Promise(() => {}))
      const { text } = await ask('list_log_groups')
      expect(text).to.match(/did not answer in time/)
    })
  })
})
