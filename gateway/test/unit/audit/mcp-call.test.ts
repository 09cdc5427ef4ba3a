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
    [
      'a batch of one',
      [{ method: 'ping' }],
      { method: 'ping', tool: undefined, client: undefined },
    ],
    [
      'a batch',
      [
        { method: 'tools/list' },
        { method: 'tools/call', params: { name: 'query_logs' } },
        { method: 'tools/call', params: { name: 'list_alarms' } },
        { method: 'tools/call', params: { name: 'query_logs' } },
        { id: 1, result: {} },
      ],
      { method: 'tools/list, tools/call', tool: 'query_logs, list_alarms', client: undefined },
    ],
    ['a batch of answers', [{ id: 1, result: {} }], undefined],
    ['an empty batch', [], undefined],
    ['a batch in a batch', [[{ method: 'ping' }]], undefined],
    [
      'what stands behind a byte order mark',
      '\ufeff{"method":"ping"}',
      { method: 'ping', tool: undefined, client: undefined },
    ],
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

  it('says how much of a long batch it leaves out', () => {
    const call = callIn(Array.from({ length: 1000 }, (_, at) => ({ method: `m${at}` })))
    expect(call?.method).to.equal('m0, m1, m2, m3, m4, m5, m6, m7 and 992 more')
  })

  it('writes no half of a character', () => {
    const call = callIn(
      `{"method":"a\\ud83d","params":{"clientInfo":{"name":"${'n'.repeat(127)}🙂"}}}`,
    )
    expect(call?.method).to.equal('a�')
    expect(call?.client).to.equal(`${'n'.repeat(127)}�`)
  })

  it('cuts what is too long', () => {
    const call = callIn({ method: 'tools/call', params: { name: 'n'.repeat(100_000) } })
    expect(call?.tool).to.equal('n'.repeat(128))
  })
})
