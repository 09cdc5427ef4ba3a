import {
  GetDashboardCommand,
  GetMetricDataCommand,
  GetMetricWidgetImageCommand,
  ListDashboardsCommand,
} from '@aws-sdk/client-cloudwatch'
import { expect } from 'chai'
import { numberTicks, timeTicks } from '../../src/aws/cloudwatch/graph/ticks.ts'
import { type Fixture, failureOf, startFixture } from './aws-fixture.ts'
import { readPng } from './png-reader.ts'

type Widget = Readonly<{ type: string; properties: Record<string, unknown> }>

describe('dashboards and graphs', () => {
  let fixture: Fixture
  let cloudwatch: ReturnType<Fixture['cloudwatch']>

  before(async () => {
    fixture = await startFixture({ frozen: true })
    cloudwatch = fixture.cloudwatch(await fixture.assume())
  })
  after(() => fixture.close())

  const draw = async (widget: object) => {
    const { MetricWidgetImage } = await cloudwatch.send(
      new GetMetricWidgetImageCommand({ MetricWidget: JSON.stringify(widget) }),
    )
    return readPng(MetricWidgetImage ?? new Uint8Array())
  }
  /** A line's edges are mixed with what is behind it. */
  const isMagenta = (color: string) => /^#f[0-9a-f][0-7][0-9a-f]f[0-9a-f]$/.test(color)
  const widgets = async () => {
    const { DashboardBody } = await cloudwatch.send(
      new GetDashboardCommand({ DashboardName: 'shop-overview' }),
    )
    // The stand-in's own dashboard; its shape is Widget.
    return (JSON.parse(DashboardBody ?? '') as { widgets: Widget[] }).widgets
  }
  const requests = ['Shop/Checkout', 'Requests', 'Service', 'checkout']

  it('are listed by the beginning of their name, with size and age', async () => {
    const list = async (input: object) =>
      (await cloudwatch.send(new ListDashboardsCommand(input))).DashboardEntries ?? []
    const [overview, draft] = await list({})
    expect(overview).to.include({
      DashboardName: 'shop-overview',
      DashboardArn: 'arn:aws:cloudwatch::111122223333:dashboard/shop-overview',
    })
    expect(overview?.Size).to.be.greaterThan(2000)
    expect(draft?.LastModified?.getTime()).to.be.lessThan(overview?.LastModified?.getTime() ?? 0)
    expect(await list({ DashboardNamePrefix: 'ware' })).to.have.length(1)
    const elsewhere = fixture.cloudwatch(await fixture.assume(), 'ap-south-1')
    const { DashboardEntries } = await elsewhere.send(new ListDashboardsCommand({}))
    expect(DashboardEntries).to.have.length(2)
    expect((await failureOf(list({ DashboardNamePrefix: 'a b' }))).name).to.equal(
      'ValidationException',
    )
  })

  it('have widgets of text, alarms, metrics and logs', async () => {
    const types = (await widgets()).map((widget) => widget.type)
    expect(new Set(types)).to.deep.equal(new Set(['text', 'alarm', 'metric', 'log']))
    const failure = await failureOf(
      cloudwatch.send(new GetDashboardCommand({ DashboardName: 'gone' })),
    )
    expect(failure.name).to.equal('ResourceNotFound')
    expect(failure).to.have.nested.property('$metadata.httpStatusCode', 404)
  })

  it('have metric widgets that can be drawn', async () => {
    const metric = (await widgets()).filter((widget) => widget.type === 'metric')
    expect(metric).to.have.length(4)
    for (const { properties } of metric) {
      const picture = await draw({ ...properties, width: 700, height: 350 })
      expect([picture.width, picture.height]).to.deep.equal([700, 350])
      expect(picture.colors.size).to.be.greaterThan(20)
    }
  })

  it('draw each line in its colour, on white with a grid and axes', async () => {
    const picture = await draw({
      metrics: [requests, ['.', 'Errors', '.', '.', { color: '#00aa00' }]],
      period: 60,
      stat: 'Sum',
      title: 'Checkout',
    })
    expect([picture.width, picture.height]).to.deep.equal([600, 400])
    expect(picture.at(0, 0)).to.equal('#ffffff')
    expect(picture.colors.get('#1f77b4')).to.be.greaterThan(300)
    expect(picture.colors.get('#00aa00')).to.be.greaterThan(100)
    expect(picture.colors.get('#e5e7eb')).to.be.greaterThan(2000)
    expect(picture.colors.get('#282c34')).to.be.greaterThan(300)
  })

  it('draw higher what is higher', async () => {
    const height = async (expression: string) => {
      const picture = await draw({
        metrics: [
          [...requests, { id: 'm', visible: false }],
          [{ expression, id: 'e', color: '#ff00ff' }],
        ],
        yAxis: { left: { min: 0, max: 100 } },
        stat: 'Sum',
        legend: { position: 'hidden' },
      })
      const rows = Array.from({ length: picture.height }, (_, y) => y).filter((y) =>
        isMagenta(picture.at(300, y)),
      )
      return rows[0] ?? Number.NaN
    }
    const [low, high] = [await height('m * 0 + 20'), await height('m * 0 + 80')]
    expect(high).to.be.lessThan(low)
    const middle = await height('m * 0 + 50')
    expect(middle).to.be.within((low + high) / 2 - 2, (low + high) / 2 + 2)
  })

  it('draw a threshold across, a marked time down, and the threshold of an alarm', async () => {
    const annotated = await draw({
      metrics: [requests],
      annotations: {
        horizontal: [{ value: 30, label: 'limit', color: '#123456' }],
        vertical: [{ value: '-PT1H', label: 'then', color: '#654321' }],
      },
    })
    expect(annotated.colors.get('#123456')).to.be.greaterThan(250)
    expect(annotated.colors.get('#654321')).to.be.greaterThan(80)
    const alarm = await draw({
      annotations: {
        alarms: ['arn:aws:cloudwatch:us-east-1:111122223333:alarm:checkout-latency-p99'],
      },
    })
    expect(alarm.colors.get('#d62728')).to.be.greaterThan(250)
    expect(alarm.colors.get('#1f77b4')).to.be.greaterThan(100)
  })

  it('are dark when asked, and say when there is nothing to draw', async () => {
    const empty = { metrics: [['Shop/Checkout', 'Nothing', 'Service', 'checkout']] }
    const dark = await draw({ ...empty, theme: 'dark' })
    expect(dark.at(0, 0)).to.equal('#19202a')
    const light = await draw(empty)
    expect(light.colors.get('#8c929c')).to.be.greaterThan(
      (await draw({ metrics: [requests] })).colors.get('#8c929c') ?? 0,
    )
  })

  it('fill the areas of a stacked graph', async () => {
    const graph = {
      metrics: [requests, ['...', 'cart'], ['...', 'payments']],
      stat: 'Sum',
      period: 300,
    }
    const [plain, stacked] = [await draw(graph), await draw({ ...graph, stacked: true })]
    const background = (picture: typeof plain) => picture.colors.get('#ffffff') ?? 0
    expect(background(stacked)).to.be.lessThan(background(plain) * 0.7)
  })

  it('show the last values as numbers or as bars when asked', async () => {
    const graph = { metrics: [requests, ['...', 'cart']], stat: 'Sum', period: 300, title: 'Now' }
    const numbers = await draw({ ...graph, view: 'singleValue' })
    expect(numbers.colors.get('#1f77b4')).to.be.greaterThan(100)
    expect(numbers.colors.has('#e5e7eb')).to.equal(false)
    const bars = await draw({ ...graph, view: 'bar' })
    const [more = 0, less = 0] = [bars.colors.get('#1f77b4'), bars.colors.get('#ff7f0e')]
    expect(less).to.be.greaterThan(1000)
    expect(more).to.be.greaterThan(less * 1.3)
  })

  it('show what GetMetricData gives for the same time', async () => {
    const end = fixture.now()
    const { MetricDataResults } = await cloudwatch.send(
      new GetMetricDataCommand({
        StartTime: new Date(end.getTime() - 3 * 3_600_000),
        EndTime: end,
        MetricDataQueries: [
          {
            Id: 'm',
            MetricStat: {
              Metric: {
                Namespace: 'Shop/Checkout',
                MetricName: 'Requests',
                Dimensions: [{ Name: 'Service', Value: 'checkout' }],
              },
              Period: 300,
              Stat: 'Sum',
            },
          },
        ],
      }),
    )
    const most = Math.max(...(MetricDataResults?.[0]?.Values ?? []))
    // With the axis cut off just below the highest value, the line touches the upper edge; above it, never.
    const touched = async (max: number) => {
      const picture = await draw({
        metrics: [[...requests, { color: '#ff00ff' }]],
        stat: 'Sum',
        yAxis: { left: { min: 0, max } },
        legend: { position: 'hidden' },
      })
      const top = Array.from({ length: picture.width }, (_, x) => picture.at(x, 14))
      return top.some(isMagenta)
    }
    expect(await touched(most * 0.9)).to.equal(true)
    expect(await touched(most * 1.1)).to.equal(false)
  })

  const wrong: ReadonlyArray<readonly [string, object | string, RegExp]> = [
    ['text that is no JSON', '{', /not a JSON object/],
    ['a metric without a name', { metrics: [['Shop/Checkout']] }, /is not a metric/],
    ['half a dimension', { metrics: [['A', 'B', 'C']] }, /is not a metric/],
    ['a width of 3000', { metrics: [requests], width: 3000 }, /width must be/],
    ['an end before the start', { metrics: [requests], start: '-PT1H', end: '-PT2H' }, /before/],
    ['a time that is none', { metrics: [requests], start: 'soon' }, /"soon" is not a time/],
    ['101 metrics', { metrics: Array.from({ length: 101 }, () => requests) }, /at most 100/],
    ['another view', { metrics: [requests], view: 'pie' }, /pie.*not supported/],
    ['nothing at all', {}, /must not be null/],
    [
      'a calculation of nothing',
      { metrics: [[{ expression: 'gone * 2', id: 'e' }]] },
      /'gone' does not exist/,
    ],
  ]
  for (const [title, widget, message] of wrong) {
    it(`refuse ${title}`, async () => {
      const text = typeof widget === 'string' ? widget : JSON.stringify(widget)
      const failure = await failureOf(
        cloudwatch.send(new GetMetricWidgetImageCommand({ MetricWidget: text })),
      )
      expect(failure.name).to.equal('ValidationException')
      expect(failure.message).to.match(message)
    })
  }

  it('put round numbers and times on their axes', () => {
    const labels = (ticks: ReturnType<typeof numberTicks>) => ticks.map((tick) => tick.label)
    expect(labels(numberTicks(0, 17, 5))).to.deep.equal(['0', '5', '10', '15'])
    expect(labels(numberTicks(0, 3400, 4))).to.deep.equal(['0', '1k', '2k', '3k'])
    expect(labels(numberTicks(0, 0.4, 4))).to.deep.equal(['0', '0.1', '0.2', '0.3', '0.4'])
    expect(labels(numberTicks(-10, 10, 4))).to.deep.equal(['-10', '-5', '0', '5', '10'])
    const day = Date.UTC(2026, 0, 2)
    const hour = 3_600_000
    expect(labels(timeTicks(day, day + 3 * hour, 4, 0))).to.deep.equal([
      '00:00',
      '01:00',
      '02:00',
      '03:00',
    ])
    expect(labels(timeTicks(day, day + 3 * hour, 4, 1.5 * hour))[0]).to.equal('02:00')
    expect(labels(timeTicks(day, day + 96 * hour, 5, 0))).to.deep.equal([
      '01/02',
      '01/03',
      '01/04',
      '01/05',
      '01/06',
    ])
  })
})
