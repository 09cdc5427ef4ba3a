import { expect } from 'chai'
import { askTool } from '../support/ask-tool.ts'
import { callerHeaders } from '../support/caller-headers.ts'
import { type FakePromql, startFakePromql } from '../support/fake-promql.ts'
import { post, toolCall } from '../support/rpc.ts'
import { type RunningServer, startServer } from '../support/running-server.ts'

const SECRET = 'secret/alice/0123456789+abcdefghijklmnop'
const QUERY = 'sum by ("@resource.service.name") (rate({"http.server.requests",code=~"5.."}[5m]))'
const RANGE = { start: '2026-01-01T00:00:00Z', end: '2026-01-01T01:00:00Z' }
const FROM = Date.parse(RANGE.start) / 1_000

const success = (data: unknown, more: object = {}) => ({
  body: { status: 'success', data, ...more },
})
const failure = (status: number, error: string) => ({
  status,
  body: { status: 'error', errorType: 'x', error },
})

describe('the PromQL tools', () => {
  let server: RunningServer
  let promql: FakePromql
  const ask = askTool(() => server)
  beforeEach(async () => {
    promql = await startFakePromql(SECRET)
    server = await startServer({ AWS_ENDPOINT_URL_CLOUDWATCH: promql.url })
  })
  afterEach(async () => {
    await server.close()
    await promql.close()
  })
  const params = (at = -1) => Object.fromEntries(promql.calls.at(at)?.query ?? [])

  describe('query_promql', () => {
    it('signs an instant query with the caller’s credentials', async () => {
      promql.on(() =>
        success({
          resultType: 'vector',
          result: [
            { metric: { service: 'checkout', env: 'prod' }, value: [FROM, '0.25'] },
            { metric: { service: 'cart', env: 'prod' }, value: [FROM, 'NaN'] },
          ],
        }),
      )
      const { text } = await ask('query_promql', { query: QUERY, time: RANGE.start })
      const [call] = promql.calls
      expect(call).to.deep.include({
        method: 'GET',
        path: '/api/v1/query',
        query: [
          ['query', QUERY],
          ['time', String(FROM)],
          ['limit', '100'],
        ].sort(([one = ''], [other = '']) => (one < other ? -1 : 1)),
        region: 'us-east-1',
        service: 'monitoring',
        accessKeyId: 'ASIAALICE00000000001',
        sessionToken: 'token-of-alice-0123456789==',
        signed: true,
      })
      expect(text).to.include('2 series.').and.to.include('time: 2026-01-01T00:00:00Z')
      expect(text).to.include('all of them: {env="prod"}')
      expect(text).to.include('{service="checkout"} | 0.25')
      expect(text).to.include('{service="cart"} | not a number')
      expect(server.toolRecords()[0]).to.deep.include({ outcome: 'ok', awsCalls: 1 })
    })

    it('signs any characters rightly', async () => {
      promql.on(() => success({ resultType: 'vector', result: [] }))
      for (const query of [
        '{"größe.☕",path=~"/a b/.*!\'()~*+&=?#%"}',
        '  up{a="1"} or on() vector(0) ',
        'x'.repeat(8_000),
      ]) {
        await ask('query_promql', { query })
        expect(params().query).to.equal(query)
        expect(promql.calls.at(-1)?.signed, query.slice(0, 40)).to.equal(true)
      }
    })

    it('asks for a range with a step that fits, and sums its series up', async () => {
      promql.on(() =>
        success({
          resultType: 'matrix',
          result: [
            {
              metric: { 'k8s.pod.name': 'a', __name__: 'up' },
              values: [
                [FROM, '1'],
                [FROM + 30, '+Inf'],
                [FROM + 60, '3'],
              ],
            },
          ],
        }),
      )
      const { text } = await ask('query_promql', { query: 'up', ...RANGE, points: 'values' })
      expect(promql.calls[0]?.path).to.equal('/api/v1/query_range')
      expect(params()).to.deep.equal({
        query: 'up',
        start: String(FROM),
        end: String(FROM + 3_600),
        step: '30',
        limit: '100',
      })
      expect(text).to.include('step: 30 s')
      expect(text).to.include('{__name__="up", "k8s.pod.name"="a"} | 2 | 1 | 3 | 2 | 3 | 2026')
      expect(text).to.include('| 1,-,3')
      expect(text).to.include('1 points are not numbers')
    })

    it('shows scalars', async () => {
      promql.on(() => success({ resultType: 'scalar', result: [FROM, '42'] }))
      expect((await ask('query_promql', { query: '42' })).text).to.include('{} | 42')
    })

    it('passes warnings on and says when its own limit cuts', async () => {
      promql.on(() =>
        success(
          { resultType: 'vector', result: [{ metric: { a: '1' }, value: [FROM, '1'] }] },
          {
            warnings: ['results truncated due to limit'],
            infos: ['metric might not be a counter'],
          },
        ),
      )
      const { text } = await ask('query_promql', { query: 'up', limit: 1 })
      expect(text).to.include('CloudWatch warns: results truncated due to limit')
      expect(text).to.include('CloudWatch warns: metric might not be a counter')
      expect(text).to.include('The limit of 1 series is reached')
    })

    it('explains an empty answer', async () => {
      promql.on(() => success({ resultType: 'vector', result: [] }))
      const { text, isError } = await ask('query_promql', { query: 'up' })
      expect(isError).to.equal(false)
      expect(text).to.include('Nothing matches.').and.to.include('OTel enrichment')
    })

    for (const [status, error, words] of [
      [400, 'parse error at char 3', /does not accept the query: parse error at char 3\. A query/],
      [422, 'too many samples', /cannot be carried out: too many samples\./],
      [503, 'timed out', /longer than the 20 seconds/],
    ] as const) {
      it(`tells what a ${status} means`, async () => {
        promql.on(() => failure(status, error))
        const { text, isError } = await ask('query_promql', { query: 'up' })
        expect(isError).to.equal(true)
        expect(text).to.match(words)
        expect(server.toolRecords()[0]).to.deep.include({ outcome: 'aws_error', awsCalls: 1 })
      })
    }

    it('tries again on 429, and says which limit it may be when that does not help', async () => {
      promql.on(() =>
        promql.calls.length < 2
          ? failure(429, 'slow down')
          : success({ resultType: 'vector', result: [] }),
      )
      expect((await ask('query_promql', { query: 'up' })).isError).to.equal(false)
      expect(promql.calls).to.have.length(2)
      promql.on(() => failure(429, 'samples scanned in 24 hours.'))
      const { text } = await ask('query_promql', { query: 'up' })
      expect(promql.calls).to.have.length(5)
      expect(text).to.include('A limit of PromQL in this account is reached')
      expect(text).to.include('samples scanned in 24 hours.')
    })

    it('names the permissions that are missing, and expired credentials', async () => {
      promql.on(() => ({ status: 403, body: { message: 'Forbidden' } }))
      const denied = await ask('query_promql', { query: 'up' })
      expect(denied.text).to.include(
        'may not do cloudwatch:GetMetricData and cloudwatch:ListMetrics',
      )
      promql.on(() => ({
        status: 403,
        headers: { 'x-amzn-errortype': 'ExpiredTokenException:http://internal/' },
        body: { message: 'The security token included in the request is expired' },
      }))
      const expired = await ask('query_promql', { query: 'up' })
      expect(expired.text).to.include('credentials of this session have expired')
      promql.on(() => ({
        status: 403,
        body: {
          __type: 'com.amazon.coral.service#AccessDeniedException',
          message: 'User: x is not authorized to perform: cloudwatch:ListMetrics on resource: *',
        },
      }))
      const action = await ask('promql_labels')
      expect(action.text).to.include('may not do cloudwatch:ListMetrics on *')
    })

    it('does not pass on an answer that is none', async () => {
      for (const body of ['<html>', '{"status":"success"}', '{"status":"success","data":7}', '']) {
        promql.on(() => ({ body }))
        const { text, isError } = await ask('query_promql', { query: 'up' })
        expect(isError, body).to.equal(true)
        expect(text).not.to.include('html')
      }
    })

    it('gives up on an answer beyond bounds', async () => {
      promql.on(() => ({ body: `{"status":"success","data":"${'x'.repeat(17 * 1_024 * 1_024)}"}` }))
      const { text, isError } = await ask('query_promql', { query: 'up' })
      expect(isError).to.equal(true)
      expect(text).to.include('more than 16 MiB')
    })

    it('ends its request when the caller goes away', async () => {
      let arrived = (): void => {}
      const asked = new Promise<void>((resolve) => {
        arrived = resolve
      })
      promql.on(() => {
        arrived()
        return new Promise(() => {})
      })
      const gone = new AbortController()
      const call = post(
        server.mcp,
        toolCall('query_promql', { query: 'up' }),
        callerHeaders(),
        gone.signal,
      ).catch(() => 'gone')
      await asked
      gone.abort()
      expect(await call).to.equal('gone')
      expect(await promql.calls[0]?.ended).to.deep.equal({ finished: false })
    })

    it('shares the connections of the other calls', async () => {
      promql.on(() => success({ resultType: 'vector', result: [] }))
      for (let at = 0; at < 5; at += 1) await ask('query_promql', { query: 'up' })
      expect(promql.calls).to.have.length(5)
      expect(promql.connections()).to.equal(1)
    })

    it('asks in the region of the call', async () => {
      promql.on(() => success({ resultType: 'vector', result: [] }))
      const both = callerHeaders({ 'x-aws-regions': 'us-east-1,eu-west-1' })
      await ask('query_promql', { query: 'up', region: 'eu-west-1' }, both)
      expect(promql.calls[0]).to.deep.include({ region: 'eu-west-1', signed: true })
      const foreign = await ask('query_promql', { query: 'up', region: 'eu-west-1' })
      expect(foreign.isError).to.equal(true)
      expect(promql.calls).to.have.length(1)
    })

    for (const [title, args, words] of [
      ['time and start', { time: 'now', start: '-1h' }, /not both/],
      ['a step without a range', { step: 60 }, /belong to a range/],
      ['more than seven days', { start: '-8d' }, /seven days/],
      ['too many points', { start: '-7d', step: 10 }, /longer step/],
      ['a limit beyond 500', { limit: 501 }, /limit/],
      ['no query', { query: '' }, /query/],
    ] as const) {
      it(`refuses ${title} before it asks AWS`, async () => {
        const { text, isError } = await ask('query_promql', { query: 'up', ...args })
        expect(isError).to.equal(true)
        expect(text).to.match(words)
        expect(promql.calls).to.have.length(0)
      })
    }
  })

  describe('promql_labels', () => {
    it('repeats match for every selector, commas and all', async () => {
      promql.on(() => success(['service', 'code']))
      const match = ['{"http.server.requests",code="500"}', '{__name__=~"a|b"}']
      const { text } = await ask('promql_labels', { match, ...RANGE })
      const [call] = promql.calls
      expect(call).to.deep.include({ path: '/api/v1/labels', signed: true })
      expect(
        call?.query.filter(([name]) => name === 'match[]').map(([, value]) => value),
      ).to.deep.equal(match)
      expect(params()).to.deep.include({ start: String(FROM), end: String(FROM + 3_600) })
      expect(text)
        .to.include('2 labels.')
        .and.to.match(/labels\nservice\ncode\n/)
    })

    it('lists the values of a label of any name', async () => {
      promql.on(() => success(['checkout', 'cart']))
      const label = '@resource.service/näme'
      const { text } = await ask('promql_labels', { list: 'values', label, contains: 'CHECK' })
      expect(promql.calls[0]?.signed).to.equal(true)
      expect(promql.calls[0]?.path).to.equal(`/api/v1/label/${encodeURIComponent(label)}/values`)
      expect(text).to.include(`1 value of ${label} with "CHECK".`)
      expect(text).not.to.include('cart')
    })

    it('lists the series that selectors match', async () => {
      promql.on(() => success([{ __name__: 'up', service: 'a "b"' }], { warnings: ['truncated'] }))
      const { text } = await ask('promql_labels', { list: 'series', match: ['up'], limit: 1 })
      expect(promql.calls[0]?.path).to.equal('/api/v1/series')
      expect(params().limit).to.equal('1')
      expect(text).to.include('{__name__="up", service="a \\"b\\""}')
      expect(text).to.include('CloudWatch warns: truncated')
      expect(text).to.include('The limit of 1 is reached')
    })

    it('explains an empty result', async () => {
      promql.on(() => success([]))
      expect((await ask('promql_labels')).text).to.include('Nothing was found')
      promql.on(() => success(['a', 'b']))
      expect((await ask('promql_labels', { contains: 'x' })).text).to.include(
        '2 results are there without contains.',
      )
    })

    for (const [title, args, words] of [
      ['values without a label', { list: 'values' }, /needs it/],
      ['a label without values', { label: 'x' }, /goes with list/],
      ['series without match', { list: 'series' }, /needs match/],
    ] as const) {
      it(`refuses ${title} before it asks AWS`, async () => {
        const { text, isError } = await ask('promql_labels', args)
        expect(isError).to.equal(true)
        expect(text).to.match(words)
        expect(promql.calls).to.have.length(0)
      })
    }
  })
})
