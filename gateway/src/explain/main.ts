import { readFileSync } from 'node:fs'
import { readConfigOrExit } from '../config/read-config-or-exit.ts'
import { createIdentityRooms } from '../identity-rooms.ts'
import { explain } from './explain.ts'
import { renderExplanation } from './render-explanation.ts'

const USAGE = `usage: explain --claims FILE [--target TARGET] [--gateway-role ARN] [--json]

Says what the claims in FILE (JSON; - is standard input) give at a target: the rule, role, session name, tags and policy, and
the IAM OIDC provider and trust policy that the account needs. Nothing is fetched and nothing is called.
`

const options = readArguments(process.argv.slice(2))
const config = readConfigOrExit(process.env, (path) => readFileSync(path, 'utf8'))
const rooms = createIdentityRooms(config)
if (!rooms.targets.includes(options.target)) {
  giveUp(`--target: there is no target "${options.target}"; there are ${rooms.targets.join(', ')}`)
}
try {
  const explanation = explain(readClaims(options.claims), options.target, {
    providers: rooms.providers.map(({ provider }) => provider),
    rules: config.rules,
    resources: rooms.targets.map(rooms.resourceOf),
    bindRole: rooms.bindRole,
    gatewayRole: options.gatewayRole,
  })
  process.stdout.write(
    `${options.json ? JSON.stringify(explanation, undefined, 2) : renderExplanation(explanation)}\n`,
  )
  process.exitCode = explanation.binding === undefined ? 1 : 0
} catch (error) {
  giveUp(`--claims: ${error instanceof Error ? error.message : 'cannot be explained'}`)
}

function readClaims(path: string): Readonly<Record<string, unknown>> {
  const claims: unknown = JSON.parse(readFileSync(path === '-' ? 0 : path, 'utf8'))
  if (typeof claims !== 'object' || claims === null || Array.isArray(claims)) {
    throw new Error('must be a JSON object')
  }
  return claims as Record<string, unknown> // any object is one
}

function readArguments(words: readonly string[]) {
  const values = new Map<string, string>()
  let json = false
  for (let at = 0; at < words.length; at += 1) {
    const option = words[at] ?? ''
    if (option === '--json') {
      json = true
      continue
    }
    const value = words[at + 1]
    if (!['--claims', '--target', '--gateway-role'].includes(option) || value === undefined) {
      const help = option === '--help'
      ;(help ? process.stdout : process.stderr).write(USAGE)
      process.exit(help ? 0 : 2)
    }
    values.set(option, value)
    at += 1
  }
  const claims = values.get('--claims')
  if (claims === undefined) giveUp(`--claims is missing\n${USAGE}`)
  return {
    claims,
    target: values.get('--target') ?? 'default',
    gatewayRole: values.get('--gateway-role'),
    json,
  }
}

function giveUp(text: string): never {
  process.stderr.write(`${text}\n`)
  process.exit(2)
}
