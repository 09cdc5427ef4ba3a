import { randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect } from 'chai'
import { stringify } from 'yaml'
import { gatewayConfig, originsOf } from '../../src/gateway-config.ts'
import { freePorts, type Ports } from '../../src/ports.ts'
import { issuersAt } from '../../src/world.ts'
import { obtainTokens } from '../support/obtain-token.ts'
import { type RunningProgram, startProgram } from '../support/program.ts'
import { eventually } from '../support/running-stack.ts'
import { type ServiceFront, startServiceFront } from './service-front.ts'
import { type Call, startSteadyCallers } from './steady-callers.ts'

/** How long a Service still sends connections to a pod that is being deleted, and the preStop that outwaits it. */
const PROPAGATION_MS = 300
const PRE_STOP_MS = 600
/** The programs' own default, which the other tests do without. */
const DRAIN_IDLE_MS = '5000'
/** A query runs this long, and its stream with it. */
const QUERY_MS = 1500

const QUICK_CALLS: readonly Call[] = [
  { method: 'tools/list', params: {}, contains: 'list_log_groups' },
  {
    method: 'tools/call',
    params: { name: 'list_log_groups', arguments: {} },
    contains: '/shop/checkout',
  },
  {
    method: 'tools/call',
    params: { name: 'list_alarms', arguments: { state: 'ALARM' } },
    contains: 'checkout',
  },
]

const STREAM: Call = {
  method: 'tools/call',
  params: {
    name: 'query_logs',
    arguments: {
      logGroups: ['/shop/checkout'],
      query: 'stats count(*) as events by level',
      start: '-1h',
    },
    _meta: { progressToken: 'stream' },
  },
  contains: '"result"',
}

/** A process behind a Service: what Kubernetes knows of a pod. */
type Pod = Readonly<{ name: string; program: RunningProgram }>

/** What the pods of one Deployment are made of. */
type Deployment = Readonly<{ front: ServiceFront; start: (name: string) => Promise<Pod> }>

describe('a rolling restart under load', () => {
  const ends: Array<() => Promise<void>> = []
  after(async function () {
    this.timeout(30_000)
    for (const end of ends.reverse()) await end()
  })

  it('replaces two gateways and two servers without one failed request', async function () {
    this.timeout(60_000)
    const { gateways, servers, url, token } = await startWorld(ends)
    const oldServers = await Promise.all(['server-a', 'server-b'].map(servers.start))
    const oldGateways = await Promise.all(['gateway-a', 'gateway-b'].map(gateways.start))

    const load = { url, token }
    const quick = startSteadyCallers({ ...load, callers: 12, calls: QUICK_CALLS, pauseMs: 40 })
    const streams = startSteadyCallers({ ...load, callers: 6, calls: [STREAM], pauseMs: 10 })
    ends.push(async () => void (await quick.stop()))
    ends.push(async () => void (await streams.stop()))

    // Both Deployments roll at once, as after a release; in each of them one pod after the other.
    const drained = await Promise.all([
      rollOut(servers, oldServers),
      rollOut(gateways, oldGateways),
    ])
    const called = await quick.stop()
    const streamed = await streams.stop()

    console.log(
      `      ${called.requests} calls and ${streamed.requests} streams, ${called.failures.length + streamed.failures.length} failed; ` +
        `streams in progress at SIGTERM: ${drained.flat().join(', ')}`,
    )
    expect([...called.failures, ...streamed.failures]).to.deep.equal([])
    expect(called.requests).to.be.greaterThan(50)
    expect(streamed.requests).to.be.greaterThan(6)
    expect(Math.min(...drained.flat())).to.be.greaterThan(0)
    const printed = oldServers.flatMap(({ program }) => program.lines).join('\n')
    expect(printed).to.contain('"stopped"').and.not.contain('outlasted the drain')
  })
})

/**
 * Replaces pod after pod as a Deployment with `maxUnavailable: 0` does: the old one is told to go when the new one is
 * ready, and the next is not kept waiting by the old one's end. Gives how many streams each was in the middle of at its
 * SIGTERM.
 */
async function rollOut(deployment: Deployment, pods: readonly Pod[]): Promise<readonly number[]> {
  const leaving: Array<Promise<number>> = []
  for (const pod of pods) {
    await deployment.start(`${pod.name}-new`)
    leaving.push(deletePod(deployment.front, pod))
  }
  return Promise.all(leaving)
}

