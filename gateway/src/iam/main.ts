import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { readConfigOrExit } from '../config/read-config-or-exit.ts'
import { createIdentityRooms } from '../identity-rooms.ts'
import { accountNeeds, gatewayPermissions, UNKNOWN_GATEWAY_ROLE } from './account-needs.ts'
import { cloudFormationTemplate } from './cloudformation.ts'

const USAGE = `usage: iam [--out FOLDER] [--gateway-role ARN]

Writes, for every account that the rules name a role in, the IAM OIDC providers and roles that it needs: as CloudFormation
({account}.template.json) and as plain IAM documents ({account}.json). Where a rule has assume-role, gateway-role.json is the
permissions policy of the gateway's own role. FOLDER is ./iam unless given. ARN is the gateway's own role, which rules with
assume-role are assumed by.
`

const options = readArguments(process.argv.slice(2))
const config = readConfigOrExit(process.env, (path) => readFileSync(path, 'utf8'))
const { providers, targets, resourceOf } = createIdentityRooms(config)
orExit(() => mkdirSync(options.out, { recursive: true }))
for (const needs of accountNeeds({
  rules: config.rules,
  providers: providers.map(({ provider }) => provider),
  resources: targets.map(resourceOf),
  gatewayRole: options.gatewayRole,
})) {
  write(`${needs.account}.template.json`, cloudFormationTemplate(needs))
  write(`${needs.account}.json`, needs)
  if (JSON.stringify(needs.roles).includes(UNKNOWN_GATEWAY_ROLE)) {
    process.stderr.write(
      `${needs.account}: rules with assume-role trust the gateway's own role, which is not known without --gateway-role: give it to the template as GatewayRoleArn, and write it into ${needs.account}.json\n`,
    )
  }
  for (const provider of needs.oidcProviders) {
    if (!provider.clientIdsUnknown) continue
    process.stderr.write(
      `${needs.account}: STS compares the client of the tokens of ${provider.url}, and OIDC_CLIENT_ID (in the file, clientIds) names none: add the ids of your MCP clients to ClientIdList and to the :aud conditions\n`,
    )
  }
}

const own = gatewayPermissions(config.rules)
if (own !== undefined) write('gateway-role.json', own)

function write(name: string, document: unknown): void {
  const path = join(options.out, name)
  orExit(() => writeFileSync(path, `${JSON.stringify(document, undefined, 2)}\n`))
  process.stdout.write(`${path}\n`)
}

/** Ends with 2 where the folder cannot be written, as in a container whose file system is read-only. */
function orExit(act: () => void): void {
  try {
    act()
  } catch (error) {
    const cause = error instanceof Error ? error.message : String(error)
    process.stderr.write(
      `cannot write to ${options.out}: ${cause}; name a folder that can be written with --out\n`,
    )
    process.exit(2)
  }
}

function readArguments(words: readonly string[]) {
  let out = 'iam'
  let gatewayRole: string | undefined
  for (let at = 0; at < words.length; at += 2) {
    const [option, value] = words.slice(at, at + 2)
    if (option === '--out' && value !== undefined) out = value
    else if (option === '--gateway-role' && value !== undefined) gatewayRole = value
    else {
      const help = option === '--help'
      ;(help ? process.stdout : process.stderr).write(USAGE)
      process.exit(help ? 0 : 2)
    }
  }
  return { out, gatewayRole }
}
