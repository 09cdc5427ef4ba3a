import { createHash } from 'node:crypto'
import { Sha256 } from '@aws-crypto/sha256-js'
import { GetMetricDataCommand } from '@aws-sdk/client-cloudwatch'
import { HttpRequest } from '@smithy/protocol-http'
import { SignatureV4 } from '@smithy/signature-v4'
import { expect } from 'chai'
import { type Fixture, startFixture, type Triple } from './aws-fixture.ts'

type Answer = Readonly<{
  code: number
  headers: Headers
  status?: string
  errorType?: string
  error?: string
  message?: string
  warnings?: readonly string[]
  // What a test expects there, it checks.
  data?: unknown
}>
type Parameters = Readonly<Record<string, string | string[]>>

const MINUTE = 60_000

describe('the PromQL HTTP API', () => {
  let fixture: Fixture
  let alice: Triple

  before(async () => {
    fixture = await startFixture({ frozen: true })
    alice = await fixture.assume()
  })
  after(() => fixture.close())

  async function send(
    path: string,
    parameters: Parameters,
    options: Readonly<{
      method?: string
      credentials?: Triple
      service?: string
      region?: string
    }> = {},
  ): Promise<Answer> {
    const { method = 'GET', credentials = alice, service = 'monitoring', region } = options
    const url = new URL(fixture.endpoint)
    const form = new URLSearchParams()
    for (const [name, value] of Object.entries(parameters)) {
      for (const one of [value].flat()) form.append(name, one)
    }
    const body = method === 'POST' ? form.toString() : ''
    const signer = new SignatureV4({
      service,
      region: region ?? 'us-east-1',
      credentials,
      sha256: Sha256,
    })
    const signed = await signer.sign(
      new HttpRequest({
        method,
        path,
        query: method === 'POST' ? {} : { ...parameters },
        headers: {
          host: url.host,
          'x-amz-content-sha256': createHash('sha256').update(body).digest('hex'),
          ...(method === 'POST' ? { 'content-type': 'application/x-www-form-urlencoded' } : {}),
        },
        body,
      }),
    )
    const search = method === 'POST' ? '' : `?${form}`
    const response = await fetch(`${fixture.endpoint}${path}${search}`, {
      method,
      headers: signed.headers,
      ...(method === 'POST' ? { body } : {}),
    })
    // The stand-in wrote it; the members are checked by the tests.
    const answer = (await response.json()) as Omit<Answer, 'code' | 'headers'>
    return { code: response.status, headers: response.headers, ...answer }
  }

  type Result = Readonly<{
    metric: Record<string, string>
    value?: [number, string]
    values?: Array<[number, string]>
  }>
  const resultOf = (answer: Answer) => {
    expect(answer).to.include({ code: 200, status: 'success' }, answer.error)
    // The shape of an answer to a query.
    return answer.data as { resultType: string; result: Result[] }
  }
  const query = async (text: string, more: Parameters = {}) =>
    resultOf(await send('/api/v1/query', { query: text, ...more })).result
  const numbers = async (text: string) =>
    (await query(text)).map((one) => `${one.metric.service ?? ''} ${Number(one.value?.[1])}`)
  const seconds = (minutesAgo: number) =>
    String(Math.floor(fixture.now().getTime() / MINUTE) * 60 - minutesAgo * 60)

  it('selects series by their labels', async () => {
    const one = await query('shop_requests_total{service="checkout"}')
    expect(one).to.have.length(1)
    expect(one[0]?.metric).to.deep.equal({
      __name__: 'shop_requests_total',
      service: 'checkout',
      '@resource.service.name': 'checkout',
      '@instrumentation.@name': 'shop-metrics',
      '@aws.account': '111122223333',
      '@aws.region': 'us-east-1',
    })
    expect(await query('shop_requests_total')).to.have.length(3)
    expect(await query('{"shop_requests_total", "@resource.service.name"=~"c.*"}')).to.have.length(
      2,
    )
    expect(await query('{__name__="shop_requests_total", service!~"c.*"}')).to.have.length(1)
    expect(await query('{"shop.pool.in_use", pool!=""}')).to.have.length(1)
    expect(await query('shop_requests_total{service="nobody"}')).to.deep.equal([])
    expect(await query('shop_requests_total{service=~"check"}')).to.deep.equal([])
  })

  it('says the same as GetMetricData', async () => {
    const StartTime = new Date(Number(seconds(35)) * 1000)
    const EndTime = new Date(Number(seconds(5)) * 1000)
    const { MetricDataResults } = await fixture.cloudwatch(alice).send(
      new GetMetricDataCommand({
        StartTime,
        EndTime,
        MetricDataQueries: [
          {
            Id: 'm',
            MetricStat: {
              Metric: {
                Namespace: 'Shop/Checkout',
                MetricName: 'Errors',
                Dimensions: [{ Name: 'Service', Value: 'checkout' }],
              },
              Period: 60,
              Stat: 'Sum',
            },
          },
        ],
      }),
    )
    const total = (MetricDataResults?.[0]?.Values ?? []).reduce((sum, value) => sum + value, 0)
    const counter = 'shop_errors_total{service="checkout"}'
    const [[grown]] = [await query(`${counter} offset 5m - ${counter} offset 35m`)]
    expect(Number(grown?.value?.[1])).to.equal(total)
    const [increase] = await query(`increase(${counter}[30m] offset 5m)`)
    expect(Number(increase?.value?.[1])).to.be.within(total * 0.9, total * 1.1)
    const [rate] = await query(`rate(${counter}[30m] offset 5m)`)
    expect(Number(rate?.value?.[1]) * 1800).to.be.closeTo(Number(increase?.value?.[1]), 1e-9)
  })

  it('aggregates by labels and without them', async () => {
    const all = await query('sum(increase(shop_requests_total[1h]))')
    expect(all[0]?.metric).to.deep.equal({})
    const parts = await query('sum by (service) (increase(shop_requests_total[1h]))')
    expect(parts.map((one) => one.metric)).to.deep.include({ service: 'cart' })
    const sum = parts.reduce((total, one) => total + Number(one.value?.[1]), 0)
    expect(sum).to.be.closeTo(Number(all[0]?.value?.[1]), 1e-6)
    expect(await numbers('count(shop_requests_total)')).to.deep.equal([' 3'])
    expect(
      await query('max without (service, "@resource.service.name") (shop_latency_milliseconds)'),
    ).to.have.length(1)
    const [top] = await numbers('topk(1, increase(shop_errors_total[30m]))')
    expect(top).to.match(/^(checkout|payments) /)
    expect(await query('bottomk(2, shop_latency_milliseconds)')).to.have.length(2)
  })

  it('calculates with numbers and with other vectors', async () => {
    const [ratio] = await query(
      '100 * sum(rate(shop_errors_total{service="checkout"}[15m])) / sum(rate(shop_requests_total{service="checkout"}[15m]))',
    )
    expect(Number(ratio?.value?.[1])).to.be.within(8, 35)
    const each = await query('rate(shop_errors_total[15m]) / rate(shop_requests_total[15m]) > 0.05')
    expect(each.map((one) => one.metric.service)).to.have.members(['checkout', 'payments'])
    const onService = await query('shop_errors_total / on (service) shop_requests_total >= bool 0')
    expect(onService.map((one) => one.value?.[1])).to.deep.equal(['1', '1', '1'])
    const scalar = await send('/api/v1/query', { query: '(2 + 3) * -2 ^ 2' })
    expect(scalar.data).to.have.nested.property('result[1]', '-20')
    expect(await numbers('vector(time()) - time()')).to.deep.equal([' 0'])
  })

  it('has functions over ranges and of values', async () => {
    const selector = 'shop_latency_milliseconds{service="checkout"}'
    const of = async (name: string) =>
      Number((await query(`${name}(${selector}[30m])`))[0]?.value?.[1])
    const [min, mean, max] = [
      await of('min_over_time'),
      await of('avg_over_time'),
      await of('max_over_time'),
    ]
    expect(min).to.be.lessThan(mean)
    expect(mean).to.be.lessThan(max)
    expect(await of('count_over_time')).to.equal(30)
    expect((await query(`round(${selector})`))[0]?.value?.[1]).to.match(/^\d+$/)
    expect(await numbers(`clamp_max(${selector}, 1)`)).to.deep.equal(['checkout 1'])
    const sorted = (await query('sort_desc(shop_latency_milliseconds)')).map((one) =>
      Number(one.value?.[1]),
    )
    expect(sorted).to.deep.equal([...sorted].sort((left, right) => right - left))
    const matrix = await send('/api/v1/query', { query: `${selector}[5m]` })
    expect(resultOf(matrix).resultType).to.equal('matrix')
    expect(resultOf(matrix).result[0]?.values).to.have.length(5)
  })

  it('evaluates over a range of time, by POST as well', async () => {
    const parameters = {
      query: 'sum by (service) (rate(shop_errors_total[5m]))',
      start: seconds(60),
      end: seconds(0),
      step: '5m',
    }
    const answer = resultOf(await send('/api/v1/query_range', parameters))
    expect(answer.resultType).to.equal('matrix')
    const checkout = answer.result.find((one) => one.metric.service === 'checkout')
    expect(checkout?.values).to.have.length(13)
    const values = (checkout?.values ?? []).map(([, value]) => Number(value))
    expect(Math.max(...values.slice(0, 3))).to.be.lessThan(Math.max(...values.slice(-3)))
    const posted = await send('/api/v1/query_range', parameters, { method: 'POST' })
    expect(resultOf(posted)).to.deep.equal(answer)
  })

  it('discovers labels, their values and series', async () => {
    const labels = await send('/api/v1/labels', {})
    expect(labels.data).to.include.members(['__name__', 'service', '@aws.region', 'pool'])
    const names = await send('/api/v1/label/__name__/values', {})
    expect(names.data).to.deep.equal([
      'shop.pool.in_use',
      'shop_errors_total',
      'shop_latency_milliseconds',
      'shop_requests_total',
    ])
    const services = await send('/api/v1/label/%40resource.service.name/values', {
      'match[]': ['shop_requests_total{service="cart"}', '{"shop.pool.in_use"}'],
    })
    expect(services.data).to.deep.equal(['cart', 'payments'])
    const range = { start: seconds(60), end: seconds(0) }
    const series = await send('/api/v1/series', {
      'match[]': ['shop_requests_total', 'shop_errors_total{service="cart"}'],
      ...range,
    })
    expect(series.data).to.have.length(4)
    expect((await send('/api/v1/series', { ...range })).error).to.contain('match[]')
  })

  it('cuts off at the limit, with a warning', async () => {
    const cut = await send('/api/v1/query', { query: 'shop_requests_total', limit: '2' })
    expect(resultOf(cut).result).to.have.length(2)
    expect(cut.warnings).to.deep.equal(['results truncated due to limit'])
    const whole = await send('/api/v1/query', { query: 'shop_requests_total', limit: '3' })
    expect(whole).to.not.have.property('warnings')
  })

  it('gives up to 500 series for a query, but 10,000 of those that there are', async () => {
    const range = { start: seconds(60), end: seconds(0) }
    const found = await send('/api/v1/series', {
      'match[]': 'shop_requests_total',
      limit: '10000',
      ...range,
    })
    expect(found.data).to.have.length(3)
  })

  const bad: ReadonlyArray<readonly [string, Parameters, number, string, RegExp]> = [
    ['query', {}, 400, 'bad_data', /"query": it is required/],
    ['query', { query: 'sum(' }, 400, 'bad_data', /1:5: parse error/],
    ['query', { query: 'shop_x{a=}' }, 400, 'bad_data', /1:10: parse error/],
    ['query', { query: 'shop_x{a=~"("}' }, 400, 'bad_data', /parsing regexp/],
    ['query', { query: '{service="cart"}' }, 400, 'bad_data', /matcher on the metric name/],
    ['query', { query: 'nope(shop_x)' }, 400, 'bad_data', /unknown function with name "nope"/],
    ['query', { query: 'rate(shop_x)' }, 400, 'bad_data', /expected type range vector/],
    ['query', { query: 'abs(shop_x[5m])' }, 400, 'bad_data', /got range vector/],
    ['query', { query: '1 > 2' }, 400, 'bad_data', /BOOL modifier/],
    ['query', { query: 'shop_x # comment\n $' }, 400, 'bad_data', /2:2: parse error/],
    ['query', { query: '1', time: 'soon' }, 400, 'bad_data', /"soon"/],
    ['query', { query: '1', limit: '501' }, 400, 'bad_data', /from 1 to 500/],
    ['query', { query: 'a and b' }, 422, 'execution', /operator and is not supported/],
    ['query', { query: 'a[1h:5m]' }, 422, 'execution', /subqueries/],
    ['query', { query: 'a * on (x) group_left b' }, 422, 'execution', /group_left/],
    ['query', { query: 'quantile(0.9, a)' }, 422, 'execution', /quantile/],
    ['query', { query: 'rate(a[8d])' }, 422, 'execution', /7 days/],
    [
      'query',
      { query: 'shop_requests_total / on (pool) shop_requests_total' },
      422,
      'execution',
      /many-to-many/,
    ],
    ['query_range', { query: '1', start: '1', end: '2' }, 400, 'bad_data', /"step"/],
    [
      'query_range',
      { query: '1', start: '2', end: '1', step: '1' },
      400,
      'bad_data',
      /before start/,
    ],
    [
      'query_range',
      { query: '1', start: '0', end: '600000', step: '1' },
      400,
      'bad_data',
      /11,000 points/,
    ],
    [
      'query_range',
      { query: '1', start: '0', end: '864000', step: '1h' },
      422,
      'execution',
      /7 days/,
    ],
  ]
  for (const [path, parameters, code, errorType, message] of bad) {
    it(`answers ${code} to ${path} ${JSON.stringify(parameters)}`, async () => {
      const answer = await send(`/api/v1/${path}`, parameters)
      expect(answer).to.include({ code, status: 'error', errorType })
      expect(answer.error).to.match(message)
    })
  }

  it('is signed for monitoring, by somebody who may read metrics', async () => {
    const wrong = await send('/api/v1/query', { query: '1' }, { service: 'aps' })
    expect(wrong.code).to.equal(403)
    expect(wrong.headers.get('x-amzn-errortype')).to.equal('InvalidSignatureException')
    const unsigned = await fetch(`${fixture.endpoint}/api/v1/query?query=1`)
    expect(unsigned.status).to.equal(403)
    const policy = {
      Version: '2012-10-17',
      Statement: [{ Effect: 'Allow', Action: 'cloudwatch:ListMetrics', Resource: '*' }],
    }
    const narrow = await fixture.assume({ policy })
    const denied = await send('/api/v1/query', { query: '1' }, { credentials: narrow })
    expect(denied.code).to.equal(403)
    expect(denied.message).to.contain('cloudwatch:GetMetricData')
    expect((await send('/api/v1/labels', {}, { credentials: narrow })).code).to.equal(200)
  })

  it('has a region of its own for each region', async () => {
    const elsewhere = await send(
      '/api/v1/query',
      { query: 'shop_requests_total' },
      { region: 'eu-west-1' },
    )
    expect(resultOf(elsewhere).result[0]?.metric['@aws.region']).to.equal('eu-west-1')
    const nowhere = await send('/api/v1/labels', {}, { region: 'ap-south-1' })
    expect(nowhere.data).to.deep.equal([])
  })

  it('can be told to throttle, to fail and to be incomplete', async () => {
    await fixture.faults([
      { operation: 'QueryMetrics', kind: 'throttle', times: 1 },
      { operation: 'QueryMetrics', kind: 'fail', times: 1 },
      { operation: 'QueryMetrics', kind: 'partial', times: 1 },
    ])
    const ask = () => send('/api/v1/query', { query: 'shop_requests_total' })
    const throttled = await ask()
    expect(throttled.code).to.equal(429)
    expect(throttled.message).to.equal('Rate exceeded')
    expect((await ask()).code).to.equal(500)
    expect((await ask()).warnings).to.have.length(1)
    expect((await ask()).code).to.equal(200)
    const calls = (await fixture.calls()).filter((call) => call.operation === 'QueryMetrics')
    expect(calls.slice(-4).map((call) => call.outcome)).to.deep.equal([
      'error',
      'error',
      'ok',
      'ok',
    ])
    expect(calls.at(-1)?.callerArn).to.match(/alice$/)
  })

  it('answers unknown paths and methods like a service that has them not', async () => {
    expect((await send('/api/v1/rules', {})).code).to.equal(400)
    expect((await send('/api/v1/label/x/values', {}, { method: 'POST' })).code).to.equal(400)
  })
})