async function deletePod(front: ServiceFront, { name, program }: Pod): Promise<number> {
  const routed = sleep(PROPAGATION_MS).then(() => front.remove(name))
  await Promise.all([routed, sleep(PRE_STOP_MS)])
  // The hard case is a pod that is in the middle of something.
  const streams = await eventually(() => front.streamsOf(name) || undefined)
  await program.stop()
  await eventually(() => front.connectionsTo(name) === 0 || undefined)
  return streams
}

/** The stand-ins, and two Services without pods; `ends` gets what has to be stopped. */
async function startWorld(
  ends: Array<() => Promise<void>>,
): Promise<Readonly<{ gateways: Deployment; servers: Deployment; url: URL; token: string }>> {
  const front = { gateway: await startServiceFront(), server: await startServiceFront() }
  ends.push(front.gateway.close, front.server.close)
  const ports: Ports = {
    ...(await freePorts()),
    gateway: front.gateway.port,
    server: front.server.port,
  }
  const origins = originsOf(ports)
  const folder = mkdtempSync(join(tmpdir(), 'rolling-restart-'))
  ends.push(async () => rmSync(folder, { recursive: true }))
  const configFile = join(folder, 'gateway.yaml')
  writeFileSync(configFile, stringify(gatewayConfig(ports, origins)))
  const sealKeys = randomBytes(32).toString('base64')

  const run = async (...program: Parameters<typeof startProgram>): Promise<RunningProgram> => {
    const running = await startProgram(...program)
    ends.push(running.stop)
    return running
  }
  await run(
    'local/dist/src/identity-provider/main.js',
    {
      LOCAL_IDENTITY_PROVIDER_PORT: String(ports.identityProvider),
      LOCAL_IDENTITY_PROVIDER_URL: origins.identityProvider,
      LOCAL_RESOURCE_ORIGIN: origins.gateway,
    },
    `${origins.identityProvider}/healthz`,
  )
  await run(
    'local/dist/src/aws/main.js',
    {
      LOCAL_AWS_PORT: String(ports.aws),
      LOCAL_AWS_QUERY_MILLISECONDS: String(QUERY_MS),
      LOCAL_ISSUER_ORIGIN: origins.identityProvider,
      LOCAL_RESOURCE_ORIGIN: origins.gateway,
    },
    `${origins.aws}/_local/health`,
  )
  const servers: Deployment = {
    front: front.server,
    start: async (name) => {
      const { server: port } = await freePorts()
      const program = await run(
        'mcp-server/dist/src/main.js',
        {
          CLOUDWATCH_MCP_PORT: String(port),
          CLOUDWATCH_MCP_DRAIN_IDLE_MS: DRAIN_IDLE_MS,
          AWS_ENDPOINT_URL: origins.aws,
          UPSTREAM_SEAL_KEYS: sealKeys,
        },
        `http://127.0.0.1:${port}/healthz`,
      )
      front.server.add({ name, port })
      return { name, program }
    },
  }
  const gateways: Deployment = {
    front: front.gateway,
    start: async (name) => {
      const { gateway: port } = await freePorts()
      const program = await run(
        'gateway/dist/src/main.js',
        {
          GATEWAY_CONFIG: configFile,
          GATEWAY_PORT: String(port),
          GATEWAY_METRICS_PORT: '0',
          GATEWAY_DRAIN_IDLE_MS: DRAIN_IDLE_MS,
          UPSTREAM_SEAL_KEYS: sealKeys,
          // One person stands for many.
          GATEWAY_REQUESTS_PER_MINUTE_PER_PRINCIPAL: '1000000',
          GATEWAY_REQUEST_BURST_PER_PRINCIPAL: '1000000',
        },
        `http://127.0.0.1:${port}/readyz`,
      )
      front.gateway.add({ name, port })
      return { name, program }
    },
  }
  const { access_token: token } = await obtainTokens({
    issuer: issuersAt(origins.identityProvider).generic,
    person: 'alice',
    resource: `${origins.gateway}/mcp`,
  })
  const url = new URL(`http://127.0.0.1:${front.gateway.port}/mcp`)
  return { gateways, servers, url, token }
}
