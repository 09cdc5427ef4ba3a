import { expect } from 'chai'
import { accessDenied, askTool, cursorOf } from '../support/ask-tool.ts'
import { callerHeaders } from '../support/caller-headers.ts'
import { type RunningServer, startServer } from '../support/running-server.ts'

const SINCE = Date.parse('2026-01-02T03:04:05Z') / 1_000

const CHECKOUT = {
  AlarmName: 'checkout-errors',
  AlarmDescription: 'Orders are lost.',
  StateValue: 'ALARM',
  StateReason: 'Threshold Crossed: 3 datapoints',
  StateTransitionedTimestamp: SINCE,
  StateUpdatedTimestamp: SINCE + 500,
  Namespace: 'Shop',
  MetricName: 'Errors',
  Statistic: 'Sum',
  Dimensions: [{ Name: 'Service', Value: 'checkout' }],
  Period: 60,
  EvaluationPeriods: 5,
  DatapointsToAlarm: 3,
  Threshold: 10,
  ComparisonOperator: 'GreaterThanThreshold',
  TreatMissingData: 'notBreaching',
  ActionsEnabled: true,
  AlarmActions: ['arn:aws:sns:us-east-1:111122223333:pager'],
}

const SHOP_DOWN = {
  AlarmName: 'shop-down',
  StateValue: 'ALARM',
  StateReason: 'checkout-errors is in ALARM',
  StateTransitionedTimestamp: SINCE,
  AlarmRule: 'ALARM(checkout-errors) OR NOT OK("no orders ☕")',
  ActionsEnabled: true,
  ActionsSuppressor: 'deploy-window',
  ActionsSuppressorWaitPeriod: 60,
  ActionsSuppressorExtensionPeriod: 120,
  ActionsSuppressedBy: 'Alarm',
  ActionsSuppressedReason: 'deploy-window is in ALARM',
}

