import { fileURLToPath } from 'node:url'
import { startCloudWatchServer } from './support/cloudwatch-server.ts'
import { compareRuns, shortcomings, tally } from './support/compare-runs.ts'
import { startEverythingServer } from './support/everything/everything-server.ts'
import { startGatewayInFront } from './support/gateway-in-front.ts'
import { obtainSuite, REVISIONS, type Revision, type Suite } from './support/suite.ts'

// A program, not a test: it needs the suite from the npm registry. `node gateway/dist/test/conformance/differential.js`
// prints the results side by side and ends with "N passed, N failed".

/** The scenarios that ask for nothing but what an MCP server is: the ones that a product can be held to. */
const CLAIMED: Readonly<Record<Revision, readonly string[]>> = {
  '2025-11-25': ['server-initialize', 'ping', 'tools-list', 'dns-rebinding-protection'],
  '2026-07-28': [
    'tools-list',
    'dns-rebinding-protection',
    'http-header-validation',
    'server-stateless',
  ],
}
const EXPECTED_FAILURES = fileURLToPath(
  new URL('../../../test/conformance/expected-failures.yaml', import.meta.url),
)

const ALL_RUNS_MS = 100_000

type Line = Readonly<{ cells: readonly string[]; problems: readonly string[] }>

const print = (text: string) => process.stdout.write(`${text}\n`)

/** Every scenario at the everything server without and with the gateway between. */
async function compareEverything(suite: Suite): Promise<readonly Line[]> {
  const everything = await startEverythingServer()
  const front = await startGatewayInFront(everything.origin)
  const lines: Line[] = []
  try {
    for (const revision of REVISIONS) {
      const direct = await suite.runRequirements(`${everything.origin}/mcp`, revision)
      const before = front.forwarded()
      const through = await suite.runRequirements(front.url, revision)
      const forwarded = front.forwarded() - before
      const compared = compareRuns(direct.scenarios, through.scenarios)
      const totals = [direct, through].map(({ scenarios }) => tally([...scenarios.values()].flat()))
      const title = `${revision}: ${compared.length} scenarios; direct: ${totals[0]}; through the gateway, by ${forwarded} requests: ${totals[1]}`
      const rows = compared.map(({ scenario, differences, ...row }) => ({
        cells: [scenario, row.direct, row.through, differences.length === 0 ? 'same' : 'DIFFERENT'],
        problems: differences,
      }))
      // A suite that is content with nothing would be content with any gateway.
      const required = {
        cells: ['all that the revision requires', met(direct.exitCode), met(through.exitCode), ''],
        problems: [
          ...(direct.exitCode === 0 ? [] : ['it is not met without the gateway']),
          ...(through.exitCode === 0 ? [] : ['it is not met through the gateway']),
          ...(forwarded > compared.length ? [] : ['the requests did not go through the gateway']),
        ],
      }
      printTable(title, ['scenario', 'direct', 'through the gateway', ''], [...rows, required])
      lines.push(...rows, required)
    }
  } finally {
    await front.close()
    await everything.close()
  }
  return lines
}

/** The scenarios that the CloudWatch server is claimed to pass, through the gateway as clients reach it. */
async function checkClaims(suite: Suite): Promise<readonly Line[]> {
  const server = await startCloudWatchServer()
  const front = await startGatewayInFront(server.origin)
  const lines: Line[] = []
  try {
    for (const revision of REVISIONS) {
      for (const scenario of CLAIMED[revision]) {
        const baseline = scenario === 'server-stateless' ? EXPECTED_FAILURES : undefined
        const run = await suite.runScenario(front.url, revision, scenario, baseline)
        const checks = run.scenarios.get(scenario)
        // The suite counts a scenario that it skipped as good.
        const passed = checks?.filter(({ status }) => status === 'SUCCESS').length ?? 0
        lines.push({
          cells: [revision, scenario, tally(checks), baseline === undefined ? '' : 'as expected'],
          problems:
            run.exitCode === 0 && passed > 0
              ? []
              : ['the suite refuses it', ...shortcomings(checks)],
        })
      }
    }
  } finally {
    await front.close()
    await server.close()
  }
  printTable('The CloudWatch server through the gateway', ['revision', 'scenario', '', ''], lines)
  return lines
}

function met(exitCode: number): string {
  return exitCode === 0 ? 'met' : 'NOT MET'
}

function printTable(title: string, head: readonly string[], lines: readonly Line[]): void {
  const rows = [head, ...lines.map(({ cells }) => cells)]
  const widths = head.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)))
  print(`\n${title}\n`)
  for (const row of rows) {
    print(
      `  ${row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd()}`,
    )
  }
  for (const { cells, problems } of lines) {
    for (const problem of problems) print(`\n  ${cells.join(' | ')}\n    ${problem}`)
  }
}

async function runAll(): Promise<readonly Line[]> {
  const suite = await obtainSuite(ALL_RUNS_MS)
  print(suite.version)
  return [...(await compareEverything(suite)), ...(await checkClaims(suite))]
}

const lines = await runAll().catch((error: unknown) => {
  print(String(error))
  return [{ cells: [], problems: ['it broke off'] }]
})
const failed = lines.filter(({ problems }) => problems.length > 0).length
print(`\n${lines.length - failed} passed, ${failed} failed`)
process.exitCode = failed === 0 ? 0 : 1
