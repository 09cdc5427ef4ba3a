import { createClientPool } from '../../src/clients.ts'
import { readConfig } from '../../src/config.ts'
import { createLog } from '../../src/log.ts'
import { createCloudWatchMcpServer } from '../../src/server.ts'
import { type FakeAws, startFakeAws } from './fake-aws.ts'

export type RunningServer = Readonly<{
  /** Origin of the server. */
  url: string
  mcp: string
  port: number
  aws: FakeAws
  /** Every line logged so far. */
  lines: readonly string[]
  /** How many times AWS clients were made. */
  clientsMade: () => number
  /** The log records of tool calls. */
  toolRecords: () => ReadonlyArray<Record<string, unknown>>
  /** Closes the server alone, as SIGTERM does; idle connections at once, or after `idleMs`. */
  drain: (idleMs?: number) => Promise<void>
  close: () => Promise<void>
}>

/** The whole server in process on a free port, with a fake AWS behind it. */
export async function startServer(
  env: Readonly<Record<string, string>> = {},
): Promise<RunningServer> {
  const aws = await startFakeAws()
  const lines: string[] = []
  const config = readConfig({
    CLOUDWATCH_MCP_PORT: '0',
    AWS_ENDPOINT_URL: aws.url,
    LOG_LEVEL: 'debug',
    ...env,
  })
  const log = createLog(config.logLevel, (line) => lines.push(line))
  let made = 0
  const server = createCloudWatchMcpServer(config, log, (options) => {
    const pool = createClientPool(options)
    return {
      ...pool,
      clientsFor: (caller, observe) => {
        made += 1
        return pool.clientsFor(caller, observe)
      },
    }
  })
  const { port } = await server.listen()
  const url = `http://127.0.0.1:${port}`
  return {
    url,
    mcp: `${url}/mcp`,
    port,
    aws,
    lines,
    clientsMade: () => made,
    toolRecords: () =>
      lines.map((line) => JSON.parse(line)).filter((record) => record.message === 'tool'),
    drain: (idleMs) => server.close(idleMs),
    close: async () => {
      await server.close()
      await aws.close()
    },
  }
}
