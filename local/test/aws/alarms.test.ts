import {
  DescribeAlarmContributorsCommand,
  DescribeAlarmHistoryCommand,
  type DescribeAlarmHistoryCommandInput,
  DescribeAlarmsCommand,
  DescribeAlarmsForMetricCommand,
  DescribeAnomalyDetectorsCommand,
  DescribeInsightRulesCommand,
  GetAlarmMuteRuleCommand,
  GetInsightRuleReportCommand,
  ListAlarmMuteRulesCommand,
} from '@aws-sdk/client-cloudwatch'
import { expect } from 'chai'
import { type Fixture, failureOf, startFixture, withFixture } from './aws-fixture.ts'

const HOUR = 3_600_000

describe('alarms of CloudWatch', () => {
  let fixture: Fixture
  let cloudwatch: ReturnType<Fixture['cloudwatch']>

  before(async () => {
    fixture = await startFixture({ frozen: true })
    cloudwatch = fixture.cloudwatch(await fixture.assume())
  })
  after(() => fixture.close())

  const ago = (hours: number) => new Date(fixture.now().getTime() - hours * HOUR)
  const history = async (input: DescribeAlarmHistoryCommandInput) =>
    (await cloudwatch.send(new DescribeAlarmHistoryCommand(input))).AlarmHistoryItems ?? []

  describe('DescribeAlarmHistory', () => {
    it('tells how an alarm was made, changed, went on and told somebody; newest first', async () => {
      const items = await history({ AlarmName: 'checkout-error-rate' })
      expect(items.map((item) => item.HistorySummary)).to.deep.equal([
        'Successfully executed action arn:aws:sns:us-east-1:111122223333:shop-oncall',
        'Alarm updated from OK to ALARM',
        'Alarm "checkout-error-rate" updated',
        'Alarm updated from INSUFFICIENT_DATA to OK',
        'Alarm "checkout-error-rate" created',
      ])
      const oldest = await history({
        AlarmName: 'checkout-error-rate',
        ScanBy: 'TimestampAscending',
      })
      expect(oldest).to.deep.equal([...items].reverse())
    })

    it('gives the data of a change as JSON with states, reasons and datapoints', async () => {
      const [item] = await history({
        AlarmName: 'checkout-error-rate',
        HistoryItemType: 'StateUpdate',
      })
      const data = JSON.parse(item?.HistoryData ?? '')
      expect(data).to.have.keys('version', 'oldState', 'newState')
      expect(data.oldState).to.include({ stateValue: 'OK' })
      expect(data.newState.stateValue).to.equal('ALARM')
      expect(data.newState.stateReason).to.match(/^Threshold Crossed: \d of the last 10|^Threshold/)
      const { stateReasonData } = data.newState
      expect(stateReasonData).to.include({ period: 60, threshold: 5 })
      expect(stateReasonData.recentDatapoints.every((value: number) => value > 5)).to.equal(true)
      expect(stateReasonData.evaluatedDatapoints).to.have.length(
        stateReasonData.recentDatapoints.length,
      )
    })

    it('is silent about composite alarms unless it is asked for them', async () => {
      expect(await history({ AlarmName: 'shop-health' })).to.deep.equal([])
      const items = await history({
        AlarmName: 'shop-health',
        AlarmTypes: ['CompositeAlarm'],
        HistoryItemType: 'StateUpdate',
        StartDate: ago(2),
      })
      expect(items).to.have.length(1)
      const { newState } = JSON.parse(items[0]?.HistoryData ?? '')
      expect(newState.stateReason).to.match(
        /alarm:checkout-\S+ transitioned to ALARM at \w+day \d+ \w+, \d{4} [\d:]+ UTC$/,
      )
      expect(newState.stateReasonData.triggeringAlarms[0].state.value).to.equal('ALARM')
    })

    it('shows an alarm that flaps, whose actions ran then and are muted now', async () => {
      const items = await history({ AlarmName: 'checkout-latency-p99' })
      const updates = items.filter((item) => item.HistoryItemType === 'StateUpdate')
      expect(updates).to.have.length(8)
      const actions = items.filter((item) => item.HistoryItemType === 'Action')
      expect(actions).to.have.length(3)
      expect(actions.every((item) => (item.Timestamp ?? ago(0)) < ago(24))).to.equal(true)
    })

    it('filters by time and by contributor', async () => {
      const recent = await history({ HistoryItemType: 'StateUpdate', StartDate: ago(1) })
      expect(recent.map((item) => item.AlarmName)).to.have.members([
        'checkout-error-rate',
        'checkout-latency-p99',
        'shop-errors-by-service',
      ])
      expect(await history({ EndDate: ago(24 * 30) })).to.deep.equal([])
      const all = await history({ HistoryItemType: 'AlarmContributorStateUpdate' })
      expect(all.map((item) => item.AlarmContributorAttributes?.Service)).to.have.members([
        'checkout',
        'payments',
      ])
      const AlarmContributorId = all[0]?.AlarmContributorId
      const one = await history({ AlarmName: 'shop-errors-by-service', AlarmContributorId })
      expect(one).to.have.length(1)
    })

    it('pages', async () => {
      const all = await history({})
      const first = await cloudwatch.send(new DescribeAlarmHistoryCommand({ MaxRecords: 10 }))
      const { NextToken } = first
      const second = await cloudwatch.send(
        new DescribeAlarmHistoryCommand({ MaxRecords: 10, NextToken }),
      )
      expect([
        ...(first.AlarmHistoryItems ?? []),
        ...(second.AlarmHistoryItems ?? []),
      ]).to.deep.equal(all.slice(0, 20))
      const failure = await failureOf(history({ NextToken: 'bogus' }))
      expect(failure.name).to.equal('InvalidNextToken')
    })
  })

  describe('DescribeAlarmContributors', () => {
    it('names the series of a query that are in ALARM', async () => {
      const { AlarmContributors = [] } = await cloudwatch.send(
        new DescribeAlarmContributorsCommand({ AlarmName: 'shop-errors-by-service' }),
      )
      expect(AlarmContributors.map((one) => one.ContributorAttributes?.Service)).to.deep.equal([
        'checkout',
        'payments',
      ])
      const [first] = AlarmContributors
      expect(first?.StateReason).to.contain('Threshold Crossed')
      expect(first?.StateTransitionedTimestamp?.getTime()).to.be.greaterThan(ago(1).getTime())
    })

    it('has none for an alarm on one series, and an error for one that does not exist', async () => {
      const { AlarmContributors } = await cloudwatch.send(
        new DescribeAlarmContributorsCommand({ AlarmName: 'cart-errors' }),
      )
      expect(AlarmContributors).to.deep.equal([])
      const failure = await failureOf(
        cloudwatch.send(new DescribeAlarmContributorsCommand({ AlarmName: 'gone' })),
      )
      expect(failure.name).to.equal('ResourceNotFoundException')
    })
  })

  describe('mute rules', () => {
    it('list the one at work, by alarm and by status', async () => {
      const list = async (input: object) =>
        (await cloudwatch.send(new ListAlarmMuteRulesCommand(input))).AlarmMuteRuleSummaries ?? []
      const [rule] = await list({})
      expect(rule).to.include({ Status: 'ACTIVE', MuteType: 'ONE_TIME' })
      expect(rule?.AlarmMuteRuleArn).to.match(/alarm-mute-rule:load-test-checkout$/)
      expect(await list({ AlarmName: 'checkout-latency-p99' })).to.have.length(1)
      expect(await list({ AlarmName: 'cart-errors' })).to.deep.equal([])
      expect(await list({ Statuses: ['EXPIRED', 'SCHEDULED'] })).to.deep.equal([])
      expect((await failureOf(list({ Statuses: ['OVER'] }))).name).to.equal('ValidationException')
    })

    it('say what they mute and when', async () => {
      const get = (AlarmMuteRuleName: string) =>
        cloudwatch.send(new GetAlarmMuteRuleCommand({ AlarmMuteRuleName }))
      const rule = await get('load-test-checkout')
      expect(rule.MuteTargets?.AlarmNames).to.deep.equal(['checkout-latency-p99'])
      expect(rule.Rule?.Schedule?.Expression).to.match(/^at\(\d{4}-\d\d-\d\dT\d\d:\d\d\)$/)
      expect(rule.Rule?.Schedule).to.include({ Duration: 'PT6H', Timezone: 'UTC' })
      expect((rule.ExpireDate?.getTime() ?? 0) - (rule.StartDate?.getTime() ?? 0)).to.equal(
        6 * HOUR,
      )
      expect((await failureOf(get('gone'))).name).to.equal('ResourceNotFoundException')
    })

    it('expire while the program runs', () =>
      withFixture({ frozen: true }, async (other) => {
        other.advance(5 * HOUR)
        const client = other.cloudwatch(await other.assume())
        const { AlarmMuteRuleSummaries } = await client.send(new ListAlarmMuteRulesCommand({}))
        expect(AlarmMuteRuleSummaries?.[0]?.Status).to.equal('EXPIRED')
      }))
  })

  it('are found by exactly their metric', async () => {
    const find = async (value: string, more: object = {}) => {
      const { MetricAlarms = [] } = await cloudwatch.send(
        new DescribeAlarmsForMetricCommand({
          Namespace: 'Shop/Checkout',
          MetricName: 'Latency',
          Dimensions: [{ Name: 'Service', Value: value }],
          ...more,
        }),
      )
      return MetricAlarms.map((alarm) => `${alarm.AlarmName} ${alarm.StateValue}`)
    }
    expect(await find('checkout')).to.deep.equal(['checkout-latency-p99 ALARM'])
    expect(await find('checkout', { ExtendedStatistic: 'p99', Period: 60 })).to.have.length(1)
    expect(await find('checkout', { ExtendedStatistic: 'p50' })).to.deep.equal([])
    expect(await find('cart')).to.deep.equal([])
    expect(await find('checkout', { Dimensions: [] })).to.deep.equal([])
  })

  it('explain their state in JSON, too', async () => {
    const { MetricAlarms = [] } = await cloudwatch.send(
      new DescribeAlarmsCommand({ AlarmNames: ['checkout-latency-p99'] }),
    )
    const data = JSON.parse(MetricAlarms[0]?.StateReasonData ?? '')
    expect(data).to.include({ statistic: 'p99', unit: 'Milliseconds', threshold: 1500 })
    expect(MetricAlarms[0]).to.include({ EvaluationPeriods: 5, DatapointsToAlarm: 3 })
  })

  it('have one trained model to go with, found by its metric or its id', async () => {
    const find = async (input: object) =>
      (await cloudwatch.send(new DescribeAnomalyDetectorsCommand(input))).AnomalyDetectors ?? []
    const [detector] = await find({})
    expect(detector).to.include({ StateValue: 'TRAINED' })
    expect(detector?.SingleMetricAnomalyDetector).to.include({
      MetricName: 'Requests',
      Stat: 'Sum',
    })
    expect(await find({ Namespace: 'Shop/Checkout', MetricName: 'Requests' })).to.have.length(1)
    expect(await find({ MetricName: 'Errors' })).to.deep.equal([])
    expect(await find({ AnomalyDetectorTypes: ['METRIC_MATH'] })).to.deep.equal([])
    const AnomalyDetectorIds = [detector?.AnomalyDetectorId ?? '']
    expect(await find({ AnomalyDetectorIds })).to.have.length(1)
    const failure = await failureOf(find({ AnomalyDetectorIds, MetricName: 'Requests' }))
    expect(failure.name).to.equal('InvalidParameterCombinationException')
  })

  it('have no Contributor Insights rules beside them', async () => {
    const { InsightRules } = await cloudwatch.send(new DescribeInsightRulesCommand({}))
    expect(InsightRules).to.deep.equal([])
    const failure = await failureOf(
      cloudwatch.send(
        new GetInsightRuleReportCommand({
          RuleName: 'top-callers',
          StartTime: ago(1),
          EndTime: ago(0),
          Period: 300,
        }),
      ),
    )
    expect(failure.name).to.equal('ResourceNotFoundException')
  })

  it('are read with the right of each call alone', async () => {
    const policy = {
      Version: '2012-10-17',
      Statement: [{ Effect: 'Allow', Action: 'cloudwatch:DescribeAlarms', Resource: '*' }],
    }
    const narrow = fixture.cloudwatch(await fixture.assume({ policy }))
    const AlarmName = 'shop-errors-by-service'
    const failures = await Promise.all([
      failureOf(narrow.send(new DescribeAlarmHistoryCommand({}))),
      failureOf(narrow.send(new DescribeAlarmContributorsCommand({ AlarmName }))),
      failureOf(narrow.send(new ListAlarmMuteRulesCommand({}))),
      failureOf(narrow.send(new DescribeAnomalyDetectorsCommand({}))),
    ])
    expect(failures.map((failure) => /perform: (\S+)/.exec(failure.message)?.[1])).to.deep.equal([
      'cloudwatch:DescribeAlarmHistory',
      'cloudwatch:DescribeAlarmContributors',
      'cloudwatch:ListAlarmMuteRules',
      'cloudwatch:DescribeAnomalyDetectors',
    ])
  })
})
