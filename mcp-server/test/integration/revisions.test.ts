import { expect } from 'chai'
import { TOOLS } from '../../src/tools/catalog.ts'
import { callerHeaders } from '../support/caller-headers.ts'
import { MODERN, modern, post, textOf, toolCall } from '../support/rpc.ts'
import { type RunningServer, startServer } from '../support/running-server.ts'

const LEGACY = ['2024-11-05', '2025-03-26', '2025-06-18', '2025-11-25']
const NAMES = TOOLS.map(({ name }) => name)

const CAPABILITIES = {
  tools: { listChanged: false },
  resources: { listChanged: false },
  prompts: { listChanged: false },
  completions: {},
}

describe('protocol revisions on one URL', () => {
  let server: RunningServer
  before(async () => {
    server = await startServer()
    server.aws.on('DescribeLogGroups', () => ({
      output: { logGroups: [{ logGroupName: '/shop/checkout' }] },
    }))
  })
  after(() => server.close())

  for (const revision of LEGACY) {
    describe(revision, () => {
      // The header came with 2025-06-18.
      const headers = callerHeaders(
        revision >= '2025-06-18' ? { 'mcp-protocol-version': revision } : {},
      )

      it('agrees on the revision that the client names', async () => {
        const { reply, headers: got } = await post(server.mcp, {
          jsonrpc: '2.0',
          id: 1,
          method: 'initialize',
          params: {
            protocolVersion: revision,
            capabilities: {},
            clientInfo: { name: 'test', version: '1' },
          },
        })
        expect(reply.result).to.deep.include({ protocolVersion: revision })
        expect(reply.result?.capabilities).to.deep.equal(CAPABILITIES)
        expect(reply.result?.serverInfo).to.include({ name: 'cloudwatch-mcp-server' })
        expect(got.get('mcp-session-id')).to.equal(null)
      })

      it('accepts the initialized notification with 202', async () => {
        const body = { jsonrpc: '2.0', method: 'notifications/initialized' }
        const { status, text } = await post(server.mcp, body, headers)
        expect({ status, text }).to.deep.equal({ status: 202, text: '' })
      })

      it('lists the tools in a fixed order', async () => {
        const { reply } = await post(
          server.mcp,
          { jsonrpc: '2.0', id: 2, method: 'tools/list' },
          headers,
        )
        expect(namesOf(reply.result)).to.deep.equal(NAMES)
      })

      it('calls a tool', async () => {
        const { reply } = await post(server.mcp, toolCall('list_log_groups'), headers)
        expect(textOf(reply)).to.include('/shop/checkout')
      })
    })
  }

  describe(MODERN, () => {
    it('answers server/discover with what it speaks and may not be shared', async () => {
      const { body, headers } = modern('server/discover')
      const { status, reply } = await post(server.mcp, body, headers)
      expect(status).to.equal(200)
      expect(reply.result?.supportedVersions).to.include(MODERN)
      expect(reply.result).to.include({ cacheScope: 'private' })
      expect(reply.result?.capabilities).to.deep.equal(CAPABILITIES)
    })

    it('lists the tools without a handshake, for this caller only', async () => {
      const { body, headers } = modern('tools/list')
      const { reply } = await post(server.mcp, body, headers)
      expect(namesOf(reply.result)).to.deep.equal(NAMES)
      expect(reply.result).to.include({ cacheScope: 'private', ttlMs: 60_000 })
    })

    it('calls a tool and answers JSON', async () => {
      const { body, headers } = modern('tools/call', { name: 'list_log_groups', arguments: {} })
      const answer = await post(server.mcp, body, headers)
      expect(answer.headers.get('content-type')).to.match(/^application\/json/)
      expect(textOf(answer.reply)).to.include('/shop/checkout')
    })

    for (const [header, value] of [
      ['mcp-method', 'tools/list'],
      ['mcp-name', 'list_alarms'],
      ['mcp-protocol-version', '2025-11-25'],
    ] as const) {
      it(`refuses a ${header} header that says something else than the body`, async () => {
        const { body, headers } = modern('tools/call', { name: 'list_log_groups', arguments: {} })
        const { status, reply } = await post(server.mcp, body, { ...headers, [header]: value })
        expect(status).to.equal(400)
        expect(reply.error?.code).to.equal(-32_020)
      })
    }

    it('refuses a revision that it does not know and names those it does', async () => {
      const version = { 'io.modelcontextprotocol/protocolVersion': '2030-01-01' }
      const { body, headers } = modern('tools/list', {}, version)
      const { status, reply } = await post(server.mcp, body, {
        ...headers,
        'mcp-protocol-version': '2030-01-01',
      })
      expect(status).to.equal(400)
      expect(reply.error?.code).to.equal(-32_022)
      expect(reply.error?.data?.supported).to.deep.equal([MODERN])
    })

    it('answers an unknown method with 404', async () => {
      const { body, headers } = modern('tools/destroy')
      const { status, reply } = await post(server.mcp, body, headers)
      expect(status).to.equal(404)
      expect(reply.error?.code).to.equal(-32_601)
    })
  })

  it('tells which regions there are to choose from, when there is a choice', async () => {
    const { body, headers } = modern('server/discover')
    const both = { ...headers, 'x-aws-regions': 'us-east-1,eu-west-1' }
    const { reply } = await post(server.mcp, body, both)
    expect(reply.result?.instructions).to.include('Regions to choose from: us-east-1, eu-west-1.')
    const alone = await post(server.mcp, body, headers)
    expect(alone.reply.result?.instructions).not.to.include('Regions to choose')
  })

  it('publishes schemas without references, records and type lists', async () => {
    const { body, headers } = modern('tools/list')
    const { text } = await post(server.mcp, body, headers)
    expect(text).not.to.match(/\$ref|propertyNames|"type":\[/)
    expect(text).not.to.match(/"additionalProperties":\{/)
  })

  it('says of each tool whether it only reads', async () => {
    const { body, headers } = modern('tools/list')
    const { reply } = await post(server.mcp, body, headers)
    const tools = reply.result?.tools
    if (!Array.isArray(tools)) throw new Error('no tools')
    for (const tool of tools) {
      expect(tool.annotations).to.deep.include({
        title: tool.title,
        readOnlyHint: tool.name !== 'cancel_query',
        destructiveHint: false,
        idempotentHint: true,
      })
    }
  })
})

function namesOf(result: Record<string, unknown> | undefined): string[] {
  const tools = result?.tools
  return Array.isArray(tools) ? tools.map((tool) => String(tool.name)) : []
}
