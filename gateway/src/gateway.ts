import { randomUUID } from 'node:crypto'
import { createServer, type Server } from 'node:http'
import { isLoopback } from './config/contradictions.ts'
import type { LoadedConfig } from './config/load.ts'
import { needingRestart } from './config/reload.ts'
import { rulesForAnyIssuer, warnings } from './config/warnings.ts'
import { createCredentials } from './credentials/create-credentials.ts'
import { GatewayError } from './errors.ts'
import { needsOf } from './explain/explain.ts'
import { createGuard } from './http/guard.ts'
import { createListener } from './http/listener.ts'
import { answerPublic } from './http/public-answers.ts'
import { createRefuse } from './http/refuse.ts'
import { parseRequestTarget } from './http/request-target.ts'
import { matchLoginRoute, matchRoute } from './http/route.ts'
import { traceparentFor } from './http/traceparent.ts'
import { createIdentityRooms } from './identity-rooms.ts'
import { createClientAddress } from './limits/client-address.ts'
import { createFailedAuthentications } from './limits/failed-authentications.ts'
import { createPrincipalLimits } from './limits/principal-limits.ts'
import { createLog } from './log.ts'
import { createLoginRooms } from './login-rooms.ts'
import { metadataUrlOf, protectedResource } from './metadata/protected-resource.ts'
import { createMetrics } from './metrics/metrics.ts'
import { homePage } from './pages/home-page.ts'
import { createPipeline } from './pipeline.ts'
import type { RoleBinding } from './role/role-binding.ts'
import type { IssuerKeys } from './token/issuer-keys.ts'
import type { Provider } from './token/provider.ts'
import { createVerifiedMemory } from './token/verified-memory.ts'
import { createVerify, type VerifiedToken } from './token/verify.ts'
import { createForward } from './upstream/forward.ts'
import { createSeal } from './upstream/seal.ts'
import { answerWhoami } from './whoami.ts'

