import { randomUUID } from 'node:crypto'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { AwsError } from './aws-error.ts'
import { createCloudWatch } from './cloudwatch/cloudwatch.ts'
import { type CallRecord, createCallLog } from './control/calls.ts'
import { answerControl } from './control/control.ts'
import { createFaults } from './control/faults.ts'
import { type Answer, sendAnswer } from './http/answer.ts'
import { createAwsAnswerer } from './http/aws-answerer.ts'
import { errorAnswer } from './http/error-answer.ts'
import { createPromqlAnswerer, isPromqlPath, promqlErrorAnswer } from './http/promql-answerer.ts'
import { readBody } from './http/read-body.ts'
import { serviceOf } from './http/route.ts'
import { createDirectory, type DirectoryOptions } from './iam/directory.ts'
import { LOCAL_GATEWAY_SESSION } from './iam/local-gateway.ts'
import { createLogs } from './logs/logs.ts'
import { createPromql } from './promql/promql.ts'
import { createStory } from './story/story.ts'
import { createTokenVerifier } from './sts/issuer-keys.ts'
import { createSessionStore } from './sts/sessions.ts'
import { createSts } from './sts/sts.ts'

export type LocalAwsOptions = Readonly<{
  /** Origin of the identity provider, without a slash at the end. */
  issuerOrigin: string
  /** Public origin of the gateway, without a slash at the end. */
  resourceOrigin: string
  /** Issuers that both accounts have registered besides the main ones. */
  registered?: NonNullable<DirectoryOptions['registered']>
  /** The time, for signatures, sessions and the story. */
  now?: () => Date
  /** How long a Logs Insights query takes, in milliseconds; 600 unless given. */
  queryMilliseconds?: number
  /** Gets one line for each thing a person should know, such as a policy that cannot be judged. */
  warn?: (line: string) => void
}>

export type LocalAws = Readonly<{
  /** Resolves when the server accepts connections; rejects when the port cannot be had. */
  listen: (port: number, host: string) => Promise<Readonly<{ port: number }>>
  /** Stops accepting, ends every connection and resolves when all are gone. */
  close: () => Promise<void>
}>

/** STS, CloudWatch and CloudWatch Logs on one address, with two accounts, two roles and a story in them. */
export function createLocalAws(options: LocalAwsOptions): LocalAws {
  const now = options.now ?? (() => new Date())
  const warn = options.warn ?? ((line: string) => void process.stderr.write(`${line}\n`))
  const sessions = createSessionStore([LOCAL_GATEWAY_SESSION])
  const faults = createFaults()
  const calls = createCallLog()
  const startedAt = now()
  const story = createStory(startedAt)
  const sts = createSts({
    directory: createDirectory(options),
    verifyToken: createTokenVerifier(),
    sessions,
    warn,
  })
  const operations = {
    cloudwatch: createCloudWatch(story),
    logs: createLogs(story, options.queryMilliseconds ?? 600),
  }

  const answerAws = createAwsAnswerer({ sts, operations, faults, sessions, now, warn })

  const answerPromql = createPromqlAnswerer({
    promql: createPromql(story, startedAt),
    faults,
    sessions,
    now,
    warn,
  })

  async function handle(req: IncomingMessage, res: ServerResponse): Promise<void> {
    const body = await readBody(req)
    const path = (req.url ?? '/').split('?')[0] ?? '/'
    if (body !== undefined && path.startsWith('/_local/')) {
      return sendAnswer(res, answerControl(req, path, body, { faults, calls }), now())
    }
    const promql = isPromqlPath(path)
    if (path !== '/' && !promql) return sendAnswer(res, NOT_FOUND, now())
    const begun = performance.now()
    const service = promql ? 'cloudwatch' : serviceOf(req.headers)
    const record: CallRecord = {
      time: now().toISOString(),
      service,
      operation: '',
      outcome: 'pending',
      milliseconds: 0,
    }
    calls.add(record)
    const requestId = randomUUID()
    const answer = await (body === undefined
      ? Promise.reject(tooLarge())
      : promql
        ? answerPromql({ req, res, body, record, requestId })
        : answerAws({ req, res, body, service, record, requestId })
    ).catch((cause: unknown) => {
      const error = cause instanceof AwsError ? cause : internalFailure(cause, warn)
      if (promql) {
        record.errorCode = error.code
        return promqlErrorAnswer(error, requestId)
      }
      const queryMode = req.headers['x-amzn-query-mode'] === 'true'
      record.errorCode = service === 'logs' ? error.code : error.queryCode
      return errorAnswer(error, service, queryMode, requestId)
    })
    const gone = res.destroyed || res.socket?.destroyed
    record.outcome = gone ? 'aborted' : record.errorCode === undefined ? 'ok' : 'error'
    if (!gone) record.status = answer.status
    record.milliseconds = Math.round(performance.now() - begun)
    sendAnswer(res, answer, now())
  }

  const server = createServer((req, res) => {
    // A request that ends early rejects here; there is nobody left to answer.
    handle(req, res).catch(() => res.destroy())
  })

  return {
    listen: (port, host) =>
      new Promise((resolve, reject) => {
        server.once('error', reject)
        server.listen(port, host, () => {
          server.off('error', reject)
          const address = server.address()
          resolve({ port: typeof address === 'object' && address ? address.port : port })
        })
      }),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

const NOT_FOUND: Answer = {
  status: 404,
  headers: { 'content-type': 'application/json' },
  body: '{"error":"the AWS services answer at / and this stand-in at /_local/"}\n',
}

function tooLarge(): AwsError {
  return new AwsError('RequestEntityTooLargeException', 'Request body is too large', {
    status: 413,
  })
}

function internalFailure(cause: unknown, warn: (line: string) => void): AwsError {
  warn(`local aws: internal failure: ${cause instanceof Error ? cause.stack : String(cause)}`)
  return new AwsError('InternalFailure', 'The request processing has failed.', { status: 500 })
}
