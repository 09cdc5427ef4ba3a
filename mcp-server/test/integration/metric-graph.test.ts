import { expect } from 'chai'
import { accessDenied, askTool } from '../support/ask-tool.ts'
import { callerHeaders } from '../support/caller-headers.ts'
import { type RunningServer, startServer } from '../support/running-server.ts'

const METRIC = {
  namespace: 'Shop/Checkout',
  metricName: 'Errors',
  dimensions: [{ name: 'Service', value: 'checkout' }],
  statistic: 'Sum',
}
const RANGE = { start: '2026-01-01T00:00:00Z', end: '2026-01-01T01:00:00Z' }
const FROM = Date.parse(RANGE.start) / 1_000
const PNG = Buffer.concat([Buffer.from('89504e470d0a1a0a', 'hex'), Buffer.alloc(200, 7)])

describe('get_metric_graph', () => {
  let server: RunningServer
  const ask = askTool(() => server)
  beforeEach(async () => {
    server = await startServer()
    server.aws.on('GetMetricWidgetImage', () => ({
      output: { MetricWidgetImage: PNG.toString('base64') },
    }))
    server.aws.on('GetMetricData', ({ MetricDataQueries }) => ({
      output: {
        MetricDataResults: (Array.isArray(MetricDataQueries) ? MetricDataQueries : [])
          .filter(({ ReturnData }) => ReturnData !== false)
          .map(({ Id, Label = 'Errors' }) => ({
            Id,
            Label,
            Timestamps: [FROM, FROM + 60, FROM + 120],
            Values: [1, 9, 2],
            StatusCode: 'Complete',
          })),
      },
    }))
  })
  afterEach(() => server.close())

  const widget = (): Record<string, unknown> => {
    const { MetricWidget } = server.aws.callsOf('GetMetricWidgetImage').at(-1)?.input ?? {}
    return JSON.parse(String(MetricWidget))
  }

  it('answers the picture as an image and the figures of the same series as text', async () => {
    const { content, text } = await ask('get_metric_graph', {
      queries: [METRIC],
      ...RANGE,
      title: 'Failed checkouts',
      lines: [{ value: 5, label: 'too many' }],
      marks: [{ time: '2026-01-01T00:01:00Z', label: 'deploy' }],
      stacked: true,
      theme: 'dark',
      width: 600,
      height: 300,
    })
    expect(content.map(({ type }) => type)).to.deep.equal(['text', 'image'])
    expect(content[1]?.mimeType).to.equal('image/png')
    expect(Buffer.from(content[1]?.data ?? '', 'base64').equals(PNG)).to.equal(true)
    expect(text).to.include('A picture "Failed checkouts" of 1 series, 1 with points.')
    expect(text).to.include('m1 | Errors | 3 | 1 | 9 | 4 | 2 | 2026-01-01T00:01:00Z')
    expect(text).to.include('The line 5 (too many): m1 is above it at 1 of 3 points')
    expect(text).to.include('range: 2026-01-01T00:00:00Z to 2026-01-01T01:00:00Z')
    expect(widget()).to.deep.equal({
      title: 'Failed checkouts',
      view: 'timeSeries',
      stacked: true,
      metrics: [
        ['Shop/Checkout', 'Errors', 'Service', 'checkout', { stat: 'Sum', period: 3600, id: 'm1' }],
      ],
      annotations: {
        horizontal: [{ value: 5, label: 'too many' }],
        vertical: [{ value: '2026-01-01T00:01:00.000Z', label: 'deploy' }],
      },
      start: '2026-01-01T00:00:00.000Z',
      end: '2026-01-01T01:00:00.000Z',
      timezone: '+0000',
      width: 600,
      height: 300,
      theme: 'dark',
    })
    const [data] = server.aws.callsOf('GetMetricData')
    expect(data?.input.StartTime).to.equal(FROM)
    expect(data?.input.EndTime).to.equal(FROM + 3_600)
  })

  it('never puts the picture into the text', async () => {
    const { text } = await ask('get_metric_graph', { queries: [METRIC], ...RANGE })
    const base64 = PNG.toString('base64')
    for (let at = 0; at + 24 <= base64.length; at += 24) {
      expect(text).not.to.include(base64.slice(at, at + 24))
    }
    expect(server.lines.join('\n')).not.to.include(base64.slice(0, 24))
  })

  it('draws the last three hours by default', async () => {
    await ask('get_metric_graph', { queries: [METRIC] })
    const { start, end, width, height, theme } = widget()
    expect(Date.parse(String(end)) - Date.parse(String(start))).to.equal(3 * 3_600_000)
    expect([width, height, theme]).to.deep.equal([800, 400, 'light'])
  })

  it('sends expressions, hidden inputs, accounts and axes as CloudWatch draws them', async () => {
    const { text } = await ask('get_metric_graph', {
      queries: [
        { ...METRIC, id: 'errors', hidden: true, account: '444455556666' },
        { id: 'rate', expression: 'errors / 60', label: 'rate', axis: 'right' },
      ],
      lines: [{ value: 1 }, { value: 5, axis: 'right' }],
      ...RANGE,
    })
    expect(widget().metrics).to.deep.equal([
      [
        'Shop/Checkout',
        'Errors',
        'Service',
        'checkout',
        { stat: 'Sum', period: 3600, id: 'errors', visible: false, accountId: '444455556666' },
      ],
      [{ expression: 'errors / 60', period: 3600, id: 'rate', label: 'rate', yAxis: 'right' }],
    ])
    expect(text).to.include('The line 1: no point is above it.')
    expect(text).to.include('The line 5: rate is above it at 1 of 3 points')
  })

  it('draws a metric alarm with its threshold', async () => {
    server.aws.on('DescribeAlarms', () => ({
      output: {
        MetricAlarms: [
          {
            AlarmName: 'checkout-errors',
            Namespace: 'Shop/Checkout',
            MetricName: 'Errors',
            Dimensions: [{ Name: 'Service', Value: 'checkout' }],
            ExtendedStatistic: 'p99',
            Period: 120,
            Threshold: 3,
            ComparisonOperator: 'LessThanOrEqualToThreshold',
          },
        ],
      },
    }))
    const { text } = await ask('get_metric_graph', { alarm: 'checkout-errors', start: '-1h' })
    expect(widget()).to.deep.include({
      title: 'checkout-errors',
      metrics: [
        ['Shop/Checkout', 'Errors', 'Service', 'checkout', { stat: 'p99', period: 120, id: 'm1' }],
      ],
    })
    expect(widget().annotations).to.deep.equal({
      horizontal: [{ value: 3, label: 'ALARM <= 3' }],
      vertical: [],
    })
    expect(text).to.include('The line 3 (ALARM <= 3): m1 is below it at 2 of 3 points')
  })

  it('draws an alarm on an expression with its inputs', async () => {
    server.aws.on('DescribeAlarms', () => ({
      output: {
        MetricAlarms: [
          {
            AlarmName: 'odd',
            ThresholdMetricId: 'band',
            ComparisonOperator: 'LessThanLowerOrGreaterThanUpperThreshold',
            Metrics: [
              {
                Id: 'm1',
                ReturnData: true,
                MetricStat: {
                  Metric: { Namespace: 'Shop', MetricName: 'Requests' },
                  Stat: 'Sum',
                  Period: 300,
                },
              },
              { Id: 'band', Expression: 'ANOMALY_DETECTION_BAND(m1, 2)', Label: 'expected' },
            ],
          },
        ],
      },
    }))
    await ask('get_metric_graph', { alarm: 'odd', ...RANGE })
    expect(widget().metrics).to.deep.equal([
      ['Shop', 'Requests', { stat: 'Sum', period: 3600, id: 'm1' }],
      [
        {
          expression: 'ANOMALY_DETECTION_BAND(m1, 2)',
          period: 3600,
          id: 'band',
          label: 'expected',
        },
      ],
    ])
  })

  for (const [title, output, words] of [
    ['composite', { CompositeAlarms: [{ AlarmName: 'x' }] }, /composite alarm.*children/],
    ['log', { LogAlarms: [{ AlarmName: 'x' }] }, /log alarm/],
    [
      'PromQL',
      {
        MetricAlarms: [
          { AlarmName: 'x', EvaluationCriteria: { PromQLCriteria: { Query: 'up == 0' } } },
        ],
      },
      /query_promql reads it: up == 0/,
    ],
  ] as const) {
    it(`says why a ${title} alarm cannot be drawn`, async () => {
      server.aws.on('DescribeAlarms', () => ({ output }))
      const { text, isError } = await ask('get_metric_graph', { alarm: 'x' })
      expect(isError).to.equal(true)
      expect(text).to.match(words)
    })
  }

  it('answers the figures alone where CloudWatch draws no graphs', async () => {
    const gov = callerHeaders({ 'x-aws-region': 'us-gov-west-1' })
    const answer = await ask('get_metric_graph', { queries: [METRIC], ...RANGE }, gov)
    expect(answer.isError).to.equal(false)
    expect(answer.content.map(({ type }) => type)).to.deep.equal(['text'])
    expect(answer.text).to.include('CloudWatch draws no graphs in us-gov-west-1')
    expect(answer.text).to.include('No picture, but the figures of 1 series')
    expect(server.aws.callsOf('GetMetricWidgetImage')).to.have.length(0)

    server.aws.on('GetMetricWidgetImage', () => ({
      status: 400,
      type: 'UnknownOperationException',
      message: 'unknown',
    }))
    const isolated = await ask('get_metric_graph', { queries: [METRIC], ...RANGE })
    expect(isolated.text).to.include('CloudWatch draws no graphs in us-east-1')
  })

  it('answers what is left when the role may have only one of picture and figures', async () => {
    server.aws.on('GetMetricWidgetImage', () => accessDenied('cloudwatch:GetMetricWidgetImage'))
    const figures = await ask('get_metric_graph', { queries: [METRIC], ...RANGE })
    expect(figures.isError).to.equal(false)
    expect(figures.text).to.include('may not do cloudwatch:GetMetricWidgetImage')

    server.aws.on('GetMetricData', () => accessDenied('cloudwatch:GetMetricData'))
    const nothing = await ask('get_metric_graph', { queries: [METRIC], ...RANGE })
    expect(nothing.isError).to.equal(true)
    expect(nothing.text).to.include('may not do cloudwatch:GetMetricWidgetImage')
    expect(nothing.text).to.include('may not do cloudwatch:GetMetricData')

    server.aws.on('GetMetricWidgetImage', () => ({
      output: { MetricWidgetImage: PNG.toString('base64') },
    }))
    const picture = await ask('get_metric_graph', { queries: [METRIC], ...RANGE })
    expect(picture.content.map(({ type }) => type)).to.deep.equal(['text', 'image'])
  })

  for (const [title, image, words] of [
    ['nothing', undefined, /no PNG/],
    ['something else', Buffer.from('<html>'), /no PNG/],
    ['a huge picture', Buffer.concat([PNG, Buffer.alloc(2_000_000)]), /larger than 2 MB/],
  ] as const) {
    it(`does not hand on ${title} for a picture`, async () => {
      server.aws.on('GetMetricWidgetImage', () => ({
        output: image === undefined ? {} : { MetricWidgetImage: image.toString('base64') },
      }))
      const { content, text } = await ask('get_metric_graph', { queries: [METRIC], ...RANGE })
      expect(content.map(({ type }) => type)).to.deep.equal(['text'])
      expect(text).to.match(words)
    })
  }

  for (const [title, args, words] of [
    ['no source', {}, /Give one of queries, alarm/],
    ['two sources', { queries: [METRIC], alarm: 'x' }, /Give one of queries, alarm/],
    ['a dashboard without a widget', { dashboard: 'x' }, /go together/],
    ['a widget without a dashboard', { queries: [METRIC], widget: 1 }, /go together/],
    ['101 metrics', { queries: Array.from({ length: 101 }, () => METRIC) }, /queries/],
    ['a width beyond bounds', { queries: [METRIC], width: 5_000 }, /width/],
    ['a height beyond bounds', { queries: [METRIC], height: 10 }, /height/],
    [
      'more than 100 KB',
      {
        queries: Array.from({ length: 100 }, () => ({
          ...METRIC,
          dimensions: Array.from({ length: 2 }, (_, at) => ({
            name: `name${at}`,
            value: 'x'.repeat(1_000),
          })),
        })),
      },
      /100 KB/,
    ],
  ] as const) {
    it(`refuses ${title} before it asks AWS`, async () => {
      const { text, isError } = await ask('get_metric_graph', args)
      expect(isError).to.equal(true)
      expect(text).to.match(words)
      expect(server.aws.calls).to.have.length(0)
    })
  }
})