/** A gateway that has not started to listen. */
export type Gateway = Readonly<{
  /** Starts both listeners; gives the ports they got. Rejects where one cannot be had. */
  listen(): Promise<Readonly<{ port: number; metricsPort: number }>>
  /** Decides by the rules of another configuration from now on; what else differs waits for a restart, and is logged. */
  reload(config: LoadedConfig): void
  /** Logs that a changed configuration was kept out, and why. */
  reportBadConfig(problems: readonly string[]): void
  /**
   * Stops accepting, lets running requests end within the drain time, then cuts the rest. Idle connections stay open for
   * `idleMs` more, so that a request on its way is not lost; by default they are closed at once.
   */
  close(idleMs?: number): Promise<void>
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
/** A refusal by STS is remembered this long: enough against a storm, short against a repaired trust policy. */
const REFUSAL_SECONDS = 10

/**
 * Wires the rooms together; with `identity-rooms.ts` and `login-rooms.ts` the only place that reads `Config`. `write` takes one line of log or audit record.
 */
export function createGateway(config: LoadedConfig, write: (line: string) => void): Gateway {
  const log = createLog(config.logLevel, write)
  const now = () => Date.now()
  const identity = createIdentityRooms(config)
  const { providers: trusted, resourceOf, bindRole } = identity
  const providers = trusted.map(({ provider }) => provider)
  // AWS signs nobody in.
  const issuers = providers.filter(({ preset }) => preset !== 'aws-iam')
  const targetNames = new Set(identity.targets)

  const guard = createGuard(config)
  const clientAddress = createClientAddress(config.trustedProxies)
  const login =
    config.loginMode === 'facade'
      ? createLoginRooms(config, identity, {
          guard,
          clientAddress,
          log,
          audit: (record) => {
            write(JSON.stringify(record))
            metrics.signIn(record.event)
          },
          newRequestId: () => randomUUID(),
          now,
        })
      : undefined

  const memory = createVerifiedMemory({ maxEntries: config.verifiedTokens, now })
  const verify = createVerify({
    providers: trusted,
    memory,
    openGrant: login?.openGrant,
    isRevoked: login?.families.isRevoked,
    clockToleranceSeconds: config.clockToleranceSeconds,
    introspectionSeconds: config.introspectionSeconds,
    now,
  })

  const credentials = createCredentials({
    sts: {
      region: config.region,
      endpoint: config.stsEndpoint,
      connectTimeoutMs: config.connectTimeoutMs,
      requestTimeoutMs: config.stsTimeoutMs,
      maxAttempts: config.stsMaxAttempts,
      mayUseHttp: (hostname) => config.dangerouslyAllowHttpSts || isLoopback(hostname),
    },
    cache: {
      maxEntries: config.cachedCredentials,
      minimumLifeSeconds: config.minimumCredentialSeconds,
      refreshAheadSeconds: config.refreshAheadSeconds,
      refusalSeconds: REFUSAL_SECONDS,
      now,
      random: Math.random,
      onExchange: (outcome, milliseconds) => metrics.exchange(outcome, milliseconds / 1000),
    },
    scopeDown: config.scopeDown,
    clockToleranceSeconds: config.clockToleranceSeconds,
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

  const failures = createFailedAuthentications({
    perMinute: config.failedAuthPerMinutePerAddress,
    maxAddresses: config.limiterEntries,
    now,
  })
  const { admit } = createPrincipalLimits({
    maxConcurrent: config.maxConcurrentPerPrincipal,
    requestsPerMinute: config.requestsPerMinutePerPrincipal,
    requestBurst: config.requestBurstPerPrincipal,
    maxPrincipals: config.limiterEntries,
    now,
  })
  const refuse = createRefuse({
    metadataUrlOf: (target) => metadataUrlOf(config.publicUrl, target),
    scopes: providers[0]?.scopes ?? [],
    log,
  })
  const shared = {
    guard,
    admit,
    bindRole,
    resourceOf,
  }
  const needs = (binding: RoleBinding, { provider, claims, signIn }: VerifiedToken) =>
    needsOf(binding, provider, signIn?.proof.claims ?? claims, {
      rules: identity.rules(),
      resources: identity.targets.map(resourceOf),
      gatewayRole: undefined,
    })
  const answerMcp = createPipeline({
    ...shared,
    clientAddress,
    verify: (token, resource, client) =>
      failures.attempt(
        client,
        () => verify(token, resource),
        () => memory.get(token, resource) !== undefined,
      ),
    isRevoked: login?.families.isRevoked,
    exchange: credentials.exchange,
    seal: createSeal(
      config.upstreamSealKeys.map((key) => Buffer.from(key, 'base64')),
      { newId: () => randomUUID(), now },
    ),
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
    metadataOf: (target: string) =>
      protectedResource(config.publicUrl, target, {
        authorizationServers: login ? [config.publicUrl] : issuers.map(({ issuer }) => issuer),
        scopes: issuers.flatMap(({ scopes }) => scopes),
      }),
    homePage: homePage({
      publicUrl: config.publicUrl,
      targets: identity.targets.flatMap((name) => identity.targetOf(name) ?? []),
      issuers: issuers.map(({ issuer }) => issuer),
      ...(login && { signIn: { providers: login.issuerNames } }),
    }),
    unready: () => (closing ? ['stopping'] : unreachedIssuers(trusted)),
  }

  const tellOwnIdentity = () => {
    credentials.ownIdentity().then(
      (arn) => log.info('the gateway assumes roles as', { arn }),
      (error: unknown) =>
        log.error('no AWS identity to assume roles with: give the gateway a role', {
          cause: causeOf(error),
        }),
    )
  }

  let closing = false
  const listener = createListener({
    maxHeaderBytes: config.maxHeaderBytes,
    maxHeaderCount: config.maxHeaderCount,
    maxUrlBytes: config.maxUrlBytes,
    maxConnections: config.maxConnections,
    // Full is not ill: an orchestrator that gets no answer would end every stream.
    servedWhenFull: (url) => url === '/healthz',
    headersTimeoutMs: config.headersTimeoutMs,
    requestTimeoutMs: config.requestTimeoutMs,
    keepAliveTimeoutMs: config.keepAliveTimeoutMs,
    clientStallMs: config.clientStallMs,
    onCut: metrics.cut,
    log,
    handler: async (req, res) => {
      const path = parseRequestTarget(req.url)?.path
      const route = path === undefined ? undefined : matchRoute(path, targetNames)
      if (route?.kind === 'mcp') return answerMcp(req, res, route.target)
      const loginRoute = login && path ? matchLoginRoute(path, targetNames) : undefined
      if (login && loginRoute) return login.handle(loginRoute, req, res)
      try {
        if (route === undefined) throw new GatewayError('request_malformed')
        if (route.kind !== 'health' && route.kind !== 'ready') guard.checkHost(req.headers)
        if (route.kind === 'whoami') {
          const client = clientAddress(req.socket.remoteAddress, req.headers['x-forwarded-for'])
          const rooms = { ...shared, verify, needsOf: needs, targets: [...targetNames] }
          return await failures.attempt(client, () => answerWhoami(rooms, req, res))
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
        if (provider.preset === 'aws-iam') continue // AWS publishes no keys for it
        keys.keyFor().then(
          () => log.info('issuer found', { issuer: provider.issuer }),
          (error: unknown) =>
            log.warn('issuer not reachable yet: a token of it, or a look at /readyz, tries again', {
              issuer: provider.issuer,
              cause: causeOf(error),
            }),
        )
      }
      if (config.rules.some(({ mode }) => mode === 'assume-role')) tellOwnIdentity()
      return { port, metricsPort }
    },
    reload: (next) => {
      identity.replaceRules(next.rules)
      const roles = new Set(next.rules.map(({ role }) => role))
      credentials.retain((roleArn) => roles.has(roleArn))
      log.info('rules reloaded', { rules: next.rules.length })
      for (const warning of rulesForAnyIssuer(next)) log.warn(warning)
      for (const option of needingRestart(config, next)) {
        log.warn('a changed option takes effect at the next start only', { option })
      }
    },
    reportBadConfig: (problems) => {
      for (const problem of problems) {
        log.error('the changed configuration is kept out', { cause: problem })
      }
    },
    close: async (idleMs = 0) => {
      closing = true
      await listener.close(config.drainMs, idleMs)
      await new Promise<void>((resolve) => {
        operator.close(() => resolve())
        operator.closeAllConnections()
      })
      upstream.close()
      credentials.close()
    },
  }
}

/** What a room's refusal wraps, for the log; the refusal itself is written for clients. */
function causeOf(error: unknown): string {
  return error instanceof GatewayError ? String(error.cause) : String(error)
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

function listenOn(server: Server, port: number, host: string): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', (cause) => reject(new ListenError('metricsPort', cause)))
    server.listen(port, host, () => {
      const address = server.address()
      resolve(typeof address === 'object' && address !== null ? address.port : port)
    })
  })
}
