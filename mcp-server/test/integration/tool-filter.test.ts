import { expect } from 'chai'
import { TOOLS } from '../../src/tools/catalog.ts'
import { callerHeaders } from '../support/caller-headers.ts'
import { modern, post, toolCall } from '../support/rpc.ts'
import { type RunningServer, startServer } from '../support/running-server.ts'

const ALL = TOOLS.map(({ name }) => name)
const those = (form: RegExp) => ALL.filter((name) => form.test(name))

describe('x-mcp-tools', () => {
  let server: RunningServer
  before(async () => {
    server = await startServer()
    server.aws.on('DescribeAlarms', () => ({ output: {} }))
  })
  after(() => server.close())

  for (const [globs, expected] of [
    ['*', ALL],
    ['list_*', those(/^list_/)],
    ['*_log*,get_*', those(/_log|^get_/)],
    [' query_logs , query_logs ', ['query_logs']],
    ['QUERY_LOGS', []],
    ['query', []],
    ['', []],
  ] as const) {
    it(`"${globs}" shows ${expected.length} tools, in either era`, async () => {
      const filter = callerHeaders({ 'x-mcp-tools': globs })
      const legacy = await post(server.mcp, { jsonrpc: '2.0', id: 1, method: 'tools/list' }, filter)
      const { body, headers } = modern('tools/list')
      const recent = await post(server.mcp, body, { ...headers, ...filter })
      for (const { reply } of [legacy, recent]) {
        const tools = reply.result?.tools
        expect(Array.isArray(tools) && tools.map(({ name }) => name)).to.deep.equal(expected)
      }
    })
  }

  it('answers a hidden tool exactly as one that does not exist', async () => {
    const filter = callerHeaders({ 'x-mcp-tools': 'get_*' })
    const hidden = await post(server.mcp, toolCall('list_alarms'), filter)
    const unknown = await post(server.mcp, toolCall('list_nothing'), filter)
    expect(hidden.status).to.equal(unknown.status)
    expect(hidden.reply.error?.code).to.equal(unknown.reply.error?.code)
    expect(hidden.reply.error?.message.replace('list_alarms', 'list_nothing')).to.equal(
      unknown.reply.error?.message,
    )
    expect(server.aws.calls).to.have.length(0)
  })

  it('lets no batch carry a hidden tool past it', async () => {
    const filter = callerHeaders({ 'x-mcp-tools': 'get_*' })
    const batch = [toolCall('list_alarms'), { ...toolCall('list_alarms'), id: 8 }]
    const { messages } = await post(server.mcp, batch, filter)
    expect(messages.map((message) => message.error?.code)).to.deep.equal([-32_602, -32_602])
    expect(server.aws.calls).to.have.length(0)
  })
})
