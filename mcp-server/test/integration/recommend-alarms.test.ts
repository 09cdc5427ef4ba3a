import { expect } from 'chai'
import { accessDenied, askTool } from '../support/ask-tool.ts'
import { callerHeaders } from '../support/caller-headers.ts'
import { checkTemplate } from '../support/check-template.ts'
import { type RunningServer, startServer } from '../support/running-server.ts'

const DAY = 86_400
const METRIC = {
  namespace: 'Shop/Checkout',
  metricName: 'Requests',
  dimensions: [{ name: 'Service', value: 'checkout' }],
  statistic: 'Sum',
}

describe('analyze_metric and recommend_alarms', () => {
  let server: RunningServer
  const ask = askTool(() => server)
  beforeEach(async () => {
    server = await startServer()
    server.aws.on('DescribeAlarmsForMetric', () => ({ output: { MetricAlarms: [] } }))
  })
  afterEach(() => server.close())

  /** Fourteen days up to now, one point per five minutes. */
  const answerWith = (value: (seconds: number, day: number) => number): void => {
    server.aws.on('GetMetricData', ({ StartTime }) => {
      const start = Math.ceil(Number(StartTime) / 300) * 300
      const times = Array.from({ length: (14 * DAY) / 300 }, (_, at) => start + at * 300)
      return {
        output: {
          MetricDataResults: [
            {
              Id: 'm1',
              Label: 'Requests',
              Timestamps: times,
              Values: times.map((time) => value(time % DAY, (time - start) / DAY)),
              StatusCode: 'Complete',
            },
          ],
        },
      }
    })
  }
  const daily = (seconds: number) => 100 + 50 * Math.sin((2 * Math.PI * seconds) / DAY)
  const templatesOf = (text: string): unknown[] =>
    [...text.matchAll(/\| (\{"AWSTemplateFormatVersion".*\})$/gm)].map(([, json]) =>
      JSON.parse(json ?? ''),
    )

  describe('analyze_metric', () => {
    it('reads fourteen days by the minute and tells trend, cycle and density', async () => {
      answerWith((seconds, day) => daily(seconds) + 2 * day)
      const { text } = await ask('analyze_metric', METRIC)
      const [call] = server.aws.callsOf('GetMetricData')
      expect(Number(call?.input.EndTime) - Number(call?.input.StartTime)).to.equal(14 * DAY)
      expect(call?.input.MetricDataQueries).to.deep.equal([
        {
          Id: 'm1',
          MetricStat: {
            Metric: {
              Namespace: 'Shop/Checkout',
              MetricName: 'Requests',
              Dimensions: [{ Name: 'Service', Value: 'checkout' }],
            },
            Period: 60,
            Stat: 'Sum',
          },
        },
      ])
      expect(text).to.match(
        /^Requests: repeats every day, trend rising by 2[78](\.\d+)? in the range/,
      )
      expect(text).to.match(/seasonality \| 86400 s: repeats every day, strength (1|0\.9\d) of 1/)
      expect(text)
        .to.include('highest about 06:00 UTC (+5')
        .and.to.include('lowest about 18:00 UTC')
      expect(text).to.include('publishing period | 300 s')
      expect(text).to.include('density | 100 % of the moments have a point')
      expect(text).to.include('points | 4032')
    })

    it('takes the statistic that suits a known metric', async () => {
      answerWith(daily)
      const { text } = await ask('analyze_metric', {
        namespace: 'AWS/SQS',
        metricName: 'ApproximateAgeOfOldestMessage',
      })
      expect(text).to.include('statistic: Maximum per minute')
    })

    it('explains a metric without points', async () => {
      server.aws.on('GetMetricData', () => ({ output: { MetricDataResults: [] } }))
      const { text, isError } = await ask('analyze_metric', METRIC)
      expect(isError).to.equal(false)
      expect(text).to.include('Requests has no points in the last 14 days.')
      expect(text).to.include('list_metrics shows')
    })

    it('names the missing permission', async () => {
      server.aws.on('GetMetricData', () => accessDenied('cloudwatch:GetMetricData'))
      const { text, isError } = await ask('analyze_metric', METRIC)
      expect(isError).to.equal(true)
      expect(text).to.include('may not do cloudwatch:GetMetricData')
    })
  })

  describe('recommend_alarms', () => {
    it('gives published advice with its number, without reading the metric', async () => {
      const { text } = await ask('recommend_alarms', {
        namespace: 'AWS/ECS',
        metricName: 'CPUUtilization',
        dimensions: [
          { name: 'ServiceName', value: 'checkout' },
          { name: 'ClusterName', value: 'shop' },
        ],
      })
      expect(server.aws.callsOf('GetMetricData')).to.have.length(0)
      expect(text).to.include('1 alarm for CPUUtilization, 1 from published advice.')
      expect(text).to.include('published advice | Average > 80 for 5 of 5 periods of 60 s')
      expect(text).to.include('No alarm watches exactly this metric now.')
      const [template] = templatesOf(text)
      expect(checkTemplate(template)).to.deep.equal([])
      expect(template).to.deep.include({
        Resources: {
          Alarm: {
            Type: 'AWS::CloudWatch::Alarm',
            Properties: {
              AlarmDescription: 'The service needs more or larger tasks.',
              Namespace: 'AWS/ECS',
              MetricName: 'CPUUtilization',
              Dimensions: [
                { Name: 'ServiceName', Value: 'checkout' },
                { Name: 'ClusterName', Value: 'shop' },
              ],
              Statistic: 'Average',
              Period: 60,
              EvaluationPeriods: 5,
              DatapointsToAlarm: 5,
              ComparisonOperator: 'GreaterThanThreshold',
              Threshold: 80,
              TreatMissingData: 'missing',
              AlarmActions: [{ Ref: 'AlarmTopicArn' }],
            },
          },
        },
      })
    })

    it('leaves a threshold that only its owner knows to a parameter, beside what is usual', async () => {
      answerWith(() => 40)
      const { text } = await ask('recommend_alarms', {
        namespace: 'AWS/Lambda',
        metricName: 'Duration',
        dimensions: [{ name: 'FunctionName', value: 'checkout' }],
        statistic: 'p90',
      })
      expect(text).to.include('p90 > (choose) for 10 of 10')
      expect(text).to.include('About 90 % of the time-out of the function')
      expect(text).to.include(
        'last 14 days: p90 per minute: median 40, p99 40, highest 40; no cycle',
      )
      const templates = templatesOf(text)
      expect(templates).to.have.length(1)
      expect(checkTemplate(templates[0])).to.deep.equal([])
      expect(JSON.stringify(templates[0])).to.include('"ExtendedStatistic":"p90"')
      expect(JSON.stringify(templates[0])).to.include('"Threshold":{"Ref":"Threshold"}')
    })

    it('watches a metric that repeats itself by a band, with the statistic asked for', async () => {
      answerWith(daily)
      const { text } = await ask('recommend_alarms', METRIC)
      expect(text).to.include('1 alarm for Requests, none of them from published advice.')
      expect(text).to.include('anomaly detection | Sum outside the band (width 2) for 2 of 2')
      const [template] = templatesOf(text)
      expect(checkTemplate(template)).to.deep.equal([])
      expect(template).to.have.nested.property('Resources.Detector.Properties.Stat', 'Sum')
      expect(template)
        .to.have.nested.property('Resources.Detector.Properties.Dimensions')
        .that.deep.equals([{ Name: 'Service', Value: 'checkout' }])
      expect(template).to.have.nested.property(
        'Resources.Alarm.Properties.Metrics[0].MetricStat.Stat',
        'Sum',
      )
      expect(
        server.aws.callsOf('GetMetricData')[0]?.input.MetricDataQueries,
      ).to.have.nested.property('[0].MetricStat.Stat', 'Sum')
    })

    it('offers a band beside advice whose threshold is open', async () => {
      answerWith(daily)
      const { text } = await ask('recommend_alarms', {
        namespace: 'AWS/SQS',
        metricName: 'ApproximateNumberOfMessagesVisible',
        dimensions: [{ name: 'QueueName', value: 'orders' }],
      })
      expect(text).to.include('2 alarms for ApproximateNumberOfMessagesVisible, 1 from published')
      expect(templatesOf(text).map(checkTemplate)).to.deep.equal([[], []])
    })

    it('says how to choose a threshold where there is neither advice nor a cycle', async () => {
      answerWith(() => 7)
      const { text } = await ask('recommend_alarms', METRIC)
      expect(text).to.include('own threshold | Sum > (choose) for 3 of 3 periods of 300 s')
      expect(text).to.include('p99 was 7 and the highest 7')
      expect(templatesOf(text).map(checkTemplate)).to.deep.equal([[]])
    })

    it('never gives a threshold of zero for want of one', async () => {
      server.aws.on('GetMetricData', () => ({ output: { MetricDataResults: [] } }))
      const { text } = await ask('recommend_alarms', METRIC)
      expect(text).to.include('There is no advice for Requests.')
      expect(text).to.include('no points in the last 14 days')
      expect(templatesOf(text)).to.have.length(0)
    })

    it('says which dimensions the advice is for when others are given', async () => {
      answerWith(() => 7)
      const { text } = await ask('recommend_alarms', {
        namespace: 'AWS/Lambda',
        metricName: 'DeadLetterErrors',
        dimensions: [
          { name: 'FunctionName', value: 'checkout' },
          { name: 'Resource', value: 'checkout:live' },
        ],
      })
      expect(text).to.include('advice for FunctionName, and none for FunctionName+Resource')
    })

    it('tells which alarms are there already', async () => {
      server.aws.on('DescribeAlarmsForMetric', () => ({
        output: {
          MetricAlarms: [
            {
              AlarmName: 'many-requests',
              Statistic: 'Sum',
              Threshold: 500,
              ComparisonOperator: 'GreaterThanThreshold',
              EvaluationPeriods: 2,
              Period: 60,
            },
          ],
        },
      }))
      answerWith(() => 7)
      const { text } = await ask('recommend_alarms', METRIC)
      expect(text).to.include(
        'Already there: many-requests (Sum > 500 for 2 of 2 periods of 60 s).',
      )
      expect(server.aws.callsOf('DescribeAlarmsForMetric')[0]?.input).to.deep.equal({
        Namespace: 'Shop/Checkout',
        MetricName: 'Requests',
        Dimensions: [{ Name: 'Service', Value: 'checkout' }],
      })
    })

    it('goes on without the parts that the role may not read', async () => {
      server.aws.on('DescribeAlarmsForMetric', () =>
        accessDenied('cloudwatch:DescribeAlarmsForMetric'),
      )
      server.aws.on('GetMetricData', () => accessDenied('cloudwatch:GetMetricData'))
      const { text, isError } = await ask('recommend_alarms', {
        namespace: 'AWS/Lambda',
        metricName: 'Errors',
        dimensions: [{ name: 'FunctionName', value: 'checkout' }],
      })
      expect(isError).to.equal(false)
      expect(text).to.include('may not do cloudwatch:DescribeAlarmsForMetric')
      expect(text).to.include('may not do cloudwatch:GetMetricData')
      expect(text).to.include('1 alarm for Errors, 1 from published advice.')
    })

    it('writes valid templates for names of any script and with any sign', async () => {
      answerWith(daily)
      const value = 'Bäckerei | "x" \\ $[AWS::Region] \u200b☕ 😀'
      const { text } = await ask(
        'recommend_alarms',
        { ...METRIC, dimensions: [{ name: 'Shop', value }] },
        callerHeaders(),
      )
      const [template] = templatesOf(text)
      expect(checkTemplate(template)).to.deep.equal([])
      expect(template).to.have.nested.property(
        'Resources.Detector.Properties.Dimensions[0].Value',
        value,
      )
    })
  })
})
