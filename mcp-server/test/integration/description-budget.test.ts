import { expect } from 'chai'
import { modern, post } from '../support/rpc.ts'
import { type RunningServer, startServer } from '../support/running-server.ts'

/** A model reads the whole list before the first question: every character of it is paid for in every conversation. */
const MOST_CHARS = 38_000
const MOST_PER_TOOL = 4_500
const MOST_DESCRIPTION = 420

describe('the description budget', () => {
  let server: RunningServer
  let tools: ReadonlyArray<{ name: string; description: string; inputSchema: unknown }> = []
  before(async () => {
    server = await startServer()
    const { body, headers } = modern('tools/list')
    const { reply } = await post(server.mcp, body, headers)
    // tools/list answers a list of tools of this shape (its own test checks the protocol).
    tools = reply.result?.tools as typeof tools
  })
  after(() => server.close())

  it('is measured and kept for the whole list', () => {
    const sizes = tools.map((tool) => ({ name: tool.name, chars: JSON.stringify(tool).length }))
    const total = JSON.stringify(tools).length
    const prose = tools.reduce((sum, tool) => sum + proseOf(tool), 0)
    const lines = sizes
      .toSorted((one, other) => other.chars - one.chars)
      .map(({ name, chars }) => `      ${name.padEnd(22)} ${chars}`)
    console.log(
      `    ${tools.length} tools, ${total} characters as JSON (about ${Math.round(total / 4)} tokens), ${prose} of them descriptions`,
    )
    console.log(lines.join('\n'))
    expect(total).to.be.below(MOST_CHARS)
    for (const { name, chars } of sizes) expect(chars, name).to.be.below(MOST_PER_TOOL)
  })

  it('holds for each description', () => {
    for (const { name, description } of tools) {
      expect(description.length, name).to.be.within(30, MOST_DESCRIPTION)
    }
  })
})

/** Characters of the descriptions of a tool and of its arguments. */
function proseOf(tool: unknown): number {
  return [...JSON.stringify(tool).matchAll(/"description":"((?:[^"\\]|\\.)*)"/g)].reduce(
    (sum, [, text = '']) => sum + text.length,
    0,
  )
}
