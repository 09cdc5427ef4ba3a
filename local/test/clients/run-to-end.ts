import { spawn } from 'node:child_process'

export type Ended = Readonly<{ exitCode: number; stdout: string; stderr: string }>

export type RunOptions = Readonly<{
  withinMs: number
  env?: Readonly<Record<string, string>>
  /** Told of everything printed so far, with every piece; what it throws ends the program. */
  onOutput?: (printed: string) => void
}>

/** Runs a program to its end; kills it and rejects when the time is up. */
export function runToEnd(
  command: string,
  args: readonly string[],
  { withinMs, env, onOutput = () => undefined }: RunOptions,
): Promise<Ended> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'], ...(env && { env }) })
    const printed = { stdout: '', stderr: '' }
    for (const stream of ['stdout', 'stderr'] as const) {
      child[stream].setEncoding('utf8').on('data', (text: string) => {
        printed[stream] += text
        onOutput(printed.stdout + printed.stderr)
      })
    }
    const timer = setTimeout(() => {
      child.kill('SIGKILL')
      reject(new Error(`${command} did not end in its time:\n${printed.stdout}${printed.stderr}`))
    }, withinMs)
    child.once('error', (error) => {
      clearTimeout(timer)
      reject(error)
    })
    child.once('close', (code) => {
      clearTimeout(timer)
      resolve({ exitCode: code ?? 1, ...printed })
    })
  })
}
