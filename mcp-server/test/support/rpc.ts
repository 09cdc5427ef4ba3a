import { callerHeaders } from './caller-headers.ts'

export const MODERN = '2026-07-28'

export type RpcMessage = Readonly<{
  id?: number | string | null
  method?: string
  params?: Record<string, unknown>
  result?: Record<string, unknown>
  error?: { code: number; message: string; data?: Record<string, unknown> }
}>

export type RpcReply = Readonly<{
  status: number
  headers: Headers
  text: string
  /** The messages of a JSON body or an event stream, in order. */
  messages: readonly RpcMessage[]
  /** The message that answers the request. */
  reply: RpcMessage
}>

/** Sends one JSON-RPC body to /mcp with the headers of a caller and waits for the whole response. */
export async function post(
  url: string,
  body: unknown,
  headers: Record<string, string> = callerHeaders(),
  signal?: AbortSignal,
): Promise<RpcReply> {
  const response = await fetch(url, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      accept: 'application/json, text/event-stream',
      ...headers,
    },
    body: typeof body === 'string' ? body : JSON.stringify(body),
    ...(signal !== undefined && { signal }),
  })
  const text = await response.text()
  const messages = parse(response.headers.get('content-type') ?? '', text)
  const reply = messages.find((message) => 'result' in message || 'error' in message) ?? {}
  return { status: response.status, headers: response.headers, text, messages, reply }
}

/** A tools/call request of the 2025-06-18 revision. */
export function toolCall(
  name: string,
  args: Record<string, unknown> = {},
  meta?: Record<string, unknown>,
): Record<string, unknown> {
  const params = { name, arguments: args, ...(meta !== undefined && { _meta: meta }) }
  return { jsonrpc: '2.0', id: 7, method: 'tools/call', params }
}

/** A request of the 2026-07-28 revision: the envelope in `_meta` and the headers that must agree with it. */
export function modern(
  method: string,
  params: Record<string, unknown> = {},
  meta: Record<string, unknown> = {},
): { body: Record<string, unknown>; headers: Record<string, string> } {
  const envelope = {
    'io.modelcontextprotocol/protocolVersion': MODERN,
    'io.modelcontextprotocol/clientCapabilities': {},
    'io.modelcontextprotocol/clientInfo': { name: 'test', version: '1' },
    ...meta,
  }
  const headers = {
    ...callerHeaders(),
    'mcp-protocol-version': MODERN,
    'mcp-method': method,
    ...(typeof params.name === 'string' && { 'mcp-name': params.name }),
  }
  return {
    body: { jsonrpc: '2.0', id: 7, method, params: { ...params, _meta: envelope } },
    headers,
  }
}

/** The text of a tool result. */
export function textOf(reply: RpcMessage): string {
  const content = reply.result?.content
  if (!Array.isArray(content)) throw new Error(`no content: ${JSON.stringify(reply)}`)
  return content.map((part) => String(part.text)).join('\n')
}

function parse(contentType: string, text: string): RpcMessage[] {
  if (contentType.startsWith('application/json')) {
    const body = JSON.parse(text)
    return Array.isArray(body) ? body : [body]
  }
  if (!contentType.startsWith('text/event-stream')) return []
  return text
    .split('\n')
    .filter((line) => line.startsWith('data: ') && line.length > 6)
    .map((line) => JSON.parse(line.slice(6)))
}
