import { randomUUID } from 'node:crypto'
import { createServer, type Server } from 'node:http'
import type { LoadedConfig } from './config/load.ts'
import { createCredentialCache } from './credentials/cache.ts'
import { createWebIdentityExchange } from './credentials/web-identity.ts'
import { GatewayError } from './errors.ts'
import { createGuard } from './http/guard.ts'
import { createListener } from './http/listener.ts'
import { answerPublic } from './http/public-answers.ts'
import { createRefuse } from './http/refuse.ts'
import { parseRequestTarget } from './http/request-target.ts'
import { matchRoute } from './http/route.ts'
import { traceparentFor } from './http/traceparent.ts'
import { createLog } from './log.ts'
import { metadataUrlOf, protectedResource, resourceOf } from './metadata/protected-resource.ts'
import { createMetrics } from './metrics/metrics.ts'
import { homePage } from './pages/home-page.ts'
import { createPipeline } from './pipeline.ts'
import type { Principal } from './principal/principal.ts'
import { selectRole } from './role/select-role.ts'
import { createFetchText } from './token/discovery.ts'
import { createIntrospect } from './token/introspect.ts'
import { createIssuerKeys, type IssuerKeys } from './token/issuer-keys.ts'
import type { Provider } from './token/provider.ts'
import { createVerifiedMemory } from './token/verified-memory.ts'
import { createVerify } from './token/verify.ts'
import { createForward } from './upstream/forward.ts'
import { answerWhoami } from './whoami.ts'

/** A gateway that has not started to listen. */
export type Gateway = Readonly<{
  /** Starts both listeners; gives the ports they got. Rejects where one cannot be had. */
  listen(): Promise<Readonly<{ port: number; metricsPort: number }>>
  /** Stops accepting, lets running requests end within the drain time, then cuts the rest. */
  close(): Promise<void>
}>

/** Which listener could not be opened, and why. */
export class ListenError extends Error {
  override readonly name = 'ListenError'
  readonly option: 'port' | 'metricsPort'

  constructor(option: 'port' | 'metricsPort', cause: unknown) {
    super(cause instanceof Error ? cause.message : 'cannot listen', { cause })
    this.option = option
  }
}

/** Connections to an MCP server are given up before its own keep-alive ends; Node's default is 5 s. */
const UPSTREAM_IDLE_MS = 4000
/** Above the idle time of common load balancers (60 s), so that they close first. */
const KEEP_ALIVE_MS = 75_000
const HEADERS_TIMEOUT_MS = 15_000
const REQUEST_TIMEOUT_MS = 60_000
/** A refusal by STS is remembered this long: enough against a storm, short against a repaired trust policy. */
const REFUSAL_SECONDS = 10

/**
 * Wires the rooms together; the only place that reads `Config`. `write` takes one line of log or audit record.
 */
