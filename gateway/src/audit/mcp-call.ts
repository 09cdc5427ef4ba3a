/** What a client says it calls; for records and metrics, never for a decision. */
export type McpCall = Readonly<{
  method: string
  tool: string | undefined
  /** Name and version that an `initialize` or a 2026-07-28 request states. */
  client: string | undefined
}>

const MAX_LENGTH = 128

/** The MCP call in a request body, or undefined where the body is not one JSON-RPC message with a method. */
export function mcpCallIn(body: Buffer): McpCall | undefined {
  if (body.length === 0) return undefined
  let message: unknown
  try {
    message = JSON.parse(body.toString('utf8'))
  } catch {
    return undefined
  }
  const method = textAt(message, 'method')
  if (method === undefined) return undefined
  const params = memberOf(message, 'params')
  const info =
    memberOf(params, 'clientInfo') ??
    memberOf(memberOf(params, '_meta'), 'io.modelcontextprotocol/clientInfo')
  const client = [textAt(info, 'name'), textAt(info, 'version')].filter(Boolean).join(' ')
  return {
    method,
    tool: method === 'tools/call' ? textAt(params, 'name') : undefined,
    client: client === '' ? undefined : client,
  }
}

function memberOf(value: unknown, name: string): unknown {
  if (typeof value !== 'object' || value === null || !Object.hasOwn(value, name)) return undefined
  return (value as Record<string, unknown>)[name] // an object that has the member
}

/** A string member, cut and without control characters, so that a client cannot shape the log. */
function textAt(value: unknown, name: string): string | undefined {
  const member = memberOf(value, name)
  if (typeof member !== 'string' || member === '') return undefined
  return member.slice(0, MAX_LENGTH).replaceAll(/[\p{Cc}\p{Cf}]/gu, '�')
}
