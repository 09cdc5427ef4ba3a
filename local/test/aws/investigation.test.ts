import {
  DescribeAlarmHistoryCommand,
  DescribeAlarmsCommand,
  GetMetricDataCommand,
} from '@aws-sdk/client-cloudwatch'
import {
  FilterLogEventsCommand,
  GetQueryResultsCommand,
  StartQueryCommand,
} from '@aws-sdk/client-cloudwatch-logs'
import { expect } from 'chai'
import { type Fixture, startFixture } from './aws-fixture.ts'

const MINUTE = 60_000

describe('the incident of the story', () => {
  let fixture: Fixture
  let cloudwatch: ReturnType<Fixture['cloudwatch']>
  let logs: ReturnType<Fixture['logs']>

  before(async () => {
    fixture = await startFixture()
    const alice = await fixture.assume()
    cloudwatch = fixture.cloudwatch(alice)
    logs = fixture.logs(alice)
  })
  after(() => fixture.close())

  async function ask(group: string, queryString: string, from: Date, to: Date) {
    const { queryId } = await logs.send(
      new StartQueryCommand({
        logGroupName: group,
        queryString,
        startTime: Math.floor(from.getTime() / 1000),
        endTime: Math.floor(to.getTime() / 1000),
      }),
    )
    for (;;) {
      const answer = await logs.send(new GetQueryResultsCommand({ queryId }))
      if (answer.status !== 'Complete') continue
      return (answer.results ?? []).map(
        (row): Partial<Record<string, string>> =>
          Object.fromEntries(row.map((one) => [one.field, one.value])),
      )
    }
  }

  it('is found from an alarm over its history, metric and logs to the deploy', async () => {
    const { MetricAlarms = [] } = await cloudwatch.send(
      new DescribeAlarmsCommand({ StateValue: 'ALARM', AlarmNamePrefix: 'checkout-error' }),
    )
    const [alarm] = MetricAlarms
    const { AlarmHistoryItems = [] } = await cloudwatch.send(
      new DescribeAlarmHistoryCommand({
        AlarmName: alarm?.AlarmName,
        HistoryItemType: 'StateUpdate',
        MaxRecords: 1,
      }),
    )
    const on = AlarmHistoryItems[0]?.Timestamp ?? new Date(0)
    const [from, to] = [new Date(on.getTime() - 15 * MINUTE), new Date(on.getTime() + 5 * MINUTE)]

    const { MetricDataResults = [] } = await cloudwatch.send(
      new GetMetricDataCommand({
        MetricDataQueries: alarm?.Metrics,
        StartTime: from,
        EndTime: to,
        ScanBy: 'TimestampAscending',
      }),
    )
    const [rate] = MetricDataResults
    const firstBad = rate?.Timestamps?.[rate.Values?.findIndex((value) => value > 5) ?? 0]
    expect(firstBad?.getTime()).to.be.lessThan(on.getTime())

    const [worst] = await ask(
      '/shop/checkout',
      'filter level = "ERROR" | stats count(*) as n by error.type, version | sort n desc',
      from,
      to,
    )
    expect(worst).to.include({ 'error.type': 'PaymentTimeoutError', version: '2.14.0' })
    const [upstream] = await ask(
      '/shop/payments',
      'filter level = "WARN" | pattern message | limit 1',
      from,
      to,
    )
    expect(upstream?.['@pattern']).to.equal(
      'no free connection to the acquirer: 10 of 10 held by checkout/2.14.0',
    )

    const { events = [] } = await logs.send(
      new FilterLogEventsCommand({
        logGroupName: '/shop/deployments',
        startTime: from.getTime(),
        endTime: to.getTime(),
        filterPattern: '{ $.event = "deployment.started" }',
      }),
    )
    expect(events).to.have.length(1)
    const deploy = JSON.parse(events[0]?.message ?? '')
    expect(deploy).to.include({ service: 'checkout', version: '2.14.0', previous: '2.13.4' })
    expect(deploy.change).to.contain('keep the acquirer connection open')
    expect(events[0]?.timestamp).to.be.lessThan(firstBad?.getTime() ?? 0)
  })

  it('is followed by one request id through both services', async () => {
    const now = fixture.now()
    const hour = new Date(now.getTime() - 60 * MINUTE)
    const [failed] = await ask(
      '/shop/checkout',
      'filter error.type = "PaymentTimeoutError" | fields requestId, orderId | limit 1',
      hour,
      now,
    )
    const [seen] = await ask(
      '/shop/payments',
      `filter requestId = "${failed?.requestId}" | fields message, orderId, pool.inUse`,
      hour,
      now,
    )
    expect(seen).to.include({ orderId: failed?.orderId, 'pool.inUse': '10' })
  })

  it('is not in the other region', async () => {
    const other = fixture.cloudwatch(await fixture.assume(), 'eu-west-1')
    const { MetricAlarms, CompositeAlarms } = await other.send(
      new DescribeAlarmsCommand({
        StateValue: 'ALARM',
        AlarmTypes: ['MetricAlarm', 'CompositeAlarm'],
      }),
    )
    expect([MetricAlarms, CompositeAlarms]).to.deep.equal([[], []])
  })
})
