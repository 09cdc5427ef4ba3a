/**
 * Writes what the gateway's container needs in the local stack into the folder that the one argument names, so that
 * `docker compose up` and `npm start` run with the same configuration:
 *
 * - `gateway.yaml`: the gateway's configuration, by the same ports that `npm start` reads;
 * - `aws-credentials`: the gateway's own AWS identity, in the SDK's shared file format;
 * - `relay.mjs`: lets `localhost` lead to the stand-ins, see relay.ts.
 */

import { copyFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { stringify } from 'yaml'
import { gatewayConfig, loginModeFrom, originsOf } from '../gateway-config.ts'
import { portsFrom } from '../ports.ts'
import { LOCAL_GATEWAY } from '../world.ts'

function fail(problems: readonly string[]): never {
  process.stderr.write(`write-config: ${problems.join('; ')}\n`)
  process.exit(1)
}

const [folder, ...others] = process.argv.slice(2)
if (folder === undefined || others.length > 0) fail(['takes one argument, a folder'])
const { ports, problems } = portsFrom(process.env)
const { loginMode, problems: modeProblems } = loginModeFrom(process.env)
if (problems.length + modeProblems.length > 0) fail([...problems, ...modeProblems])

const credentials = `[default]
aws_access_key_id = ${LOCAL_GATEWAY.accessKeyId}
aws_secret_access_key = ${LOCAL_GATEWAY.secretAccessKey}
aws_session_token = ${LOCAL_GATEWAY.sessionToken}
`
const relay = fileURLToPath(new URL('./relay.js', import.meta.url))

try {
  writeFileSync(
    join(folder, 'gateway.yaml'),
    stringify(gatewayConfig(ports, originsOf(ports), loginMode)),
  )
  writeFileSync(join(folder, 'aws-credentials'), credentials)
  copyFileSync(relay, join(folder, 'relay.mjs'))
} catch (error) {
  fail([error instanceof Error ? error.message : String(error)])
}
process.stdout.write(`the gateway's local configuration is in ${folder}\n`)
