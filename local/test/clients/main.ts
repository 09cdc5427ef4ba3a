import { printTable } from '../support/print-table.ts'
import { checkAuthorizationSuite, SUITE } from './authorization-suite.ts'
import type { Check } from './check.ts'
import { type FacadeWorld, startFacadeWorld } from './facade-world.ts'
import { LOGIN_PROVIDERS } from './login-providers.ts'
import { checkCell, checkSts } from './matrix.ts'
import type { McpClientUnderTest } from './mcp-clients.ts'
import { INSPECTOR, mcpInspector } from './mcp-inspector.ts'
import { mcpRemote } from './mcp-remote.ts'
import { obtainProgram } from './npx-program.ts'
import { sdkV1Client } from './sdk-v1.ts'
import { sdkV2Client } from './sdk-v2.ts'
import { measureSizes, SIZE_COLUMNS } from './sizes.ts'

// A program, not a test: it needs two clients from the npm registry. `npm run clients` signs alice in with real clients over
// every issuer, prints what came of it and ends with "N passed, N failed".

/** Clients that are programs: each takes a core for seconds. */
const AT_ONCE = 2

/** What cannot be had with the real product, in words. */
const CANNOT = {
  oktaOrg:
    "no: the tokens of Okta's org server are for Okta alone; use a custom authorization server",
}

const print = (text: string) => process.stdout.write(`${text}\n`)

/** Does the tasks, `atOnce` at a time; results in the order of the tasks. */
async function inTurn<T>(
  tasks: ReadonlyArray<() => Promise<T>>,
  atOnce: number,
): Promise<readonly T[]> {
  const results: T[] = []
  const queue = [...tasks.entries()]
  const work = async () => {
    for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
      const [index, task] = next
      results[index] = await task()
    }
  }
  await Promise.all(Array.from({ length: atOnce }, work))
  return results
}

async function runMatrix(
  world: FacadeWorld,
  fast: readonly McpClientUnderTest[],
  slow: readonly McpClientUnderTest[],
): Promise<readonly Check[]> {
  const cells = (clients: readonly McpClientUnderTest[]) =>
    LOGIN_PROVIDERS.flatMap((provider) =>
      clients.map((client) => () => checkCell(world, client, provider)),
    )
  const columns = [...fast, ...slow]
  const checks = [...(await inTurn(cells(fast), 1)), ...(await inTurn(cells(slow), AT_ONCE))]
  const atSts = await inTurn(
    LOGIN_PROVIDERS.map((provider) => () => checkSts(world, provider)),
    1,
  )
  const cellOf = (client: McpClientUnderTest, issuer: string) =>
    checks.find(({ what }) => what === `${client.name} at ${issuer}`)?.cell ?? ''
  printTable('Sign-in, tools/list, tools/call, refresh, tools/call', [
    ['issuer', ...columns.map(({ name }) => name), 'STS got'],
    ...LOGIN_PROVIDERS.map(({ issuer }, index) => [
      issuer,
      ...columns.map((client) => cellOf(client, issuer)),
      atSts[index]?.cell ?? '',
    ]),
    ...Object.entries(CANNOT).map(([issuer, why]) => [issuer, ...columns.map(() => '-'), why]),
  ])
  return [...checks, ...atSts]
}

async function runSizes(world: FacadeWorld): Promise<readonly Check[]> {
  const measured = await inTurn(
    LOGIN_PROVIDERS.map((provider) => () => measureSizes(world, provider)),
    1,
  )
  printTable('Sizes in characters', [
    ['issuer', ...SIZE_COLUMNS],
    ...measured.map(({ sizes }, index) => [
      LOGIN_PROVIDERS[index]?.issuer ?? '',
      ...SIZE_COLUMNS.map((column) => String(sizes[column] ?? '-')),
    ]),
  ])
  return measured.map(({ check }) => check)
}

async function runAll(): Promise<readonly Check[]> {
  const inspector = await obtainProgram(INSPECTOR, 'mcp-inspector')
  const suite = await obtainProgram(SUITE, 'conformance')
  const world = await startFacadeWorld()
  try {
    const checks = await runMatrix(
      world,
      [sdkV1Client(), sdkV2Client('legacy'), sdkV2Client('auto')],
      [mcpRemote, mcpInspector(inspector)],
    )
    const conformance = await checkAuthorizationSuite(world, suite)
    printTable(suite.version, [
      ['command', 'result'],
      [conformance.what, conformance.cell],
    ])
    return [...checks, conformance, ...(await runSizes(world))]
  } finally {
    await world.stop()
  }
}

const startedAt = performance.now()
const checks = await runAll().catch((error: unknown): readonly Check[] => [
  { what: 'the run', cell: 'FAILED', problems: [`it broke off: ${String(error)}`] },
])
for (const { what, problems } of checks) {
  for (const problem of problems) print(`${what}: ${problem}`)
}
const failed = checks.filter(({ problems }) => problems.length > 0).length
print(`\n${Math.round((performance.now() - startedAt) / 1000)} s`)
print(`${checks.length - failed} passed, ${failed} failed`)
process.exit(failed === 0 ? 0 : 1)
