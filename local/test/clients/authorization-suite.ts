import { createServer } from 'node:net'
import { signIn } from '../../src/identity-provider/sign-in.ts'
import { type Check, checked } from './check.ts'
import type { FacadeWorld } from './facade-world.ts'
import type { NpxProgram } from './npx-program.ts'
import { register } from './oauth-flow.ts'
import { runToEnd } from './run-to-end.ts'

/** The conformance suite of the protocol's own project; `npm run conformance` uses the same release. */
export const SUITE = '@modelcontextprotocol/conformance@0.2.0-alpha.12'

/** The scenarios for authorization servers that this release has. */
const SCENARIOS = 2
const RUN_MS = 60_000

/** Runs the suite's scenarios for authorization servers against the gateway; the person is signed in as a browser would. */
export function checkAuthorizationSuite(
  world: FacadeWorld,
  { node, script }: NpxProgram,
): Promise<Check> {
  return checked('conformance authorization', async () => {
    const port = await freePort()
    const { client_id: clientId } = await register(world.origin, {
      client_name: 'conformance suite',
      redirect_uris: [`http://127.0.0.1:${port}/callback`],
      token_endpoint_auth_method: 'none',
    })
    let opened: Promise<unknown> | undefined
    const { exitCode, stdout, stderr } = await runToEnd(
      node,
      [
        ...[script, 'authorization', '--url', world.origin, '--client-id', String(clientId)],
        ...['--resource', world.mcpUrl, '-p', String(port)],
      ],
      {
        withinMs: RUN_MS,
        onOutput: (printed) => {
          const address = AUTHORIZE_URL.exec(printed)?.[1]
          if (opened !== undefined || address === undefined) return
          opened = signIn(address, 'alice', { issuer: world.issuers.generic }).then((back) =>
            fetch(back),
          )
          // The suite waits on, and is ended with its time.
          opened.catch((error: unknown) => process.stderr.write(`${String(error)}\n`))
        },
      },
    )
    const passed = [...stdout.matchAll(/^\s*✓/gmu)].length
    return {
      cell: `${passed} of ${SCENARIOS} scenarios, exit code ${exitCode}`,
      problems: exitCode === 0 && passed === SCENARIOS ? [] : [`${stdout}\n${stderr}`],
    }
  })
}

const AUTHORIZE_URL = /(http:\/\/\S+\/oauth\/authorize\?\S+)\s/

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer()
    server.once('error', reject)
    server.listen(0, '127.0.0.1', () => {
      const address = server.address()
      server.close(() => resolve(typeof address === 'object' && address ? address.port : 0))
    })
  })
}
