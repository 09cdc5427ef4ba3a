import { signIn } from '../../src/identity-provider/sign-in.ts'
import { eventually } from '../support/running-stack.ts'
import { type Check, checked } from './check.ts'
import { audienceAtSts, type FacadeWorld } from './facade-world.ts'
import type { LoginProvider } from './login-providers.ts'
import { type McpClientUnderTest, TOOL } from './mcp-clients.ts'

/** alice's account, as the tool echoes it. */
const ACCOUNT = 'account: 111122223333'

/**
 * One cell of the matrix: alice signs in with the client at the issuer, lists the tools, calls one, loses the access
 * token, and calls again. What the client says is compared with what the gateway noted down.
 */
export function checkCell(
  world: FacadeWorld,
  client: McpClientUnderTest,
  provider: LoginProvider,
): Promise<Check> {
  const issuer = world.issuerOf(provider.issuer)
  return checked(`${client.name} at ${provider.issuer}`, async () => {
    const run = await client.run({
      url: world.mcpUrl,
      browse: (authorizeUrl) => signIn(authorizeUrl, 'alice', { issuer }),
    })
    const noted = world
      .signIns()
      .filter((record) => record.client_name === client.clientName && record.issuer === issuer)
    const events = noted.map(({ event }) => event)
    const signInId = noted.find(({ event }) => event === 'token_issued')?.sign_in ?? 'none'
    const session = new RegExp(`^${escaped(provider.sessionPrefix)}-[0-9a-f]{12}$`)
    const calls = () =>
      world
        .requests()
        .filter((record) => record.sign_in === signInId && record.mcp_tool === TOOL)
        .filter(({ outcome }) => outcome === 'forwarded')
    // A record is written when its answer has ended.
    const seen = await eventually(() => (calls().length >= 2 ? calls() : undefined)).catch(() =>
      calls(),
    )
    const times = (event: string) => events.filter((one) => one === event).length
    const problems = [
      ...(run.tools > 0 ? [] : ['no tools']),
      ...(run.called.includes(ACCOUNT) ? [] : [`the call answered: ${run.called}`]),
      ...(run.calledAgain.includes(ACCOUNT) ? [] : [`then: ${run.calledAgain}`]),
      ...(times('token_issued') === 1 ? [] : [`sign-ins: ${times('token_issued')}`]),
      ...(times('token_refreshed') > 0 ? [] : ['it was not refreshed']),
      ...(seen.length === 2 ? [] : [`calls of the sign-in: ${seen.length}`]),
      ...seen
        .filter(({ exchange }) => exchange !== 'web-identity')
        .map(({ exchange }) => `credentials by ${exchange}`),
      ...seen
        .filter(({ session_name: name }) => !session.test(String(name)))
        .map(({ session_name: name }) => `session name ${name}`),
    ]
    return { cell: problems.length === 0 ? 'ok' : 'FAILED', problems }
  })
}

/** What STS got of an issuer in all those sign-ins: always the right token, under one name. */
export function checkSts(world: FacadeWorld, provider: LoginProvider): Promise<Check> {
  const issuer = world.issuerOf(provider.issuer)
  return checked(`STS, ${provider.issuer}`, async () => {
    const seen = world.seenAtSts.filter((one) => one.issuer === issuer)
    const audience = audienceAtSts(provider, world.mcpUrl)
    const names = new Set(seen.map(({ sessionName }) => sessionName))
    const [name = 'none'] = names
    const problems = [
      ...(seen.length > 0 ? [] : ['STS was never asked']),
      ...(names.size <= 1 ? [] : [`session names: ${[...names].join(', ')}`]),
      ...seen
        .filter((one) => one.kind !== provider.tokenAtSts || one.audience !== audience)
        .map((one) => `it got an ${one.kind} for ${one.audience}`),
      ...seen.filter(({ status }) => status !== 200).map(({ status }) => `it answered ${status}`),
    ]
    return { cell: `${provider.tokenAtSts} for ${audience} as ${name}`, problems }
  })
}

function escaped(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')
}
