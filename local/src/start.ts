import { endRequested } from './end-requested.ts'
import { loginModeFrom, originsOf } from './gateway-config.ts'
import { occupiedPorts, portsFrom } from './ports.ts'
import { readableLine } from './readable-line.ts'
import { startStack } from './stack.ts'
import { CLIENT_ID, MAIN_ISSUERS, PEOPLE } from './world.ts'

const print = (text: string) => process.stdout.write(`${text}\n`)

function giveUp(problems: readonly string[]): never {
  process.stderr.write(
    `the local stack cannot start:\n${problems.map((line) => `  ${line}\n`).join('')}`,
  )
  process.exit(1)
}

const raw = process.argv.includes('--raw')
const unknown = process.argv.slice(2).filter((argument) => argument !== '--raw')
if (unknown.length > 0) giveUp([`${unknown[0]}: is not an option; there is --raw`])

const { ports, problems } = portsFrom(process.env)
const { loginMode, problems: modeProblems } = loginModeFrom(process.env)
if (problems.length + modeProblems.length > 0) giveUp([...problems, ...modeProblems])
const occupied = await occupiedPorts(ports)
if (occupied.length > 0) giveUp(occupied)

const origins = originsOf(ports)
let started = false
let stopRequested = false
const stopping = endRequested().then(() => {
  stopRequested = true
})

const stack = await startStack({
  ports,
  loginMode,
  onLine: (program, line) => {
    const text = raw ? line : readableLine(program, line)
    if (text !== undefined && (started || raw)) print(text)
  },
}).catch((error: unknown) =>
  giveUp([error instanceof Error ? error.message.replaceAll('\n', '\n  ') : String(error)]),
)
started = true

if (!stopRequested) print(welcome(stack.configFile))
const end = await Promise.race([stopping, stack.died])
if (end === undefined) print('\nstopping …')
else process.stderr.write(`the ${end.program} ended by itself (${end.how}); stopping\n`)
await stack.stop()
if (end === undefined) print('stopped')
process.exit(end === undefined ? 0 : 1)

function welcome(configFile: string): string {
  const mcp = `${origins.gateway}/mcp`
  const people = PEOPLE.map(({ id, title, may }) => `  ${id.padEnd(7)}${title}: ${may}`)
  return `
identity provider  ${origins.identityProvider}   four issuers: ${MAIN_ISSUERS.join(', ')}
AWS stand-in       ${origins.aws}   STS, CloudWatch, CloudWatch Logs, with a seeded story
MCP server         ${origins.server}   refuses everyone but the gateway's credentials
gateway            ${origins.gateway}   /mcp (us-east-1), /mcp/prod (eu-west-1), /whoami
operator port      http://127.0.0.1:${ports.metrics}/metrics

Connect
  Claude Code      claude mcp add --transport http cloudwatch ${mcp}
  VS Code          code --add-mcp '{"name":"cloudwatch","type":"http","url":"${mcp}"}'
  MCP Inspector    npx @modelcontextprotocol/inspector@latest --cli ${mcp} --transport http --method tools/list
  stdio clients    npx mcp-remote ${mcp}
  curl             curl -i ${mcp}          (401, and where to sign in)
  demo             npm run demo            (a scripted client, in another terminal)
  doctor           GATEWAY_CONFIG=${configFile} npm run doctor

Sign in as
${people.join('\n')}

${
  loginMode === 'facade'
    ? 'Clients sign in at the gateway itself (LOGIN_MODE=facade), which asks them which of the issuers to use.'
    : `A client that brings its own registration: ${CLIENT_ID}, a public client with loopback redirects.
LOGIN_MODE=facade npm start has clients sign in at the gateway itself.`
}
Requests appear below. Ctrl-C stops everything.
`
}
