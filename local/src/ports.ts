import { randomInt } from 'node:crypto'
import { createServer } from 'node:net'
import { DEFAULT_PORTS } from './world.ts'

/** The parts of the local stack that listen. */
export type Listener = keyof typeof DEFAULT_PORTS

export type Ports = Readonly<Record<Listener, number>>

/** The option that changes each port. */
export const PORT_OPTIONS: Readonly<Record<Listener, string>> = {
  gateway: 'GATEWAY_PORT',
  metrics: 'GATEWAY_METRICS_PORT',
  server: 'CLOUDWATCH_MCP_PORT',
  identityProvider: 'LOCAL_IDENTITY_PROVIDER_PORT',
  aws: 'LOCAL_AWS_PORT',
}

// Object.keys widens; the keys of the record are exactly the listeners.
const LISTENERS = Object.keys(PORT_OPTIONS) as Listener[]

/**
 * The ports that the environment asks for, else the defaults; and the problems where a value is no port or two
 * listeners would share one, each naming the option.
 */
export function portsFrom(
  env: Readonly<Record<string, string | undefined>>,
): Readonly<{ ports: Ports; problems: readonly string[] }> {
  const problems: string[] = []
  const ports: Record<Listener, number> = { ...DEFAULT_PORTS }
  for (const listener of LISTENERS) {
    const option = PORT_OPTIONS[listener]
    const text = env[option]
    if (text === undefined || text === '') continue
    const port = Number(text)
    if (/^\d+$/.test(text) && port >= 1 && port <= 65_535) ports[listener] = port
    else problems.push(`${option}: must be a port from 1 to 65535, not ${JSON.stringify(text)}`)
  }
  for (const [index, listener] of LISTENERS.entries()) {
    const twin = LISTENERS.slice(0, index).find((other) => ports[other] === ports[listener])
    if (twin === undefined) continue
    problems.push(
      `${PORT_OPTIONS[listener]}: ${ports[listener]} is also the port of ${PORT_OPTIONS[twin]}; choose another`,
    )
  }
  return { ports, problems }
}

/** Which of the ports cannot be listened on; each problem names the option and the fix. */
export async function occupiedPorts(ports: Ports): Promise<readonly string[]> {
  const answers = await Promise.all(
    LISTENERS.map(async (listener) => {
      const problem = await whyNotFree(ports[listener])
      const option = PORT_OPTIONS[listener]
      return problem === undefined ? [] : [`${option}: ${problem} set ${option} to another port`]
    }),
  )
  return answers.flat()
}

/**
 * Ports that were free a moment ago; for tests and demos that must not meet a running stack. They are below those that the
 * system gives to whoever asks for any (32768 and up), so that no connection takes one before it is used.
 */
export async function freePorts(): Promise<Ports> {
  const found = new Set<number>()
  while (found.size < LISTENERS.length) {
    const port = randomInt(20_000, 32_000)
    if ((await whyNotFree(port)) === undefined) found.add(port)
  }
  const [gateway = 0, metrics = 0, server = 0, identityProvider = 0, aws = 0] = found
  return { gateway, metrics, server, identityProvider, aws }
}

async function whyNotFree(port: number): Promise<string | undefined> {
  try {
    const server = await listenOn(port)
    await new Promise((done) => server.close(done))
    return undefined
  } catch (error) {
    // A port below 1024 belongs to the administrator on many systems.
    return error instanceof Error && 'code' in error && error.code === 'EACCES'
      ? `port ${port} may not be opened by you;`
      : `port ${port} is in use; stop what listens there or`
  }
}

function listenOn(port: number) {
  const server = createServer()
  return new Promise<typeof server>((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, '127.0.0.1', () => resolve(server))
  })
}
