import { expect } from 'chai'
import { mcpCallIn } from '../../../src/audit/mcp-call.ts'

const callIn = (value: unknown) =>
  mcpCallIn(Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)))

const info = { name: 'inspector', version: '1.2' }

describe('mcpCallIn', () => {
  const table: ReadonlyArray<readonly [string, unknown, unknown]> = [
    [
      'a tool call',
      { method: 'tools/call', params: { name: 'query_logs' } },
      { method: 'tools/call', tool: 'query_logs', client: undefined },
    ],
    [
      'a name that is no tool',
      { method: 'prompts/get', params: { name: 'p' } },
      { method: 'prompts/get', tool: undefined, client: undefined },
    ],
    [
      'an initialize',
      { method: 'initialize', params: { clientInfo: info } },
      { method: 'initialize', tool: undefined, client: 'inspector 1.2' },
    ],
    [
      'a 2026-07-28 request',
      { method: 'tools/list', params: { _meta: { 'io.modelcontextprotocol/clientInfo': info } } },
      { method: 'tools/list', tool: undefined, client: 'inspector 1.2' },
    ],
    [
      'a client without version',
      { method: 'initialize', params: { clientInfo: { name: 'x' } } },
      { method: 'initialize', tool: undefined, client: 'x' },
    ],
    [
      'a call without params',
      { method: 'tools/call' },
      { method: 'tools/call', tool: undefined, client: undefined },
    ],
    [
      'an escaped key',
      '{"\\u006dethod":"ping"}',
      { method: 'ping', tool: undefined, client: undefined },
    ],
    [
      'odd members',
      { method: 'tools/call', params: { name: 7, clientInfo: 'x', _meta: [] } },
      { method: 'tools/call', tool: undefined, client: undefined },
    ],
    [
      'params that are a list',
      { method: 'tools/call', params: ['query_logs'] },
      { method: 'tools/call', tool: undefined, client: undefined },
    ],
    ['a batch', [{ method: 'tools/list' }], undefined],
    ['a response', { id: 1, result: {} }, undefined],
    ['a method that is no string', { method: ['tools/call'] }, undefined],
    ['an empty method', { method: '' }, undefined],
    ['a method only on the prototype', '{"__proto__":{"method":"ping"}}', undefined],
    ['a word', '"ping"', undefined],
    ['null', 'null', undefined],
    ['no JSON', '{', undefined],
    ['two documents', '{"method":"a"}{"method":"b"}', undefined],
    ['nothing', '', undefined],
    ['a million brackets', '['.repeat(1_000_000), undefined],
  ]
  for (const [what, body, expected] of table) {
    it(`reads ${what}`, () => {
      expect(callIn(body)).to.deep.equal(expected)
    })
  }

  it('reads through a deep body', () => {
    const deep = `${'['.repeat(100_000)}${']'.repeat(100_000)}`
    expect(callIn(`{"method":"ping","params":${deep}}`)).to.include({ method: 'ping' })
  })

  it('does not let a client shape the log', () => {
    const evil = 'a\r\n{"kind":"audit"}\u001b[2J\u202e\u0000'
    const call = callIn({ method: evil, params: { clientInfo: { name: evil } } })
    expect(call?.method).to.equal('a��{"kind":"audit"}�[2J��')
    expect(call?.client).to.equal(call?.method)
  })

  it('cuts what is too long', () => {
    const call = callIn({ method: 'tools/call', params: { name: 'n'.repeat(100_000) } })
    expect(call?.tool).to.equal('n'.repeat(128))
  })
})
