import { connectAs, createOAuthProvider } from '../../src/demo-client.ts'
import { type McpClientUnderTest, SPOILED, TOOL, textOf } from './mcp-clients.ts'

/** The client of `@modelcontextprotocol/sdk`: what it does by itself is left to it. */
export function sdkV1Client(clientName = 'SDK v1'): McpClientUnderTest {
  return {
    name: 'SDK v1',
    clientName,
    run: async ({ url, browse }) => {
      const provider = createOAuthProvider(({ href }) => browse(href), clientName)
      const client = await connectAs(new URL(url), provider)
      try {
        const { tools } = await client.listTools()
        const called = textOf(await client.callTool({ name: TOOL, arguments: {} }))
        const tokens = await provider.tokens()
        if (tokens !== undefined) await provider.saveTokens({ ...tokens, access_token: SPOILED })
        const calledAgain = textOf(await client.callTool({ name: TOOL, arguments: {} }))
        return { tools: tools.length, called, calledAgain }
      } finally {
        await client.close()
      }
    },
  }
}
