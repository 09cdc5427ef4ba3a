import { randomBytes } from 'node:crypto'
import type { CloudWatchClient } from '@aws-sdk/client-cloudwatch'
import type { CloudWatchLogsClient } from '@aws-sdk/client-cloudwatch-logs'
import type {
  CallToolResult,
  StandardSchemaWithJSON,
  ToolAnnotations,
} from '@modelcontextprotocol/server'
import { z } from 'zod'
import type { Answer } from '../answer/answer.ts'
import { cleanLine, cut } from '../answer/clean-text.ts'
import { maskTable } from '../answer/mask-secrets.ts'
import { renderAnswer } from '../answer/render-answer.ts'
import type { Caller } from '../caller.ts'
import type { AwsCall, Clients } from '../clients.ts'
import { causeChain, type Log } from '../log.ts'
import type { AskPromql } from '../promql-client.ts'
import { explainAwsFailure, type FailureContext, isAwsError } from './aws-failure.ts'
import { cursorBinding } from './cursor.ts'
import { ToolProblem } from './tool-problem.ts'

export type ToolLimits = Readonly<{
  maxAnswerChars: number
  queryDeadlineMs: number
  /** Whether secrets in untrusted text are replaced. */
  maskSecrets: boolean
  maxQueryCostUsd: number
  queryCostGuard: 'off' | 'shadow' | 'enforce'
}>

/** What a tool gets to work with, for one call. */
export type ToolContext = Readonly<{
  cloudwatch: CloudWatchClient
  logs: CloudWatchLogsClient
  promql: AskPromql
  /** The region of this call. */
  region: string
  /** Every region that the caller may name. */
  regions: readonly string[]
  /** The account of the caller's role, when it is known. */
  account: string | undefined
  /** Clients for another region; throws a ToolProblem for one that the caller may not name. */
  clientsIn: (region: string) => Clients
  /** Fires when the caller has gone away. */
  signal: AbortSignal
  /** The time at the start of the call; relative times are counted from it. */
  now: Date
  limits: ToolLimits
  /** Tells the caller how far the call is, if the caller asked to be told. */
  progress: (message: string) => Promise<void>
  /** Whether the caller may use a tool: advice never names one that the caller does not see. */
  mayUse: (tool: string) => boolean
  /** The hash that binds a cursor to this caller, this region, this tool and these arguments. */
  binding: (args: readonly unknown[]) => string
  /** The hash that binds a handle, which one tool gives and others take, to this caller and a region. */
  handleBinding: (kind: string, region: string) => string
  /** A failed AWS call or a ToolProblem in words, for answers that go on without it; undefined for a mistake of this program. */
  explain: (error: unknown) => string | undefined
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
  /**
   * Where the region comes from. `argument` (the default): every such tool takes an optional `region`, and its answer
   * names it. `tool`: the tool finds its regions by itself and names them. `none`: the answer holds everywhere.
   */
  regionFrom?: 'argument' | 'tool' | 'none'
  /** What differs from a tool that only reads. */
  annotations?: ToolAnnotations
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
      ...definition.annotations,
    },
    inputSchema: publishedSchema(
      takesRegion(definition)
        ? definition.input.extend({ region: RegionArgument })
        : definition.input,
    ),
    run: (args, call) => runTool(definition, withoutNulls(args), call),
  }
}

const RegionArgument = z.string().optional().describe("AWS region. Default: the target's.")

function takesRegion<Input extends z.ZodObject>(definition: ToolDefinition<Input>): boolean {
  return (definition.regionFrom ?? 'argument') === 'argument'
}

type Outcome = Readonly<{ result: CallToolResult; outcome: string; code?: string }>

/** A call as it runs: what it was given, and the AWS calls it has made so far. */
type Run = Readonly<{
  call: ToolCall
  region: string
  now: Date
  made: Array<AwsCall & Readonly<{ region: string }>>
}>

async function runTool<Input extends z.ZodObject>(
  definition: ToolDefinition<Input>,
  args: unknown,
  call: ToolCall,
): Promise<CallToolResult> {
  const { caller, log } = call
  const started = call.now()
  const { region, rest } = takesRegion(definition)
    ? splitRegion(args, caller.region)
    : { region: caller.region, rest: args }
  const run: Run = { call, region, now: started, made: [] }
  const { result, outcome, code } = await attempt(definition, rest, run)
  log.info('tool', {
    tool: definition.name,
    requestId: caller.requestId,
    traceparent: caller.traceparent,
    principal: caller.principal,
    roleArn: caller.roleArn,
    // A region that was refused is what somebody typed.
    region: caller.regions.includes(region) ? region : undefined,
    accessKeyId:
      caller.credentials === 'environment' ? 'environment' : caller.credentials.accessKeyId,
    durationMs: call.now().getTime() - started.getTime(),
    outcome,
    code,
    awsCalls: run.made.length,
    awsRequestIds: run.made
      .slice(0, 20)
      .flatMap((made) => made.awsRequestId ?? [])
      .join(','),
  })
  return result
}

