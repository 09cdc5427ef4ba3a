import { expect } from 'chai'
import { parseDashboard } from '../../../src/tools/dashboard-widgets.ts'

const widgetsOf = (...widgets: unknown[]) => parseDashboard(JSON.stringify({ widgets }))?.widgets
const queriesOf = (metrics: unknown[], properties: object = {}) =>
  widgetsOf({ type: 'metric', properties: { ...properties, metrics } })?.[0]?.graph?.queries

describe('parseDashboard', () => {
  it('writes out the abbreviations of the rows of a widget', () => {
    const queries = queriesOf([
      ['AWS/EC2', 'CPUUtilization', 'InstanceId', 'i-1', { stat: 'Maximum' }],
      ['.', 'NetworkIn', '.', '.'],
      ['...', 'i-2'],
      ['...', { stat: 'p99' }],
      ['AWS/SQS', 'NumberOfMessagesSent', 'QueueName', 'orders', 'Kind', 'fifo'],
      ['...', '.', 'standard'],
    ])
    const written = queries?.map(({ namespace, metricName, dimensions, statistic }) => [
      namespace,
      metricName,
      ...(dimensions ?? []).flatMap(({ name, value }) => [name, value]),
      statistic ?? '-',
    ])
    expect(written).to.deep.equal([
      ['AWS/EC2', 'CPUUtilization', 'InstanceId', 'i-1', 'Maximum'],
      ['AWS/EC2', 'NetworkIn', 'InstanceId', 'i-1', '-'],
      ['AWS/EC2', 'NetworkIn', 'InstanceId', 'i-2', '-'],
      ['AWS/EC2', 'NetworkIn', 'InstanceId', 'i-2', 'p99'],
      ['AWS/SQS', 'NumberOfMessagesSent', 'QueueName', 'orders', 'Kind', 'fifo', '-'],
      ['AWS/SQS', 'NumberOfMessagesSent', 'QueueName', 'orders', 'Kind', 'standard', '-'],
    ])
  })

  it('does not take an expression for the row before', () => {
    const queries = queriesOf([
      ['Shop', 'Errors', 'Service', 'cart'],
      [{ expression: 'm1 * 2', id: 'twice' }],
      ['.', 'Requests', '.', '.'],
    ])
    expect(queries?.[1]?.expression).to.equal('m1 * 2')
    expect(queries?.[2]).to.deep.include({ namespace: 'Shop', metricName: 'Requests' })
  })

  it('names rows without an id, and never twice', () => {
    const queries = queriesOf([
      ['A', 'one'],
      ['A', 'two', { id: 'm1' }],
      ['A', 'three'],
    ])
    expect(queries?.map(({ id }) => id)).to.deep.equal(['m2', 'm1', 'm3'])
  })

  it('passes the statistic and period of the widget on to rows without their own', () => {
    const [one, other] =
      queriesOf(
        [
          ['A', 'one'],
          ['A', 'two', { stat: 'Sum', period: 60 }],
        ],
        {
          stat: 'p90',
          period: 300,
        },
      ) ?? []
    expect(one).to.deep.include({ statistic: 'p90', period: 300 })
    expect(other).to.deep.include({ statistic: 'Sum', period: 60 })
  })

  it('reads lines, bands and marks, and leaves out what is none', () => {
    const [widget] =
      widgetsOf({
        type: 'metric',
        properties: {
          metrics: [['A', 'one']],
          annotations: {
            horizontal: [
              { value: 5, label: 'high', yAxis: 'right' },
              [{ value: 1, label: 'from' }, { value: 2 }],
              { value: 'many' },
            ],
            vertical: [{ value: '2026-01-01T00:00:00Z', label: 'deploy' }, { value: 'yesterday' }],
          },
        },
      }) ?? []
    expect(widget?.graph?.lines).to.deep.equal([
      { value: 5, label: 'high', axis: 'right' },
      { value: 1, label: 'from', axis: undefined },
      { value: 2, label: undefined, axis: undefined },
    ])
    expect(widget?.graph?.marks).to.deep.equal([
      { time: new Date('2026-01-01T00:00:00Z'), label: 'deploy' },
    ])
  })

  it('finds the names of alarms, also of those that a graph is made of', () => {
    const arn = (name: string) => `arn:aws:cloudwatch:us-east-1:111122223333:alarm:${name}`
    const widgets = widgetsOf(
      { type: 'alarm', properties: { alarms: [arn('a'), arn('b:c')] } },
      { type: 'metric', properties: { annotations: { alarms: [arn('d')] } } },
    )
    expect(widgets?.map(({ alarms }) => alarms)).to.deep.equal([['a', 'b:c'], ['d']])
    expect(widgets?.[1]?.graph).to.equal(undefined)
  })

  for (const [title, body] of [
    ['members of other forms', { widgets: [7, null, { type: 1, properties: 'x' }, {}] }],
    [
      'rows of other forms',
      { widgets: [{ type: 'metric', properties: { metrics: [1, {}, []] } }] },
    ],
    ['no widgets', { widgets: 'none' }],
    ['nothing', {}],
  ] as const) {
    it(`reads a body with ${title} without failing`, () => {
      const parsed = parseDashboard(JSON.stringify(body))
      expect(parsed?.widgets.flatMap(({ graph }) => graph?.queries ?? [])).to.deep.equal([])
    })
  }

  it('gives nothing for a body that is no JSON object', () => {
    for (const body of ['', '{', 'null', '[]', '"text"']) {
      expect(parseDashboard(body), body).to.equal(undefined)
    }
  })
})
