import {
  Client as RecentClient,
  StreamableHTTPClientTransport as RecentTransport,
} from '@modelcontextprotocol/client'
import { Client } from '@modelcontextprotocol/sdk/client/index.js'
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js'
import type { Transport } from '@modelcontextprotocol/sdk/shared/transport.js'
import { expect } from 'chai'
import { TOOLS } from '../../src/tools/catalog.ts'
import { callerHeaders } from '../support/caller-headers.ts'
import { type RunningServer, startServer } from '../support/running-server.ts'

const INFO = { name: 'test', version: '1' }
const QUERY = { logGroups: ['/shop/checkout'], query: 'fields @message' }

/** The parts of either generation's client that these tests use. */
type AnyClient = Readonly<{
  era: string | undefined
  toolNames: () => Promise<string[]>
  call: (
    name: string,
    args: Record<string, unknown>,
    onProgress?: (message: string) => void,
  ) => Promise<string>
  templates: () => Promise<string[]>
  resources: () => Promise<string[]>
  read: (uri: string) => Promise<string>
  prompts: () => Promise<string[]>
  prompt: (name: string, args: Record<string, string>) => Promise<string>
  complete: (template: string, variable: string, value: string) => Promise<string[]>
  close: () => Promise<void>
}>

const GENERATIONS: ReadonlyArray<readonly [string, string, (url: URL) => Promise<AnyClient>]> = [
  ['@modelcontextprotocol/sdk (v1)', '2025-11-25', connectOld],
  [
    '@modelcontextprotocol/client (v2), negotiating',
    '2026-07-28',
    (url) => connectRecent(url, 'auto'),
  ],
  [
    '@modelcontextprotocol/client (v2), legacy',
    '2025-11-25',
    (url) => connectRecent(url, 'legacy'),
  ],
]

for (const [generation, revision, connect] of GENERATIONS) {
  describe(`the client of ${generation}`, () => {
    let server: RunningServer
    let client: AnyClient
    before(async () => {
      server = await startServer()
      client = await connect(new URL(server.mcp))
    })
    after(async () => {
      await client.close()
      await server.close()
    })

    it(`speaks ${revision}`, () => {
      expect(client.era).to.equal(revision)
    })

    it('lists the tools', async () => {
      expect(await client.toolNames()).to.deep.equal(TOOLS.map(({ name }) => name))
    })

    it('calls a tool and reads its text', async () => {
      server.aws.on('DescribeLogGroups', () => ({
        output: { logGroups: [{ logGroupName: '/shop/checkout', storedBytes: 2048 }] },
      }))
      const text = await client.call('list_log_groups', { prefix: '/shop' })
      expect(text).to.include('/shop/checkout | - | never expires | 2 KB')
    })

    it('hears how far a query is', async () => {
      let polls = 0
      server.aws.on('StartQuery', () => ({ output: { queryId: 'query-1' } }))
      server.aws.on('GetQueryResults', () => {
        polls += 1
        const done = polls > 1
        return {
          output: {
            status: done ? 'Complete' : 'Running',
            results: done ? [[{ field: '@message', value: 'payment declined' }]] : [],
            statistics: { recordsScanned: 1_234, recordsMatched: 1, bytesScanned: 2_048 },
          },
        }
      })
      const heard: string[] = []
      const text = await client.call('query_logs', QUERY, (message) => heard.push(message))
      expect(text).to.include('payment declined')
      expect(heard).to.deep.equal([
        'Scheduled: 0 records, 0 B scanned, 0 matched',
        'Running: 1,234 records, 2 KB scanned, 1 matched',
      ])
    })

    it('lists and reads resources', async () => {
      expect(await client.templates()).to.include(
        'cloudwatch://{account}/{region}/log-groups/{+name}',
      )
      expect(await client.resources()).to.include('cloudwatch://help/insights')
      expect(await client.read('cloudwatch://help/insights')).to.include('stats count(*)')
      server.aws.on('DescribeAlarms', () => ({
        output: { MetricAlarms: [{ AlarmName: 'a/b', StateValue: 'ALARM' }] },
      }))
      const text = await client.read('cloudwatch://111122223333/us-east-1/alarms/a/b')
      expect(text).to.include('ALARM')
    })

    it('lists and gets prompts', async () => {
      expect(await client.prompts()).to.include('investigate_alarm')
      const text = await client.prompt('investigate_alarm', { alarm: 'checkout-errors' })
      expect(text).to.match(/^Investigate the CloudWatch alarm checkout-errors\.\n1\. get_alarm:/)
    })

    it('completes the name of a log group', async () => {
      server.aws.on('DescribeLogGroups', ({ logGroupNamePrefix }) => ({
        output: { logGroups: [{ logGroupName: `${logGroupNamePrefix}checkout` }] },
      }))
      const template = 'cloudwatch://{account}/{region}/log-groups/{+name}'
      expect(await client.complete(template, 'name', '/shop/')).to.deep.equal(['/shop/checkout'])
      expect(await client.complete(template, 'region', 'us-')).to.deep.equal(['us-east-1'])
    })

    it('gets a failure as a result that says isError', async () => {
      server.aws.on('DescribeAlarms', () => ({
        status: 403,
        type: 'AccessDeniedException',
        message: 'not authorized to perform: cloudwatch:DescribeAlarms on resource: *',
      }))
      const text = await client.call('list_alarms', {})
      expect(text).to.match(/^ERROR .*may not do cloudwatch:DescribeAlarms on \*/)
    })
  })
}

