import { existsSync } from 'node:fs'
import { Client as ModernClient, StreamableHTTPClientTransport } from '@modelcontextprotocol/client'
import type { Client } from '@modelcontextprotocol/sdk/client/index.js'
import { expect } from 'chai'
import { connectSignedIn } from '../../src/demo-client.ts'
import { signIn } from '../../src/identity-provider/sign-in.ts'
import { type CalledExample, callExample } from '../../src/tools-page/call-examples.ts'
import { FEATURES, PEERS } from '../../src/tools-page/features.ts'
import { TOOL_EXAMPLES } from '../../src/tools-page/tool-examples.ts'
import { ACCOUNTS, issuersAt, TARGETS } from '../../src/world.ts'
import { obtainTokens } from '../support/obtain-token.ts'
import { printTable } from '../support/print-table.ts'
import { inRepository } from '../support/program.ts'
import { type RunningStack, runStack } from '../support/running-stack.ts'

/** What an answer must hold to be one: something that only the story of the local stack can have said. */
const REAL: Readonly<Record<string, RegExp>> = {
  list_log_groups: /\/shop\/checkout \| STANDARD/,
  get_log_group: /field \| latencyMs \| 100 %/,
  query_logs: /^2\.14\.0 \| \d+ \| [1-9]\d* \| \d+$/m,
  query_logs_batch: /us-east-1 \| \/shop\/payments \| WARN \| \d+/,
  get_query_results: /rows from \d+ on, of 285/,
  cancel_query: /had ended already/,
  get_log_record: /error\.type \| PaymentTimeoutError/,
  filter_log_events: /deployment\.started/,
  analyze_log_group: /error pattern \| \d+ \| 100 % \|.*timed out/,
  correlate_logs: /\/shop\/payments \|.*no free connection/,
  recommend_indexes: /^level \| \d+/m,
  list_metrics: /^Latency \| 3 \| Service$/m,
  get_metric_data: /^rate \| error rate, % \|.*rising/m,
  get_metric_graph: /The line 5 \(alarm\): rate is above it/,
  get_metric_metadata: /unit \| Count/,
  analyze_metric: /repeats every day/,
  recommend_alarms: /AWS::CloudWatch::/,
  query_promql: /\{service="checkout"\}/,
  promql_labels: /^shop_errors_total$/m,
  list_alarms: /checkout-error-rate \| metric \| ALARM/,
  get_alarm: /child \| checkout-latency-p99/,
  get_alarm_history: /it flaps/,
  list_dashboards: /^shop-overview \|/m,
  get_dashboard: /Connections to the acquirer/,
  get_syntax_help: /Filter patterns/,
}

