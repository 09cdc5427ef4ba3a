import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createLocalAws } from '../../src/aws/aws.ts'
import { startIdentityProvider } from '../../src/identity-provider/identity-provider.ts'
import { freePorts } from '../../src/ports.ts'
import {
  type IssuerName,
  type Issuers,
  LOGIN_CLIENT,
  LOGIN_SEAL_KEY,
  PEOPLE,
  PERSON_WITH_MANY_GROUPS,
  resourcesAt,
  TARGETS,
} from '../../src/world.ts'
import { type Environment, type RunningProgram, startProgram } from '../support/program.ts'
import { LOGIN_PROVIDERS, type LoginProvider, loginRules } from './login-providers.ts'
import { startRoundRobin } from './round-robin.ts'
import { type SeenAtSts, startStsTap } from './sts-tap.ts'

type Fields = Readonly<Record<string, unknown>>

/** A sign-in's audit record, as far as tests ask about it. */
export type SignInRecord = Readonly<{
  event: string
  client_name: string | null
  issuer: string | null
  /** The sign-in that the tokens come from. */
  sign_in: string | null
  reason: string | null
}>

/** The gateway with `LOGIN_MODE=facade` and every issuer that people can sign in at, with all that it needs. */
export type FacadeWorld = Readonly<{
  /** The gateway as clients see it, or what stands before its replicas. */
  origin: string
  /** Where clients connect: the protected resource of the target `default`. */
  mcpUrl: string
  issuers: Issuers
  issuerOf: (name: IssuerName) => string
  /** Every web identity that went to STS, in order. */
  seenAtSts: readonly SeenAtSts[]
  /** The audit records of sign-ins, of all replicas. */
  signIns: () => readonly SignInRecord[]
  /** The audit records of MCP requests, of all replicas. */
  requests: () => readonly Fields[]
  /** Everything that the gateways printed. */
  lines: () => readonly string[]
  /** How many requests each replica has got; with one of them nobody counts. */
  perReplica: () => readonly number[]
  stop: () => Promise<void>
}>

export type FacadeWorldOptions = Readonly<{
  /** Gateways with the same configuration behind a proxy that sends every request to the next; default: one, without it. */
  replicas?: number
  /** Paths that the proxy sends to one replica alone. */
  isSticky?: (path: string) => boolean
  /** The issuers that the gateway signs people in at; default: all. */
  issuers?: readonly IssuerName[]
  /** Options of the gateway that are added or replace. */
  gateway?: Fields
  /** Environment of the gateway. */
  env?: Environment
}>