async function connectOld(url: URL): Promise<AnyClient> {
  const client = new Client(INFO)
  const transport = new StreamableHTTPClientTransport(url, {
    requestInit: { headers: callerHeaders() },
  })
  let era: string | undefined
  // The SDK's own transport is not assignable to its Transport under exactOptionalPropertyTypes.
  const asTransport = transport as Transport
  asTransport.setProtocolVersion = (version) => {
    era = version
    StreamableHTTPClientTransport.prototype.setProtocolVersion.call(transport, version)
  }
  await client.connect(asTransport)
  return {
    era,
    toolNames: async () => (await client.listTools()).tools.map((tool) => tool.name),
    call: async (name, args, onProgress) => {
      const options = {
        onprogress: ({ message }: { message?: string | undefined }) => onProgress?.(message ?? ''),
      }
      const result = await client.callTool(
        { name, arguments: args },
        undefined,
        onProgress && options,
      )
      return written(result)
    },
    ...surroundings(client),
    close: () => client.close(),
  }
}

async function connectRecent(url: URL, mode: 'auto' | 'legacy'): Promise<AnyClient> {
  const client = new RecentClient(INFO, { versionNegotiation: { mode } })
  await client.connect(new RecentTransport(url, { requestInit: { headers: callerHeaders() } }))
  return {
    era: client.getNegotiatedProtocolVersion(),
    toolNames: async () => (await client.listTools()).tools.map((tool) => tool.name),
    call: async (name, args, onProgress) => {
      const options = {
        onprogress: ({ message }: { message?: string | undefined }) => onProgress?.(message ?? ''),
      }
      return written(await client.callTool({ name, arguments: args }, onProgress && options))
    },
    ...surroundings(client),
    close: () => client.close(),
  }
}

function written(result: { [key: string]: unknown }): string {
  const content = Array.isArray(result.content) ? result.content : []
  const text = content.map((part) => String(part.text)).join('\n')
  return result.isError === true ? `ERROR ${text}` : text
}

/** Everything but tools; both generations have these methods, with results of the same shape. */
function surroundings(
  client: Pick<
    Client | RecentClient,
    | 'listResourceTemplates'
    | 'listResources'
    | 'readResource'
    | 'listPrompts'
    | 'getPrompt'
    | 'complete'
  >,
): Omit<AnyClient, 'era' | 'toolNames' | 'call' | 'close'> {
  return {
    templates: async () =>
      (await client.listResourceTemplates()).resourceTemplates.map((one) => one.uriTemplate),
    resources: async () => (await client.listResources()).resources.map((one) => one.uri),
    read: async (uri) =>
      (await client.readResource({ uri })).contents
        .map((part) => ('text' in part ? part.text : ''))
        .join(''),
    prompts: async () => (await client.listPrompts()).prompts.map((one) => one.name),
    prompt: async (name, args) =>
      (await client.getPrompt({ name, arguments: args })).messages
        .map(({ content }) => (content.type === 'text' ? content.text : ''))
        .join(''),
    complete: async (uri, name, value) =>
      (await client.complete({ ref: { type: 'ref/resource', uri }, argument: { name, value } }))
        .completion.values,
  }
}
