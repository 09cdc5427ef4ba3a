import { Agent as HttpAgent } from 'node:http'
import { Agent as HttpsAgent } from 'node:https'
import { CloudWatchClient } from '@aws-sdk/client-cloudwatch'
import { CloudWatchLogsClient } from '@aws-sdk/client-cloudwatch-logs'
import { NodeHttpHandler } from '@smithy/node-http-handler'
import type { Caller } from './caller.ts'
import { type AskPromql, createPromqlClient } from './promql-client.ts'
import { NAME, VERSION } from './version.ts'

export type Clients = Readonly<{
  cloudwatch: CloudWatchClient
  logs: CloudWatchLogsClient
  promql: AskPromql
}>

/** What became of one AWS call, all attempts together. */
export type AwsCall = Readonly<{
  service: 'cloudwatch' | 'logs'
  operation: string
  awsRequestId: string | undefined
  error?: unknown
}>

export type ClientOptions = Readonly<{
  endpointUrl: string | undefined
  cloudwatchEndpointUrl: string | undefined
  logsEndpointUrl: string | undefined
  connectTimeoutMs: number
  requestTimeoutMs: number
  maxAttempts: number
  maxSockets: number
}>

export type ClientPool = Readonly<{
  /** Fresh clients of one caller; `observe` is told of every call they make. Never `destroy()` them. */
  clientsFor: (caller: Caller, observe: (call: AwsCall) => void) => Clients
  /** Closes the shared connections; for shutdown only. */
  destroy: () => void
}>

/**
 * Makes AWS clients per request on one shared pool of connections. A client holds credentials and region, the pool
 * holds sockets, so nothing of one caller reaches another. `destroy()` on a client would close the pool for everyone.
 */
export function createClientPool(options: ClientOptions): ClientPool {
  const agent = { keepAlive: true, maxSockets: options.maxSockets }
  const requestHandler = new NodeHttpHandler({
    connectionTimeout: options.connectTimeoutMs,
    requestTimeout: options.requestTimeoutMs,
    // Without this a late answer is a warning on the console and no error.
    throwOnRequestTimeout: true,
    socketTimeout: options.requestTimeoutMs,
    httpAgent: new HttpAgent(agent),
    httpsAgent: new HttpsAgent(agent),
  })
  const shared = {
    requestHandler,
    maxAttempts: options.maxAttempts,
    retryMode: 'standard',
    customUserAgent: [[NAME, VERSION] as [string, string]],
  }

  // The default chain asks files and metadata services; the SDK remembers its answer per client, so one client's
  // provider serves every request. Made at first use: in `request` mode no caller is 'environment', so never.
  let environment: CloudWatchLogsClient['config']['credentials'] | undefined
  const environmentCredentials = (region: string) => {
    environment ??= new CloudWatchLogsClient({ ...shared, region }).config.credentials
    return environment
  }

  return {
    clientsFor(caller, observe) {
      const base = {
        ...shared,
        region: caller.region,
        // Always set: a client without credentials would look for the process's own.
        credentials:
          caller.credentials === 'environment'
            ? environmentCredentials(caller.region)
            : caller.credentials,
      }
      const cloudwatch = new CloudWatchClient({
        ...base,
        ...endpointOf(options.cloudwatchEndpointUrl ?? options.endpointUrl),
      })
      const logs = new CloudWatchLogsClient({
        ...base,
        ...endpointOf(options.logsEndpointUrl ?? options.endpointUrl),
        // A custom endpoint has no `stream-` host beside it (aws-sdk-js-v3 #7146).
        ...((options.logsEndpointUrl ?? options.endpointUrl) !== undefined && {
          disableHostPrefix: true,
        }),
      })
      cloudwatch.middlewareStack.add(
        (next, context) => (args) =>
          observed('cloudwatch', context.commandName, () => next(args), observe),
        { step: 'initialize', name: 'observeCall' },
      )
      logs.middlewareStack.add(
        (next, context) => (args) =>
          observed('logs', context.commandName, () => next(args), observe),
        { step: 'initialize', name: 'observeCall' },
      )
      const endpointUrl = options.cloudwatchEndpointUrl ?? options.endpointUrl
      const { maxAttempts } = options
      const promql = createPromqlClient(
        cloudwatch,
        requestHandler,
        { endpointUrl, maxAttempts },
        observe,
      )
      return { cloudwatch, logs, promql }
    },
    destroy: () => requestHandler.destroy(),
  }
}

function endpointOf(url: string | undefined): { endpoint?: string } {
  return url === undefined ? {} : { endpoint: url }
}

async function observed<Result extends { output: { $metadata: { requestId?: string } } }>(
  service: AwsCall['service'],
  commandName: string | undefined,
  call: () => Promise<Result>,
  observe: (call: AwsCall) => void,
): Promise<Result> {
  const operation = (commandName ?? '').replace(/Command$/, '')
  try {
    const result = await call()
    observe({ service, operation, awsRequestId: result.output.$metadata.requestId })
    return result
  } catch (error) {
    observe({ service, operation, awsRequestId: requestIdOf(error), error })
    throw error
  }
}

function requestIdOf(error: unknown): string | undefined {
  if (typeof error !== 'object' || error === null || !('$metadata' in error)) return undefined
  const metadata = error.$metadata
  if (typeof metadata !== 'object' || metadata === null || !('requestId' in metadata))
    return undefined
  return typeof metadata.requestId === 'string' ? metadata.requestId : undefined
}
