import type { CallToolResult } from '@modelcontextprotocol/server'
import {
  type McpServer,
  ProtocolError,
  ProtocolErrorCode,
  ResourceNotFoundError,
  type ServerContext,
} from '@modelcontextprotocol/server'
import { TOPIC_NAMES, TOPICS } from '../help/topics.ts'
import { resourceCall } from './resource-uri.ts'

const MIME_TYPE = 'text/plain'

type Listed = Readonly<{ tool: string; name: string; title: string; description: string }>

/** `{+name}` keeps the slashes of a name; other characters are percent-encoded. */
const TEMPLATES: ReadonlyArray<Listed & Readonly<{ uriTemplate: string }>> = [
  {
    tool: 'get_log_group',
    name: 'log-group',
    title: 'Log group',
    description: 'Fields, latest streams, indexes, retention and saved queries of a log group.',
    uriTemplate: 'cloudwatch://{account}/{region}/log-groups/{+name}',
  },
  {
    tool: 'get_alarm',
    name: 'alarm',
    title: 'Alarm',
    description: 'State, settings, children and parents of an alarm.',
    uriTemplate: 'cloudwatch://{account}/{region}/alarms/{+name}',
  },
  {
    tool: 'get_dashboard',
    name: 'dashboard',
    title: 'Dashboard',
    description: 'What a dashboard shows.',
    uriTemplate: 'cloudwatch://{account}/{region}/dashboards/{+name}',
  },
  {
    tool: 'get_metric_metadata',
    name: 'metric-documentation',
    title: 'Metric documentation',
    description: 'What the metrics of a namespace mean.',
    uriTemplate: 'cloudwatch://metrics/{+namespace}',
  },
]

const STATIC: ReadonlyArray<Listed & Readonly<{ uri: string }>> = TOPIC_NAMES.map((topic) => ({
  tool: 'get_syntax_help',
  name: `help-${topic}`,
  title: TOPICS[topic].title,
  description: `Cheat sheet: ${TOPICS[topic].title}.`,
  uri: `cloudwatch://help/${topic}`,
}))

export type ResourceOptions = Readonly<{
  /** Whether the caller may use a tool: a resource is there for whoever may use the tool that answers it. */
  mayUse: (tool: string) => boolean
  account: string | undefined
  /** Calls a tool that the caller may use. */
  call: (
    tool: string,
    args: Readonly<Record<string, string>>,
    ctx: ServerContext,
  ) => Promise<CallToolResult>
}>

/**
 * Serves the resources, each the answer of a tool under a name: whatever the tool checks, masks and bounds holds here
 * too. Handlers are set directly and not by registering each resource, which would be done anew for every request.
 */
export function serveResources(mcp: McpServer, options: ResourceOptions): void {
  const { mayUse, account, call } = options
  mcp.server.setRequestHandler('resources/list', () => ({
    resources: STATIC.filter(({ tool }) => mayUse(tool)).map(({ tool: _tool, ...resource }) => ({
      ...resource,
      mimeType: MIME_TYPE,
    })),
  }))
  mcp.server.setRequestHandler('resources/templates/list', () => ({
    resourceTemplates: TEMPLATES.filter(({ tool }) => mayUse(tool)).map(
      ({ tool: _tool, ...template }) => ({ ...template, mimeType: MIME_TYPE }),
    ),
  }))
  mcp.server.setRequestHandler('resources/read', async ({ params: { uri } }, ctx) => {
    const meant = resourceCall(uri, account)
    // One that the caller may not see is answered exactly as one that does not exist.
    if (meant === undefined || !mayUse(meant.tool)) throw new ResourceNotFoundError(uri)
    const result = await call(meant.tool, meant.args, ctx)
    const text = result.content.map((part) => (part.type === 'text' ? part.text : '')).join('\n')
    if (result.isError) throw new ProtocolError(ProtocolErrorCode.InternalError, text)
    return { contents: [{ uri, mimeType: MIME_TYPE, text }] }
  })
}

/** The kind of name that a variable of a template takes; undefined for a template that is not there. */
export function templateTool(uriTemplate: string): string | undefined {
  return TEMPLATES.find((template) => template.uriTemplate === uriTemplate)?.tool
}
