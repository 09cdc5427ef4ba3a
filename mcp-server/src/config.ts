import { z } from 'zod'
import type { LogLevel } from './log.ts'

const LEVELS: Readonly<Record<string, LogLevel>> = {
  error: 'error',
  warn: 'warn',
  warning: 'warn',
  info: 'info',
  debug: 'debug',
}

/** Environment names that stand for another one, which wins when both are set. */
const ALIASES: Readonly<Record<string, string>> = { LOG_LEVEL: 'FASTMCP_LOG_LEVEL' }

/**
 * AWS region names: us-east-1, us-gov-west-1, us-isob-east-1, eusc-de-east-1. A region becomes part of a host
 * name, so nothing else may pass.
 */
export const REGION_NAME = '[a-z]{2,5}(?:-[a-z]{2,12}){1,3}-[1-9]\\d?'
export const REGION = new RegExp(`^${REGION_NAME}$`)

const port = z
  .string()
  // Kubernetes sets CLOUDWATCH_MCP_PORT=tcp://10.0.0.1:3334 in every pod beside a Service named cloudwatch-mcp.
  .transform((text) => /^tcp:\/\/[^/]+:(\d+)$/.exec(text)?.[1] ?? text)
  .pipe(z.string().regex(/^\d{1,5}$/, 'is not a port: a whole number up to 65535'))
  .transform(Number)
  .pipe(z.number().max(65_535, 'is not a port: a whole number up to 65535'))

const endpoint = z
  .url({ protocol: /^https?$/, error: 'is not an http(s) URL' })
  .refine((text) => !URL.canParse(text) || new URL(text).username === '', {
    error: 'must not carry a user name or password',
  })

const flag = z.enum(['true', 'false'], { error: 'is neither true nor false' })

const wholeNumber = (min: number, max: number) =>
  z
    .string()
    .regex(/^\d{1,9}$/, 'is not a whole number')
    .transform(Number)
    .pipe(z.number().min(min, `is below ${min}`).max(max, `is above ${max}`))

