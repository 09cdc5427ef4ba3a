import {
  DescribeAlarmsCommand,
  type DescribeAlarmsCommandInput,
  GetMetricDataCommand,
  type GetMetricDataCommandInput,
  GetMetricStatisticsCommand,
  ListMetricsCommand,
  type MetricDataQuery,
} from '@aws-sdk/client-cloudwatch'
import { expect } from 'chai'
import { type Fixture, failureOf, startFixture, withFixture } from './aws-fixture.ts'

const stat = (Id: string, MetricName: string, Stat: string, Period = 300): MetricDataQuery => ({
  Id,
  MetricStat: {
    Metric: {
      Namespace: 'Shop/Checkout',
      MetricName,
      Dimensions: [{ Name: 'Service', Value: 'checkout' }],
    },
    Period,
    Stat,
  },
})

describe('CloudWatch', () => {
  let fixture: Fixture
  let cloudwatch: ReturnType<Fixture['cloudwatch']>

  before(async () => {
    fixture = await startFixture({ frozen: true })
    cloudwatch = fixture.cloudwatch(await fixture.assume())
  })
  after(() => fixture.close())

  /** The answer of the same story some days later. */
  const withLater = async <T>(days: number, run: (client: typeof cloudwatch) => Promise<T>) => {
    let answer: T | undefined
    await withFixture({ frozen: true }, async (other) => {
      other.advance(days * 86_400_000)
      answer = await run(other.cloudwatch(await other.assume()))
    })
    if (answer === undefined) throw new Error('no answer')
    return answer
  }
  const ago = (minutes: number) => new Date(fixture.now().getTime() - minutes * 60_000)
  const data = (
    MetricDataQueries: MetricDataQuery[],
    input: Partial<GetMetricDataCommandInput> = {},
  ) =>
    cloudwatch.send(
      new GetMetricDataCommand({
        MetricDataQueries,
        StartTime: ago(180),
        EndTime: fixture.now(),
        ScanBy: 'TimestampAscending',
        ...input,
      }),
    )
  const values = async (
    queries: MetricDataQuery[],
    input: Partial<GetMetricDataCommandInput> = {},
  ): Promise<Partial<Record<string, number[]>>> =>
    Object.fromEntries(
      ((await data(queries, input)).MetricDataResults ?? []).map((one) => [
        one.Id ?? '',
        one.Values ?? [],
      ]),
    )

  describe('GetMetricData', () => {
    it('agrees with itself across statistics', async () => {
      const one = await values(
        ['Sum', 'SampleCount', 'Average', 'Minimum', 'Maximum', 'p50', 'p99.9'].map((name, at) =>
          stat(`m${at}`, 'Latency', name),
        ),
      )
      for (const [at, sum] of (one.m0 ?? []).entries()) {
        const [count = 0, average = 0, min = 0, max = 0, p50 = 0, p999 = 0] = [
          one.m1,
          one.m2,
          one.m3,
          one.m4,
          one.m5,
          one.m6,
        ].map((list) => list?.[at])
        expect(sum / count).to.be.closeTo(average, 1e-6)
        expect(p50).to.be.within(min, max)
        expect(p999).to.equal(max)
      }
      expect(one.m0).to.have.length.within(36, 37)
    })

    it('computes arithmetic over ids, with data that is not returned', async () => {
      const one = await values([
        { ...stat('errors', 'Errors', 'Sum'), ReturnData: false },
        { ...stat('requests', 'Requests', 'Sum'), ReturnData: false },
        { Id: 'rate', Expression: 'errors / requests * 100', Label: 'error rate' },
        { Id: 'twice', Expression: '(rate + rate) - -1 * 0' },
      ])
      expect(Object.keys(one)).to.deep.equal(['rate', 'twice'])
      expect(one.rate?.slice(0, 20).every((value) => value < 5)).to.equal(true)
      expect(Math.max(...(one.rate?.slice(-6) ?? []))).to.be.within(10, 40)
      expect(one.twice).to.deep.equal(one.rate?.map((value) => value * 2))
    })

    it('has no point where a division has none', async () => {
      const one = await values([
        stat('errors', 'Errors', 'Sum', 60),
        { Id: 'inverse', Expression: '1 / errors' },
      ])
      expect(one.inverse).to.have.length(one.errors?.filter((value) => value > 0).length ?? 0)
    })

    it('starts inclusive, ends exclusive and rounds the start down to its minute', async () => {
      const minute = new Date(Math.floor(ago(30).getTime() / 60_000) * 60_000)
      const { MetricDataResults = [] } = await data([stat('m', 'Requests', 'Sum', 60)], {
        StartTime: new Date(minute.getTime() + 20_000),
        EndTime: new Date(minute.getTime() + 120_000),
      })
      expect(MetricDataResults[0]?.Timestamps).to.deep.equal([
        minute,
        new Date(minute.getTime() + 60_000),
      ])
      expect(MetricDataResults[0]).to.include({ Label: 'Requests', StatusCode: 'Complete' })
    })

    it('gives newest first unless told otherwise', async () => {
      const { MetricDataResults = [] } = await data([stat('m', 'Requests', 'Sum')], {
        ScanBy: undefined,
      })
      const times = MetricDataResults[0]?.Timestamps?.map((time) => time.getTime()) ?? []
      expect(times).to.deep.equal([...times].sort((left, right) => right - left))
    })

    it('pages by MaxDatapoints without losing a point', async () => {
      const queries = [stat('a', 'Requests', 'Sum'), stat('b', 'Latency', 'p99')]
      const whole = await values(queries)
      const pages: Record<string, number[]> = { a: [], b: [] }
      let NextToken: string | undefined
      let partial = 0
      do {
        const page = await data(queries, { MaxDatapoints: 10, NextToken })
        for (const one of page.MetricDataResults ?? []) {
          pages[one.Id ?? '']?.push(...(one.Values ?? []))
          if (one.StatusCode === 'PartialData') partial += 1
        }
        NextToken = page.NextToken
      } while (NextToken !== undefined)
      expect(pages).to.deep.equal(whole)
      expect(partial).to.be.greaterThan(3)
      const failure = await failureOf(data(queries, { NextToken: 'bogus' }))
      expect(failure.name).to.equal('InvalidNextToken')
    })

    it('gives partial data when a fault asks for it', async () => {
      await fixture.faults({ operation: 'GetMetricData', kind: 'partial', times: 1 })
      const { MetricDataResults = [] } = await data([stat('m', 'Requests', 'Sum')])
      expect(MetricDataResults[0]?.StatusCode).to.equal('PartialData')
    })

    it('has no points for a metric, dimension, unit or region that is not there', async () => {
      const other = stat('m', 'Requests', 'Sum')
      const metricStat = { Metric: {}, Period: 60, Stat: 'Sum', ...other.MetricStat }
      const queries = [
        stat('a', 'Nothing', 'Sum'),
        {
          Id: 'b',
          MetricStat: { ...metricStat, Metric: { ...metricStat.Metric, Dimensions: [] } },
        },
        { Id: 'c', MetricStat: { ...metricStat, Unit: 'Bytes' as const } },
      ]
      expect(await values(queries)).to.deep.equal({ a: [], b: [], c: [] })
      const elsewhere = fixture.cloudwatch(await fixture.assume(), 'ap-south-1')
      const answer = await elsewhere.send(
        new GetMetricDataCommand({
          MetricDataQueries: [other],
          StartTime: ago(60),
          EndTime: ago(0),
        }),
      )
      expect(answer.MetricDataResults?.[0]?.Values).to.deep.equal([])
    })

    it('keeps sub-minute resolution for three hours only', async () => {
      const one = await values([stat('m', 'Requests', 'Sum', 30)], { StartTime: ago(600) })
      expect(one.m).to.have.length.within(179, 181)
    })

    const requests = stat('m', 'Requests', 'Sum')
    const wrong: ReadonlyArray<
      readonly [string, MetricDataQuery[], RegExp, Partial<GetMetricDataCommandInput>?]
    > = [
      ['an id in upper case', [{ ...requests, Id: 'M1' }], /pattern \^\[a-z\]/],
      ['an id twice', [requests, requests], /not unique/],
      ['neither a metric nor an expression', [{ Id: 'm' }], /MetricStat is required/],
      ['both', [{ ...requests, Expression: '1' }], /mutually exclusive/],
      [
        '501 queries',
        Array.from({ length: 501 }, (_, at) => ({ ...requests, Id: `m${at}` })),
        /500/,
      ],
      ['a period of 45 seconds', [stat('m', 'Requests', 'Sum', 45)], /multiple of 60/],
      ['a statistic it does not know', [stat('m', 'Requests', 'q90')], /q90.*not supported/],
      ['mixed bounds', [stat('m', 'Requests', 'TM(10%:500)')], /TM\(10%:500\).*not supported/],
      ['nothing to return', [{ ...requests, ReturnData: false }], /ReturnData/],
      ['an end before the start', [requests], /StartTime must be less/, { EndTime: new Date(0) }],
      ['an unknown id', [requests, { Id: 'e', Expression: 'm / gone' }], /'gone' does not exist/],
      [
        'a circle',
        [requests, { Id: 'a', Expression: 'b + m' }, { Id: 'b', Expression: 'a' }],
        /Circular/,
      ],
      ['an open parenthesis', [requests, { Id: 'e', Expression: '(m' }], /'e': Invalid syntax/],
      [
        'an expression without an end',
        [requests, { Id: 'e', Expression: 'm *' }],
        /Invalid syntax/,
      ],
      ['a constant', [requests, { Id: 'e', Expression: '1 + 1' }], /must be a time series/],
      ['a function', [requests, { Id: 'e', Expression: 'SLICE(m, 0)' }], /SLICE.*not supported/],
      [
        'a function that does not exist',
        [requests, { Id: 'e', Expression: 'NOPE(m)' }],
        /Unknown function 'NOPE'/,
      ],
      [
        'SEARCH within math',
        [{ Id: 'e', Expression: "SUM(SEARCH('{Shop}', 'Sum', 60))" }],
        /SEARCH.*not supported/,
      ],
      [
        'the account of strangers',
        [{ ...requests, AccountId: '999999999999' }],
        /999999999999.*not linked/,
      ],
      [
        'different periods in one expression',
        [requests, stat('n', 'Errors', 'Sum', 60), { Id: 'e', Expression: 'm + n' }],
        /different periods/,
      ],
      // biome-ignore lint/suspicious/noTemplateCurlyInString: a dynamic label, not a template
      ['a dynamic label', [{ ...requests, Label: 'now ${LAST}' }], /dynamic label/],
    ]
    for (const [title, queries, message, input] of wrong) {
      it(`refuses ${title} as ValidationError`, async () => {
        const failure = await failureOf(data(queries, input))
        expect(failure.name).to.equal('ValidationException')
        expect(failure).to.have.nested.property('Error.Code', 'ValidationError')
        expect(failure.message).to.match(message)
      })
    }
  })

  describe('ListMetrics', () => {
    const list = async (input: object) =>
      ((await cloudwatch.send(new ListMetricsCommand(input))).Metrics ?? []).map(
        (one) => `${one.Namespace} ${one.MetricName} ${one.Dimensions?.[0]?.Value}`,
      )

    it('lists everything, or what matches exactly', async () => {
      expect(await list({})).to.have.length(17)
      expect(await list({ Namespace: 'Shop/Checkout', MetricName: 'Errors' })).to.deep.equal([
        'Shop/Checkout Errors checkout',
        'Shop/Checkout Errors cart',
        'Shop/Checkout Errors payments',
      ])
      expect(await list({ Dimensions: [{ Name: 'FunctionName' }] })).to.have.length(3)
      expect(await list({ Dimensions: [{ Name: 'Service', Value: 'cart' }] })).to.have.length(3)
      expect(await list({ Namespace: 'shop/checkout' })).to.deep.equal([])
    })

    it('leaves out metrics that were silent for two weeks, or for three hours when asked', async () => {
      const recent = await list({ RecentlyActive: 'PT3H' })
      expect(recent).to.have.length(16)
      expect(recent).to.not.include('Shop/Payments QueueDepth payments')
      const later = await withLater(3, (client) =>
        client.send(new ListMetricsCommand({ MetricName: 'QueueDepth' })),
      )
      expect(later.Metrics).to.deep.equal([])
    })

    it('looks into linked accounts when asked, and says whose each metric is', async () => {
      const { Metrics = [], OwningAccounts = [] } = await cloudwatch.send(
        new ListMetricsCommand({ IncludeLinkedAccounts: true, MetricName: 'Requests' }),
      )
      expect(
        Metrics.map((metric, at) => `${OwningAccounts[at]} ${metric.Namespace}`).slice(-3),
      ).to.deep.equal([
        '111122223333 Shop/Checkout',
        '444455556666 Shop/Catalog',
        '444455556666 Shop/Catalog',
      ])
      const failure = await failureOf(list({ OwningAccount: '444455556666' }))
      expect(failure.message).to.contain('IncludeLinkedAccounts')
    })

    it('reads the metrics of a linked account', async () => {
      const linked: MetricDataQuery = {
        Id: 'm',
        AccountId: '444455556666',
        MetricStat: {
          Metric: {
            Namespace: 'Shop/Catalog',
            MetricName: 'Requests',
            Dimensions: [{ Name: 'Service', Value: 'api' }],
          },
          Period: 300,
          Stat: 'Sum',
        },
      }
      const { m = [] } = await values([linked])
      expect(m).to.have.length.within(36, 37)
      expect(await values([{ ...linked, AccountId: undefined }])).to.deep.equal({ m: [] })
    })
  })

  describe('DescribeAlarms', () => {
    const describeAlarms = async (input: Partial<DescribeAlarmsCommandInput>) => {
      const answer = await cloudwatch.send(new DescribeAlarmsCommand(input))
      const all = [...(answer.MetricAlarms ?? []), ...(answer.CompositeAlarms ?? [])]
      return all.map((alarm) => `${alarm.AlarmName} ${alarm.StateValue}`)
    }

    it('speaks of metric alarms only, unless asked for others', async () => {
      expect(await describeAlarms({})).to.deep.equal([
        'cart-errors OK',
        'checkout-error-rate ALARM',
        'checkout-latency-p99 ALARM',
        'payments-queue-depth INSUFFICIENT_DATA',
        'shop-errors-by-service ALARM',
      ])
      expect(await describeAlarms({ AlarmTypes: ['CompositeAlarm'] })).to.deep.equal([
        'shop-health ALARM',
      ])
      const { LogAlarms = [] } = await cloudwatch.send(
        new DescribeAlarmsCommand({ AlarmTypes: ['LogAlarm'] }),
      )
      expect(LogAlarms.map((alarm) => `${alarm.AlarmName} ${alarm.StateValue}`)).to.deep.equal([
        'payments-pool-in-logs ALARM',
      ])
      expect(LogAlarms[0]?.ScheduledQueryConfiguration).to.deep.include({
        QueryString: 'filter message like /no free connection/',
        LogGroupIdentifiers: ['/shop/payments'],
      })
      const both: Partial<DescribeAlarmsCommandInput> = {
        AlarmTypes: ['MetricAlarm', 'CompositeAlarm'],
        StateValue: 'ALARM',
      }
      expect(await describeAlarms(both)).to.have.length(4)
    })

    it('filters by names or by prefix, not by both', async () => {
      expect(await describeAlarms({ AlarmNamePrefix: 'checkout-' })).to.have.length(2)
      expect(await describeAlarms({ AlarmNames: ['cart-errors', 'gone'] })).to.deep.equal([
        'cart-errors OK',
      ])
      const failure = await failureOf(
        describeAlarms({ AlarmNamePrefix: 'a', AlarmNames: ['cart-errors'] }),
      )
      expect(failure.name).to.equal('InvalidParameterCombinationException')
    })

    it('filters by the beginning of an action', async () => {
      const topic = 'arn:aws:sns:us-east-1:111122223333:shop-oncall'
      const AlarmTypes: DescribeAlarmsCommandInput['AlarmTypes'] = ['MetricAlarm', 'CompositeAlarm']
      expect(await describeAlarms({ ActionPrefix: topic, AlarmTypes })).to.have.length(3)
      expect(await describeAlarms({ ActionPrefix: 'arn:aws:lambda' })).to.deep.equal([])
    })

    it('finds children and parents, with nothing else asked', async () => {
      expect(await describeAlarms({ ChildrenOfAlarmName: 'shop-health' })).to.have.length(2)
      expect(await describeAlarms({ ParentsOfAlarmName: 'checkout-error-rate' })).to.deep.equal([
        'shop-health ALARM',
      ])
      const failure = await failureOf(
        describeAlarms({ ChildrenOfAlarmName: 'shop-health', StateValue: 'OK' }),
      )
      expect(failure.name).to.equal('InvalidParameterCombinationException')
    })

    it('pages across types', async () => {
      const AlarmTypes: DescribeAlarmsCommandInput['AlarmTypes'] = ['MetricAlarm', 'CompositeAlarm']
      const first = await cloudwatch.send(new DescribeAlarmsCommand({ AlarmTypes, MaxRecords: 5 }))
      expect(first.MetricAlarms).to.have.length(5)
      const { NextToken } = first
      const second = await cloudwatch.send(
        new DescribeAlarmsCommand({ AlarmTypes, MaxRecords: 5, NextToken }),
      )
      expect(second.CompositeAlarms).to.have.length(1)
    })

    it('gives a reason with the datapoints that GetMetricData gives', async () => {
      const { MetricAlarms = [] } = await cloudwatch.send(
        new DescribeAlarmsCommand({ AlarmNames: ['checkout-error-rate'] }),
      )
      const [alarm] = MetricAlarms
      const [, shown, minute] =
        /\[([\d.]+) \(([\d-]+T[\d:]+)\)/.exec(alarm?.StateReason ?? '') ?? []
      const StartTime = new Date(`${minute}:00Z`)
      const one = await values(
        (alarm?.Metrics ?? []).map((query) => ({ ...query, Id: query.Id })),
        { StartTime, EndTime: new Date(StartTime.getTime() + 60_000) },
      )
      expect(one.rate?.[0]?.toFixed(1)).to.equal(shown)
      expect(alarm?.StateUpdatedTimestamp?.getTime()).to.be.within(
        ago(42).getTime(),
        ago(25).getTime(),
      )
    })

    it('is calm in the other region', async () => {
      const other = fixture.cloudwatch(await fixture.assume(), 'eu-west-1')
      const alarms = await other.send(
        new DescribeAlarmsCommand({
          StateValue: 'ALARM',
          AlarmTypes: ['MetricAlarm', 'CompositeAlarm'],
        }),
      )
      expect([alarms.MetricAlarms, alarms.CompositeAlarms]).to.deep.equal([[], []])
    })
  })

  it('answers UnknownOperationException to what it does not have', async () => {
    const failure = await failureOf(
      cloudwatch.send(
        new GetMetricStatisticsCommand({
          Namespace: 'Shop/Checkout',
          MetricName: 'Errors',
          StartTime: ago(60),
          EndTime: ago(0),
          Period: 60,
          Statistics: ['Sum'],
        }),
      ),
    )
    expect(failure.name).to.equal('UnknownOperationException')
  })
})
