import { runToEnd } from './run-to-end.ts'

/** The Node that the newest clients need; it is not installed with us. */
const NODE = 'node@22.23.3'
const OBTAIN_MS = 90_000

/** A program from the npm registry: the Node to run it with, and its script. */
export type NpxProgram = Readonly<{ version: string; node: string; script: string }>

/**
 * Obtains a program from the npm registry, once per machine: afterwards it is in npm's cache. Rejects when it cannot be
 * had. `spec` is a package with its version, `command` the name of the program in it.
 */
export async function obtainProgram(spec: string, command: string): Promise<NpxProgram> {
  const found = await runToEnd(
    'npx',
    ['-y', '-p', NODE, '-p', spec, '-c', `node -p process.execPath && command -v ${command}`],
    { withinMs: OBTAIN_MS },
  )
  const [node, script] = found.stdout.trim().split('\n').slice(-2)
  if (found.exitCode !== 0 || node === undefined || script === undefined) {
    throw new Error(`${spec} cannot be obtained:\n${found.stderr}`)
  }
  return { version: spec, node, script }
}
