import { callerHeaders } from './caller-headers.ts'
import { post, toolCall } from './rpc.ts'
import type { RunningServer } from './running-server.ts'

export type ToolReply = Readonly<{
  /** The text parts, joined. */
  text: string
  isError: boolean
  content: ReadonlyArray<Readonly<{ type: string; data?: string; mimeType?: string }>>
}>

export type AskTool = (
  name: string,
  args?: Record<string, unknown>,
  headers?: Record<string, string>,
) => Promise<ToolReply>

/** Calls tools of the server that `current` gives at the time of the call. */
export function askTool(current: () => RunningServer): AskTool {
  return async (name, args = {}, headers = callerHeaders()) => {
    const { reply } = await post(current().mcp, toolCall(name, args), headers)
    const content = reply.result?.content
    if (!Array.isArray(content)) throw new Error(`no content: ${JSON.stringify(reply)}`)
    const text = content.flatMap((part) => (part.type === 'text' ? [String(part.text)] : []))
    return { text: text.join('\n'), isError: reply.result?.isError === true, content }
  }
}

/** The cursor that an answer ends with; throws when there is none. */
export function cursorOf({ text }: Readonly<{ text: string }>): string {
  const cursor = /^cursor: (\S+)$/m.exec(text)?.[1]
  if (cursor === undefined) throw new Error(`no cursor in ${text}`)
  return cursor
}

/** The refusal of a permission as CloudWatch words it. */
export function accessDenied(action: string): { status: number; type: string; message: string } {
  return {
    status: 403,
    type: 'AccessDeniedException',
    message: `User: arn:aws:sts::111122223333:assumed-role/CloudWatchSre/alice is not authorized to perform: ${action} on resource: * because no identity-based policy allows the ${action} action`,
  }
}
