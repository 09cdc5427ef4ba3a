import type { CallToolResult, McpServer, ServerContext } from '@modelcontextprotocol/server'
import { ProtocolError, ProtocolErrorCode } from '@modelcontextprotocol/server'
import type { Tool } from './define-tool.ts'

/** A tool as tools/list shows it. */
type Listed = Readonly<{
  name: string
  title: string
  description: string
  inputSchema: { type: 'object'; [key: string]: unknown }
  annotations: Tool['annotations']
}>

/** Made once per tool and process: the list is the same for everyone who may see the tool. */
const LISTED = new WeakMap<Tool, Listed>()

/** Members of objects and lists in the arguments of one call: checking each costs time, and a body may hold millions. */
const MOST_ELEMENTS = 20_000

export type ToolOptions = Readonly<{
  /** The tools that the caller may see and call, in the order of the list. */
  tools: ReadonlyMap<string, Tool>
  run: (tool: Tool, args: unknown, ctx: ServerContext) => Promise<CallToolResult>
}>

/**
 * Serves the tools that the caller may use. Handlers are set directly and not by `registerTool`, which would be done
 * anew for every tool with every request: a server lives for one request only.
 */
export function serveTools(mcp: McpServer, { tools, run }: ToolOptions): void {
  const { server } = mcp
  server.setRequestHandler('tools/list', () => ({ tools: [...tools.values()].map(listed) }))
  server.setRequestHandler('tools/call', async ({ params }, ctx) => {
    const tool = tools.get(params.name)
    if (tool === undefined) {
      throw new ProtocolError(ProtocolErrorCode.InvalidParams, `Tool ${params.name} not found`)
    }
    if (hasMoreThan(params.arguments, MOST_ELEMENTS)) {
      const text = `The arguments of ${tool.name} have more than ${MOST_ELEMENTS} elements. Ask for less at a time.`
      return { content: [{ type: 'text' as const, text }], isError: true }
    }
    return server.projectCallToolResult(await run(tool, params.arguments, ctx), undefined)
  })
}

function listed(tool: Tool): Listed {
  const known = LISTED.get(tool)
  if (known !== undefined) return known
  const { name, title, description, annotations } = tool
  const json = tool.inputSchema['~standard'].jsonSchema.input({ target: 'draft-2020-12' })
  const made: Listed = {
    name,
    title,
    description,
    inputSchema: { type: 'object', ...json },
    annotations,
  }
  LISTED.set(tool, made)
  return made
}

/** Whether a value of JSON has more than `most` members and items, all levels together; stops counting there. */
export function hasMoreThan(value: unknown, most: number): boolean {
  let count = 0
  const waiting: unknown[] = [value]
  while (waiting.length > 0) {
    const next = waiting.pop()
    if (typeof next !== 'object' || next === null) continue
    const children: unknown[] = Array.isArray(next) ? next : Object.values(next)
    count += children.length
    if (count > most) return true
    for (const child of children) waiting.push(child)
  }
  return false
}
