import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { stringify } from 'yaml'
import { gatewayConfig, type LoginMode, type Origins, originsOf } from './gateway-config.ts'
import type { Ports } from './ports.ts'
import { LOCAL_GATEWAY } from './world.ts'

/** The four programs of the local stack, in the order they start. */
export type ProgramName = 'identity provider' | 'AWS stand-in' | 'MCP server' | 'gateway'

/** A running local stack. */
export type Stack = Readonly<{
  origins: Origins
  /** The file with the gateway's configuration; it is there until the stack stops. */
  configFile: string
  /** Ends all four programs, the gateway first, and waits until they are gone. */
  stop(): Promise<void>
  /** Resolves when a program ends that nobody asked to end. */
  died: Promise<Death>
}>

type Death = Readonly<{
  program: ProgramName
  /** The exit code, or the signal that ended it, in words. */
  how: string
}>

export type StackOptions = Readonly<{
  ports: Ports
  /** Told of every line that a program prints. */
  onLine: (program: ProgramName, line: string) => void
  logLevel?: string
  loginMode?: LoginMode
  /** Keys that credentials travel sealed with between gateway and server; none means plain headers. */
  sealKeys?: string
  /** Arguments of Node for every program, before its script. */
  nodeArguments?: readonly string[]
}>

type Program = Readonly<{
  name: ProgramName
  script: string
  env: Readonly<Record<string, string>>
  health: string
}>

const START_MS = 20_000
const STOP_MS = 15_000

/**
 * Starts identity provider, AWS stand-in, MCP server and gateway as the programs they are, each in a process of its own
 * with an environment of its own: nothing of the caller's AWS settings reaches them. Rejects, with nothing left
 * running, where one does not come up; the message carries what it printed.
 */
export async function startStack(options: StackOptions): Promise<Stack> {
  const origins = originsOf(options.ports)
  const folder = mkdtempSync(join(tmpdir(), 'cloudwatch-mcp-'))
  const configFile = join(folder, 'gateway.yaml')
  writeFileSync(configFile, stringify(gatewayConfig(options.ports, origins, options.loginMode)))

  const running: Array<Readonly<{ child: ChildProcess; ended: Promise<string> }>> = []
  let stopping = false
  let reportDeath: (death: Death) => void = () => undefined
  const died = new Promise<Death>((resolve) => {
    reportDeath = resolve
  })

  const stop = async () => {
    stopping = true
    for (const { child, ended } of [...running].reverse()) {
      child.kill('SIGTERM')
      const timer = setTimeout(() => child.kill('SIGKILL'), STOP_MS)
      await ended
      clearTimeout(timer)
    }
    rmSync(folder, { recursive: true, force: true })
  }

  try {
    for (const program of programs(options, origins, configFile)) {
      const printed: string[] = []
      // http-proxy calls util._extend, which newer Node releases deprecate aloud.
      const nodeArguments = ['--disable-warning=DEP0060', ...(options.nodeArguments ?? [])]
      const child = spawn(process.execPath, [...nodeArguments, program.script], {
        env: { ...BASE_ENV, ...program.env },
        stdio: ['ignore', 'pipe', 'pipe'],
        // Not in the terminal's process group: Ctrl-C reaches the caller, who stops them in order.
        detached: true,
      })
      for (const stream of [child.stdout, child.stderr]) {
        createInterface({ input: stream }).on('line', (line) => {
          printed.push(line)
          if (printed.length > 50) printed.shift()
          options.onLine(program.name, line)
        })
      }
      const ended = new Promise<string>((resolve) => {
        child.once('close', (code, signal) => resolve(signal ?? `exit code ${code}`))
      })
      running.push({ child, ended })
      ended.then((how) => {
        if (!stopping) reportDeath({ program: program.name, how })
      })
      await untilHealthy(program, ended, printed)
    }
  } catch (error) {
    await stop()
    throw error
  }
  return { origins, configFile, stop, died }
}

/** What every program may know of the caller's environment. */
const BASE_ENV: Readonly<Record<string, string>> = {
  PATH: process.env.PATH ?? '',
  // The SDK's notice about Node 20 belongs in the README, not in every start.
  AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true',
}

function programs(
  { ports, logLevel = 'info', sealKeys = '' }: StackOptions,
  origins: Origins,
  configFile: string,
): readonly Program[] {
  const inWorkspace = (path: string) => fileURLToPath(new URL(`../../../${path}`, import.meta.url))
  return [
    {
      name: 'identity provider',
      script: inWorkspace('local/dist/src/identity-provider/main.js'),
      env: {
        LOCAL_IDENTITY_PROVIDER_PORT: String(ports.identityProvider),
        LOCAL_IDENTITY_PROVIDER_URL: origins.identityProvider,
        LOCAL_RESOURCE_ORIGIN: origins.gateway,
      },
      health: `${origins.identityProvider}/healthz`,
    },
    {
      name: 'AWS stand-in',
      script: inWorkspace('local/dist/src/aws/main.js'),
      env: {
        LOCAL_AWS_PORT: String(ports.aws),
        LOCAL_ISSUER_ORIGIN: origins.identityProvider,
        LOCAL_RESOURCE_ORIGIN: origins.gateway,
      },
      health: `${origins.aws}/_local/health`,
    },
    {
      name: 'MCP server',
      script: inWorkspace('mcp-server/dist/src/main.js'),
      env: {
        CLOUDWATCH_MCP_PORT: String(ports.server),
        AWS_ENDPOINT_URL: origins.aws,
        UPSTREAM_SEAL_KEYS: sealKeys,
        LOG_LEVEL: logLevel,
        // Whoever stops a stack on a laptop wants it gone.
        CLOUDWATCH_MCP_DRAIN_IDLE_MS: '0',
      },
      health: `${origins.server}/healthz`,
    },
    {
      name: 'gateway',
      script: inWorkspace('gateway/dist/src/main.js'),
      env: {
        GATEWAY_CONFIG: configFile,
        UPSTREAM_SEAL_KEYS: sealKeys,
        LOG_LEVEL: logLevel,
        GATEWAY_DRAIN_IDLE_MS: '0',
        // The gateway's own identity, for rules with assume-role.
        AWS_ACCESS_KEY_ID: LOCAL_GATEWAY.accessKeyId,
        AWS_SECRET_ACCESS_KEY: LOCAL_GATEWAY.secretAccessKey,
        AWS_SESSION_TOKEN: LOCAL_GATEWAY.sessionToken,
      },
      health: `${origins.gateway}/readyz`,
    },
  ]
}

async function untilHealthy(
  program: Program,
  ended: Promise<string>,
  printed: readonly string[],
): Promise<void> {
  let over = false
  ended.then(() => {
    over = true
  })
  const deadline = Date.now() + START_MS
  while (Date.now() < deadline) {
    if (over) {
      throw new Error(`the ${program.name} did not start:\n${printed.join('\n')}`)
    }
    const healthy = await fetch(program.health, { signal: AbortSignal.timeout(2000) }).then(
      (response) => response.ok,
      () => false,
    )
    if (healthy) return
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
  throw new Error(
    `the ${program.name} did not become healthy within ${START_MS / 1000} s:\n${printed.join('\n')}`,
  )
}
