/** What a client says it calls; for records and metrics, never for a decision. */
export type McpCall = Readonly<{
  method: string
  tool: string | undefined
  /** Name and version that an `initialize` or a 2026-07-28 request states. */
  client: string | undefined
}>

/** Characters of a name, and names of a batch. */
const MAX_LENGTH = 128
const MAX_NAMES = 8

const utf8 = new TextDecoder()

/**
 * The MCP call in a request body, or undefined where the body is no JSON-RPC message with a method. Of a batch (protocol
 * revision 2025-03-26) every different method and tool is told, so that nothing is called behind something harmless.
 */
export function mcpCallIn(body: Buffer): McpCall | undefined {
  if (body.length === 0) return undefined
  let message: unknown
  try {
    // Drops a byte order mark, as the readers of a web request's JSON do (Encoding Standard, "UTF-8 decode").
    message = JSON.parse(utf8.decode(body))
  } catch {
    return undefined
  }
  const calls = [message].flat().flatMap((one) => callIn(one) ?? [])
  const [first] = calls
  if (first === undefined || calls.length === 1) return first
  return {
    method: joined(calls.map(({ method }) => method)) ?? '',
    tool: joined(calls.map(({ tool }) => tool)),
    client: joined(calls.map(({ client }) => client)),
  }
}

function callIn(message: unknown): McpCall | undefined {
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

/** The different ones, in order; of very many the first and how many more, so that none is left out unseen. */
function joined(values: ReadonlyArray<string | undefined>): string | undefined {
  const different = [...new Set(values.filter((value) => value !== undefined))]
  if (different.length === 0) return undefined
  const shown = different.slice(0, MAX_NAMES).join(', ')
  const rest = different.length - MAX_NAMES
  return rest > 0 ? `${shown} and ${rest} more` : shown
}

function memberOf(value: unknown, name: string): unknown {
  if (typeof value !== 'object' || value === null || !Object.hasOwn(value, name)) return undefined
  return (value as Record<string, unknown>)[name] // an object that has the member
}

function textAt(value: unknown, name: string): string | undefined {
  const member = memberOf(value, name)
  return typeof member === 'string' && member !== '' ? cut(member) : undefined
}

/** Cut, and without control characters and halves of surrogate pairs, so that a client cannot shape the log. */
function cut(text: string): string {
  return text.slice(0, MAX_LENGTH).replaceAll(/[\p{Cc}\p{Cf}\p{Cs}]/gu, '�')
}
