import type { Client } from '@modelcontextprotocol/sdk/client/index.js'
import { StreamableHTTPError } from '@modelcontextprotocol/sdk/client/streamableHttp.js'
import { readAnswer } from './demo-answer.ts'
import { connectSignedIn } from './demo-client.ts'
import { investigate } from './demo-investigation.ts'
import { alignTables, briefly } from './demo-text.ts'
import { endRequested } from './end-requested.ts'
import { originsOf } from './gateway-config.ts'
import { signIn } from './identity-provider/sign-in.ts'
import { freePorts, portsFrom } from './ports.ts'
import { startStack } from './stack.ts'

const print = (text = '') => process.stdout.write(`${text}\n`)
const startedAt = Date.now()

/** The gateway's refusal at the end of the message that the SDK makes of it. */
const REFUSAL = /\{"error":"(role_unmapped)","error_description":"([^"]*)"\}\s*$/

const { ports, problems } = portsFrom(process.env)
const [unknown] = process.argv.slice(2)
if (unknown !== undefined) giveUp([`${unknown}: is not an option; there are none`])
if (problems.length > 0) giveUp(problems)

const stopping = endRequested()
const { gateway, stop } = await findOrStartStack()
try {
  const end = await Promise.race([tell(new URL(`${gateway}/mcp`)), stopping.then(() => 'early')])
  if (end === 'early') process.exitCode = 1
  else print(`\nDone in ${((Date.now() - startedAt) / 1000).toFixed(1)} s.`)
} finally {
  await stop()
}
// Where the story was broken off, its requests still wait for answers.
process.exit()

async function tell(url: URL): Promise<void> {
  await alice(url)
  await aliceInvestigates(url)
  await bob(url)
  await carol(url)
}

function giveUp(lines: readonly string[]): never {
  process.stderr.write(`the demo cannot start:\n${lines.map((line) => `  ${line}\n`).join('')}`)
  process.exit(1)
}

async function alice(url: URL): Promise<void> {
  heading('alice, site reliability engineer')
  const bare = await fetch(url, { method: 'POST' })
  await bare.body?.cancel()
  print(`POST ${url.pathname} without a token: ${bare.status}`)
  print(`  ${bare.headers.get('www-authenticate')}`)
  print('the client discovers, registers and signs in:')
  const client = await connectAs(url, 'alice', true)

  const { tools } = await client.listTools()
  print(`tools: ${tools.map((tool) => tool.name).join(', ')}`)
  await call(client, 'list_log_groups', { prefix: '/shop/' })
  await call(client, 'query_logs', {
    logGroups: ['/shop/checkout'],
    query:
      'filter level = "ERROR" | stats count(*) as errors, pct(latencyMs, 99) as p99 by version, message | sort errors desc | limit 5',
    start: '-1h',
  })
  await call(client, 'get_metric_data', {
    queries: [
      {
        id: 'errors',
        namespace: 'Shop/Checkout',
        metricName: 'Errors',
        dimensions: [{ name: 'Service', value: 'checkout' }],
        statistic: 'Sum',
      },
      {
        id: 'requests',
        namespace: 'Shop/Checkout',
        metricName: 'Requests',
        dimensions: [{ name: 'Service', value: 'checkout' }],
        statistic: 'Sum',
      },
      { id: 'rate', expression: 'errors / requests * 100', label: 'error rate (%)' },
    ],
    start: '-2h',
  })
  await call(client, 'list_alarms', { state: 'ALARM' })
  await client.close()
}

/** What a model would do with these tools, done by a script: every call is made from the answers before it. */
async function aliceInvestigates(url: URL): Promise<void> {
  heading('alice, why do the alarms ring?')
  const client = await connectAs(url, 'alice', false)
  let steps = 0
  const { sentence } = await investigate(
    async (tool, input, columns) => {
      print(`   > ${tool} ${shorten(JSON.stringify(input))}`)
      const result = await client.callTool({ name: tool, arguments: input })
      const parts: Part[] = Array.isArray(result.content) ? result.content : []
      const text = parts.map((part) => part.text ?? '').join('')
      if (result.isError === true) throw new Error(`${tool} failed: ${text}`)
      const answer = readAnswer(text)
      print(briefly(answer, columns).replaceAll(/^/gm, '     '))
      for (const { data } of parts) if (data !== undefined) print(`     ${describePng(data)}`)
      return answer
    },
    {
      question: (text) => {
        steps += 1
        print(`\n${String(steps).padStart(2)} ${text}`)
      },
      finding: (text) => print(`   = ${text}`),
    },
  )
  print(`\nConclusion: ${sentence}`)
  await client.close()
}

