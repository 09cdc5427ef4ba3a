/**
 * Signs a person of the local stack in, by the whole OAuth flow, lists the tools and calls one:
 *
 *   node local/dist/src/containers/call-tool.js http://localhost:8080/mcp alice list_log_groups '{"prefix":"/shop/"}'
 *
 * Prints `tools: …` and the text of the answer. Without a tool only the list. Ends with 1 where the gateway refuses or
 * the tool fails, and prints why.
 */

import type { Client } from '@modelcontextprotocol/sdk/client/index.js'
import { connectSignedIn } from '../demo-client.ts'
import { signIn } from '../identity-provider/sign-in.ts'

const print = (text: string) => process.stdout.write(`${text}\n`)

const [url, person, tool, input = '{}', ...others] = process.argv.slice(2)
if (url === undefined || !URL.canParse(url) || person === undefined || others.length > 0) {
  process.stderr.write('usage: call-tool URL PERSON [TOOL [ARGUMENTS]]\n')
  process.exit(2)
}

try {
  const client = await connectSignedIn(new URL(url), {
    signIn: (authorizeUrl) => signIn(authorizeUrl, person),
  })
  const { tools } = await client.listTools()
  print(`tools: ${tools.map(({ name }) => name).join(', ')}`)
  if (tool !== undefined) await call(client, tool, JSON.parse(input))
  await client.close()
} catch (error) {
  print(error instanceof Error ? error.message : String(error))
  process.exitCode = 1
}

async function call(client: Client, name: string, input: Record<string, unknown>): Promise<void> {
  const result = await client.callTool({ name, arguments: input })
  const content: unknown = result.content
  for (const part of Array.isArray(content) ? content : []) {
    print(part.type === 'text' ? part.text : `[${part.type}]`)
  }
  if (result.isError === true) process.exitCode = 1
}
