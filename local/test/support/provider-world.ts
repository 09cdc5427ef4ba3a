import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createLocalAws } from '../../src/aws/aws.ts'
import {
  type IdentityProvider,
  type IdentityProviderOptions,
  startIdentityProvider,
} from '../../src/identity-provider/identity-provider.ts'
import { freePorts, type Ports } from '../../src/ports.ts'
import {
  type Issuers,
  PEOPLE,
  PERSON_WITH_MANY_GROUPS,
  resourcesAt,
  TARGETS,
} from '../../src/world.ts'
import { type Finished, type RunningProgram, runProgram, startProgram } from './program.ts'
import { eventually } from './running-stack.ts'
import { registeredIssuers } from './token-shapes.ts'

type Fields = Readonly<Record<string, unknown>>

/** What became of one token at a gateway, and all that was said about it. */
export type Outcome = Readonly<{
  status: number
  /** The whole answer as text: status line aside, every header and the body. */
  text: string
  headers: Headers
  body: Fields
}>

/** A request for the MCP server, with what the gateway noted down about it. */
export type McpOutcome = Outcome &
  Readonly<{
    /** The audit record. */
    audit: Fields
    /** The log line that says why it was refused, where there is more to say than the record has. */
    refusal: Fields | undefined
  }>

/** A gateway program with a configuration of its own. */
export type GatewayProgram = Readonly<{
  origin: string
  lines: readonly string[]
  whoami: (token: string) => Promise<Outcome>
  /** Calls the tool `list_log_groups` at `/mcp`, or at another target's path. */
  mcp: (token: string, path?: string) => Promise<McpOutcome>
  stop: () => Promise<void>
}>

/** The identity provider with all its issuers and four people, the AWS stand-in, and the MCP server as a program. */
export type ProviderWorld = Readonly<{
  idp: IdentityProvider
  issuers: Issuers
  /** The protected resources: `/mcp` and `/mcp/prod`. */
  resources: readonly [string, string]
  /** A configuration file's content that fits this world; `options` are added or replace. */
  configure: (options: Fields) => Fields
  /** Writes a configuration to a file; the world removes it. */
  writeConfig: (config: Fields) => string
  /** Starts the gateway on the one port that the resources name: one at a time. */
  startGateway: (options: Fields) => Promise<GatewayProgram>
  /** Runs the doctor with a configuration file and gives what it printed. */
  doctor: (options: Fields, args?: readonly string[], input?: string) => Promise<Finished>
  stop: () => Promise<void>
}>

const CALL = {
  jsonrpc: '2.0',
  id: 1,
  method: 'tools/call',
  params: { name: 'list_log_groups', arguments: {} },
}

/** Starts it all, on free ports unless others are given; `over` changes the identity provider. */
export async function startProviderWorld(
  over: Partial<IdentityProviderOptions> = {},
  givenPorts?: Ports,
): Promise<ProviderWorld> {
  const ports = givenPorts ?? (await freePorts())
  const origin = `http://localhost:${ports.gateway}`
  const [resource, prod] = resourcesAt(origin)
  if (resource === undefined || prod === undefined) throw new Error('there are two targets')
  const folder = mkdtempSync(join(tmpdir(), 'providers-'))
  const idp = await startIdentityProvider({
    port: ports.identityProvider,
    resourceOrigin: origin,
    people: [...PEOPLE, PERSON_WITH_MANY_GROUPS],
    ...over,
  })
  const aws = createLocalAws({
    issuerOrigin: idp.origin,
    resourceOrigin: origin,
    registered: registeredIssuers(idp.issuers, [resource, prod]),
  })
  const { port: awsPort } = await aws.listen(ports.aws, '127.0.0.1')
  const awsOrigin = `http://127.0.0.1:${awsPort}`
  const upstreamUrl = `http://127.0.0.1:${ports.server}`
  const server = await startProgram(
    'mcp-server/dist/src/main.js',
    { CLOUDWATCH_MCP_PORT: String(ports.server), AWS_ENDPOINT_URL: awsOrigin },
    `${upstreamUrl}/healthz`,
  )

  const configure = (options: Fields): Fields => ({
    publicUrl: origin,
    port: ports.gateway,
    metricsPort: ports.metrics,
    upstreamUrl,
    stsEndpoint: awsOrigin,
    targets: TARGETS,
    ...options,
  })
  let written = 0
  const writeConfig = (config: Fields) => {
    written += 1
    const path = join(folder, `gateway-${written}.yaml`)
    // JSON is YAML.
    writeFileSync(path, JSON.stringify(config))
    return path
  }

  return {
    idp,
    issuers: idp.issuers,
    resources: [resource, prod],
    configure,
    writeConfig,
    startGateway: async (options) => {
      const env = { GATEWAY_CONFIG: writeConfig(configure(options)) }
      const program = await startProgram('gateway/dist/src/main.js', env, `${origin}/healthz`)
      return gatewayProgram(origin, program)
    },
    doctor: (options, args = [], input = '') =>
      runProgram(
        'gateway/dist/src/doctor/main.js',
        args,
        { GATEWAY_CONFIG: writeConfig(configure(options)) },
        input,
      ),
    stop: async () => {
      await server.stop()
      await Promise.all([aws.close(), idp.close()])
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

function gatewayProgram(origin: string, { lines, stop }: RunningProgram): GatewayProgram {
  const written = (matches: (record: Fields) => boolean) =>
    lines
      .filter((line) => line.startsWith('{'))
      .map((line): Fields => JSON.parse(line))
      .find(matches)
  return {
    origin,
    lines,
    stop,
    whoami: async (token) =>
      outcomeOf(await fetch(`${origin}/whoami`, { headers: { authorization: `Bearer ${token}` } })),
    mcp: async (token, path = '/mcp') => {
      const response = await fetch(origin + path, {
        method: 'POST',
        headers: {
          authorization: `Bearer ${token}`,
          'content-type': 'application/json',
          accept: 'application/json, text/event-stream',
        },
        body: JSON.stringify(CALL),
      })
      const outcome = await outcomeOf(response)
      const id = response.headers.get('x-request-id')
      // The record is written when the answer has ended, and after the log line.
      const audit = await eventually(() =>
        written(({ kind, request_id }) => kind === 'audit' && request_id === id),
      )
      const refusal = written(({ kind, request_id }) => kind !== 'audit' && request_id === id)
      return { ...outcome, audit, refusal }
    },
  }
}

async function outcomeOf(response: Response): Promise<Outcome> {
  const text = await response.text()
  const headers = [...response.headers].map(([name, value]) => `${name}: ${value}`)
  const isJson = response.headers.get('content-type')?.startsWith('application/json') === true
  return {
    status: response.status,
    headers: response.headers,
    text: [...headers, '', text].join('\n'),
    body: isJson ? JSON.parse(text) : {},
  }
}
