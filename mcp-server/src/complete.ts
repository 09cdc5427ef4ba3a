import { DescribeAlarmsCommand, ListDashboardsCommand } from '@aws-sdk/client-cloudwatch'
import { DescribeLogGroupsCommand } from '@aws-sdk/client-cloudwatch-logs'
import { type McpServer, ProtocolError, ProtocolErrorCode } from '@modelcontextprotocol/server'
import type { Caller } from './caller.ts'
import type { AwsCall, Clients } from './clients.ts'
import type { Log } from './log.ts'
import { allowedPrompts } from './prompts/prompts.ts'
import { templateTool } from './resources/resources.ts'

export type CompleteOptions = Readonly<{
  caller: Caller
  clientsFor: (caller: Caller, observe: (call: AwsCall) => void) => Clients
  mayUse: (tool: string) => boolean
  log: Log
}>

type Kind = 'logGroup' | 'alarm' | 'dashboard' | 'region' | 'account' | 'time'

/** The tool that lists what a name is completed from: whoever may not list it gets no names here either. */
const LISTED_BY = {
  logGroup: 'list_log_groups',
  alarm: 'list_alarms',
  dashboard: 'list_dashboards',
} as const

/** The protocol allows so many values. */
const MOST_VALUES = 100

const TIMES = ['-15m', '-1h', '-3h', '-12h', '-24h', '-7d', 'now']

/** What a variable of a resource template stands for, by the tool that reads the resource. */
const NAMED_BY: Readonly<Record<string, Kind>> = {
  get_log_group: 'logGroup',
  get_alarm: 'alarm',
  get_dashboard: 'dashboard',
}

/**
 * Answers `completion/complete` for arguments of prompts and variables of resource templates: names from AWS with the
 * caller's own rights, regions from the caller's list. A completion is a courtesy: where AWS fails, nothing is offered.
 */
export function serveCompletion(mcp: McpServer, options: CompleteOptions): void {
  const { caller, mayUse } = options
  mcp.server.setRequestHandler('completion/complete', async ({ params }, ctx) => {
    const { ref, argument, context } = params
    const kind =
      ref.type === 'ref/prompt'
        ? ofPrompt(ref.name, argument.name, mayUse)
        : ofTemplate(ref.uri, argument.name, mayUse)
    const asked = context?.arguments?.region
    const region = asked !== undefined && caller.regions.includes(asked) ? asked : caller.region
    const values =
      kind === undefined
        ? []
        : await valuesOf(kind, argument.value, region, options, ctx.mcpReq.signal)
    const shown = values.slice(0, MOST_VALUES)
    return { completion: { values: shown, hasMore: values.length > shown.length } }
  })
}

function ofPrompt(
  name: string,
  argument: string,
  mayUse: (tool: string) => boolean,
): Kind | undefined {
  const prompt = allowedPrompts(mayUse).find((one) => one.name === name)
  if (prompt === undefined) {
    throw new ProtocolError(ProtocolErrorCode.InvalidParams, `Prompt ${name} not found`)
  }
  return prompt.arguments.find((one) => one.name === argument)?.kind
}

function ofTemplate(
  uri: string,
  variable: string,
  mayUse: (tool: string) => boolean,
): Kind | undefined {
  const tool = templateTool(uri)
  if (tool === undefined || !mayUse(tool)) {
    throw new ProtocolError(ProtocolErrorCode.InvalidParams, `Resource template ${uri} not found`)
  }
  if (variable === 'name') return NAMED_BY[tool]
  return variable === 'region' || variable === 'account' ? variable : undefined
}

async function valuesOf(
  kind: Kind,
  value: string,
  region: string,
  options: CompleteOptions,
  signal: AbortSignal,
): Promise<readonly string[]> {
  const { caller, mayUse } = options
  const beginning = (values: readonly string[]) => values.filter((one) => one.startsWith(value))
  switch (kind) {
    case 'region':
      return beginning(caller.regions)
    case 'account':
      return beginning(caller.account === undefined ? ['-'] : [caller.account])
    case 'time':
      return beginning(TIMES)
    default:
      return mayUse(LISTED_BY[kind]) ? namesOf(kind, value, region, options, signal) : []
  }
}

async function namesOf(
  kind: keyof typeof LISTED_BY,
  value: string,
  region: string,
  { caller, clientsFor, log }: CompleteOptions,
  signal: AbortSignal,
): Promise<readonly string[]> {
  const calls: AwsCall[] = []
  let outcome = 'ok'
  try {
    const clients = clientsFor({ ...caller, region }, (made) => calls.push(made))
    return await ask(kind, value.slice(0, 255), clients, signal)
  } catch {
    outcome = 'aws_error'
    return []
  } finally {
    log.info('completion', {
      kind,
      requestId: caller.requestId,
      principal: caller.principal,
      roleArn: caller.roleArn,
      region,
      outcome,
      awsCalls: calls.length,
    })
  }
}

async function ask(
  kind: keyof typeof LISTED_BY,
  value: string,
  { cloudwatch, logs }: Clients,
  signal: AbortSignal,
): Promise<readonly string[]> {
  const options = { abortSignal: signal }
  if (kind === 'logGroup') {
    const prefix = value === '' ? undefined : value
    const command = new DescribeLogGroupsCommand({ logGroupNamePrefix: prefix, limit: 50 })
    const { logGroups = [] } = await logs.send(command, options)
    return logGroups.flatMap(({ logGroupName }) => logGroupName ?? [])
  }
  if (kind === 'alarm') {
    const command = new DescribeAlarmsCommand({
      AlarmNamePrefix: value === '' ? undefined : value,
      AlarmTypes: ['MetricAlarm', 'CompositeAlarm', 'LogAlarm'],
      MaxRecords: 100,
    })
    const page = await cloudwatch.send(command, options)
    return [
      ...(page.CompositeAlarms ?? []),
      ...(page.MetricAlarms ?? []),
      ...(page.LogAlarms ?? []),
    ].flatMap(({ AlarmName }) => AlarmName ?? [])
  }
  const command = new ListDashboardsCommand({
    DashboardNamePrefix: value === '' ? undefined : value,
  })
  const { DashboardEntries = [] } = await cloudwatch.send(command, options)
  return DashboardEntries.flatMap(({ DashboardName }) => DashboardName ?? [])
}
