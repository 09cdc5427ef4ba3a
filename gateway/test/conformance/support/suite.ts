import { spawn } from 'node:child_process'
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** The conformance suite of the protocol's own project, and the Node that it needs; neither is installed with us. */
const SUITE = '@modelcontextprotocol/conformance@0.2.0-alpha.12'
const NODE = 'node@22.23.3'

/** The revisions that the suite has frozen sets of requirements for. */
export const REVISIONS = ['2025-11-25', '2026-07-28'] as const
export type Revision = (typeof REVISIONS)[number]

/** One check as the suite writes it down. */
export type Check = Readonly<{
  id: string
  status: string
  errorMessage?: string
  [member: string]: unknown
}>

/** The checks of every scenario, in the order of their running; the exit code is 0 where the suite is content. */
export type SuiteRun = Readonly<{
  scenarios: ReadonlyMap<string, readonly Check[]>
  exitCode: number
}>

export type Suite = Readonly<{
  version: string
  /** Runs a revision's requirements, those that are not scored included. */
  runRequirements: (url: string, revision: Revision) => Promise<SuiteRun>
  /** Runs one scenario; `baseline` is the path of a file of expected failures. */
  runScenario: (
    url: string,
    revision: Revision,
    scenario: string,
    baseline?: string,
  ) => Promise<SuiteRun>
}>

const OBTAIN_MS = 90_000
/** A scenario takes milliseconds; one that waits for what a broken proxy holds back must not wait for long. */
const SCENARIO_MS = 5_000

/**
 * Obtains the suite from the npm registry, once per machine: afterwards it is in npm's cache. Rejects when it cannot be
 * had. All runs together get `withinMs`; what still runs then is killed.
 */
export async function obtainSuite(withinMs: number): Promise<Suite> {
  const found = await run(
    'npx',
    ['-y', '-p', NODE, '-p', SUITE, '-c', 'node -p process.execPath && command -v conformance'],
    OBTAIN_MS,
  )
  const [node, conformance] = found.stdout.trim().split('\n').slice(-2)
  if (found.exitCode !== 0 || node === undefined || conformance === undefined) {
    throw new Error(`the conformance suite cannot be obtained:\n${found.stderr}`)
  }
  const deadline = Date.now() + withinMs
  const start = async (url: string, options: readonly string[]): Promise<SuiteRun> => {
    const folder = await mkdtemp(join(tmpdir(), 'mcp-conformance-'))
    try {
      const timeout = ['--timeout', String(SCENARIO_MS)]
      const args = [conformance, 'server', '--url', url, ...options, ...timeout, '-o', folder]
      const { exitCode } = await run(node, args, deadline - Date.now())
      return { scenarios: await readChecks(folder), exitCode }
    } finally {
      await rm(folder, { recursive: true, force: true })
    }
  }
  return {
    version: SUITE,
    runRequirements: (url, revision) => start(url, ['--requirements', revision]),
    runScenario: (url, revision, scenario, baseline) =>
      start(url, [
        ...['--scenario', scenario, '--spec-version', revision],
        ...(baseline === undefined ? [] : ['--expected-failures', baseline]),
      ]),
  }
}

/** One folder per scenario, named `server-{scenario}-{time}`. */
async function readChecks(folder: string): Promise<ReadonlyMap<string, readonly Check[]>> {
  const scenarios = new Map<string, readonly Check[]>()
  const folders = await readdir(folder)
  for (const name of folders.sort((a, b) => timeIn(a).localeCompare(timeIn(b)))) {
    const scenario = /^server-(.+)-\d{4}-\d\d-\d\dT[\d-]+Z$/.exec(name)?.[1]
    if (scenario === undefined) throw new Error(`the suite wrote an unknown folder: ${name}`)
    // A scenario that fell over leaves its folder empty.
    const text = await readFile(join(folder, name, 'checks.json'), 'utf8').catch(() => '[]')
    // The suite's own format; a member that is missing shows as a difference.
    scenarios.set(scenario, JSON.parse(text) as Check[])
  }
  return scenarios
}

function timeIn(name: string): string {
  return name.slice(-24)
}

type Ended = Readonly<{ exitCode: number; stdout: string; stderr: string }>

/** Runs a program to its end; kills it and rejects when the time is up. */
function run(command: string, args: readonly string[], withinMs: number): Promise<Ended> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'] })
    let stdout = ''
    let stderr = ''
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      stdout += text
    })
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      stderr += text
    })
    const timer = setTimeout(
      () => {
        child.kill('SIGKILL')
        reject(new Error(`${command} did not end in its time:\n${stderr}`))
      },
      Math.max(1, withinMs),
    )
    child.once('error', (error) => {
      clearTimeout(timer)
      reject(error)
    })
    child.once('close', (code) => {
      clearTimeout(timer)
      resolve({ exitCode: code ?? 1, stdout, stderr })
    })
  })
}
