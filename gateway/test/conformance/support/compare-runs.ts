import type { Check } from './suite.ts'

type Scenarios = ReadonlyMap<string, readonly Check[]>

/** One scenario in both runs. */
export type Compared = Readonly<{
  scenario: string
  direct: string
  through: string
  /** Empty where the runs are the same, check by check. */
  differences: readonly string[]
}>

// The gateway and the shim are HTTP of their own: what belongs to one connection, or names a request, is theirs.
const OWN_HEADERS = new Set([
  'connection',
  'keep-alive',
  'transfer-encoding',
  'date',
  'x-request-id',
])

const REFUSED_PAGE = 'localhost-host-rebinding-rejected'

/** What is another thing in every run. The order matters: a sealed state contains what looks like others. */
const CHANGING: ReadonlyArray<readonly [RegExp, string]> = [
  [/\bv1\.[\w-]+\.[\w-]+/g, '(sealed state)'],
  [/[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g, '(uuid)'],
  [/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z/g, '(time)'],
  [/\b1[0-9]{12}\b/g, '(milliseconds)'],
  [/\b(?:127\.0\.0\.1|localhost):\d+/g, '(server)'],
]

/**
 * Compares two runs: the same scenarios, in each the same checks in the same order, in each the same status, words and
 * details, as far as they are not another thing in every run.
 */
export function compareRuns(direct: Scenarios, through: Scenarios): readonly Compared[] {
  const names = new Set([...direct.keys(), ...through.keys()])
  return [...names].map((scenario) => {
    const left = direct.get(scenario)
    const right = through.get(scenario)
    return {
      scenario,
      direct: tally(left),
      through: tally(right),
      differences:
        left === undefined || right === undefined
          ? ['the scenario ran on one side only']
          : differencesOf(left.map(lasting), right.map(lasting)),
    }
  })
}

/** The checks that did not go well, with the suite's words. */
export function shortcomings(checks: readonly Check[] | undefined): readonly string[] {
  return (checks ?? [])
    .filter(({ status }) => status === 'FAILURE' || status === 'WARNING')
    .map(({ id, status, errorMessage }) => `${status} ${id}: ${errorMessage ?? ''}`)
}

/** How the checks of a scenario went, such as `3 passed, 1 failed`; those that only inform are not counted. */
export function tally(checks: readonly Check[] | undefined): string {
  if (checks === undefined) return 'not run'
  const count = (status: string) => checks.filter((check) => check.status === status).length
  return [
    [count('SUCCESS'), 'passed'],
    [count('FAILURE'), 'failed'],
    [count('WARNING'), 'warned'],
    [count('SKIPPED'), 'skipped'],
  ]
    .filter(([number, what]) => number !== 0 || what === 'passed')
    .map(([number, what]) => `${number} ${what}`)
    .join(', ')
}

function differencesOf(left: readonly string[], right: readonly string[]): readonly string[] {
  const length = Math.max(left.length, right.length)
  return Array.from({ length }, (_, at) => [left[at] ?? 'none', right[at] ?? 'none'])
    .filter(([before, behind]) => before !== behind)
    .map(([before, behind]) => `direct:  ${before}\n    through: ${behind}`)
}

/** A check as text, without what changes from run to run. */
function lasting({ timestamp: _timestamp, ...check }: Check): string {
  const text = JSON.stringify(check, (name, value: unknown) => {
    // The gateway refuses a foreign page itself, in words of its own; the status counts.
    if (name === 'body' && check.id === REFUSED_PAGE) return undefined
    if (name !== 'headers' || typeof value !== 'object' || value === null) return value
    const shared = Object.entries(value).filter(
      ([header]) => !OWN_HEADERS.has(header.toLowerCase()),
    )
    return Object.fromEntries(shared.sort(([a], [b]) => a.localeCompare(b)))
  })
  return CHANGING.reduce((rest, [pattern, name]) => rest.replaceAll(pattern, name), text)
}
