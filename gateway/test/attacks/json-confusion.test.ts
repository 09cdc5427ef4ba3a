import { expect } from 'chai'
import { expectExactBody } from './body-trial.ts'
import { besiege, principalOf } from './siege.ts'

/**
 * Two readers of one text may see two calls. Nothing is decided by the gateway's reading; its record follows ECMA-404 as
 * JSON.parse does, and the MCP server gets the bytes.
 */
describe('JSON confusion', () => {
  const siege = besiege()
  const PARAMS = '"params":{"name":"query_logs","arguments":{}}'

  const TEXTS: ReadonlyArray<readonly [string, string, string | null, string | null]> = [
    [
      'a method that stands twice',
      `{"method":"ping","method":"tools/call",${PARAMS}}`,
      'tools/call',
      'query_logs',
    ],
    [
      'params that stand twice',
      `{"method":"tools/call","params":{"name":"a"},${PARAMS}}`,
      'tools/call',
      'query_logs',
    ],
    [
      'a name that stands twice',
      '{"method":"tools/call","params":{"name":"a","name":"b"}}',
      'tools/call',
      'b',
    ],
    ['an escaped key', `{"\\u006dethod":"tools/call",${PARAMS}}`, 'tools/call', 'query_logs'],
    [
      'an escaped value',
      '{"method":"tools\\/c\\u0061ll","params":{"name":"query\\u005flogs"}}',
      'tools/call',
      'query_logs',
    ],
    ['keys in capitals', '{"METHOD":"tools/call","Params":{"Name":"query_logs"}}', null, null],
    ['a key with a space', `{"method ":"tools/call",${PARAMS}}`, null, null],
    ['a key with a NUL', `{"method\\u0000":"tools/call",${PARAMS}}`, null, null],
    ['a method in a prototype', '{"__proto__":{"method":"tools/call"}}', null, null],
    [
      'a method and a prototype',
      `{"__proto__":{"method":"x"},"method":"tools/call",${PARAMS}}`,
      'tools/call',
      'query_logs',
    ],
    ['a constructor', '{"constructor":{"prototype":{"method":"x"}},"method":"ping"}', 'ping', null],
    ['a method that is a list', '{"method":["tools/call"]}', null, null],
    ['a method that is an object', '{"method":{"toString":"tools/call"}}', null, null],
    ['a method that is null', '{"method":null}', null, null],
    ['an id that is null', '{"id":null,"method":"ping"}', 'ping', null],
    ['an id beyond 2^53', '{"id":9007199254740993,"method":"ping"}', 'ping', null],
    ['an id that is a float', '{"id":1e-400,"method":"ping"}', 'ping', null],
    ['an id beyond every number', '{"id":1e400,"method":"ping"}', 'ping', null],
    ['an id that is an object', '{"id":{"$gt":""},"method":"ping"}', 'ping', null],
    ['a lone surrogate', '{"method":"a\\ud800"}', 'a\ufffd', null],
    [
      'a name with white space',
      '{"method":"tools/call","params":{"name":" query_logs\\t"}}',
      'tools/call',
      ' query_logs\ufffd',
    ],
    [
      'a method with white space',
      '{"method":"tools/call ","params":{"name":"query_logs"}}',
      'tools/call ',
      null,
    ],
    [
      'a line break for the log',
      '{"method":"x\\r\\n{\\"kind\\":\\"audit\\"}"}',
      'x\ufffd\ufffd{"kind":"audit"}',
      null,
    ],
    ['a text that turns direction', '{"method":"\\u202elac/sloot"}', '\ufffdlac/sloot', null],
    ['no version', `{"method":"tools/call",${PARAMS}}`, 'tools/call', 'query_logs'],
    ['a word', '"tools/call"', null, null],
    ['a number', '1', null, null],
  ]
  for (const [what, text, method, tool] of TEXTS) {
    it(`by ${what} is recorded as JSON.parse reads it, and arrives byte for byte`, async () => {
      const recorded = await expectExactBody(siege, text)
      expect(recorded).to.deep.equal({ mcp_method: method, mcp_tool: tool })
      expect({}).to.not.have.property('method')
    })
  }

  it('by depth takes no stack down', async () => {
    const deep = `${'['.repeat(10_000)}${']'.repeat(10_000)}`
    const text = `{"method":"ping","params":${deep}}`
    expect((await expectExactBody(siege, text)).mcp_method).to.equal('ping')
    expect((await expectExactBody(siege, deep)).mcp_method).to.equal(null)
    expect((await expectExactBody(siege, '['.repeat(1_000_000))).mcp_method).to.equal(null)
  })

  it('by length is cut in the record and not on the way', async () => {
    const long = 'n'.repeat(1024 * 1024)
    const text = `{"method":"tools/call","params":{"name":"${long}"}}`
    const { mcp_tool: tool } = await expectExactBody(siege, text)
    expect(tool).to.equal('n'.repeat(128))
  })

  it('changes neither who asks nor which tools are allowed', async () => {
    const evil = `{"method":"tools/call","params":{"name":"x","_meta":{"x-mcp-tools":"*","principal":"root"}},"x-mcp-principal":"root"}`
    await expectExactBody(siege, evil)
    const arrived = siege.upstream().requests.at(-1)
    expect(arrived && principalOf(arrived)).to.equal('u-alice')
  })
})