describe('the tools, through gateway, server and AWS stand-in', () => {
  let stack: RunningStack
  let alice: Client
  let bob: Client
  before(async function () {
    this.timeout(60_000)
    stack = await runStack()
    alice = await connectAs('alice')
    bob = await connectAs('bob')
  })
  after(async function () {
    this.timeout(30_000)
    await alice?.close()
    await bob?.close()
    await stack?.stop()
  })

  const mcp = (target = '') => new URL(`${stack.origins.gateway}/mcp${target}`)
  const connectAs = (person: 'alice' | 'bob', url = mcp()) =>
    connectSignedIn(url, { signIn: (authorizeUrl) => signIn(authorizeUrl, person) })

  it('are, for alice, the whole catalogue in its order', async () => {
    const { tools } = await alice.listTools()
    expect(tools.map(({ name }) => name)).to.deep.equal(await catalogue())
  })

  describe('answer alice', () => {
    const answers: CalledExample[] = []
    after(() => {
      const sizes = answers.map(({ tool, text, images }) => [
        tool,
        String(text.length),
        images.map((image) => `${image.length} bytes of PNG`).join(),
      ])
      const total = answers.reduce((sum, { text }) => sum + text.length, 0)
      printTable(`${answers.length} answers, ${total} characters`, [
        ['tool', 'characters', 'picture'],
        ...sizes,
      ])
    })

    for (const example of TOOL_EXAMPLES) {
      it(`when she calls ${example.tool}`, async () => {
        const answer = await callExample(alice, example)
        expect(answer.isError, answer.text).to.equal(false)
        expect(answer.text).to.match(REAL[example.tool] ?? /never/)
        expect(answer.text.length).to.be.below(20_001)
        answers.push(answer)
      })
    }

    it('from every tool that there is', async () => {
      expect(answers.map(({ tool }) => tool)).to.have.members(await catalogue())
    })

    it('with a picture that is a PNG of the size that was asked for', () => {
      const [image = Buffer.alloc(0)] =
        answers.find(({ tool }) => tool === 'get_metric_graph')?.images ?? []
      expect(image.subarray(1, 4).toString()).to.equal('PNG')
      expect([image.readUInt32BE(16), image.readUInt32BE(20)]).to.deep.equal([800, 400])
    })
  })

  describe('answer for a region', () => {
    it('of the target, whether it is named or not', async () => {
      const client = await connectAs('alice', mcp('/prod'))
      for (const input of [{}, { region: TARGETS.prod.region }]) {
        const groups = await textOf(client, 'list_log_groups', input)
        expect(groups).to.contain('region: eu-west-1').and.contain('/shop/checkout')
        // Nobody imports twice: the log group is in the other region only.
        expect(groups).to.not.contain('/shop/imports')
      }
      const alarms = await textOf(client, 'list_alarms', { state: 'ALARM', region: 'eu-west-1' })
      expect(alarms).to.contain('No alarms in state ALARM').and.contain('region: eu-west-1')
      await client.close()
    })

    it('and for no other one, in words that name those there are', async () => {
      await stack.forgetCalls()
      for (const tool of ['list_log_groups', 'list_alarms', 'list_metrics', 'promql_labels']) {
        const refused = await alice.callTool({ name: tool, arguments: { region: 'eu-west-1' } })
        expect(refused.isError, tool).to.equal(true)
        expect(JSON.stringify(refused.content)).to.contain('may use here: us-east-1')
      }
      const batch = { logGroups: ['/shop/checkout'], query: 'limit 1', regions: ['eu-west-1'] }
      const refused = await alice.callTool({ name: 'query_logs_batch', arguments: batch })
      expect(refused.isError).to.equal(true)
      expect(await stack.calls()).to.be.empty
    })
  })

  describe('hold bob to his rule and his role', () => {
    it('which show him the log tools of the catalogue', async () => {
      const { tools } = await bob.listTools()
      const names = await catalogue()
      expect(tools.map(({ name }) => name)).to.deep.equal(
        names.filter(
          (name) =>
            name.includes('log') ||
            ['get_query_results', 'cancel_query', 'get_syntax_help'].includes(name),
        ),
      )
    })

    it('and let him page through the result of his own query', async () => {
      const query = { logGroups: ['/catalog/api'], query: 'fields @message', limit: 1 }
      const [, handle = ''] = /^query: (\S+)$/m.exec(await textOf(bob, 'query_logs', query)) ?? []
      expect(await textOf(bob, 'get_query_results', { query: handle })).to.contain(
        'The query is complete: rows from 1 on, of 1.',
      )
      expect(await textOf(bob, 'cancel_query', { query: handle })).to.contain('ended already')
    })

    it('and let him read his own', async () => {
      expect(await textOf(bob, 'get_log_group', { logGroup: '/catalog/api' })).to.contain('level')
      const events = await textOf(bob, 'filter_log_events', { logGroup: '/catalog/api', limit: 3 })
      expect(events).to.contain(`account: ${ACCOUNTS.catalog}`)
    })

    const beyond: ReadonlyArray<readonly [string, Record<string, unknown>, string]> = [
      ['query_logs', { logGroups: ['/shop/checkout'], query: 'stats count(*)' }, 'logs:StartQuery'],
      ['filter_log_events', { logGroup: '/shop/checkout' }, 'logs:FilterLogEvents'],
      ['correlate_logs', { id: '12345678', logGroups: ['/shop/checkout'] }, 'logs:StartQuery'],
      ['analyze_log_group', { logGroup: '/shop/checkout' }, 'logs:StartQuery'],
    ]
    for (const [tool, input, action] of beyond) {
      it(`which deny him ${tool} on another team's log group, naming ${action}`, async () => {
        const denied = await bob.callTool({ name: tool, arguments: input })
        const text = JSON.stringify(denied.content)
        expect(denied.isError, text).to.equal(true)
        expect(text).to.contain(action).and.contain('role/CloudWatchCatalog')
        expect(text).to.match(/may not do|administrator/)
      })
    }
  })

  /** What both generations of the SDK's client have in common, as far as it is used here. */
  type Asker = Pick<
    Client,
    'listResources' | 'listResourceTemplates' | 'readResource' | 'listPrompts' | 'getPrompt'
  > &
    Pick<Client, 'complete' | 'close'>

  const generations: Readonly<Record<string, () => Promise<Asker>>> = {
    'version 1 (2025-11-25)': () => connectAs('alice'),
    'version 2 (2026-07-28)': async () => {
      const { access_token } = await obtainTokens({
        issuer: issuersAt(stack.origins.identityProvider).generic,
        person: 'alice',
        resource: mcp().href,
      })
      const client = new ModernClient(
        { name: 'modern', version: '1' },
        { versionNegotiation: { mode: 'auto' } },
      )
      await client.connect(
        new StreamableHTTPClientTransport(mcp(), {
          requestInit: { headers: { authorization: `Bearer ${access_token}` } },
        }),
      )
      expect(client.getNegotiatedProtocolVersion()).to.equal('2026-07-28')
      // The same methods with the same wire form; only the types of the two packages differ.
      return client as unknown as Asker
    },
  }
  for (const [generation, connect] of Object.entries(generations)) {
    describe(`have beside them, for a client of ${generation},`, () => {
      let client: Asker
      before(async () => {
        client = await connect()
      })
      after(() => client?.close())

      it('resources, each the answer of a tool', async () => {
        const { resources } = await client.listResources()
        expect(resources.map(({ uri }) => uri)).to.include('cloudwatch://help/insights')
        const { resourceTemplates } = await client.listResourceTemplates()
        expect(resourceTemplates.map(({ name }) => name)).to.have.members([
          'alarm',
          'dashboard',
          'log-group',
          'metric-documentation',
        ])
        const reads: ReadonlyArray<readonly [string, string]> = [
          [`cloudwatch://-/us-east-1/log-groups//shop/checkout`, 'latencyMs'],
          [`cloudwatch://${ACCOUNTS.shop}/us-east-1/alarms/shop-health`, 'checkout-error-rate'],
          [`cloudwatch://-/us-east-1/dashboards/shop-overview`, 'Connections to the acquirer'],
          ['cloudwatch://metrics/AWS/Lambda', 'ConcurrentExecutions'],
          ['cloudwatch://help/promql', 'PromQL'],
        ]
        for (const [uri, word] of reads) {
          const { contents } = await client.readResource({ uri })
          expect(JSON.stringify(contents), uri).to.contain(word)
        }
      })

      it('prompts that name its tools', async () => {
        const { prompts } = await client.listPrompts()
        expect(prompts.map(({ name }) => name)).to.have.members([
          'compare_windows',
          'error_spike',
          'investigate_alarm',
          'morning_check',
        ])
        const { messages } = await client.getPrompt({
          name: 'investigate_alarm',
          arguments: { alarm: 'shop-health' },
        })
        const text = JSON.stringify(messages)
        expect(text).to.contain('shop-health').and.contain('get_alarm_history')
      })

      it('completion of names with her rights', async () => {
        const alarms = await client.complete({
          ref: { type: 'ref/prompt', name: 'investigate_alarm' },
          argument: { name: 'alarm', value: 'checkout-' },
        })
        expect(alarms.completion.values).to.have.members([
          'checkout-error-rate',
          'checkout-latency-p99',
        ])
        const groups = await client.complete({
          ref: {
            type: 'ref/resource',
            uri: 'cloudwatch://{account}/{region}/log-groups/{+name}',
          },
          argument: { name: 'name', value: '/shop/c' },
        })
        expect(groups.completion.values).to.have.members(['/shop/cart', '/shop/checkout'])
      })
    })
  }

  describe('compared with others', () => {
    it('have a mark for each and a test for each of ours', () => {
      for (const { capability, peers, ours, tests } of FEATURES) {
        expect([...peers], capability).to.have.length(PEERS.length)
        if (ours !== '○') expect(tests, capability).to.not.be.empty
        for (const path of tests) expect(existsSync(inRepository(path)), path).to.equal(true)
      }
    })
  })
})

/** The names of the server's own list of tools, in its order. */
async function catalogue(): Promise<readonly string[]> {
  const module: unknown = await import(inRepository('mcp-server/dist/src/tools/catalog.js'))
  // The built catalogue of the other workspace, whose sources are no part of this one.
  const { TOOLS } = module as { TOOLS: ReadonlyArray<{ name: string }> }
  return TOOLS.map(({ name }) => name)
}

async function textOf(
  client: Client,
  tool: string,
  input: Readonly<Record<string, unknown>>,
): Promise<string> {
  const result = await client.callTool({ name: tool, arguments: { ...input } })
  expect(result.isError ?? false, JSON.stringify(result.content)).to.equal(false)
  const parts: Array<{ text?: string }> = Array.isArray(result.content) ? result.content : []
  return parts.map(({ text }) => text ?? '').join('')
}