function shorten(text: string): string {
  return text.length > 250 ? `${text.slice(0, 249)}… (${text.length} characters in all)` : text
}

type Part = Readonly<{ text?: string; data?: string }>

/** Width and height stand at fixed places of a PNG (its first chunk is the header). */
function describePng(base64: string): string {
  const bytes = Buffer.from(base64, 'base64')
  const size = `${bytes.readUInt32BE(16)} × ${bytes.readUInt32BE(20)}`
  return `[a picture: PNG, ${size}, ${Math.round(bytes.length / 1000)} KB, which a client shows]`
}

async function bob(url: URL): Promise<void> {
  heading('bob, developer of the catalog team')
  const client = await connectAs(url, 'bob', false)
  const { tools } = await client.listTools()
  print(`tools: ${tools.map((tool) => tool.name).join(', ')}`)
  await call(client, 'list_log_groups', {})
  await call(client, 'query_logs', {
    logGroups: ['/catalog/api'],
    query: 'stats count(*) as requests by level',
    start: '-1h',
  })
  print("\nhe asks for the checkout's logs, which are not his:")
  await call(client, 'query_logs', {
    logGroups: ['/shop/checkout'],
    query: 'fields @timestamp, @message | limit 5',
    start: '-1h',
  })
  await client.close()
}

async function carol(url: URL): Promise<void> {
  heading('carol, office manager')
  try {
    const client = await connectAs(url, 'carol', false)
    await client.close()
    throw new Error('carol was let in')
  } catch (error) {
    if (!(error instanceof StreamableHTTPError)) throw error
    const [, reason, text] = REFUSAL.exec(error.message) ?? []
    if (reason === undefined) throw error
    print(`refused with ${error.code}: ${text} (${reason})`)
  }
}

/** Signs a person in and connects; `narrate` prints each request of the sign-in. */
function connectAs(url: URL, person: 'alice' | 'bob' | 'carol', narrate: boolean): Promise<Client> {
  return connectSignedIn(url, {
    signIn: (authorizeUrl) => {
      print(`  ${person} signs in at ${authorizeUrl.origin}${authorizeUrl.pathname}`)
      return signIn(authorizeUrl, person)
    },
    fetch: async (input, init) => {
      const response = await fetch(input, init)
      if (narrate) {
        print(`  ${init?.method ?? 'GET'} ${new URL(input).pathname} -> ${response.status}`)
      }
      return response
    },
  })
}

async function call(client: Client, name: string, input: Record<string, unknown>): Promise<void> {
  print(`\n> ${name} ${JSON.stringify(input)}`)
  const result = await client.callTool({ name, arguments: input })
  const content: unknown = result.content
  for (const part of Array.isArray(content) ? content : []) {
    if (part.type === 'text') print(indent(alignTables(part.text)))
  }
}

function heading(text: string): void {
  print(`\n== ${text} ${'='.repeat(Math.max(0, 96 - text.length))}`)
}

function indent(text: string): string {
  return text.replaceAll(/^/gm, '  ')
}

/** The stack that `npm start` runs, if it does, else one of our own on free ports. */
async function findOrStartStack(): Promise<{ gateway: string; stop: () => Promise<void> }> {
  const gateway = originsOf(ports).gateway
  const running = await fetch(`${gateway}/readyz`).then(
    (response) => response.ok,
    () => false,
  )
  if (running) {
    print(`using the stack at ${gateway}`)
    return { gateway, stop: async () => undefined }
  }
  print('no stack is running: starting one for this demo')
  const lines: string[] = []
  const stack = await startStack({
    ports: await freePorts(),
    onLine: (program, line) => lines.push(`${program}: ${line}`),
  })
  return { gateway: stack.origins.gateway, stop: stack.stop }
}
