import { expect } from 'chai'
import fc from 'fast-check'
import { mcpCallIn } from '../../src/audit/mcp-call.ts'
import { check, describeFuzz } from './check.ts'

const key = fc.oneof(
  fc.constantFrom('method', 'params', 'name', 'clientInfo', 'version', '_meta', '__proto__', 'id'),
  fc.string(),
)
const message = fc.letrec<{ value: unknown; object: Record<string, unknown> }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 4 },
    fc.constantFrom<unknown>('tools/call', 'ping', '', null, 1, true, '\u202e\r\n', '\ud800'),
    fc.string({ unit: 'binary' }),
    fc.array(tie('value'), { maxLength: 3 }),
    tie('object'),
  ),
  object: fc.dictionary(key, tie('value'), { maxKeys: 5 }),
}))

/** What the record may hold: nothing that shapes a log, and not more than a line. */
const expectHarmless = (text: string | null | undefined) => {
  if (text === undefined || text === null) return
  expect(text.length).to.be.within(1, 8 * 128 + 100)
  expect(text).to.not.match(/[\p{Cc}\p{Cf}\p{Cs}]/u)
}

describeFuzz('any body', () => {
  it('is read without a fuss, and into words that are harmless', () => {
    const text = fc.oneof(
      message.value.map((value) => JSON.stringify(value) ?? ''),
      fc.array(message.object).map((value) => JSON.stringify(value)),
      fc.json(),
      fc.string({ unit: 'binary' }),
    )
    const bytes = fc.oneof(
      text.map((value) => Buffer.from(value)),
      fc.uint8Array({ maxLength: 200 }).map((value) => Buffer.from(value)),
      text.map((value) => Buffer.from(`\ufeff${value}`)),
    )
    check(
      fc.property(bytes, (body) => {
        const call = mcpCallIn(body)
        if (call === undefined) return
        for (const said of [call.method, call.tool, call.client]) expectHarmless(said)
        expect(JSON.parse(body.toString().replace(/^\ufeff/, ''))).to.be.an.instanceof(Object)
      }),
    )
  })

  it('that is a plain call is read as what it is, under any other members', () => {
    const plain = fc.stringMatching(/^[a-z][a-z_/]{0,100}$/)
    const others = fc.dictionary(fc.string(), fc.jsonValue())
    check(
      fc.property(plain, plain, others, fc.boolean(), (method, name, extra, batched) => {
        const said = { ...extra, method, params: { ...extra, name } }
        const call = mcpCallIn(Buffer.from(JSON.stringify(batched ? [said] : said)))
        expect(call?.method).to.equal(method)
        expect(call?.tool).to.equal(method === 'tools/call' ? name : undefined)
        const tool = mcpCallIn(Buffer.from(JSON.stringify({ ...said, method: 'tools/call' })))
        expect(tool?.tool).to.equal(name)
      }),
    )
  })

  it('of many calls names each, or says how many it leaves out', () => {
    const names = fc.array(fc.stringMatching(/^[a-z_]{1,20}$/), { minLength: 2, maxLength: 30 })
    check(
      fc.property(names, (tools) => {
        const batch = tools.map((name) => ({ method: 'tools/call', params: { name } }))
        const call = mcpCallIn(Buffer.from(JSON.stringify(batch)))
        const [shown = '', more] = (call?.tool ?? '').split(' and ')
        const different = new Set(tools).size
        const left = more === undefined ? 0 : Number.parseInt(more, 10)
        expect(shown.split(', ').length + left).to.equal(different)
      }),
    )
  })
})
