import { randomUUID } from 'node:crypto'
import {
  isInitializeRequest,
  type McpServer,
  WebStandardStreamableHTTPServerTransport,
} from '@modelcontextprotocol/server'
import { createEventStore } from './event-store.ts'

export type Sessions = Readonly<{
  fetch: (request: Request) => Promise<Response>
  close: () => Promise<void>
}>

/** How long a client is asked to wait before it reads a closed stream on. */
const RETRY_MS = 300

/**
 * Serves the revisions up to 2025-11-25 with sessions: `initialize` opens one, DELETE ends it, GET opens or resumes a
 * stream. An unknown session is 404, none where one is needed 400 ("Session Management").
 */
export function createSessions(createServer: () => McpServer): Sessions {
  const transports = new Map<string, WebStandardStreamableHTTPServerTransport>()

  const open = async (): Promise<WebStandardStreamableHTTPServerTransport> => {
    const transport = new WebStandardStreamableHTTPServerTransport({
      sessionIdGenerator: randomUUID,
      eventStore: createEventStore(),
      retryInterval: RETRY_MS,
      onsessioninitialized: (id) => {
        transports.set(id, transport)
      },
      onsessionclosed: (id) => {
        transports.delete(id)
      },
    })
    await createServer().connect(transport)
    return transport
  }

  return {
    fetch: async (request) => {
      const id = request.headers.get('mcp-session-id')
      if (id !== null) {
        const transport = transports.get(id)
        return transport?.handleRequest(request) ?? refusal(404, 'there is no such session')
      }
      const body: unknown =
        request.method === 'POST'
          ? await request
              .clone()
              .json()
              .catch(() => undefined)
          : undefined
      if (!isInitializeRequest(body)) return refusal(400, 'a session id is needed')
      return (await open()).handleRequest(request)
    },
    close: async () => {
      await Promise.all([...transports.values()].map((transport) => transport.close()))
    },
  }
}

function refusal(status: number, message: string): Response {
  return Response.json({ jsonrpc: '2.0', id: null, error: { code: -32000, message } }, { status })
}