/** Every option of the server once: type, default, environment name, description. */
const ConfigSchema = z.strictObject({
  port: port
    .prefault('3334')
    .meta({ env: 'CLOUDWATCH_MCP_PORT', description: 'Port of the listener; 0 takes a free one.' }),
  host: z
    .string()
    .regex(/^[A-Za-z0-9.:_-]{1,253}$/, 'is not a host name or address')
    .prefault('127.0.0.1')
    .meta({
      env: 'CLOUDWATCH_MCP_SERVER_HOST',
      description: 'Address to listen on. The image sets `0.0.0.0`.',
    }),
  region: z.string().regex(REGION, 'is not an AWS region name').optional().meta({
    env: 'AWS_REGION',
    description: 'Region of a request that names none in `x-aws-region`.',
  }),
  regions: z
    .string()
    .transform((text) => text.split(/\s*,\s*/).filter((name) => name !== ''))
    .pipe(z.array(z.string().regex(REGION, 'has an entry that is not an AWS region name')))
    .prefault('')
    .meta({
      env: 'CLOUDWATCH_MCP_REGIONS',
      description:
        'Further regions, comma separated, that a call may name with `CREDENTIALS=environment`. Other requests bring their list in `x-aws-regions`.',
    }),
  credentials: z
    .enum(['request', 'environment'], { error: 'is neither request nor environment' })
    .prefault('request')
    .meta({
      env: 'CREDENTIALS',
      description:
        '`request`: a request without credentials in its headers is refused. `environment`: such a request uses the credentials of this process (AWS_PROFILE and the default chain); for one person on a laptop.',
    }),
  dangerouslyShareEnvironmentCredentials: flag.prefault('false').meta({
    env: 'DANGEROUSLY_SHARE_ENVIRONMENT_CREDENTIALS',
    description:
      'Allows `CREDENTIALS=environment` on an address that other machines reach: everyone who reaches the port then acts with the rights of this process.',
  }),
  logLevel: z
    .string()
    .toLowerCase()
    .refine((text) => text in LEVELS, { error: 'is not one of ERROR, WARN, INFO, DEBUG' })
    .transform((text) => LEVELS[text] ?? 'info')
    .prefault('info')
    .meta({
      env: 'LOG_LEVEL',
      description:
        'ERROR, WARN, INFO or DEBUG, in any case. `FASTMCP_LOG_LEVEL` is understood too.',
    }),
  endpointUrl: endpoint
    .optional()
    .meta({ env: 'AWS_ENDPOINT_URL', description: 'AWS endpoint for both services.' }),
  cloudwatchEndpointUrl: endpoint.optional().meta({
    env: 'AWS_ENDPOINT_URL_CLOUDWATCH',
    description: 'Endpoint of CloudWatch; wins over `AWS_ENDPOINT_URL`.',
  }),
  logsEndpointUrl: endpoint.optional().meta({
    env: 'AWS_ENDPOINT_URL_CLOUDWATCH_LOGS',
    description: 'Endpoint of CloudWatch Logs; wins over `AWS_ENDPOINT_URL`.',
  }),
  connectTimeoutMs: wholeNumber(100, 60_000).prefault('2000').meta({
    env: 'CLOUDWATCH_MCP_CONNECT_TIMEOUT_MS',
    description: 'Time to connect to an AWS endpoint.',
  }),
  requestTimeoutMs: wholeNumber(100, 300_000).prefault('20000').meta({
    env: 'CLOUDWATCH_MCP_REQUEST_TIMEOUT_MS',
    description: 'Time for one AWS call to answer, each attempt by itself.',
  }),
  maxAttempts: wholeNumber(1, 10).prefault('3').meta({
    env: 'CLOUDWATCH_MCP_MAX_ATTEMPTS',
    description: 'Attempts of one AWS call, the first included, when AWS throttles or fails.',
  }),
  maxSockets: wholeNumber(1, 10_000).prefault('100').meta({
    env: 'CLOUDWATCH_MCP_MAX_SOCKETS',
    description: 'Connections to one AWS endpoint that all requests share.',
  }),
  maxAnswerChars: wholeNumber(2_000, 1_000_000).prefault('20000').meta({
    env: 'CLOUDWATCH_MCP_MAX_ANSWER_CHARS',
    description: 'Characters in the answer of one tool call: cells are cut first, then rows.',
  }),
  maskSecrets: flag.prefault('true').meta({
    env: 'CLOUDWATCH_MCP_MASK_SECRETS',
    description:
      'Replaces AWS keys, bearer tokens, private keys, passwords and the like in log text by `[masked]`. On by default: a secret that reached a model and its transcripts cannot be taken back, a masked one can be looked up in the console.',
  }),
  maxQueryCostUsd: z
    .string()
    .regex(/^\d{1,6}(\.\d{1,4})?$/, 'is not an amount in US dollars')
    .transform(Number)
    .prefault('1')
    .meta({
      env: 'CLOUDWATCH_MCP_MAX_QUERY_COST_USD',
      description:
        'Estimated cost of one log query, in US dollars, beyond which `CLOUDWATCH_MCP_QUERY_COST_GUARD` acts.',
    }),
  queryCostGuard: z
    .enum(['off', 'shadow', 'enforce'], { error: 'is none of off, shadow, enforce' })
    .prefault('enforce')
    .meta({
      env: 'CLOUDWATCH_MCP_QUERY_COST_GUARD',
      description:
        '`enforce`: a log query whose estimate is too high is refused with how to narrow it, unless the call says `acceptCost: true`. `shadow`: it runs, and the log and the answer say that it would have been refused. `off`: no estimate is made, which saves one AWS call per query.',
    }),
  queryDeadlineMs: wholeNumber(500, 900_000).prefault('45000').meta({
    env: 'CLOUDWATCH_MCP_QUERY_DEADLINE_MS',
    description:
      'Time that a call waits for a Logs Insights query; then it answers with what there is. Keep it below the time-out of the clients, often 60 s.',
  }),
  drainTimeoutMs: wholeNumber(0, 600_000).prefault('50000').meta({
    env: 'CLOUDWATCH_MCP_DRAIN_TIMEOUT_MS',
    description: 'Time that running requests get to finish after SIGTERM; the rest is aborted.',
  }),
  drainIdleMs: wholeNumber(0, 600_000).prefault('5000').meta({
    env: 'CLOUDWATCH_MCP_DRAIN_IDLE_MS',
    description:
      'Time that a connection without a request stays open after SIGTERM, within the drain time, so that a request that is on its way is answered and not lost. Above the 4 s after which the gateway gives such a connection up, none is. 0 closes it at once.',
  }),
  keepAliveTimeoutMs: wholeNumber(1_000, 3_600_000).prefault('75000').meta({
    env: 'CLOUDWATCH_MCP_KEEP_ALIVE_TIMEOUT_MS',
    description:
      'Time that an idle connection stays open. Keep it above the one of the gateway or load balancer in front, or a request may meet a closing connection.',
  }),
  maxHeaderBytes: wholeNumber(8_192, 1_048_576).prefault('32768').meta({
    env: 'CLOUDWATCH_MCP_MAX_HEADER_BYTES',
    description: 'Size of all headers of a request; a session token alone can be several KiB.',
  }),
  sealKeys: z
    .string()
    .transform((text, context) => {
      const keys = text.split(',').map((key) => Buffer.from(key.trim(), 'base64'))
      if (keys.every((key) => key.length === SEAL_KEY_BYTES)) return keys
      context.addIssue('needs keys of 32 bytes in base64, commas between: openssl rand -base64 32')
      return z.NEVER
    })
    .optional()
    .meta({
      env: 'UPSTREAM_SEAL_KEYS',
      description:
        'Keys of 32 bytes in base64, commas between, that the gateway seals credentials with, newest first; `UPSTREAM_SEAL_KEYS_FILE` names a file with them. With keys, plain credentials are refused.',
    }),
  maxBodyBytes: wholeNumber(1_024, 104_857_600).prefault('4194304').meta({
    env: 'CLOUDWATCH_MCP_MAX_BODY_BYTES',
    description: 'Size of the body of a request; a larger one is answered 413.',
  }),
})

