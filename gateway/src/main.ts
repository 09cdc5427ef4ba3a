import { readFileSync } from 'node:fs'
import { ConfigError, loadConfig } from './config/load.ts'
import { type FilesRead, notingReader, watchFiles } from './config/watch-files.ts'
import { createGateway, ListenError } from './gateway.ts'
import { listenOrigin } from './http/listen-origin.ts'

const LISTENER_OPTIONS = {
  port: { port: 'GATEWAY_PORT', host: 'GATEWAY_HOST' },
  metricsPort: { port: 'GATEWAY_METRICS_PORT', host: 'GATEWAY_METRICS_HOST' },
} as const

/** Why a listener could not be opened, by the option to change. */
function listenProblem({ option, message, cause }: ListenError): string {
  const { port, host } = LISTENER_OPTIONS[option]
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : ''
  return /^(EADDRNOTAVAIL|ENOTFOUND|EAI_)/.test(code)
    ? `${host}: ${message}; use an address of this machine, or 0.0.0.0 for all of them`
    : `${port}: ${message}; choose a free port`
}

const write = (line: string) => process.stdout.write(`${line}\n`)

/** Says what is wrong in plain lines and ends the program. */
function giveUp(lines: readonly string[]): never {
  process.stderr.write(`the gateway cannot start:\n${lines.map((line) => `  ${line}\n`).join('')}`)
  process.exit(1)
}

try {
  const readFile = (path: string) => readFileSync(path, 'utf8')
  let read: FilesRead = new Map()
  // Only the files that the newest configuration names are watched.
  const load = () => {
    read = new Map()
    return loadConfig(process.env, notingReader(readFile, read))
  }
  const config = load()
  const gateway = createGateway(config, write)
  // Before it listens: a signal that comes with the first request must not cut it.
  let stopping = false
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    process.on(signal, () => {
      if (stopping) return
      stopping = true
      // Whoever types Ctrl-C wants it gone.
      gateway.close(signal === 'SIGTERM' ? config.drainIdleMs : 0).then(() => process.exit(0))
    })
  }
  const reload = () => {
    try {
      gateway.reload(load())
    } catch (error) {
      gateway.reportBadConfig(error instanceof ConfigError ? error.problems : [String(error)])
    }
  }
  watchFiles(() => read, readFile, reload)
  process.on('SIGHUP', reload)
  const { port, metricsPort } = await gateway.listen()
  write(
    JSON.stringify({
      time: new Date().toISOString(),
      level: 'info',
      message: 'gateway listens',
      address: listenOrigin(config.host, port),
      public_url: config.publicUrl,
      upstream_url: config.upstreamUrl,
      metrics: `${listenOrigin(config.metricsHost, metricsPort)}/metrics`,
    }),
  )
} catch (error) {
  if (error instanceof ConfigError) giveUp(error.problems)
  if (error instanceof ListenError) giveUp([listenProblem(error)])
  throw error
}
