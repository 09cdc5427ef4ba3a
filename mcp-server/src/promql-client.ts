import { setTimeout as sleep } from 'node:timers/promises'
import { Sha256 } from '@aws-crypto/sha256-js'
import type { CloudWatchClient } from '@aws-sdk/client-cloudwatch'
import type { NodeHttpHandler } from '@smithy/node-http-handler'
import { HttpRequest, type HttpResponse } from '@smithy/protocol-http'
import { SignatureV4 } from '@smithy/signature-v4'
import { z } from 'zod'
import type { AwsCall } from './clients.ts'
import { NAME, VERSION } from './version.ts'

/** Operations of CloudWatch's PromQL API, by the names of its documentation. */
export type PromqlOperation = 'QueryMetrics' | 'GetLabels' | 'GetSeries'

export type PromqlRequest = Readonly<{
  operation: PromqlOperation
  /** Below /api/v1/, percent-encoded. */
  path: string
  query: Readonly<Record<string, string | string[]>>
}>

export type PromqlAnswer = Readonly<{
  /** The member `data` of a successful answer; its form depends on the operation. */
  data: unknown
  /** What CloudWatch says of an answer that is cut or doubtful. */
  warnings: readonly string[]
}>

/**
 * Asks the PromQL API in the client's region with the client's credentials. Throws a PromqlError when AWS refuses, the
 * network's error when it does not answer, and the signal's reason when it fires.
 */
export type AskPromql = (request: PromqlRequest, signal: AbortSignal) => Promise<PromqlAnswer>

/** A refusal, in the form in which the SDK's own errors are explained: a code as name, and `$metadata`. */
export class PromqlError extends Error {
  override readonly name: string
  readonly $metadata: Readonly<{ httpStatusCode: number; requestId: string | undefined }>

  constructor(
    name: string,
    message: string,
    metadata: Readonly<{ httpStatusCode: number; requestId: string | undefined }>,
  ) {
    super(message)
    this.name = name
    this.$metadata = metadata
  }
}

/** An answer of 500 series with thousands of points would fill the memory and help nobody. */
const MOST_BYTES = 16 * 1_024 * 1_024

const RETRY_MS = 200

/** Prometheus' names for what went wrong, by HTTP status. */
const CODES: Readonly<Record<number, string>> = {
  400: 'PromqlBadData',
  422: 'PromqlExecution',
  429: 'PromqlTooMany',
  503: 'PromqlTimeout',
  504: 'PromqlTimeout',
}

const Success = z.object({
  status: z.literal('success'),
  data: z.unknown(),
  warnings: z.array(z.string()).catch([]),
  infos: z.array(z.string()).catch([]),
})
const Failure = z
  .object({
    error: z.string().optional().catch(undefined),
    message: z.string().optional().catch(undefined),
    Message: z.string().optional().catch(undefined),
    __type: z.string().optional().catch(undefined),
  })
  .catch({})

/**
 * The PromQL API of CloudWatch is plain HTTP beside the SDK's operations: the requests are signed here as the SDK signs
 * its own, with the endpoint, the credentials and the connections of one of its clients.
 */
export function createPromqlClient(
  { config }: CloudWatchClient,
  requestHandler: NodeHttpHandler,
  options: Readonly<{ endpointUrl: string | undefined; maxAttempts: number }>,
  observe: (call: AwsCall) => void,
): AskPromql {
  const attempt = async (request: PromqlRequest, signal: AbortSignal): Promise<Reply> => {
    const region = await config.region()
    const { url } = config.endpointProvider({ Region: region, Endpoint: options.endpointUrl })
    const signer = new SignatureV4({
      credentials: config.credentials,
      region,
      service: 'monitoring',
      sha256: Sha256,
    })
    const signed = await signer.sign(toHttp(url, request))
    const { response } = await requestHandler.handle(HttpRequest.clone(signed), {
      abortSignal: signal,
    })
    return { response, text: await readText(response, signal) }
  }

  const ask = async (request: PromqlRequest, signal: AbortSignal): Promise<Reply> => {
    for (let tried = 1; ; tried += 1) {
      const reply = await attempt(request, signal)
      const { statusCode } = reply.response
      const again = statusCode === 429 || statusCode >= 500
      if (!again || tried >= options.maxAttempts) return reply
      await sleep(RETRY_MS * 2 ** (tried - 1) * (0.5 + Math.random()), undefined, { signal })
    }
  }

  return async (request, signal) => {
    const { operation } = request
    try {
      const reply = await ask(request, signal)
      const awsRequestId = requestIdOf(reply.response)
      const answer = toAnswer(reply)
      observe({ service: 'cloudwatch', operation, awsRequestId })
      return answer
    } catch (error) {
      const awsRequestId = error instanceof PromqlError ? error.$metadata.requestId : undefined
      observe({ service: 'cloudwatch', operation, awsRequestId, error })
      throw error
    }
  }
}

type Reply = Readonly<{ response: HttpResponse; text: string }>

function toHttp(base: URL, { path, query }: PromqlRequest): HttpRequest {
  return new HttpRequest({
    method: 'GET',
    protocol: base.protocol,
    hostname: base.hostname,
    ...(base.port !== '' && { port: Number(base.port) }),
    path: `${base.pathname.replace(/\/$/, '')}/api/v1/${path}`,
    query: { ...query },
    headers: {
      host: base.host,
      accept: 'application/json',
      'user-agent': `${NAME}/${VERSION}`,
    },
  })
}

async function readText({ body }: HttpResponse, signal: AbortSignal): Promise<string> {
  const stop = (): void => {
    body.destroy(signal.reason)
  }
  signal.addEventListener('abort', stop, { once: true })
  try {
    const chunks: Buffer[] = []
    let size = 0
    for await (const chunk of body) {
      const bytes = Buffer.from(chunk)
      size += bytes.length
      if (size > MOST_BYTES) {
        body.destroy()
        throw new PromqlError('PromqlAnswerTooLarge', 'more than 16 MiB', {
          httpStatusCode: 200,
          requestId: undefined,
        })
      }
      chunks.push(bytes)
    }
    return Buffer.concat(chunks).toString('utf8')
  } finally {
    signal.removeEventListener('abort', stop)
  }
}

function toAnswer({ response, text }: Reply): PromqlAnswer {
  const { statusCode } = response
  const metadata = { httpStatusCode: statusCode, requestId: requestIdOf(response) }
  const body = parseJson(text)
  const success = Success.safeParse(body)
  if (statusCode === 200 && success.success) {
    const { data, warnings, infos } = success.data
    return { data, warnings: [...warnings, ...infos] }
  }
  const { error, message, Message, __type } = Failure.parse(body)
  const type = response.headers['x-amzn-errortype'] ?? __type
  const aws = type?.replace(/^.*#/, '').replace(/:.*$/, '')
  const name = aws ?? CODES[statusCode] ?? (statusCode === 403 ? 'AccessDenied' : 'PromqlFailure')
  throw new PromqlError(name, error ?? message ?? Message ?? '', metadata)
}

function requestIdOf({ headers }: HttpResponse): string | undefined {
  return headers['x-amzn-requestid']
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
