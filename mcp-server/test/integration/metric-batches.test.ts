import { expect } from 'chai'
import { accessDenied, askTool } from '../support/ask-tool.ts'
import { type RunningServer, startServer } from '../support/running-server.ts'

const METRIC = { namespace: 'AWS/Lambda', metricName: 'Errors' }
const FROM = Date.parse('2026-01-01T00:00:00Z') / 1_000

describe('batches of metric data', () => {
  let server: RunningServer
  const ask = askTool(() => server)
  beforeEach(async () => {
    server = await startServer()
  })
  afterEach(() => server.close())

  it('takes the period that a SEARCH names: values stand one after the other', async () => {
    server.aws.on('GetMetricData', () => ({
      output: {
        MetricDataResults: [
          { Id: 'm1', Label: 'a', Timestamps: [FROM, FROM + 300], Values: [1, 2] },
        ],
      },
    }))
    const { text } = await ask('get_metric_data', {
      queries: [{ expression: "SEARCH('{AWS/Lambda,FunctionName} Errors', 'Sum', 300)" }],
      points: 'values',
    })
    expect(text)
      .to.include('period: 300 s')
      .and.to.match(/\| 1,2$/m)
  })

  it('tells an expression without points from a metric without points', async () => {
    server.aws.on('GetMetricData', () => ({
      output: {
        MetricDataResults: ['gone', 'rate'].map((Id) => ({
          Id,
          Label: Id,
          Timestamps: [],
          Values: [],
          StatusCode: 'Complete',
        })),
      },
    }))
    const { text } = await ask('get_metric_data', {
      queries: [
        { ...METRIC, id: 'gone' },
        { id: 'rate', expression: 'gone / 0' },
      ],
    })
    expect(text).to.match(/^rate: no points\. An expression has a point only where/m)
    expect(text).to.match(/^gone: no points\. Namespace, metric name and the whole set/m)
  })

  it('carries five hundred queries in one call', async () => {
    server.aws.on('GetMetricData', ({ MetricDataQueries }) => ({
      output: {
        MetricDataResults: (Array.isArray(MetricDataQueries) ? MetricDataQueries : []).map(
          ({ Id }) => ({
            Id,
            Label: `series ${Id}`,
            Timestamps: [FROM],
            Values: [1],
            StatusCode: 'Complete',
          }),
        ),
      },
    }))
    const queries = Array.from({ length: 500 }, (_, at) => ({
      ...METRIC,
      dimensions: [
        { name: 'FunctionName', value: `function-${at}` },
        { name: 'Resource', value: `function-${at}:live` },
      ],
      statistic: 'Sum',
      label: `function ${at}`,
    }))
    const { text } = await ask('get_metric_data', { queries })
    expect(server.aws.calls).to.have.length(1)
    expect(server.aws.calls[0]?.input.MetricDataQueries).to.have.length(500)
    expect(text).to.include('500 series, 500 with points.')
    expect(text.length).to.be.at.most(20_000)
    const refused = await ask('get_metric_data', { queries: [...queries, METRIC] })
    expect(refused.isError).to.equal(true)
  })

  it('sends hidden inputs, accounts and expressions as AWS takes them', async () => {
    server.aws.on('GetMetricData', () => ({ output: { MetricDataResults: [] } }))
    await ask('get_metric_data', {
      queries: [
        { ...METRIC, id: 'errors', statistic: 'sum', hidden: true, account: '444455556666' },
        { id: 'band', expression: 'ANOMALY_DETECTION_BAND(errors, 2)' },
        { ...METRIC, id: 'slow', statistic: 'TM(10%:90%)', period: 300 },
      ],
    })
    expect(server.aws.calls[0]?.input.MetricDataQueries).to.deep.equal([
      {
        Id: 'errors',
        AccountId: '444455556666',
        ReturnData: false,
        MetricStat: {
          Metric: { Namespace: 'AWS/Lambda', MetricName: 'Errors' },
          Period: 60,
          Stat: 'Sum',
        },
      },
      { Id: 'band', Expression: 'ANOMALY_DETECTION_BAND(errors, 2)', Period: 60 },
      {
        Id: 'slow',
        MetricStat: {
          Metric: { Namespace: 'AWS/Lambda', MetricName: 'Errors' },
          Period: 300,
          Stat: 'TM(10%:90%)',
        },
      },
    ])
  })

  it('shows each group of a Metrics Insights query as a series', async () => {
    server.aws.on('GetMetricData', () => ({
      output: {
        MetricDataResults: ['checkout', 'cart'].map((label, at) => ({
          Id: 'm1',
          Label: label,
          Timestamps: [FROM],
          Values: [at + 1],
          StatusCode: 'Complete',
        })),
      },
    }))
    const expression =
      'SELECT MAX(Errors) FROM SCHEMA("AWS/Lambda", FunctionName) GROUP BY FunctionName'
    const { text } = await ask('get_metric_data', { queries: [{ expression }], start: '-13d' })
    expect(text).to.include('m1 | checkout | 1').and.to.include('m1 | cart | 1')
  })

  it('leaves out what is not a number and says so', async () => {
    server.aws.on('GetMetricData', () => ({
      output: {
        MetricDataResults: [
          {
            Id: 'rate',
            Label: 'rate',
            Timestamps: [FROM, FROM + 60, FROM + 120, FROM + 180],
            Values: [1, 'NaN', 'Infinity', 3],
            StatusCode: 'Complete',
          },
        ],
      },
    }))
    const { text } = await ask('get_metric_data', {
      queries: [{ id: 'rate', expression: 'm1/m2' }],
      points: 'values',
    })
    expect(text).to.include('rate | rate | 2 | 1 | 3 | 2 | 3')
    expect(text).to.include('2 points of rate are not numbers')
    expect(text).to.include('1,-,-,3')
  })

  it('keeps labels of any script and breaks none of its own lines', async () => {
    server.aws.on('GetMetricData', () => ({
      output: {
        MetricDataResults: [
          {
            Id: 'm1',
            Label: 'Bäckerei ☕\nsecond line | pipe\u001b[31m',
            Timestamps: [FROM],
            Values: [1],
          },
        ],
      },
    }))
    const { text } = await ask('get_metric_data', { queries: [METRIC] })
    expect(text).to.include('m1 | Bäckerei ☕\\nsecond line \\| pipe | 1')
  })

  for (const [title, queries, words] of [
    [
      'two SELECTs',
      [
        { id: 'a', expression: 'SELECT AVG(x) FROM y' },
        { id: 'b', expression: ' select AVG(x) FROM z' },
      ],
      /one Metrics Insights query/,
    ],
    ['only hidden queries', [{ ...METRIC, hidden: true }], /Every query is hidden/],
    ['an account that is none', [{ ...METRIC, account: '12' }], /12 digits/],
  ] as const) {
    it(`refuses ${title} before it asks AWS`, async () => {
      const { text, isError } = await ask('get_metric_data', { queries })
      expect(isError).to.equal(true)
      expect(text).to.match(words)
      expect(server.aws.calls).to.have.length(0)
    })
  }

  it('tells throttling and a missing permission apart', async () => {
    server.aws.on('GetMetricData', () => accessDenied('cloudwatch:GetMetricData'))
    const denied = await ask('get_metric_data', { queries: [METRIC] })
    expect(denied.text).to.include('may not do cloudwatch:GetMetricData on *')
    server.aws.on('GetMetricData', () => ({
      status: 400,
      type: 'ThrottlingException',
      message: 'Rate exceeded',
    }))
    const throttled = await ask('get_metric_data', { queries: [METRIC] })
    expect(throttled.text).to.include('AWS is throttling this account')
  })
})