/** A256GCM's key (RFC 7518 §5.3). */
const SEAL_KEY_BYTES = 32

export type Config = Readonly<z.infer<typeof ConfigSchema>>

/** All problems of a configuration, each a sentence that starts with the option's environment name. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError'
  readonly problems: readonly string[]

  constructor(problems: readonly string[]) {
    super(problems.join('\n'))
    this.problems = problems
  }
}

/** Whether an address can be reached from its own machine only. */
export function isLoopback(host: string): boolean {
  return /^(localhost|127(\.\d{1,3}){3}|::1|\[::1\])$/i.test(host)
}

/**
 * Reads the options from `env`; an empty value counts as unset.
 * Throws one ConfigError with every problem, by environment name and with the fix. Values are not repeated.
 */
export function readConfig(
  env: Readonly<Record<string, string | undefined>>,
  readFile: (path: string) => string = () => '',
): Config {
  const given: Record<string, string> = {}
  for (const [key, name] of optionNames()) {
    const value = env[name]?.trim() || env[ALIASES[name] ?? name]?.trim()
    if (value) given[key] = value
  }
  const keyFile = env.UPSTREAM_SEAL_KEYS_FILE?.trim()
  const unreadable: string[] = []
  if (keyFile) {
    try {
      given.sealKeys = readFile(keyFile).trim()
    } catch (error) {
      // Going on without would accept plain credentials where the operator asked for sealed ones.
      unreadable.push(
        `UPSTREAM_SEAL_KEYS_FILE cannot be read: ${error instanceof Error ? error.message : ''}`,
      )
    }
  }
  const parsed = ConfigSchema.safeParse(given)
  const problems = parsed.success ? [] : parsed.error.issues.map((issue) => problemOf(issue))
  if (parsed.success) problems.push(...contradictions(parsed.data))
  problems.push(...unreadable, ...unknownNames(env))
  if (!parsed.success || problems.length > 0) throw new ConfigError(problems)
  return parsed.data
}

/** Every option by environment name, in the order of the schema; for the generated documentation. */
export function describeOptions(): ReadonlyArray<{
  env: string
  description: string
  default: string
}> {
  const defaults = ConfigSchema.parse({})
  return Object.entries(ConfigSchema.shape).map(([key, schema]) => ({
    env: String(schema.meta()?.env),
    description: schema.meta()?.description ?? '',
    // The keys of the shape are the keys of what it parses.
    default: String(defaults[key as keyof Config] ?? ''),
  }))
}

function optionNames(): Array<[string, string]> {
  return Object.entries(ConfigSchema.shape).map(([key, schema]) => [
    key,
    String(schema.meta()?.env),
  ])
}

function problemOf(issue: z.core.$ZodIssue): string {
  const name = new Map(optionNames()).get(String(issue.path[0])) ?? 'configuration'
  const alias = ALIASES[name]
  return `${alias === undefined ? name : `${name} (or ${alias})`} ${issue.message}`
}

/**
 * Names with the server's prefix that are no option: a misspelled limit must not be ignored. What Kubernetes adds for a Service
 * of that name is none of them: `…_SERVICE_HOST`, `…_PORT_3334_TCP`, and addresses as values.
 */
function unknownNames(env: Readonly<Record<string, string | undefined>>): string[] {
  const known = new Set(optionNames().map(([, name]) => name))
  return Object.entries(env)
    .filter(([name, value]) => /^CLOUDWATCH_MCP_/.test(name) && !known.has(name) && value?.trim())
    .filter(([name]) => !/_(SERVICE_(HOST|PORT.*)|PORT_\d+_(TCP|UDP|SCTP).*)$/.test(name))
    .filter(([, value]) => !/^(tcp|udp|sctp):\/\//.test(value ?? ''))
    .map(([name]) => `${name} is not an option: see docs/configuration.md for the names`)
}

function contradictions(config: Config): string[] {
  if (config.credentials !== 'environment') return []
  const problems: string[] = []
  if (config.region === undefined) {
    problems.push('AWS_REGION is missing: CREDENTIALS=environment needs it')
  }
  const shared = config.dangerouslyShareEnvironmentCredentials === 'true'
  if (!isLoopback(config.host) && !shared) {
    problems.push(
      'CREDENTIALS=environment with a CLOUDWATCH_MCP_SERVER_HOST that other machines reach lends this process’s AWS rights to everyone: ' +
        'use CREDENTIALS=request, or bind to 127.0.0.1, or set DANGEROUSLY_SHARE_ENVIRONMENT_CREDENTIALS=true',
    )
  }
  return problems
}
