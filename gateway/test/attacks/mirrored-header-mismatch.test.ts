import { expect } from 'chai'
import { TOOL_CALL } from '../integration/gateway/world.ts'
import { valuesOf } from '../support/raw-upstream.ts'
import { besiege, written } from './siege.ts'

/**
 * From 2026-07-28 on headers repeat what the body says. The gateway decides nothing by either: it records the body, and
 * passes both as they are, so that the MCP server can refuse what does not agree (-32020).
 */
describe('a mirrored header that does not match', () => {
  const siege = besiege()

  for (const [what, lines] of [
    ['another method', ['Mcp-Method: ping']],
    ['another tool', ['Mcp-Method: tools/call', 'Mcp-Name: list_alarms']],
    ['a coded tool', ['Mcp-Method: tools/call', 'Mcp-Name: =?base64?bGlzdF9hbGFybXM=?=']],
    ['no method', ['Mcp-Name: list_alarms']],
    ['an unknown version', ['MCP-Protocol-Version: 2099-01-01', 'Mcp-Method: ping']],
    ['no version', ['Mcp-Method: ping']],
    ['an empty value', ['Mcp-Method:', 'Mcp-Name:']],
    ['a parameter', ['Mcp-Param-Region: us-gov-west-1']],
  ] as const) {
    it(`by ${what} reaches the MCP server as it is, and the record tells of the body`, async () => {
      const token = await siege.world().tokenOf('generic')
      const answer = await siege.exchange(written({ token, lines }))
      const arrived = siege.upstream().requests.at(-1)
      for (const line of lines) {
        const [name = '', value = ''] = line.split(/: ?/)
        expect(arrived && valuesOf(arrived, name.toLowerCase())).to.deep.equal([value])
      }
      expect(arrived?.body).to.equal(TOOL_CALL)
      const record = await siege.auditOf(answer)
      expect(record).to.include({ mcp_method: 'tools/call', mcp_tool: 'query_logs' })
    })
  }

  for (const name of ['Mcp-Method', 'Mcp-Name', 'MCP-Protocol-Version', 'Mcp-Param-Region']) {
    it(`by ${name} twice is refused: two readers would take two values`, async () => {
      const token = await siege.world().tokenOf('generic')
      const lines = [`${name}: a`, `${name.toLowerCase()}: b`]
      const answer = await siege.exchange(written({ token, lines }))
      expect(answer.status).to.equal(400)
      expect((await siege.auditOf(answer)).reason).to.equal('request_malformed')
      siege.expectNothingPassed()
    })
  }

  it('by underscores reaches nobody', async () => {
    const token = await siege.world().tokenOf('generic')
    const lines = ['Mcp_Method: ping', 'mcp_name: x', 'Mcp_Session_Id: s', 'MCP.Method: ping']
    await siege.exchange(written({ token, lines }))
    const bytes = siege
      .upstream()
      .requests.at(-1)
      ?.headers.map(([name]) => name.toLowerCase())
    expect(bytes?.filter((name) => /^mcp/.test(name))).to.deep.equal([])
  })
})
