import { readFileSync } from 'node:fs'
import { ConfigError, isLoopback, readConfig } from './config.ts'
import { createLog, type LogFields } from './log.ts'
import { createCloudWatchMcpServer } from './server.ts'
import { NAME, VERSION } from './version.ts'

const write = (line: string): void => {
  process.stdout.write(`${line}\n`)
}

const EXIT_MS = 1_000

/** The only reader of process.env; everything else is handed its options. */
async function main(): Promise<void> {
  const config = readConfig(process.env, (path) => readFileSync(path, 'utf8'))
  const log = createLog(config.logLevel, write)
  if (config.dangerouslyShareEnvironmentCredentials === 'true') {
    log.warn('DANGEROUSLY_SHARE_ENVIRONMENT_CREDENTIALS is set', {
      effect:
        config.credentials === 'environment' && !isLoopback(config.host)
          ? 'everyone who reaches this port acts with the AWS rights of this process'
          : 'none with this configuration: unset it',
    })
  }
  // A promise that nobody awaits is a mistake of this program in one request, and no reason to end all the others.
  process.on('unhandledRejection', (reason) => {
    log.error('a promise was rejected unheard', rejectionFields(reason))
  })
  const server = createCloudWatchMcpServer(config, log)
  const { port } = await server.listen()
  log.info('listening', {
    name: NAME,
    version: VERSION,
    host: config.host,
    port,
    credentials: config.credentials,
    region: config.region,
  })

  const stop = (signal: NodeJS.Signals): void => {
    log.info('stopping', { signal, drainTimeoutMs: config.drainTimeoutMs })
    server
      // Whoever types Ctrl-C wants it gone.
      .close(signal === 'SIGTERM' ? config.drainIdleMs : 0)
      .then(
        () => log.info('stopped'),
        () => log.error('the server did not stop cleanly'),
      )
      // The process ends by itself; this is for a handle that a library left open.
      .finally(() => setTimeout(() => process.exit(), EXIT_MS).unref())
  }
  process.once('SIGTERM', stop)
  process.once('SIGINT', stop)
}

/** The kind of a rejection and where it comes from. Not its message: one of AWS's may repeat what a caller typed. */
function rejectionFields(reason: unknown): LogFields {
  if (!(reason instanceof Error)) return { kind: typeof reason }
  const frames = (reason.stack ?? '').split('\n').filter((line) => /^\s+at /.test(line))
  const where = frames.slice(0, 8).map((line) => line.trim())
  return { kind: reason.name, where: where.join(' <- ').slice(0, 1_000) }
}

/** Why the server did not start, one line per problem, on the log. */
function explain(error: unknown): readonly string[] {
  if (error instanceof ConfigError) return error.problems
  const code = error instanceof Error && 'code' in error ? error.code : undefined
  if (code === 'EADDRINUSE') {
    return ['CLOUDWATCH_MCP_PORT is taken by another program: stop that one or choose another port']
  }
  if (code === 'EACCES')
    return ['CLOUDWATCH_MCP_PORT needs rights that this process lacks: use one above 1023']
  if (code === 'EADDRNOTAVAIL' || code === 'ENOTFOUND') {
    return ['CLOUDWATCH_MCP_SERVER_HOST is not an address of this machine']
  }
  return [`the server did not start: ${error instanceof Error ? error.message : 'unknown error'}`]
}

main().catch((error: unknown) => {
  const log = createLog('error', write)
  for (const problem of explain(error)) log.error(problem)
  process.exitCode = 1
})
