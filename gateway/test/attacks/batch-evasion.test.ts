import { expect } from 'chai'
import { expectExactBody } from './body-trial.ts'
import { besiege } from './siege.ts'

/** A server of revision 2025-03-26 runs every message of a batch; the record must not look away. */
describe('batch evasion', () => {
  const siege = besiege()
  const call = (name: string) => ({
    jsonrpc: '2.0',
    id: name,
    method: 'tools/call',
    params: { name, arguments: {} },
  })
  const notification = { jsonrpc: '2.0', method: 'notifications/initialized' }

  const BATCHES: ReadonlyArray<readonly [string, unknown, string | null, string | null]> = [
    ['one call', [call('query_logs')], 'tools/call', 'query_logs'],
    [
      'a call behind a ping',
      [{ jsonrpc: '2.0', id: 1, method: 'ping' }, call('query_logs')],
      'ping, tools/call',
      'query_logs',
    ],
    [
      'a call behind a notification',
      [notification, call('query_logs')],
      'notifications/initialized, tools/call',
      'query_logs',
    ],
    ['two tools', [call('a'), call('b'), call('a')], 'tools/call', 'a, b'],
    ['answers and a call', [{ jsonrpc: '2.0', id: 1, result: {} }, call('a')], 'tools/call', 'a'],
    ['rubbish and a call', [null, 1, 'x', [], call('a')], 'tools/call', 'a'],
    ['nothing', [], null, null],
    ['a batch', [[call('a')]], null, null],
  ]
  for (const [what, batch, method, tool] of BATCHES) {
    it(`with ${what} is recorded for what it is and arrives byte for byte`, async () => {
      const recorded = await expectExactBody(siege, JSON.stringify(batch))
      expect(recorded).to.deep.equal({ mcp_method: method, mcp_tool: tool })
    })
  }

  it('by so many names that one is not shown says how many more there are', async () => {
    const many = [...Array.from({ length: 100 }, (_, at) => call(`harmless_${at}`)), call('evil')]
    const { mcp_tool: tool } = await expectExactBody(siege, JSON.stringify(many))
    expect(tool).to.match(/^harmless_0, .*harmless_7 and 93 more$/)
  })
})
