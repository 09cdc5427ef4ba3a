import { spawn } from 'node:child_process'
import { isAbsolute } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { eventually } from './running-stack.ts'

export type Environment = Readonly<Record<string, string>>

/** A program that serves until it is told to stop. */
export type RunningProgram = Readonly<{
  /** Everything that it has printed, line by line. */
  lines: readonly string[]
  /** Asks it to end and waits until it has. */
  stop: () => Promise<void>
}>

/** What a program that ends by itself has done. */
export type Finished = Readonly<{ code: number | null; out: string; err: string }>

/** The whole path of a file of this repository, such as `gateway/dist/src/main.js`; whole paths stay as they are. */
export function inRepository(path: string): string {
  return isAbsolute(path) ? path : fileURLToPath(new URL(`../../../../${path}`, import.meta.url))
}

/** Nothing of the settings of whoever runs the tests reaches a program; libraries' notices about Node are left out. */
const BARE: Environment = {
  PATH: process.env.PATH ?? '',
  NODE_NO_WARNINGS: '1',
  AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true',
  // The tests' own connections are nothing to wait for at the end.
  GATEWAY_DRAIN_IDLE_MS: '0',
  CLOUDWATCH_MCP_DRAIN_IDLE_MS: '0',
}

/** Starts a built program and waits until `health` answers 200. Rejects with what it printed where it ends before. */
export async function startProgram(
  script: string,
  env: Environment,
  health: string,
): Promise<RunningProgram> {
  const child = spawn(process.execPath, [inRepository(script)], {
    env: { ...BARE, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const lines: string[] = []
  for (const stream of [child.stdout, child.stderr]) {
    createInterface({ input: stream }).on('line', (line) => lines.push(line))
  }
  let over = false
  const ended = new Promise<void>((resolve) => child.once('close', () => resolve()))
  ended.then(() => {
    over = true
  })
  const stop = async () => {
    child.kill('SIGTERM')
    await ended
  }
  try {
    await eventually(async () => {
      if (over) throw new Error(`${script} ended:\n${lines.join('\n')}`)
      // A connection kept for the next look would be one that the program waits for when it ends.
      return fetch(health, { headers: { connection: 'close' } }).then(
        (response) => (response.ok ? true : undefined),
        () => undefined,
      )
    })
  } catch (error) {
    await stop()
    throw error
  }
  return { lines, stop }
}

/** Runs a built program to its end; `input` is what it reads from standard input. */
export function runProgram(
  script: string,
  args: readonly string[],
  env: Environment,
  input = '',
): Promise<Finished> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [inRepository(script), ...args], {
      env: { ...BARE, ...env },
    })
    let out = ''
    let err = ''
    child.stdout.setEncoding('utf8').on('data', (piece: string) => {
      out += piece
    })
    child.stderr.setEncoding('utf8').on('data', (piece: string) => {
      err += piece
    })
    child.once('error', reject)
    child.once('close', (code) => resolve({ code, out, err }))
    // A program that ends before it has read its input closes the pipe.
    child.stdin.on('error', () => undefined)
    child.stdin.end(input)
  })
}
