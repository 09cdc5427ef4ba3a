import { expect } from 'chai'
import { accessDenied, askTool, cursorOf } from '../support/ask-tool.ts'
import { callerHeaders } from '../support/caller-headers.ts'
import { type RunningServer, startServer } from '../support/running-server.ts'

type Dimensions = Readonly<Record<string, string>>

const metric = (namespace: string, name: string, dimensions: Dimensions = {}) => ({
  Namespace: namespace,
  MetricName: name,
  Dimensions: Object.entries(dimensions).map(([Name, Value]) => ({ Name, Value })),
})

const METRICS = [
  metric('AWS/Lambda', 'Errors'),
  metric('AWS/Lambda', 'Errors', { FunctionName: 'checkout' }),
  metric('AWS/Lambda', 'Errors', { FunctionName: 'checkout', Resource: 'checkout:live' }),
  metric('AWS/Lambda', 'Duration', { FunctionName: 'cart' }),
  metric('Shop/Zürich', 'Bestellungen ☕', { Laden: 'Bäckerei | Mitte' }),
]

describe('list_metrics', () => {
  let server: RunningServer
  const ask = askTool(() => server)
  beforeEach(async () => {
    server = await startServer()
  })
  afterEach(() => server.close())

  /** ListMetrics as AWS has it: exact filters, `size` metrics a page. */
  const serve = (metrics: readonly ReturnType<typeof metric>[] = METRICS, size = 500) => {
    server.aws.on('ListMetrics', (input) => {
      const filters = Array.isArray(input.Dimensions) ? input.Dimensions : []
      const found = metrics.filter(
        (one) =>
          (input.Namespace ?? one.Namespace) === one.Namespace &&
          (input.MetricName ?? one.MetricName) === one.MetricName &&
          filters.every(({ Name, Value }) =>
            one.Dimensions.some((has) => has.Name === Name && (Value ?? has.Value) === has.Value),
          ),
      )
      const from = Number(input.NextToken ?? 0)
      const next = from + size
      return {
        output: {
          Metrics: found.slice(from, next),
          ...(next < found.length && { NextToken: String(next) }),
        },
      }
    })
  }

  it('lists namespaces with what they hold when nothing is asked for', async () => {
    serve()
    const { text } = await ask('list_metrics')
    expect(text).to.include('2 namespaces.')
    expect(text).to.include('AWS/Lambda | 2 | 4\nShop/Zürich | 1 | 1')
    expect(text).to.include('region: us-east-1')
    expect(server.aws.calls[0]?.input).to.deep.equal({})
  })

  it('lists the names of a namespace with their sets of dimensions', async () => {
    serve()
    const { text } = await ask('list_metrics', { namespace: 'AWS/Lambda' })
    expect(text).to.include('2 metric names in AWS/Lambda.')
    expect(text).to.include('Duration | 1 | FunctionName')
    expect(text).to.include('Errors | 3 | FunctionName; FunctionName,Resource; none')
  })

  it('lists the single metrics of a name, with their exact dimensions', async () => {
    serve()
    const { text } = await ask('list_metrics', { namespace: 'AWS/Lambda', metricName: 'Errors' })
    expect(text).to.include('3 metrics in AWS/Lambda Errors.')
    expect(text).to.include('AWS/Lambda | Errors | none')
    expect(text).to.include('{FunctionName=checkout, Resource=checkout:live}')
  })

  it('lists the values of a dimension', async () => {
    serve()
    const { text } = await ask('list_metrics', {
      namespace: 'AWS/Lambda',
      valuesOf: 'FunctionName',
    })
    expect(text).to.include('2 values of FunctionName in AWS/Lambda.')
    expect(text).to.include('cart | 1\ncheckout | 2')
    expect(server.aws.calls[0]?.input.Dimensions).to.deep.equal([{ Name: 'FunctionName' }])
  })

  it('keeps names of any script whole, on one line of their own', async () => {
    serve()
    const { text } = await ask('list_metrics', {
      namespace: 'Shop/Zürich',
      metricName: 'Bestellungen ☕',
    })
    expect(text).to.include('Shop/Zürich | Bestellungen ☕ | {Laden=Bäckerei \\| Mitte}')
  })

  it('passes activity, dimensions and linked accounts on, and names the owner', async () => {
    server.aws.on('ListMetrics', () => ({
      output: { Metrics: [METRICS[1]], OwningAccounts: ['444455556666'] },
    }))
    const { text } = await ask('list_metrics', {
      namespace: 'AWS/Lambda',
      dimensions: [{ name: 'FunctionName', value: 'checkout' }, { name: 'Resource' }],
      recentlyActive: true,
      linkedAccounts: true,
      account: '444455556666',
    })
    expect(server.aws.calls[0]?.input).to.deep.equal({
      Namespace: 'AWS/Lambda',
      Dimensions: [{ Name: 'FunctionName', Value: 'checkout' }, { Name: 'Resource' }],
      RecentlyActive: 'PT3H',
      IncludeLinkedAccounts: true,
      OwningAccount: '444455556666',
    })
    expect(text).to.include('{FunctionName=checkout} | 444455556666')
  })

  it('narrows rows by a part of their text, in any case', async () => {
    serve()
    const { text } = await ask('list_metrics', { namespace: 'AWS/Lambda', match: 'DUR' })
    expect(text).to.include('1 metric name with "DUR" in AWS/Lambda.')
    expect(text).to.include('Duration | 1').and.not.to.include('Errors |')
  })

  it('reads over empty pages that carry a token', async () => {
    let calls = 0
    server.aws.on('ListMetrics', () => {
      calls += 1
      return {
        output: calls < 4 ? { Metrics: [], NextToken: `t${calls}` } : { Metrics: [METRICS[0]] },
      }
    })
    const { text } = await ask('list_metrics')
    expect(text).to.include('1 namespace.').and.to.include('AWS/Lambda | 1 | 1')
    expect(server.aws.calls).to.have.length(4)
  })

  it('stops after ten pages and goes on behind them by cursor', async () => {
    const many = Array.from({ length: 6_000 }, (_, at) => metric(`N${at}`, 'x'))
    serve(many)
    const first = await ask('list_metrics', { match: 'N5999' })
    expect(server.aws.calls).to.have.length(10)
    expect(first.text).to.include('0 namespaces with "N5999", and there are more.')
    const small = await ask('list_metrics', { match: 'N49' })
    expect(small.text).to.include('Made from 5,000 metrics')
    const second = await ask('list_metrics', { match: 'N49', cursor: cursorOf(small) })
    expect(server.aws.callsOf('ListMetrics').at(-1)?.input.NextToken).to.equal('5500')
    expect(second.text).not.to.include('cursor:')
  })

  it('gives every metric exactly once over answers that are too small for a page', async () => {
    await server.close()
    server = await startServer({ CLOUDWATCH_MCP_MAX_ANSWER_CHARS: '3000' })
    const many = Array.from({ length: 130 }, (_, at) =>
      metric('Shop', 'Orders', { Store: `store-${String(at).padStart(3, '0')}` }),
    )
    serve(many, 60)
    const seen: string[] = []
    let cursor: string | undefined
    for (let answers = 0; answers < 20; answers += 1) {
      const reply = await ask('list_metrics', {
        namespace: 'Shop',
        metricName: 'Orders',
        ...(cursor !== undefined && { cursor }),
      })
      expect(reply.text.length).to.be.at.most(3_000)
      seen.push(...(reply.text.match(/store-\d{3}/g) ?? []))
      if (!reply.text.includes('\ncursor: ')) break
      cursor = cursorOf(reply)
    }
    expect(seen).to.deep.equal(many.map((one) => one.Dimensions[0]?.Value))
  })

  it('refuses the cursor of another caller, region or search', async () => {
    serve(
      Array.from({ length: 6_000 }, (_, at) => metric(`N${at}`, 'x')),
      500,
    )
    const cursor = cursorOf(await ask('list_metrics'))
    const before = server.aws.calls.length
    for (const [args, headers] of [
      [{ cursor }, callerHeaders({ 'x-mcp-principal': 'https%3A%2F%2Fissuer.example%7Cbob' })],
      [{ cursor }, callerHeaders({ 'x-aws-region': 'eu-west-1' })],
      [{ cursor, namespace: 'N1' }, callerHeaders()],
      [{ cursor: cursor.slice(0, -8) }, callerHeaders()],
    ] as const) {
      const { text, isError } = await ask('list_metrics', args, headers)
      expect(isError).to.equal(true)
      expect(text).to.match(/cursor (belongs to another|is damaged)/)
    }
    expect(server.aws.calls).to.have.length(before)
  })

  describe('when nothing is found', () => {
    for (const [title, args, words] of [
      ['a namespace in another case', { namespace: 'aws/lambda' }, /Did you mean AWS\/Lambda\?/],
      [
        'a misspelled metric',
        { namespace: 'AWS/Lambda', metricName: 'Error' },
        /has no metric Error now\..*Did you mean Errors\?/s,
      ],
      ['a metric name without a namespace', { metricName: 'duration' }, /Did you mean Duration\?/],
      [
        'a misspelled dimension',
        { namespace: 'AWS/Lambda', valuesOf: 'functionname' },
        /No metric there has the dimension functionname\..*Did you mean FunctionName\?/s,
      ],
      [
        'a value that is not there',
        { namespace: 'AWS/Lambda', dimensions: [{ name: 'FunctionName', value: 'checkuot' }] },
        /FunctionName never has the value checkuot there\..*Did you mean checkout\?/s,
      ],
      [
        'dimensions that do not go together',
        {
          namespace: 'AWS/Lambda',
          dimensions: [
            { name: 'FunctionName', value: 'cart' },
            { name: 'Resource', value: 'checkout:live' },
          ],
        },
        /no metric has them all/,
      ],
      ['a text that no row has', { match: 'nowhere' }, /2 rows are there without match/],
    ] as const) {
      it(`says what may be meant by ${title}`, async () => {
        serve()
        const { text, isError } = await ask('list_metrics', args)
        expect(isError).to.equal(false)
        expect(text).to.match(words)
      })
    }
  })

  it('names the missing permission', async () => {
    server.aws.on('ListMetrics', () => accessDenied('cloudwatch:ListMetrics'))
    const { text, isError } = await ask('list_metrics')
    expect(isError).to.equal(true)
    expect(text).to.include('may not do cloudwatch:ListMetrics on *')
  })

  it('tries again when AWS throttles', async () => {
    let calls = 0
    server.aws.on('ListMetrics', () => {
      calls += 1
      if (calls < 3) return { status: 400, type: 'ThrottlingException', message: 'Rate exceeded' }
      return { output: { Metrics: METRICS } }
    })
    const { text } = await ask('list_metrics')
    expect(text).to.include('2 namespaces.')
    expect(calls).to.equal(3)
  })

  it('refuses account without linkedAccounts before it asks AWS', async () => {
    const { text, isError } = await ask('list_metrics', { account: '444455556666' })
    expect(isError).to.equal(true)
    expect(text).to.include('set linkedAccounts to true')
    expect(server.aws.calls).to.have.length(0)
  })
})
