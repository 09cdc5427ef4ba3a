import {
  GetMetricDataCommand,
  type GetMetricDataCommandInput,
  type MetricDataQuery,
} from '@aws-sdk/client-cloudwatch'
import { expect } from 'chai'
import { type Fixture, failureOf, startFixture } from './aws-fixture.ts'

const MINUTE = 60_000
const DAY = 1440 * MINUTE

const stat = (
  Id: string,
  MetricName: string,
  Stat: string,
  more: Readonly<{ service?: string; period?: number; label?: string }> = {},
): MetricDataQuery => ({
  Id,
  Label: more.label,
  MetricStat: {
    Metric: {
      Namespace: 'Shop/Checkout',
      MetricName,
      Dimensions: [{ Name: 'Service', Value: more.service ?? 'checkout' }],
    },
    Period: more.period ?? 300,
    Stat,
  },
})
const requests = stat('m', 'Requests', 'Sum')
const cart = stat('cart', 'Requests', 'Sum', { service: 'cart' })

describe('metric math and Metrics Insights', () => {
  let fixture: Fixture
  let cloudwatch: ReturnType<Fixture['cloudwatch']>

  before(async () => {
    fixture = await startFixture({ frozen: true })
    cloudwatch = fixture.cloudwatch(await fixture.assume())
  })
  after(() => fixture.close())

  const now = () => fixture.now().getTime()
  const results = async (
    queries: MetricDataQuery[],
    input: Partial<GetMetricDataCommandInput> = {},
  ) => {
    const { MetricDataResults = [] } = await cloudwatch.send(
      new GetMetricDataCommand({
        MetricDataQueries: queries,
        StartTime: new Date(now() - 180 * MINUTE),
        EndTime: fixture.now(),
        ScanBy: 'TimestampAscending',
        ...input,
      }),
    )
    return MetricDataResults.map((one) => ({
      id: one.Id ?? '',
      label: one.Label ?? '',
      times: (one.Timestamps ?? []).map((time) => time.getTime()),
      values: one.Values ?? [],
    }))
  }
  /** The values of one expression, beside those of the metrics that it needs. */
  const compute = async (expression: string, queries: MetricDataQuery[] = [requests, cart]) => {
    const all = await results([...queries, { Id: 'e', Expression: expression }])
    const of = (id: string) => all.find((one) => one.id === id)?.values ?? []
    return { e: of('e'), m: of('m'), cart: of('cart'), all: all.filter((one) => one.id === 'e') }
  }

  it('computes each point', async () => {
    const { e, m } = await compute('ABS(0 - m) + CEIL(m / 7) - FLOOR(m / 7) + 2 ^ 3')
    expect(e).to.deep.equal(
      m.map((value) => value + Math.ceil(value / 7) - Math.floor(value / 7) + 8),
    )
  })

  it('sums and averages arrays at each time, and series as a whole', async () => {
    const { e, m, cart: other } = await compute('SUM([m, cart]) + 0 * MAX([m, cart])')
    expect(e).to.deep.equal(m.map((value, at) => value + (other[at] ?? 0)))
    const shares = (await compute('m / SUM(m)')).e
    expect(shares.reduce((sum, value) => sum + value, 0)).to.be.closeTo(1, 1e-9)
    const aboveMean = (await compute('m - AVG(m)')).e
    expect(aboveMean.reduce((sum, value) => sum + value, 0)).to.be.closeTo(0, 1e-6)
    const normal = (await compute('(m - MIN(m)) / (MAX(m) - MIN(m))')).e
    expect([Math.min(...normal), Math.max(...normal)]).to.deep.equal([0, 1])
  })

  it('knows all metrics of a request, or those whose ids hold a text', async () => {
    const { e, m, cart: other } = await compute('AVG(METRICS())')
    expect(e).to.deep.equal(m.map((value, at) => (value + (other[at] ?? 0)) / 2))
    expect((await compute('SUM(METRICS("car"))')).e).to.deep.equal(other)
    const { all } = await compute('METRICS() * 2')
    expect(all.map((one) => one.label)).to.deep.equal(['Requests', 'Requests'])
    expect((await compute('m * 0 + METRIC_COUNT(METRICS())')).e[0]).to.equal(2)
  })

  it('computes differences, rates and running sums, which the first point has none of', async () => {
    const { e, m } = await compute('DIFF(m)')
    expect(e).to.deep.equal(m.slice(1).map((value, at) => value - (m[at] ?? 0)))
    expect((await compute('RATE(m) * PERIOD(m)')).e.map(Math.round)).to.deep.equal(e)
    expect((await compute('DIFF_TIME(m)')).e.every((value) => value === 300)).to.equal(true)
    expect((await compute('RUNNING_SUM(m)')).e.at(-1)).to.equal(
      m.reduce((sum, value) => sum + value, 0),
    )
  })

  it('chooses by a condition', async () => {
    const { e, m } = await compute('IF(m > 60 AND m < 70, m, 0)')
    expect(e).to.deep.equal(m.map((value) => (value > 60 && value < 70 ? value : 0)))
    const only = await compute('IF(m > 60, 1)')
    expect(only.e).to.have.length(m.filter((value) => value > 60).length)
  })

  it('fills what is missing with a number, the value before, or a line', async () => {
    const Metric = {
      Namespace: 'Shop/Payments',
      MetricName: 'QueueDepth',
      Dimensions: [{ Name: 'Service', Value: 'payments' }],
    }
    const sparse: MetricDataQuery = { Id: 'q', MetricStat: { Metric, Period: 60, Stat: 'Sum' } }
    const fill = async (how: string) => {
      const [raw, filled] = await results([sparse, { Id: 'e', Expression: `FILL(q, ${how})` }], {
        StartTime: new Date(now() - 13 * DAY),
        EndTime: new Date(now() - 13 * DAY + 20 * MINUTE),
      })
      return { raw: raw?.values ?? [], filled: filled?.values ?? [] }
    }
    const zero = await fill('0')
    expect(zero.raw).to.have.length.within(4, 5)
    expect(zero.filled).to.have.length.within(20, 21)
    expect(zero.filled.reduce((sum, value) => sum + value, 0)).to.equal(
      zero.raw.reduce((sum, value) => sum + value, 0),
    )
    const repeat = await fill('REPEAT')
    expect(new Set(repeat.filled)).to.deep.equal(new Set(repeat.raw))
    const linear = await fill('LINEAR')
    expect(linear.filled.length).to.be.greaterThan(linear.raw.length)
    expect(linear.filled.length).to.be.lessThan(repeat.filled.length + 1)
  })

  it('expects of today what the days before were like', async () => {
    const band = async (expression: string) =>
      (await compute(expression, [requests])).all.map((one) => one)
    const [high, low] = await band('ANOMALY_DETECTION_BAND(m, 3)')
    const { m } = await compute('m', [requests])
    expect(high?.values).to.have.length(m.length)
    const inside = m.filter(
      (value, at) => value <= (high?.values[at] ?? 0) && value >= (low?.values[at] ?? 0),
    )
    expect(inside.length / m.length).to.be.greaterThan(0.9)
    const errors = stat('m', 'Errors', 'Sum')
    const [most] = (await compute('ANOMALY_DETECTION_BAND(m)', [errors])).all
    const { m: failed } = await compute('m', [errors])
    expect(failed.at(-2)).to.be.greaterThan(most?.values.at(-2) ?? Number.POSITIVE_INFINITY)
  })

  const wrong: ReadonlyArray<readonly [string, RegExp]> = [
    ['SUM([m, 1])', /an array holds time series only/],
    ['[m, cart] + [m, cart]', /two arrays/],
    ['IF(m)', /Wrong number of arguments for function 'IF'/],
    ['FILL(3, 0)', /a time series is needed/],
    ['AVG(m)', /must be a time series/],
    ['FIRST(m)', /an array of time series is needed/],
    ['m ** 2', /Invalid syntax/],
    ['SUM([m, cart)', /Invalid syntax/],
    ['TIME_SERIES(m)', /takes a number/],
  ]
  for (const [expression, message] of wrong) {
    it(`refuses ${expression}`, async () => {
      const failure = await failureOf(compute(expression))
      expect(failure.name).to.equal('ValidationException')
      expect(failure.message).to.match(message)
    })
  }

  describe('SEARCH', () => {
    const search = async (expression: string) =>
      (await results([{ Id: 'e', Expression: expression, Period: 300 }])).map((one) => one.label)

    it('finds metrics by their exact dimensions and by words anywhere', async () => {
      expect(
        await search(`SEARCH('{Shop/Checkout,Service} MetricName="Requests"', 'Sum', 300)`),
      ).to.deep.equal(['checkout Requests', 'cart Requests', 'payments Requests'])
      expect(await search(`SEARCH('Service=cart errors', 'Sum')`)).to.deep.equal(['cart Errors'])
      expect(
        await search(`SEARCH('{AWS/Lambda,FunctionName} order', 'Maximum', 60)`),
      ).to.have.length(3)
      expect(await search(`SEARCH('request count', 'Sum')`)).to.deep.equal([
        'app/shop-frontend/50dc6c495c0c9188 RequestCount',
      ])
      expect(await search(`SEARCH('{Shop/Checkout} Requests', 'Sum')`)).to.deep.equal([])
    })

    it('gives the same values as the metric itself, also to a calculation', async () => {
      const all = await results([
        requests,
        { Id: 's', Expression: `SEARCH('Service="checkout" Requests', 'Sum', 300)` },
        { Id: 'e', Expression: 'MAX(s)' },
      ])
      const [metric, found, most] = all.map((one) => one.values)
      expect(found).to.deep.equal(metric)
      expect(most).to.deep.equal(metric)
    })

    for (const [expression, message] of [
      [`SEARCH('a OR b', 'Sum')`, /OR in a search is not supported/],
      [`SEARCH('(a)', 'Sum')`, /Invalid search at position 0/],
      [`SEARCH('a', 'Most')`, /Unknown statistic 'Most'/],
      [`SEARCH('a', 'Sum', 45)`, /multiple of 60/],
    ] as const) {
      it(`refuses ${expression}`, async () => {
        expect((await failureOf(search(expression))).message).to.match(message)
      })
    }
  })

  describe('trimmed statistics', () => {
    const latency = async (...stats: readonly string[]) =>
      (await results(stats.map((name, at) => stat(`m${at}`, 'Latency', name)))).map(
        (one) => one.values,
      )

    it('leave out the extremes of the samples', async () => {
      const [average = [], tm90 = [], tm99 = [], iqm = [], wm90 = []] = await latency(
        'Average',
        'tm90',
        'tm99',
        'IQM',
        'wm90',
      )
      for (const [at, value] of average.entries()) {
        expect(tm90[at]).to.be.at.most(tm99[at] ?? 0)
        expect(tm99[at]).to.be.at.most(value)
        expect(iqm[at]).to.be.lessThan(value * 1.05)
        expect(wm90[at]).to.be.within(tm90[at] ?? 0, value)
      }
    })

    it('count and sum what is between two bounds', async () => {
      const [count = [], all = [], kept = [], rank = [], sum = [], total = []] = await latency(
        'TC(2000:)',
        'SampleCount',
        'TC(:2000)',
        'PR(2000:)',
        'TS(0:100000)',
        'Sum',
      )
      expect(count.map((value, at) => value + (kept[at] ?? 0))).to.deep.equal(all)
      expect(rank.map((value, at) => Math.round((value * (all[at] ?? 0)) / 100))).to.deep.equal(
        count,
      )
      expect(sum).to.deep.equal(total)
      const [tc90 = []] = await latency('tc90')
      expect(tc90).to.deep.equal(all.map((value) => Math.ceil(value * 0.9)))
    })
  })

  describe('Metrics Insights', () => {
    const select = (text: string, input: Partial<GetMetricDataCommandInput> = {}) =>
      results([{ Id: 'q', Expression: text, Period: 300 }], input)

    it('aggregates all metrics of a name into one series', async () => {
      const [all] = await select('SELECT SUM(Requests) FROM "Shop/Checkout"')
      expect(all?.label).to.equal('Requests')
      const [counted] = await select('SELECT COUNT(Latency) FROM SCHEMA("Shop/Checkout", Service)')
      expect(counted?.values).to.deep.equal(all?.values)
      const { m, cart: other } = await compute('m')
      expect(all?.values[3]).to.be.greaterThan((m[3] ?? 0) + (other[3] ?? 0))
    })

    it('groups, orders and limits', async () => {
      const groups = async (tail: string) =>
        (
          await select(
            `SELECT SUM(Errors) FROM SCHEMA("Shop/Checkout", Service) GROUP BY Service ${tail}`,
          )
        ).map((one) => one.label)
      expect(await groups('')).to.have.members(['checkout', 'cart', 'payments'])
      expect(await groups('ORDER BY SUM() ASC LIMIT 1')).to.deep.equal(['cart'])
      expect(await groups('order by sum() desc limit 2')).to.have.members(['checkout', 'payments'])
    })

    it('filters by dimensions, and knows the exact set of SCHEMA', async () => {
      const [one] = await select(
        `SELECT AVG(Latency) FROM SCHEMA("Shop/Checkout", Service) WHERE Service = 'checkout'`,
      )
      const [average] = await results([stat('m', 'Latency', 'Average')])
      expect(one?.values).to.deep.equal(average?.values)
      const others = await select(
        `SELECT MAX(Latency) FROM "Shop/Checkout" WHERE Service != 'checkout' AND Service != 'payments' GROUP BY Service`,
      )
      expect(others.map((other) => other.label)).to.deep.equal(['cart'])
      expect((await select('SELECT MIN(Latency) FROM SCHEMA("Shop/Checkout")'))[0]).to.equal(
        undefined,
      )
    })

    it('can be part of a calculation', async () => {
      const [sum] = await results([
        {
          Id: 'q',
          Expression: 'SELECT SUM(Errors) FROM SCHEMA("Shop/Checkout", Service) GROUP BY Service',
          Period: 300,
          ReturnData: false,
        },
        { Id: 'e', Expression: 'SUM(q)' },
      ])
      const [all] = await select('SELECT SUM(Errors) FROM "Shop/Checkout"')
      expect(sum?.values).to.deep.equal(all?.values)
    })

    const malformed: ReadonlyArray<readonly [string, RegExp]> = [
      ['SELECT Errors FROM "Shop/Checkout"', /Invalid query at position \d+, near 'Errors'/],
      ['SELECT SUM(Errors)', /Invalid query at the end/],
      ['SELECT P99(Latency) FROM "Shop/Checkout"', /near 'P99'/],
      ['SELECT SUM(Errors) FROM Shop/Checkout', /Invalid query at position/],
      ['SELECT SUM(Errors) FROM "Shop/Checkout" WHERE Service = checkout', /near 'checkout'/],
      ['SELECT SUM(Errors) FROM "Shop/Checkout" LIMIT 501', /near '501'/],
      ['SELECT SUM(Errors) FROM "Shop/Checkout" HAVING 1', /near 'HAVING'/],
    ]
    for (const [text, message] of malformed) {
      it(`refuses ${text}`, async () => {
        expect((await failureOf(select(text))).message).to.match(message)
      })
    }

    it('is one per request, has a period, and reaches back two weeks', async () => {
      const query = { Expression: 'SELECT SUM(Errors) FROM "Shop/Checkout"', Period: 3600 }
      const two = failureOf(
        results([
          { Id: 'a', ...query },
          { Id: 'b', ...query },
        ]),
      )
      expect((await two).message).to.contain('at most one Metrics Insights query')
      const periodless = failureOf(results([{ Id: 'a', Expression: query.Expression }]))
      expect((await periodless).message).to.contain('Period is required')
      const old = failureOf(
        results([{ Id: 'a', ...query }], { StartTime: new Date(now() - 15 * DAY) }),
      )
      expect((await old).message).to.contain('two weeks')
      const [whole] = await results([{ Id: 'a', ...query }], {
        StartTime: new Date(now() - 13.9 * DAY),
      })
      expect(whole?.values).to.have.length.within(333, 336)
    })
  })
})
