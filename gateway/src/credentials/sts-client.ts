import { STSClient, type STSClientConfig } from '@aws-sdk/client-sts'
import { NodeHttpHandler } from '@smithy/node-http-handler'
import { GatewayError } from '../errors.ts'

export type StsOptions = Readonly<{
  /** Region of the STS endpoint; never the global one, which lacks GetScopedCredentials. */
  region: string
  /** Another STS address than AWS's own. */
  endpoint: string | undefined
  connectTimeoutMs: number
  requestTimeoutMs: number
  maxAttempts: number
  /** Whether tokens and credentials may go to this host without TLS. */
  mayUseHttp: (hostname: string) => boolean
}>

type Credentials = NonNullable<STSClientConfig['credentials']>

/** STS clients over one pool of connections. */
export type Sts = Readonly<{
  /** Signs with these credentials. */
  signing: (credentials: Credentials) => STSClient
  /** Signs with the process's own: environment, profile, IRSA, Pod Identity, task or instance role. */
  ambient: () => STSClient
  /** For calls that need no signature; one that does fails, for there is nothing to sign with. */
  unsigned: () => STSClient
  close: () => void
}>

const SILENT = { debug() {}, info() {}, warn() {}, error() {} }

/** Clients for one STS address; nothing is called yet. */
export function createSts(options: StsOptions): Sts {
  const handler = new NodeHttpHandler({
    connectionTimeout: options.connectTimeoutMs,
    requestTimeout: options.requestTimeoutMs,
    throwOnRequestTimeout: true,
    // The time above ends with the head of the answer; a body that stops coming is cut by this one.
    socketTimeout: options.requestTimeoutMs,
    // It would tell of a full pool on stderr, in words of its own.
    logger: SILENT,
  })
  const guarded: Pick<typeof handler, keyof typeof handler> = {
    metadata: handler.metadata,
    destroy: () => handler.destroy(),
    updateHttpClientConfig: (key, value) => handler.updateHttpClientConfig(key, value),
    httpHandlerConfigs: () => handler.httpHandlerConfigs(),
    // The address may come from places that this gateway's options know nothing of: the SDK also reads endpoints from
    // AWS_ENDPOINT_URL and from the profile.
    handle: async (request, handlerOptions) => {
      const { protocol, hostname } = request
      if (protocol !== 'https:' && !options.mayUseHttp(hostname)) {
        throw new GatewayError('credentials_misconfigured', {
          cause: new Error(`STS would be called without TLS at ${hostname}`),
        })
      }
      return handler.handle(request, handlerOptions)
    },
  }
  const client = (credentials: Credentials | undefined) =>
    new STSClient({
      region: options.region,
      ...(options.endpoint === undefined ? {} : { endpoint: options.endpoint }),
      ...(credentials === undefined ? {} : { credentials }),
      maxAttempts: options.maxAttempts,
      requestHandler: guarded,
    })
  return {
    signing: client,
    ambient: () => client(undefined),
    unsigned: () => client(() => Promise.reject(new Error('this call is not to be signed'))),
    close: () => handler.destroy(),
  }
}
