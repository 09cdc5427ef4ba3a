/** What a client found out, before and after its access token was spoiled. */
export type ClientRun = Readonly<{
  /** How many tools it was shown. */
  tools: number
  /** What `list_log_groups` answered. */
  called: string
  /** The same again, after the refresh. */
  calledAgain: string
}>

export type ClientTask = Readonly<{
  /** The MCP endpoint. */
  url: string
  /** The browser: opens the address and gives where it ends, unfetched. */
  browse: (authorizeUrl: string) => Promise<URL>
}>

/** A client as it is published, that signs in by itself, calls, loses its access token and calls again. */
export type McpClientUnderTest = Readonly<{
  name: string
  /** What it calls itself when it registers. */
  clientName: string
  run: (task: ClientTask) => Promise<ClientRun>
}>

/** Takes the place of an access token that has ended: the server refuses it, and the client has to refresh. */
export const SPOILED = 'an-access-token-that-has-ended'

/** The tool that every client calls; it needs no arguments and asks CloudWatch Logs. */
export const TOOL = 'list_log_groups'

/** The text in a result of `tools/call`, whatever library it comes from. */
export function textOf(result: unknown): string {
  const { content } = Object(result)
  if (!Array.isArray(content)) return ''
  return content.map((part) => String(Object(part).text ?? '')).join('\n')
}
