import { randomBytes } from 'node:crypto'
import type { CloudWatchClient } from '@aws-sdk/client-cloudwatch'
import type { CloudWatchLogsClient } from '@aws-sdk/client-cloudwatch-logs'
import type {
  CallToolResult,
  StandardSchemaWithJSON,
  ToolAnnotations,
} from '@modelcontextprotocol/server'
import type { z } from 'zod'
import type { Answer } from '../answer/answer.ts'
import { cleanLine, cut } from '../answer/clean-text.ts'
import { renderAnswer } from '../answer/render-answer.ts'
import type { Caller } from '../caller.ts'
import type { AwsCall, Clients } from '../clients.ts'
import { causeChain, type Log } from '../log.ts'
import { explainAwsFailure, isAwsError } from './aws-failure.ts'
import { cursorBinding } from './cursor.ts'
import { ToolProblem } from './tool-problem.ts'

export type ToolLimits = Readonly<{ maxAnswerChars: number; queryDeadlineMs: number }>

/** What a tool gets to work with, for one call. */
export type ToolContext = Readonly<{
  cloudwatch: CloudWatchClient
  logs: CloudWatchLogsClient
  region: string
  /** Fires when the caller has gone away. */
  signal: AbortSignal
  /** The time at the start of the call; relative times are counted from it. */
  now: Date
  limits: ToolLimits
  /** Tells the caller how far the call is, if the caller asked to be told. */
  progress: (message: string) => Promise<void>
  /** Whether the caller may use a tool: advice never names one that the caller does not see. */
  mayUse: (tool: string) => boolean
  /** The hash that binds a cursor to this caller, this tool and these arguments. */
  binding: (args: readonly unknown[]) => string
  log: Log
}>

/** What one call of a tool is made from; the server builds it per request. */
export type ToolCall = Readonly<{
  caller: Caller
  clientsFor: (caller: Caller, observe: (call: AwsCall) => void) => Clients
  signal: AbortSignal
  progress: (message: string) => Promise<void>
  mayUse: (tool: string) => boolean
  limits: ToolLimits
  log: Log
  now: () => Date
}>

export type Tool = Readonly<{
  name: string
  title: string
  description: string
  annotations: ToolAnnotations
  /** For the MCP SDK: publishes the JSON Schema, made once, and leaves the checking to `run`. */
  inputSchema: StandardSchemaWithJSON
  run: (args: unknown, call: ToolCall) => Promise<CallToolResult>
}>

export type ToolDefinition<Input extends z.ZodObject> = Readonly<{
  name: string
  title: string
  description: string
  input: Input
  run: (input: z.infer<Input>, context: ToolContext) => Promise<Answer>
}>

/**
 * A tool that only reads AWS: validates its input, runs it, keeps its answer in bounds, tells failures in words and
 * leaves one log record of what really ran, without input and output.
 */
export function defineTool<Input extends z.ZodObject>(definition: ToolDefinition<Input>): Tool {
  return {
    name: definition.name,
    title: definition.title,
    description: definition.description,
    annotations: {
      title: definition.title,
      readOnlyHint: true,
      destructiveHint: false,
      idempotentHint: true,
      openWorldHint: true,
    },
    inputSchema: publishedSchema(definition.input),
    run: (args, call) => runTool(definition, args, call),
  }
}

type Outcome = Readonly<{ result: CallToolResult; outcome: string; code?: string }>

async function runTool<Input extends z.ZodObject>(
  definition: ToolDefinition<Input>,
  args: unknown,
  call: ToolCall,
): Promise<CallToolResult> {
  const { caller, log } = call
  const started = call.now()
  const calls: AwsCall[] = []
  const { result, outcome, code } = await attempt(definition, args, call, started, calls)
  log.info('tool', {
    tool: definition.name,
    requestId: caller.requestId,
    traceparent: caller.traceparent,
    principal: caller.principal,
    roleArn: caller.roleArn,
    region: caller.region,
    accessKeyId:
      caller.credentials === 'environment' ? 'environment' : caller.credentials.accessKeyId,
    durationMs: call.now().getTime() - started.getTime(),
    outcome,
    code,
    awsCalls: calls.length,
    awsRequestIds: calls
      .slice(0, 20)
      .flatMap((made) => made.awsRequestId ?? [])
      .join(','),
  })
  return result
}

async function attempt<Input extends z.ZodObject>(
  definition: ToolDefinition<Input>,
  args: unknown,
  call: ToolCall,
  now: Date,
  calls: AwsCall[],
): Promise<Outcome> {
  const { caller, limits, signal, mayUse, log } = call
  const parsed = definition.input.safeParse(args ?? {})
  if (!parsed.success) {
    return {
      result: failure(inputProblem(definition.name, parsed.error)),
      outcome: 'invalid_input',
    }
  }
  try {
    // Only now: a call with unusable arguments costs no client.
    const clients = call.clientsFor(caller, (made) => calls.push(made))
    const { region, account, principal } = caller
    const answer = await definition.run(parsed.data, {
      ...clients,
      region,
      signal,
      now,
      limits,
      progress: call.progress,
      mayUse,
      binding: (parts) =>
        cursorBinding([principal, account, region, definition.name, JSON.stringify(parts)]),
      log,
    })
    const facts = [
      ...(answer.facts ?? []),
      ['region', region] as const,
      ['account', account ?? 'not known'] as const,
    ]
    const mark = randomBytes(6).toString('hex')
    const text = renderAnswer({ ...answer, facts }, limits.maxAnswerChars, mark)
    if (answer.failed) return { result: failure(text), outcome: 'failed' }
    return { result: { content: [{ type: 'text', text }] }, outcome: 'ok' }
  } catch (error) {
    // Nobody reads this answer any more: the stream is closed.
    if (signal.aborted) return { result: failure('The call was cancelled.'), outcome: 'cancelled' }
    if (error instanceof ToolProblem) return { result: failure(error.message), outcome: 'refused' }
    if (isAwsError(error)) {
      const failed = calls.findLast((made) => made.error === error)
      const { text, code } = explainAwsFailure(error, {
        service: failed?.service,
        operation: failed?.operation,
        region: caller.region,
        roleArn: caller.roleArn,
        mayUse,
      })
      return { result: failure(text), outcome: 'aws_error', code }
    }
    log.error('a tool failed', {
      tool: definition.name,
      requestId: caller.requestId,
      cause: causeChain(error),
    })
    const text = `The tool ${definition.name} failed inside the server. Retrying is unlikely to help; tell the operator, with the request id ${caller.requestId}.`
    return { result: failure(text), outcome: 'internal_error' }
  }
}

function failure(text: string): CallToolResult {
  return { content: [{ type: 'text', text }], isError: true }
}

function inputProblem(tool: string, error: z.ZodError): string {
  const problems = error.issues.slice(0, 10).map((issue) => {
    const path = issue.path.map(String).join('.')
    return cut(cleanLine(path === '' ? issue.message : `${path}: ${issue.message}`), 300)
  })
  return `The arguments of ${tool} are not valid. ${problems.join('; ')}. Correct them and call again.`
}

/**
 * The SDK asks a schema for its JSON Schema once per request, and Zod builds it anew each time: here it is built once
 * per process. Validation stays with `run`, which tells problems in the tool's own words and records them.
 */
function publishedSchema(input: z.ZodObject): StandardSchemaWithJSON {
  const json = input['~standard'].jsonSchema.input({ target: 'draft-2020-12' })
  return {
    '~standard': {
      version: 1,
      vendor: 'zod',
      validate: (value) => ({ value }),
      jsonSchema: { input: () => json, output: () => json },
    },
  }
}
