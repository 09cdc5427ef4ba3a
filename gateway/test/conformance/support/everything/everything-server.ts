import { randomBytes } from 'node:crypto'
import { createServer } from 'node:http'
import {
  localhostHostValidation,
  localhostOriginValidation,
  type NodeIncomingMessageLike,
  toNodeHandler,
} from '@modelcontextprotocol/node'
import {
  createMcpHandler,
  createRequestStateCodec,
  isLegacyRequest,
  McpServer,
  type ServerNotifier,
} from '@modelcontextprotocol/server'
import { listen, stop } from '../../../support/loopback.ts'
import { addAskingTools } from './asking-tools.ts'
import { addContentTools } from './content-tools.ts'
import { addInputRequiredTools, type RoundState } from './input-required-tools.ts'
import { addPrompts, addResources } from './resources-and-prompts.ts'
import { createSessions } from './sessions.ts'
import { addStreamingTools } from './streaming-tools.ts'
import { textResult } from './text-result.ts'

export type EverythingServer = Readonly<{ origin: string; close: () => Promise<void> }>

const CAPABILITIES = {
  tools: { listChanged: true },
  resources: { subscribe: true, listChanged: true },
  prompts: { listChanged: true },
  completions: {},
  logging: {},
}

/**
 * An MCP server at `/mcp` of a free port that has everything the conformance suite's server scenarios ask for, in both
 * eras: sessions and streams for the revisions up to 2025-11-25, self-contained requests for 2026-07-28.
 */
export async function startEverythingServer(): Promise<EverythingServer> {
  const state = createRequestStateCodec<RoundState>({ key: randomBytes(32) })
  const create = (): McpServer => {
    const server = new McpServer(
      { name: 'everything', version: '1.0.0' },
      { capabilities: CAPABILITIES, requestState: { verify: state.verify } },
    )
    addContentTools(server)
    addStreamingTools(server)
    addAskingTools(server)
    addInputRequiredTools(server, state.mint)
    addTriggers(server, modern.notify)
    addResources(server)
    addPrompts(server)
    return server
  }
  const modern = createMcpHandler(create, { legacy: 'reject' })
  const sessions = createSessions(create)

  const handle = toNodeHandler({
    fetch: async (request) =>
      (await isLegacyRequest(request)) ? sessions.fetch(request) : modern.fetch(request),
  })
  const hostIsFine = localhostHostValidation()
  const originIsFine = localhostOriginValidation()
  const http = createServer((req, res) => {
    if (!hostIsFine(req, res) || !originIsFine(req, res)) return
    if (req.url !== '/mcp') res.writeHead(404).end()
    // A server's request has method and url; Node's type also covers responses, which have neither.
    else handle(req as NodeIncomingMessageLike, res)
  })
  const port = await listen(http)
  return {
    origin: `http://127.0.0.1:${port}`,
    close: async () => {
      await sessions.close()
      await modern.close()
      await stop(http)
    },
  }
}

/** Tools that tell the open streams of `subscriptions/listen` of a change. */
function addTriggers(server: McpServer, notify: ServerNotifier): void {
  for (const [name, trigger] of [
    ['test_trigger_tool_change', notify.toolsChanged],
    ['test_trigger_prompt_change', notify.promptsChanged],
  ] as const) {
    server.registerTool(name, { description: 'Tells of a changed list.' }, () => {
      trigger()
      return textResult('told')
    })
  }
}