/** The region argument apart from the others, which the tool's own schema checks. */
function splitRegion(args: unknown, fallback: string): { region: string; rest: unknown } {
  if (typeof args !== 'object' || args === null || !('region' in args)) {
    return { region: fallback, rest: args }
  }
  const { region, ...rest } = args
  if (region === undefined) return { region: fallback, rest }
  return { region: typeof region === 'string' ? region : JSON.stringify(region), rest }
}

/** Models that must fill in every argument of a schema write null for the ones they do not mean. */
function withoutNulls(args: unknown): unknown {
  if (typeof args !== 'object' || args === null || Array.isArray(args)) return args ?? {}
  return Object.fromEntries(Object.entries(args).filter(([, value]) => value !== null))
}

async function attempt<Input extends z.ZodObject>(
  definition: ToolDefinition<Input>,
  args: unknown,
  run: Run,
): Promise<Outcome> {
  const { caller, limits, signal, log } = run.call
  const parsed = definition.input.safeParse(args ?? {})
  if (!parsed.success) {
    return {
      result: failure(inputProblem(definition.name, parsed.error)),
      outcome: 'invalid_input',
    }
  }
  try {
    const answer = await definition.run(parsed.data, toContext(definition.name, run))
    return present(answer, standingFacts(definition, run), limits)
  } catch (error) {
    // Nobody reads this answer any more: the stream is closed.
    if (signal.aborted) return { result: failure('The call was cancelled.'), outcome: 'cancelled' }
    if (error instanceof ToolProblem) return { result: failure(error.message), outcome: 'refused' }
    if (isAwsError(error)) {
      const { text, code } = explainAwsFailure(error, failureContext(error, run))
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

/** What a tool works with. Clients are made here: a call with unusable arguments or a foreign region costs none. */
function toContext(tool: string, run: Run): ToolContext {
  const { call, region, now } = run
  const { caller, signal, limits, progress, mayUse, log } = call
  const { account, principal, regions } = caller
  const clients = new Map<string, Clients>()
  const clientsIn = (wanted: string): Clients => {
    if (!regions.includes(wanted)) throw new ToolProblem(regionProblem(wanted, regions))
    const there =
      clients.get(wanted) ??
      call.clientsFor({ ...caller, region: wanted }, (made) =>
        run.made.push({ ...made, region: wanted }),
      )
    clients.set(wanted, there)
    return there
  }
  return {
    ...clientsIn(region),
    region,
    regions,
    account,
    clientsIn,
    signal,
    now,
    limits,
    progress,
    mayUse,
    binding: (parts) => cursorBinding([principal, account, region, tool, JSON.stringify(parts)]),
    handleBinding: (kind, where) => cursorBinding([principal, account, where, kind]),
    explain: (error) =>
      error instanceof ToolProblem
        ? error.message
        : isAwsError(error)
          ? explainAwsFailure(error, failureContext(error, run)).text
          : undefined,
    log,
  }
}

function regionProblem(region: string, regions: readonly string[]): string {
  const asked = cut(cleanLine(region), 40)
  return `The region "${asked}" is not among those that you may use here: ${regions.join(', ')}. Take one of these${regions.length > 1 ? '' : ', or leave region out'}.`
}

function failureContext(error: unknown, { call, region, made }: Run): FailureContext {
  const failed = made.findLast((one) => one.error === error)
  return {
    service: failed?.service,
    operation: failed?.operation,
    region: failed?.region ?? region,
    roleArn: call.caller.roleArn,
    mayUse: call.mayUse,
  }
}

/** What every answer of a tool tells of where it holds. */
function standingFacts<Input extends z.ZodObject>(
  { regionFrom = 'argument' }: ToolDefinition<Input>,
  { call, region }: Run,
): ReadonlyArray<readonly [string, string]> {
  const account = ['account', call.caller.account ?? 'not known'] as const
  if (regionFrom === 'none') return []
  return regionFrom === 'tool' ? [account] : [['region', region], account]
}

function present(
  answer: Answer,
  standing: ReadonlyArray<readonly [string, string]>,
  limits: ToolLimits,
): Outcome {
  const facts = [...(answer.facts ?? []), ...standing]
  const mark = randomBytes(6).toString('hex')
  const shown = limits.maskSecrets ? withoutSecrets(answer) : answer
  const text = renderAnswer({ ...shown, facts }, limits.maxAnswerChars, mark)
  if (answer.failed) return { result: failure(text), outcome: 'failed' }
  const images = (answer.images ?? []).map((image) => ({ type: 'image' as const, ...image }))
  return { result: { content: [{ type: 'text', text }, ...images] }, outcome: 'ok' }
}

/** Masked before cells are cut: half a secret would not be known for one. */
function withoutSecrets(answer: Answer): Answer {
  if (answer.table === undefined || !answer.untrusted) return answer
  const { table, masked } = maskTable(answer.table)
  if (masked === 0) return answer
  const note = `${masked} ${masked === 1 ? 'secret' : 'secrets'} in the log text ${masked === 1 ? 'was' : 'were'} replaced by [masked]; tell the owner of the log group that it holds secrets.`
  return { ...answer, table, notes: [...(answer.notes ?? []), note] }
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
