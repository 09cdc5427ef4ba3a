import { readFileSync } from 'node:fs'
import type { LoadedConfig } from '../config/load.ts'
import { readConfigOrExit } from '../config/read-config-or-exit.ts'
import { createIdentityRooms } from '../identity-rooms.ts'
import { createFetchText } from '../token/discovery.ts'
import { examineProvider } from './examine-provider.ts'
import { examineToken } from './examine-token.ts'
import { type Finding, renderFindings } from './finding.ts'

const USAGE = `usage: doctor [--token-file FILE]

Without a token, checks the configuration (GATEWAY_CONFIG and the environment, as the gateway reads them) against the live
issuers and the MCP server. With one, walks the token through every step that the gateway takes with it; the token is never
printed. FILE is a token alone, or an Authorization header; - is standard input.

Ends with 0 where no problem was found, with 1 where one was, and with 2 where the arguments or FILE cannot be used.
`

const print = (text: string) => process.stdout.write(`${text}\n`)

const tokenFile = readArguments(process.argv.slice(2))
const config = readConfigOrExit(process.env, (path) => readFileSync(path, 'utf8'))
const findings =
  tokenFile === undefined ? await examineConfig(config) : await examineFile(config, tokenFile)
process.exitCode = findings.some(({ outcome }) => outcome === 'problem') ? 1 : 0

function readArguments(words: readonly string[]): string | undefined {
  if (words.length === 0) return undefined
  const [option, file, ...rest] = words
  if (option === '--token-file' && file !== undefined && rest.length === 0) return file
  const help = option === '--help' && words.length === 1
  ;(help ? process.stdout : process.stderr).write(USAGE)
  process.exit(help ? 0 : 2)
}

async function examineFile(config: LoadedConfig, path: string): Promise<readonly Finding[]> {
  const token = readToken(path)
  if (token === '') giveUp(`${path === '-' ? 'standard input' : path} holds no token`)
  const rooms = createIdentityRooms(config)
  const findings = await examineToken(token, {
    ...rooms,
    clockToleranceSeconds: config.clockToleranceSeconds,
    now: () => Date.now(),
  })
  print(renderFindings(findings))
  return findings
}

function readToken(path: string): string {
  try {
    const text = readFileSync(path === '-' ? 0 : path, 'utf8').trim()
    // A header copied whole is what people have at hand.
    return text.replace(/^(authorization:\s*)?bearer\s+/i, '')
  } catch (error) {
    return giveUp(error instanceof Error ? error.message : 'cannot be read')
  }
}

function giveUp(text: string): never {
  process.stderr.write(`--token-file: ${text}\n`)
  process.exit(2)
}

async function examineConfig(config: LoadedConfig): Promise<readonly Finding[]> {
  const { providers, targets, resourceOf } = createIdentityRooms(config)
  const examination = {
    fetchText: createFetchText({ timeoutMs: config.issuerTimeoutMs }),
    fetchDate,
    now: () => Date.now(),
    resources: targets.map(resourceOf),
    tokensGoToSts: config.rules.some(({ mode }) => mode !== 'assume-role'),
    realSts: isAws(config.stsEndpoint),
  }
  const all: Finding[] = []
  for (const { provider } of providers) {
    print(`${provider.preset}  ${provider.issuer}`)
    const findings = await examineProvider(provider, examination)
    print(`${renderFindings(findings)}\n`)
    all.push(...findings)
  }
  const upstream = await examineUpstream(config)
  print(`MCP server  ${config.upstreamUrl}\n${renderFindings([upstream])}`)
  return [...all, upstream]
}

/** Whether STS is AWS's, at its own address or at a VPC endpoint; it fetches an issuer's keys over the internet. */
function isAws(stsEndpoint: string | undefined): boolean {
  if (stsEndpoint === undefined) return true
  return /\.amazonaws\.com(\.cn)?$/.test(new URL(stsEndpoint).hostname)
}

async function fetchDate(url: URL): Promise<number | undefined> {
  const response = await fetch(url, { signal: AbortSignal.timeout(5000), redirect: 'error' })
  await response.body?.cancel()
  const date = Date.parse(response.headers.get('date') ?? '')
  return Number.isNaN(date) ? undefined : date
}

async function examineUpstream({ upstreamUrl }: LoadedConfig): Promise<Finding> {
  const step = 'reachable'
  try {
    const response = await fetch(new URL('/healthz', upstreamUrl), {
      signal: AbortSignal.timeout(5000),
      redirect: 'error',
    })
    await response.body?.cancel()
    const outcome = response.ok ? 'ok' : 'warning'
    return { step, outcome, text: `/healthz answers ${response.status}` }
  } catch {
    const fix = 'start it, or set GATEWAY_UPSTREAM_URL to where it is'
    return { step, outcome: 'problem', text: 'it does not answer', fix }
  }
}