export function createGateway(config: LoadedConfig, write: (line: string) => void): Gateway {
  const log = createLog(config.logLevel, write)
  const now = () => Date.now()
  const providers = config.providers.map(toProvider)
  const targets = new Map(
    Object.entries(config.targets).map(([name, { region }]) => [name, { name, region }]),
  )
  const targetNames = new Set(targets.keys())
  const rules =
    config.roleArn === undefined ? config.rules : [everyone(config.roleArn, [...targetNames])]

  const fetchText = createFetchText({ timeoutMs: config.issuerTimeoutMs })
  const trusted = providers.map((provider) => ({
    provider,
    keys: createIssuerKeys(provider.issuer, {
      fetchText,
      cooldownMs: config.issuerCooldownMs,
      now,
    }),
    introspect:
      provider.introspection &&
      createIntrospect(provider.issuer, provider.introspection, {
        timeoutMs: config.issuerTimeoutMs,
        refusalMs: REFUSAL_SECONDS * 1000,
        maxRefusals: config.verifiedTokens,
        now,
      }),
  }))
  const memory = createVerifiedMemory({ maxEntries: config.verifiedTokens, now })
  const verify = createVerify({
    providers: trusted,
    memory,
    clockToleranceSeconds: config.clockToleranceSeconds,
    introspectionSeconds: config.introspectionSeconds,
    now,
  })

  const sts = createWebIdentityExchange({
    region: config.region,
    endpoint: config.stsEndpoint,
    connectTimeoutMs: config.connectTimeoutMs,
    requestTimeoutMs: config.stsTimeoutMs,
    maxAttempts: config.stsMaxAttempts,
  })
  const credentials = createCredentialCache(sts.exchange, {
    maxEntries: config.cachedCredentials,
    minimumLifeSeconds: config.minimumCredentialSeconds,
    refreshAheadSeconds: config.refreshAheadSeconds,
    refusalSeconds: REFUSAL_SECONDS,
    now,
    onExchange: (outcome, milliseconds) => metrics.exchange(outcome, milliseconds / 1000),
  })
  const metrics = createMetrics({
    cachedCredentials: credentials.size,
    verifiedTokens: memory.size,
  })

  const upstreamUrl = new URL(config.upstreamUrl)
  const upstream = createForward({
    upstreamUrl,
    connectTimeoutMs: config.connectTimeoutMs,
    responseHeaderTimeoutMs: config.responseHeaderTimeoutMs,
    maxSockets: config.maxUpstreamConnections,
    idleSocketMs: UPSTREAM_IDLE_MS,
    log,
  })

  const guard = createGuard(config)
  const refuse = createRefuse({
    metadataUrlOf: (target) => metadataUrlOf(config.publicUrl, target),
    scopes: providers[0]?.scopes ?? [],
    log,
  })
  const bindRole = (principal: Principal, name: string) => {
    const target = targets.get(name)
    if (target === undefined) throw new GatewayError('not_found')
    return selectRole(principal, target, rules)
  }
  const shared = {
    guard,
    verify,
    bindRole,
    resourceOf: (target: string) => resourceOf(config.publicUrl, target),
  }
  const answerMcp = createPipeline({
    ...shared,
    exchange: credentials.exchange,
    forward: upstream.forward,
    upstreamHost: upstreamUrl.host,
    maxBodyBytes: config.maxBodyBytes,
    refuse,
    audit: (record) => {
      write(JSON.stringify(record))
      const outcome = record.reason ?? record.outcome
      metrics.request(
        { target: record.target, outcome, status: record.status },
        record.duration_ms / 1000,
      )
    },
    newRequestId: () => randomUUID(),
    newTraceparent: traceparentFor,
    now,
  })
  const publicAnswers = {
    metadataOf: (target: string) => protectedResource(config.publicUrl, target, providers),
    homePage: homePage({
      publicUrl: config.publicUrl,
      targets: [...targets.values()],
      issuers: providers.map(({ issuer }) => issuer),
    }),
    unready: () => (closing ? ['stopping'] : unreachedIssuers(trusted)),
  }

  let closing = false
  const listener = createListener({
    maxHeaderBytes: config.maxHeaderBytes,
    headersTimeoutMs: HEADERS_TIMEOUT_MS,
    requestTimeoutMs: REQUEST_TIMEOUT_MS,
    keepAliveTimeoutMs: KEEP_ALIVE_MS,
    log,
    handler: async (req, res) => {
      const path = parseRequestTarget(req.url)?.path
      const route = path === undefined ? undefined : matchRoute(path, targetNames)
      if (route?.kind === 'mcp') return answerMcp(req, res, route.target)
      try {
        if (route === undefined) throw new GatewayError('request_malformed')
        if (route.kind !== 'health' && route.kind !== 'ready') guard.checkHost(req.headers)
        if (route.kind === 'whoami') {
          return await answerWhoami({ ...shared, targets: [...targetNames] }, req, res)
        }
        answerPublic(publicAnswers, route, req, res)
      } catch (error) {
        const allow = route?.kind === 'whoami' ? 'GET, OPTIONS' : 'GET, HEAD'
        refuse(res, error, { target: 'default', requestId: randomUUID(), allow })
      }
    },
  })
  const operator = createServer((req, res) => {
    if (req.url !== '/metrics' || req.method !== 'GET') {
      res.writeHead(404).end()
      return
    }
    metrics.render().then(
      ({ contentType, text }) => res.writeHead(200, { 'content-type': contentType }).end(text),
      () => res.writeHead(500).end(),
    )
  })

  return {
    listen: async () => {
      for (const warning of warnings(config)) log.warn(warning)
      const { port } = await listener.listen(config.port, config.host).catch((cause: unknown) => {
        throw new ListenError('port', cause)
      })
      const metricsPort = await listenOn(operator, config.metricsPort, config.metricsHost)
      for (const { provider, keys } of trusted) {
        keys.keyFor().then(
          () => log.info('issuer found', { issuer: provider.issuer }),
          (error: unknown) =>
            log.warn('issuer not reachable yet: a token of it, or a look at /readyz, tries again', {
              issuer: provider.issuer,
              cause: error instanceof GatewayError ? String(error.cause) : String(error),
            }),
        )
      }
      return { port, metricsPort }
    },
    close: async () => {
      closing = true
      await listener.close(config.drainMs)
      await new Promise<void>((resolve) => {
        operator.close(() => resolve())
        operator.closeAllConnections()
      })
      upstream.close()
      credentials.close()
      sts.close()
    },
  }
}

/** A provider as the token room knows it. */
function toProvider(options: LoadedConfig['providers'][number]): Provider {
  const { introspectionClientId: clientId, introspectionClientSecret: clientSecret } = options
  return {
    preset: options.provider,
    issuer: options.issuer,
    audience: options.audience,
    clientIds: options.clientIds,
    scopes: options.scopes,
    groupsClaim: options.groupsClaim,
    introspection:
      clientId === undefined || clientSecret === undefined ? undefined : { clientId, clientSecret },
  }
}

/** `STS_ROLE_ARN` as a rule. */
function everyone(role: string, targets: readonly string[]) {
  return {
    name: 'everyone',
    when: {},
    targets,
    role,
    sessionSeconds: 3600,
    policy: 'cloudwatch-read',
    tools: ['*'],
  } as const
}

/**
 * Ready means that at least one issuer's tokens can be verified; a second issuer's outage is not ours. Asking tries
 * again: a gateway that is not ready is sent no token that would.
 */
function unreachedIssuers(
  trusted: ReadonlyArray<Readonly<{ provider: Provider; keys: IssuerKeys }>>,
): readonly string[] {
  if (trusted.some(({ keys }) => keys.isKnown())) return []
  for (const { keys } of trusted) keys.keyFor().catch(() => {}) // logged at start; the answer tells of it
  return trusted.map(({ provider }) => `the keys of ${provider.issuer} have not been found yet`)
}

function warnings(config: LoadedConfig): readonly string[] {
  const dangerous = Object.entries(config)
    .filter(([key, value]) => key.startsWith('dangerously') && value === true)
    .map(([key]) => `${key} is set: it weakens the security of this gateway`)
  const cognito = config.providers.some(({ provider }) => provider === 'cognito')
    ? [
        'a Cognito access token can be exchanged at STS only if it is bound to a resource: STS refuses one without aud',
      ]
    : []
  return [...dangerous, ...cognito]
}

function listenOn(server: Server, port: number, host: string): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', (cause) => reject(new ListenError('metricsPort', cause)))
    server.listen(port, host, () => {
      const address = server.address()
      resolve(typeof address === 'object' && address !== null ? address.port : port)
    })
  })
}
