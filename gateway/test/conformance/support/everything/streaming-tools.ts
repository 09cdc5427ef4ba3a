import { setTimeout as pause } from 'node:timers/promises'
import type { McpServer } from '@modelcontextprotocol/server'
import { textResult } from './text-result.ts'

// Long enough that a proxy which waits for the whole answer delivers it late.
const BETWEEN_EVENTS_MS = 50
// The client has seen the end of its stream and asks for the rest before the result comes.
const AFTER_CLOSE_MS = 100

/** Adds the tools that say something before their result: log lines, progress, a closed stream. */
export function addStreamingTools(server: McpServer): void {
  server.registerTool(
    'test_tool_with_logging',
    { description: 'Sends three log messages.' },
    async ({ mcpReq }) => {
      for (const data of [
        'Tool execution started',
        'Tool processing data',
        'Tool execution completed',
      ]) {
        await mcpReq.notify({ method: 'notifications/message', params: { level: 'info', data } })
        await pause(BETWEEN_EVENTS_MS)
      }
      return textResult('three messages sent')
    },
  )
  server.registerTool(
    'test_logging_tool',
    { description: 'Logs if the request asks for it.' },
    async ({ mcpReq }) => {
      await mcpReq.log('info', 'only for a request with a log level')
      return textResult('logged')
    },
  )
  server.registerTool(
    'test_tool_with_progress',
    { description: 'Reports progress if the request has a token for it.' },
    async ({ mcpReq }) => {
      const progressToken = mcpReq._meta?.progressToken
      for (const progress of [0, 50, 100]) {
        if (progressToken !== undefined) {
          await mcpReq.notify({
            method: 'notifications/progress',
            params: { progressToken, progress, total: 100 },
          })
        }
        await pause(BETWEEN_EVENTS_MS)
      }
      return textResult(String(progressToken ?? 'without a token'))
    },
  )
  server.registerTool(
    'test_reconnection',
    { description: 'Closes its stream and answers on the next one (SEP-1699).' },
    async ({ http }) => {
      http?.closeSSE?.()
      await pause(AFTER_CLOSE_MS)
      return textResult('answered after the reconnection')
    },
  )
}
