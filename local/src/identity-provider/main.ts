/** The identity provider as a program; options.ts names its environment variables. */

import { MAIN_ISSUERS } from '../world.ts'
import { startIdentityProvider } from './identity-provider.ts'
import { listenProblem, readOptions } from './options.ts'

function fail(problems: readonly string[]): never {
  process.stderr.write(`identity provider: ${problems.join('; ')}\n`)
  process.exit(1)
}

const read = readOptions(process.env)
if (read.problems !== undefined) fail(read.problems)

const { options } = read
const provider = await startIdentityProvider(options).catch((error: unknown) =>
  fail([listenProblem(error, options.port, options.host)]),
)

const others = Object.keys(provider.issuers).length - MAIN_ISSUERS.length
const names = `${MAIN_ISSUERS.join(', ')} and ${others} more`
process.stdout.write(`identity provider: listening at ${provider.origin} (${names})\n`)

for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => {
    provider.close().then(() => process.exit(0))
  })
}