describe('alarm tools', () => {
  let server: RunningServer
  const ask = askTool(() => server)
  beforeEach(async () => {
    server = await startServer()
  })
  afterEach(() => server.close())

  /** DescribeAlarms as AWS has it: by names, by relation, or all. */
  const serve = (
    alarms: Readonly<Record<string, ReadonlyArray<Record<string, unknown>>>>,
    relations: Readonly<Record<string, Record<string, unknown>>> = {},
  ) => {
    server.aws.on('DescribeAlarms', (input) => {
      if (input.ChildrenOfAlarmName !== undefined) return { output: relations.children ?? {} }
      if (input.ParentsOfAlarmName !== undefined) return { output: relations.parents ?? {} }
      const names = input.AlarmNames
      const found = Object.entries(alarms).map(([member, list]) => [
        member,
        list.filter(({ AlarmName }) => !Array.isArray(names) || names.includes(AlarmName)),
      ])
      return { output: Object.fromEntries(found) }
    })
  }
  const noMutes = () => server.aws.on('ListAlarmMuteRules', () => ({ output: {} }))

  describe('list_alarms', () => {
    it('finds the alarms on one metric', async () => {
      server.aws.on('DescribeAlarmsForMetric', () => ({
        output: { MetricAlarms: [CHECKOUT, { ...CHECKOUT, AlarmName: 'fine', StateValue: 'OK' }] },
      }))
      const metric = {
        namespace: 'Shop',
        metricName: 'Errors',
        dimensions: [{ name: 'Service', value: 'checkout' }],
      }
      const all = await ask('list_alarms', { metric: { ...metric, statistic: 'sum' } })
      expect(all.text).to.include('2 alarms, 1 of them in ALARM.')
      expect(all.text).to.include(
        'alarms on expressions that use it, and composite alarms, are not',
      )
      const alarming = await ask('list_alarms', {
        metric: { ...metric, statistic: 'p99' },
        state: 'ALARM',
      })
      expect(alarming.text).to.include('1 alarm in state ALARM.').and.not.to.include('fine')
      const inputs = server.aws.calls.map(({ input }) => input)
      const Dimensions = [{ Name: 'Service', Value: 'checkout' }]
      expect(inputs).to.deep.equal([
        { Namespace: 'Shop', MetricName: 'Errors', Dimensions, Statistic: 'Sum' },
        { Namespace: 'Shop', MetricName: 'Errors', Dimensions, ExtendedStatistic: 'p99' },
      ])
    })

    it('finds alarms by their action, and shows PromQL alarms', async () => {
      server.aws.on('DescribeAlarms', () => ({
        output: {
          MetricAlarms: [
            {
              AlarmName: 'promql',
              StateValue: 'OK',
              EvaluationCriteria: {
                PromQLCriteria: { Query: 'up == 0', PendingPeriod: 120, RecoveryPeriod: 300 },
              },
            },
          ],
        },
      }))
      const { text } = await ask('list_alarms', { actionPrefix: 'arn:aws:sns:' })
      expect(text).to.include('PromQL: up == 0 | any result for 120 s, over after 300 s without')
      expect(server.aws.calls[0]?.input.ActionPrefix).to.equal('arn:aws:sns:')
    })

    it('refuses a metric together with other filters before it asks AWS', async () => {
      const metric = { namespace: 'Shop', metricName: 'Errors' }
      for (const other of [{ namePrefix: 'a' }, { types: ['log'] }, { cursor: 'x' }]) {
        const { text, isError } = await ask('list_alarms', { metric, ...other })
        expect(isError).to.equal(true)
        expect(text).to.include('together with state only')
      }
      expect(server.aws.calls).to.have.length(0)
    })
  })

  describe('get_alarm', () => {
    it('shows a metric alarm with actions, parents and mute rules', async () => {
      serve(
        { MetricAlarms: [CHECKOUT] },
        { parents: { CompositeAlarms: [{ AlarmName: 'shop-down' }] } },
      )
      server.aws.on('ListAlarmMuteRules', () => ({
        output: {
          AlarmMuteRuleSummaries: [
            {
              AlarmMuteRuleArn: 'arn:aws:cloudwatch:us-east-1:111122223333:alarm-mute-rule:old',
              Status: 'EXPIRED',
              MuteType: 'ONE_TIME',
            },
            {
              AlarmMuteRuleArn: 'arn:aws:cloudwatch:us-east-1:111122223333:alarm-mute-rule:nights',
              Status: 'ACTIVE',
              MuteType: 'RECURRING',
              ExpireDate: SINCE,
            },
          ],
        },
      }))
      server.aws.on('GetAlarmMuteRule', () => ({
        output: {
          Name: 'nights',
          Rule: {
            Schedule: {
              Expression: 'cron(0 22 * * *)',
              Duration: 'PT8H',
              Timezone: 'Europe/Berlin',
            },
          },
        },
      }))
      const { text } = await ask('get_alarm', { name: 'checkout-errors' })
      expect(text).to.include(
        'checkout-errors (metric alarm) is in ALARM since 2026-01-02T03:04:05Z; its actions are muted now.',
      )
      for (const row of [
        'reason | Threshold Crossed: 3 datapoints',
        'watches | Sum of Shop/Errors {Service=checkout}',
        'threshold | > 10 for 3 of 5 periods of 60 s',
        'missing data | notBreaching',
        'on ALARM | arn:aws:sns:us-east-1:111122223333:pager',
        'parent | shop-down (composite)',
        'mute rule | nights: ACTIVE, cron(0 22 * * *) for PT8H (Europe/Berlin), expires 2026-01-02T03:04:05Z',
        'mute rule | old: EXPIRED, ONE_TIME',
      ]) {
        expect(text).to.include(row)
      }
      expect(server.aws.callsOf('GetAlarmMuteRule').map(({ input }) => input)).to.deep.equal([
        { AlarmMuteRuleName: 'nights' },
      ])
      expect(server.aws.callsOf('DescribeAlarmContributors')).to.have.length(0)
      const parents = server.aws.calls.find(({ input }) => 'ParentsOfAlarmName' in input)
      expect(parents?.input).to.deep.equal({
        ParentsOfAlarmName: 'checkout-errors',
        MaxRecords: 100,
      })
    })

    it('shows the children and the suppression of a composite alarm, whatever form its rule has', async () => {
      serve(
        { CompositeAlarms: [SHOP_DOWN] },
        {
          children: {
            MetricAlarms: [
              { AlarmName: 'checkout-errors', StateValue: 'ALARM', StateUpdatedTimestamp: SINCE },
              { AlarmName: 'no orders ☕', StateValue: 'OK', StateUpdatedTimestamp: SINCE },
            ],
          },
        },
      )
      noMutes()
      const { text } = await ask('get_alarm', { name: 'shop-down' })
      for (const row of [
        'rule | ALARM(checkout-errors) OR NOT OK("no orders ☕")',
        'remarks | actions suppressed by Alarm: deploy-window is in ALARM',
        'suppressor | deploy-window; waits up to 60 s for it, and 120 s after it',
        'suppressed now | yes, by Alarm: deploy-window is in ALARM',
        'child | checkout-errors (metric): ALARM since 2026-01-02T03:04:05Z',
        'child | no orders ☕ (metric): OK since 2026-01-02T03:04:05Z',
      ]) {
        expect(text).to.include(row)
      }
    })

    it('shows which series of an alarm on several are in ALARM, page by page', async () => {
      serve({
        MetricAlarms: [
          {
            AlarmName: 'any-function',
            StateValue: 'ALARM',
            Metrics: [{ Id: 'q', Expression: 'SELECT MAX(Errors) FROM "AWS/Lambda"', Period: 300 }],
            EvaluationPeriods: 1,
            Threshold: 0,
            ComparisonOperator: 'GreaterThanThreshold',
          },
        ],
      })
      noMutes()
      server.aws.on('DescribeAlarmContributors', ({ NextToken }) => ({
        output: {
          AlarmContributors:
            NextToken === undefined
              ? []
              : [
                  {
                    ContributorId: 'c1',
                    ContributorAttributes: { FunctionName: 'Bäckerei' },
                    StateReason: '7 > 0',
                    StateTransitionedTimestamp: SINCE,
                  },
                ],
          ...(NextToken === undefined && { NextToken: 'two' }),
        },
      }))
      const { text } = await ask('get_alarm', { name: 'any-function' })
      expect(text).to.include('series | FunctionName=Bäckerei: 7 > 0 (since 2026-01-02T03:04:05Z)')
      expect(text).to.include('threshold | > 0 for 1 of 1 periods of 300 s')
    })

    it('shows the query of a log alarm', async () => {
      serve({
        LogAlarms: [
          {
            AlarmName: 'log',
            StateValue: 'OK',
            Threshold: 3,
            ComparisonOperator: 'GreaterThanThreshold',
            QueryResultsToAlarm: 2,
            QueryResultsToEvaluate: 3,
            ScheduledQueryConfiguration: {
              QueryString: 'filter @message like /ERROR/',
              AggregationExpression: 'count(*)',
              LogGroupIdentifiers: ['/shop/checkout'],
              ScheduleConfiguration: { ScheduleExpression: 'rate(5 minutes)' },
            },
          },
        ],
      })
      noMutes()
      server.aws.on('DescribeAlarmContributors', () => ({ output: { AlarmContributors: [] } }))
      const { text } = await ask('get_alarm', { name: 'log' })
      for (const row of [
        'query | filter @message like /ERROR/',
        'aggregation | count(*)',
        'log groups | /shop/checkout',
        'schedule | rate(5 minutes)',
        'threshold | > 3 for 2 of 3 query results',
      ]) {
        expect(text).to.include(row)
      }
    })

    it('leaves out the parts that the role may not read, and names each permission', async () => {
      serve({ MetricAlarms: [CHECKOUT] })
      server.aws.on('ListAlarmMuteRules', () => accessDenied('cloudwatch:ListAlarmMuteRules'))
      const { text, isError } = await ask('get_alarm', { name: 'checkout-errors' })
      expect(isError).to.equal(false)
      expect(text).to.include('state | ALARM since')
      expect(text).to.match(/Left out: mute rules\. .*may not do cloudwatch:ListAlarmMuteRules/)
    })

    it('offers near names for an alarm that is not there', async () => {
      serve({ MetricAlarms: [CHECKOUT] })
      const { text, isError } = await ask('get_alarm', { name: 'Checkout-Errors' })
      expect(isError).to.equal(true)
      expect(text).to.include('Did you mean checkout-errors?')
    })

    it('advises only tools that the caller may use', async () => {
      serve({ MetricAlarms: [CHECKOUT] })
      noMutes()
      const all = await ask('get_alarm', { name: 'checkout-errors' })
      expect(all.text).to.include('get_alarm_history with the name "checkout-errors"')
      const only = callerHeaders({ 'x-mcp-tools': 'get_alarm' })
      const few = await ask('get_alarm', { name: 'checkout-errors' }, only)
      expect(few.text).not.to.match(/get_alarm_history|get_metric_graph/)
    })
  })

  describe('get_alarm_history', () => {
    const change = (
      name: string,
      time: string,
      from: string,
      to: string,
      more: Record<string, unknown> = {},
    ) => ({
      AlarmName: name,
      Timestamp: Date.parse(time) / 1_000,
      HistoryItemType: 'StateUpdate',
      HistorySummary: `Alarm updated from ${from} to ${to}`,
      HistoryData: JSON.stringify({
        oldState: { stateValue: from },
        newState: { stateValue: to, stateReason: `reason of ${to}` },
      }),
      ...more,
    })
    const RANGE = { start: '2026-01-01T00:00', end: '2026-01-02T00:00' }
    const HISTORY = [
      change('checkout-errors', '2026-01-01T10:30:00Z', 'ALARM', 'OK'),
      change('checkout-errors', '2026-01-01T10:20:00Z', 'OK', 'ALARM'),
      change('checkout-errors', '2026-01-01T10:10:00Z', 'ALARM', 'OK'),
      change('checkout-errors', '2026-01-01T10:00:00Z', 'OK', 'ALARM'),
    ]

    it('asks for all types of alarms and parses the changes', async () => {
      serve({ MetricAlarms: [CHECKOUT] })
      server.aws.on('DescribeAlarmHistory', () => ({ output: { AlarmHistoryItems: HISTORY } }))
      const { text } = await ask('get_alarm_history', { name: 'checkout-errors', ...RANGE })
      expect(server.aws.callsOf('DescribeAlarmHistory')[0]?.input).to.deep.equal({
        AlarmName: 'checkout-errors',
        AlarmTypes: ['MetricAlarm', 'CompositeAlarm', 'LogAlarm'],
        HistoryItemType: 'StateUpdate',
        StartDate: Date.parse('2026-01-01T00:00:00Z') / 1_000,
        EndDate: Date.parse('2026-01-02T00:00:00Z') / 1_000,
        MaxRecords: 50,
        ScanBy: 'TimestampDescending',
      })
      expect(text).to.include('4 changes of "checkout-errors", 2 of them to ALARM.')
      expect(text).to.include(
        '2026-01-01T10:20:00Z | checkout-errors | StateUpdate | OK -> ALARM | 10m | reason of ALARM',
      )
      expect(text).to.include('13h 30m until the end of the range')
      expect(text).to.include(
        'Look at start 2026-01-01T09:35:00Z, end 2026-01-01T10:22:00Z: "checkout-errors" went to ALARM 2 times',
      )
      expect(text).to.include('it flaps')
    })

    it('takes the last day by default, and the day before an end', async () => {
      server.aws.on('DescribeAlarmHistory', () => ({ output: {} }))
      await ask('get_alarm_history')
      await ask('get_alarm_history', { end: '2026-01-02T00:00' })
      for (const { input } of server.aws.calls) {
        expect(Number(input.EndDate) - Number(input.StartDate)).to.equal(86_400)
      }
    })

    it('works for an alarm that was deleted', async () => {
      serve({})
      server.aws.on('DescribeAlarmHistory', () => ({ output: { AlarmHistoryItems: HISTORY } }))
      const { text, isError } = await ask('get_alarm_history', { name: 'gone', ...RANGE })
      expect(isError).to.equal(false)
      expect(text).to.include('4 changes of "gone"')
    })

    it('shows what a composite alarm and its children did, in one list', async () => {
      serve(
        { CompositeAlarms: [SHOP_DOWN], MetricAlarms: [CHECKOUT] },
        { children: { MetricAlarms: [{ AlarmName: 'checkout-errors', StateValue: 'ALARM' }] } },
      )
      server.aws.on('DescribeAlarmHistory', ({ AlarmName }) => ({
        output: {
          AlarmHistoryItems:
            AlarmName === 'shop-down'
              ? [change('shop-down', '2026-01-01T10:01:00Z', 'OK', 'ALARM')]
              : HISTORY,
        },
      }))
      const { text } = await ask('get_alarm_history', {
        name: 'shop-down',
        children: true,
        ...RANGE,
      })
      expect(text).to.include('5 changes of "shop-down"')
      expect(text).to.include('alarms: shop-down and 1 children')
      expect(text.indexOf('10:10:00Z | checkout')).to.be.lessThan(text.indexOf('10:01:00Z | shop'))
      expect(text.indexOf('10:01:00Z | shop')).to.be.lessThan(text.indexOf('10:00:00Z | checkout'))
    })

    it('reads over empty pages and continues by cursor', async () => {
      server.aws.on('DescribeAlarmHistory', ({ NextToken }) => {
        if (NextToken === undefined) return { output: { AlarmHistoryItems: [], NextToken: 'one' } }
        if (NextToken === 'one') {
          return { output: { AlarmHistoryItems: HISTORY.slice(0, 2), NextToken: 'two' } }
        }
        return { output: { AlarmHistoryItems: HISTORY.slice(2) } }
      })
      const first = await ask('get_alarm_history', RANGE)
      expect(first.text).to.include('2 changes of all alarms').and.to.include('next page')
      const second = await ask('get_alarm_history', { ...RANGE, cursor: cursorOf(first) })
      expect(second.text).to.include('10:00:00Z').and.not.to.include('cursor:')
      const other = await ask('get_alarm_history', {
        ...RANGE,
        show: 'all',
        cursor: cursorOf(first),
      })
      expect(other.text).to.include('belongs to another search')
    })

    it('shows configuration changes and actions in their own words', async () => {
      server.aws.on('DescribeAlarmHistory', () => ({
        output: {
          AlarmHistoryItems: [
            {
              AlarmName: 'checkout-errors',
              Timestamp: SINCE,
              HistoryItemType: 'Action',
              HistorySummary: 'Failed to execute action arn:aws:sns:…',
              HistoryData: 'not json',
            },
          ],
        },
      }))
      const { text } = await ask('get_alarm_history', { show: 'all' })
      expect(text).to.include('| Action |  |  | Failed to execute action')
      expect(server.aws.calls[0]?.input).not.to.have.property('HistoryItemType')
    })

    it('explains an empty history', async () => {
      server.aws.on('DescribeAlarmHistory', () => ({ output: {} }))
      const { text } = await ask('get_alarm_history')
      expect(text).to.include('No changes of all alarms').and.to.include('start: -7d')
    })

    for (const [title, args, words] of [
      ['children without a name', { children: true }, /needs the name/],
      ['children with a cursor', { children: true, name: 'a', cursor: 'x' }, /without a cursor/],
    ] as const) {
      it(`refuses ${title} before it asks AWS`, async () => {
        const { text, isError } = await ask('get_alarm_history', args)
        expect(isError).to.equal(true)
        expect(text).to.match(words)
        expect(server.aws.calls).to.have.length(0)
      })
    }

    it('refuses children of an alarm that has none', async () => {
      serve({ MetricAlarms: [CHECKOUT] })
      const { text, isError } = await ask('get_alarm_history', {
        name: 'checkout-errors',
        children: true,
      })
      expect(isError).to.equal(true)
      expect(text).to.include('is a metric alarm and has no children')
    })

    it('names the missing permission', async () => {
      server.aws.on('DescribeAlarmHistory', () => accessDenied('cloudwatch:DescribeAlarmHistory'))
      const { text, isError } = await ask('get_alarm_history')
      expect(isError).to.equal(true)
      expect(text).to.include('may not do cloudwatch:DescribeAlarmHistory on *')
    })
  })
})
