import { type McpServer, ProtocolError, ProtocolErrorCode } from '@modelcontextprotocol/server'
import { allowedPrompts, promptText } from './prompts.ts'

/** Serves the prompts that make sense with the tools that the caller may use. */
export function servePrompts(mcp: McpServer, mayUse: (tool: string) => boolean): void {
  mcp.server.setRequestHandler('prompts/list', () => ({
    prompts: allowedPrompts(mayUse).map((prompt) => ({
      name: prompt.name,
      title: prompt.title,
      description: prompt.description,
      arguments: prompt.arguments.map(({ name, description, required }) => ({
        name,
        description,
        required,
      })),
    })),
  }))
  mcp.server.setRequestHandler('prompts/get', ({ params }) => {
    const prompt = allowedPrompts(mayUse).find(({ name }) => name === params.name)
    if (prompt === undefined) {
      throw new ProtocolError(ProtocolErrorCode.InvalidParams, `Prompt ${params.name} not found`)
    }
    const given = params.arguments ?? {}
    const missing = prompt.arguments.filter(
      ({ name, required }) => required && !(given[name] ?? '').trim(),
    )
    if (missing.length > 0) {
      const names = missing.map(({ name }) => name).join(', ')
      throw new ProtocolError(ProtocolErrorCode.InvalidParams, `Missing arguments: ${names}`)
    }
    const text = promptText(prompt, given, mayUse)
    return {
      description: prompt.description,
      messages: [{ role: 'user' as const, content: { type: 'text' as const, text } }],
    }
  })
}
