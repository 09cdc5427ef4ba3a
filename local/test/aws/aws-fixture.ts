import { CloudWatchClient } from '@aws-sdk/client-cloudwatch'
import { CloudWatchLogsClient } from '@aws-sdk/client-cloudwatch-logs'
import { AssumeRoleWithWebIdentityCommand, type Credentials, STSClient } from '@aws-sdk/client-sts'
import { createLocalAws, type LocalAws } from '../../src/aws/aws.ts'
import type { CallRecord } from '../../src/aws/control/calls.ts'
import { ROLES, resourcesAt } from '../../src/world.ts'
import { startTinyIssuer, type TinyIssuer } from '../support/tiny-issuer.ts'

export const RESOURCE_ORIGIN = 'http://gateway.test:8080'
const NOBODY = { accessKeyId: 'AKIANOBODY', secretAccessKey: 'none' }

export type Triple = Readonly<{
  accessKeyId: string
  secretAccessKey: string
  sessionToken: string
}>

export type Fixture = Readonly<{
  issuer: TinyIssuer
  endpoint: string
  aws: LocalAws
  /** Moves the stand-in's clock. */
  advance: (milliseconds: number) => void
  now: () => Date
  warnings: readonly string[]
  claims: (changed?: Readonly<Record<string, unknown>>) => Record<string, unknown>
  sts: () => STSClient
  assume: (options?: AssumeOptions) => Promise<Triple>
  cloudwatch: (credentials: Triple, region?: string) => CloudWatchClient
  logs: (credentials: Triple, region?: string) => CloudWatchLogsClient
  calls: () => Promise<readonly CallRecord[]>
  faults: (faults: unknown) => Promise<Response>
  close: () => Promise<void>
}>

export type AssumeOptions = Readonly<{
  role?: string
  sessionName?: string
  policy?: object
  seconds?: number
  claims?: Readonly<Record<string, unknown>>
}>

/**
 * A tiny issuer and the stand-in on ports of their own, with SDK clients for them. Queries take 100 ms of its clock,
 * which stands still between calls of `advance` when it is `frozen`.
 */
export async function startFixture({
  frozen = false,
}: Readonly<{ frozen?: boolean }> = {}): Promise<Fixture> {
  const issuer = await startTinyIssuer()
  const startedAt = Date.now()
  let offset = 0
  const now = () => new Date((frozen ? startedAt : Date.now()) + offset)
  const warnings: string[] = []
  const aws = createLocalAws({
    issuerOrigin: issuer.origin,
    resourceOrigin: RESOURCE_ORIGIN,
    queryMilliseconds: 100,
    now,
    warn: (line) => warnings.push(line),
  })
  const { port } = await aws.listen(0, '127.0.0.1')
  const endpoint = `http://127.0.0.1:${port}`
  const common = { endpoint, maxAttempts: 1 }
  // A client that is made after a great leap signs with the stand-in's time.
  const clockOffset = () => (offset > 3_600_000 ? offset : 0)

  const claims = (changed: Readonly<Record<string, unknown>> = {}) => {
    const seconds = Math.floor(now().getTime() / 1000)
    const all: Record<string, unknown> = {
      iss: issuer.issuers.generic,
      sub: 'alice',
      aud: resourcesAt(RESOURCE_ORIGIN)[0],
      iat: seconds,
      exp: seconds + 3600,
      ...changed,
    }
    return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined))
  }
  const sts = () => new STSClient({ ...common, region: 'us-east-1', credentials: NOBODY })

  return {
    issuer,
    endpoint,
    aws,
    now,
    warnings,
    claims,
    sts,
    advance: (milliseconds) => {
      offset += milliseconds
    },
    assume: async (options = {}) => {
      const token = await issuer.sign(claims(options.claims))
      const { Credentials } = await sts().send(
        new AssumeRoleWithWebIdentityCommand({
          RoleArn: options.role ?? ROLES.sre,
          RoleSessionName: options.sessionName ?? 'alice',
          WebIdentityToken: token,
          Policy: options.policy === undefined ? undefined : JSON.stringify(options.policy),
          DurationSeconds: options.seconds,
        }),
      )
      return tripleOf(Credentials)
    },
    cloudwatch: (credentials, region = 'us-east-1') =>
      new CloudWatchClient({ ...common, region, credentials, systemClockOffset: clockOffset() }),
    logs: (credentials, region = 'us-east-1') =>
      new CloudWatchLogsClient({
        ...common,
        region,
        credentials,
        systemClockOffset: clockOffset(),
      }),
    calls: async () => {
      const response = await fetch(`${endpoint}/_local/calls`)
      // The stand-in wrote it; its shape is CallRecord.
      return ((await response.json()) as { calls: CallRecord[] }).calls
    },
    faults: (faults) =>
      fetch(`${endpoint}/_local/faults`, { method: 'POST', body: JSON.stringify(faults) }),
    close: async () => {
      await aws.close()
      await issuer.close()
    },
  }
}

/** Runs a test with a fixture of its own and closes it, however the test ends. */
export async function withFixture(
  options: Readonly<{ frozen?: boolean }>,
  test: (fixture: Fixture) => Promise<void>,
): Promise<void> {
  const fixture = await startFixture(options)
  await test(fixture).finally(fixture.close)
}

/** The three values of a triple; a test that gets fewer fails here. */
export function tripleOf(credentials: Credentials | undefined): Triple {
  const { AccessKeyId, SecretAccessKey, SessionToken } = credentials ?? {}
  if (!AccessKeyId || !SecretAccessKey || !SessionToken) throw new Error('no credentials')
  return {
    accessKeyId: AccessKeyId,
    secretAccessKey: SecretAccessKey,
    sessionToken: SessionToken,
  }
}

/** Runs a call that must fail and gives its error. */
export async function failureOf(call: Promise<unknown>): Promise<Error & Record<string, unknown>> {
  try {
    await call
  } catch (error) {
    // SDK errors are Errors with further members.
    if (error instanceof Error) return error as Error & Record<string, unknown>
  }
  throw new Error('the call did not fail')
}
