import { mkdirSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { connectSignedIn } from '../demo-client.ts'
import { signIn } from '../identity-provider/sign-in.ts'
import { freePorts } from '../ports.ts'
import { startStack } from '../stack.ts'
import { callExample } from './call-examples.ts'
import { type PageExample, renderPage, withoutRandom } from './render-page.ts'
import { TOOL_EXAMPLES } from './tool-examples.ts'

/** The time that the programs believe it is when they start: a whole hour, so that periods begin where they seem to. */
const START = '2026-11-03T09:00:00Z'

const inDocs = (path: string) => fileURLToPath(new URL(`../../../../docs/${path}`, import.meta.url))
const imagePath = (tool: string) => `images/${tool.replaceAll('_', '-')}.png`

const clock = new URL('fixed-clock.js', import.meta.url)
clock.search = new URLSearchParams({
  start: String(Date.parse(START)),
  at: String(Date.now()),
}).toString()
const stack = await startStack({
  ports: await freePorts(),
  onLine: () => undefined,
  nodeArguments: ['--import', clock.href],
})
try {
  const client = await connectSignedIn(new URL(`${stack.origins.gateway}/mcp`), {
    signIn: (authorizeUrl) => signIn(authorizeUrl, 'alice'),
  })
  const { tools } = await client.listTools()
  const called = new Map<string, PageExample>()
  mkdirSync(inDocs('images'), { recursive: true })
  for (const example of TOOL_EXAMPLES) {
    const call = await callExample(client, example)
    if (call.isError) throw new Error(`${call.tool} failed: ${call.text}`)
    called.set(call.tool, withoutRandom(call))
    for (const image of call.images) writeFileSync(inDocs(imagePath(call.tool)), image)
  }
  await client.close()
  const madeBy = 'npm run docs:tools'
  writeFileSync(inDocs('tools.md'), renderPage({ tools, called, imagePath, madeBy }))
  process.stdout.write(`docs/tools.md: ${tools.length} tools, ${called.size} calls\n`)
} finally {
  await stack.stop()
}