/** Starts it on free ports. */
export async function startFacadeWorld(options: FacadeWorldOptions = {}): Promise<FacadeWorld> {
  const { replicas = 1, issuers: wanted } = options
  const providers = LOGIN_PROVIDERS.filter(({ issuer }) => wanted?.includes(issuer) ?? true)
  const ports = await freePorts()
  const origin = `http://localhost:${ports.gateway}`
  const [resource = ''] = resourcesAt(origin)
  const folder = mkdtempSync(join(tmpdir(), 'facade-'))
  const started: Array<() => Promise<unknown>> = [
    async () => rmSync(folder, { recursive: true, force: true }),
  ]
  const stop = async () => {
    for (const end of started.reverse().splice(0)) await end()
  }

  try {
    const idp = await startIdentityProvider({
      port: ports.identityProvider,
      resourceOrigin: origin,
      people: [...PEOPLE, PERSON_WITH_MANY_GROUPS],
    })
    started.push(idp.close)
    // An issuer makes its keys when it is first asked for something; all of them at once would keep the gateway waiting.
    for (const { issuer } of providers) {
      await fetch(`${idp.issuers[issuer].replace(/\/$/, '')}/.well-known/openid-configuration`)
    }
    const aws = createLocalAws({
      issuerOrigin: idp.origin,
      resourceOrigin: origin,
      registered: providers
        .filter(({ issuer }) => !REGISTERED_ANYWAY.has(issuer))
        .map((provider) => ({
          issuer: idp.issuers[provider.issuer],
          clientIds: [audienceAtSts(provider, resource)],
        })),
    })
    const { port: awsPort } = await aws.listen(ports.aws, '127.0.0.1')
    started.push(aws.close)
    const awsOrigin = `http://127.0.0.1:${awsPort}`
    const tap = await startStsTap(awsOrigin)
    started.push(tap.close)
    const upstreamUrl = `http://127.0.0.1:${ports.server}`
    const server = await startProgram(
      'mcp-server/dist/src/main.js',
      { CLOUDWATCH_MCP_PORT: String(ports.server), AWS_ENDPOINT_URL: awsOrigin },
      `${upstreamUrl}/healthz`,
    )
    started.push(server.stop)

    const trusted = new Set(providers.map(({ issuer }) => idp.issuers[issuer]))
    const gateways: RunningProgram[] = []
    const replicaPorts = replicas === 1 ? [ports] : await portsFor(replicas)
    for (const [index, own] of replicaPorts.entries()) {
      const path = join(folder, `gateway-${index + 1}.yaml`)
      const config = {
        publicUrl: origin,
        port: own.gateway,
        metricsPort: own.metrics,
        upstreamUrl,
        stsEndpoint: tap.origin,
        targets: TARGETS,
        loginMode: 'facade',
        sealKeys: [LOGIN_SEAL_KEY],
        // All clients of a test have one address.
        loginRequestsPerMinutePerAddress: 100_000,
        providers: providers.map((provider) => ({
          ...provider.options,
          issuer: idp.issuers[provider.issuer],
          clientIds: [LOGIN_CLIENT.id],
          clientSecret: LOGIN_CLIENT.secret,
        })),
        rules: loginRules(idp.issuers).filter(
          ({ when }) => when.issuer === undefined || trusted.has(when.issuer),
        ),
        ...options.gateway,
      }
      // JSON is YAML.
      writeFileSync(path, JSON.stringify(config))
      const health = `http://127.0.0.1:${own.gateway}/healthz`
      const gateway = await startProgram(
        'gateway/dist/src/main.js',
        { ...options.env, GATEWAY_CONFIG: path, GATEWAY_DRAIN_IDLE_MS: '0' },
        health,
      )
      gateways.push(gateway)
      started.push(gateway.stop)
    }
    const front =
      replicas === 1
        ? undefined
        : await startRoundRobin(
            ports.gateway,
            replicaPorts.map((own) => `http://127.0.0.1:${own.gateway}`),
            options.isSticky,
          )
    if (front !== undefined) started.push(front.close)

    const lines = () => gateways.flatMap((gateway) => gateway.lines)
    const records = (kind: string) =>
      lines()
        .filter((line) => line.startsWith(`{"kind":"${kind}"`))
        .map((line) => JSON.parse(line))
    return {
      origin,
      mcpUrl: resource,
      issuers: idp.issuers,
      issuerOf: (name) => idp.issuers[name],
      seenAtSts: tap.seen,
      signIns: () => records('sign_in'),
      requests: () => records('audit'),
      lines,
      perReplica: () => front?.counts() ?? [],
      stop,
    }
  } catch (error) {
    await stop()
    throw error
  }
}

/** What STS must know for the token that the gateway sends it for this issuer. */
export function audienceAtSts({ audienceAtSts: audience }: LoginProvider, resource: string) {
  return audience === 'the resource' ? resource : audience
}

/** The AWS stand-in has these registered whatever it is told, with the gateway's client among those it knows. */
const REGISTERED_ANYWAY: ReadonlySet<IssuerName> = new Set(['generic', 'okta', 'auth0', 'cognito'])

async function portsFor(replicas: number) {
  const all: Array<Readonly<{ gateway: number; metrics: number }>> = []
  for (let index = 0; index < replicas; index += 1) all.push(await freePorts())
  return all
}
