import type { IncomingMessage, ServerResponse } from 'node:http'
import type { AwsError } from '../aws-error.ts'
import type { CallRecord } from '../control/calls.ts'
import type { Faults } from '../control/faults.ts'
import { inject } from '../control/inject.ts'
import { authorize } from '../iam/authorize.ts'
import type { createPromql, PromqlOperation } from '../promql/promql.ts'
import { PromqlError } from '../promql/promql-error.ts'
import { verifySignature } from '../signature/verify-signature.ts'
import type { SessionStore } from '../sts/sessions.ts'
import type { Answer } from './answer.ts'
import { unknownOperation } from './route.ts'

export type PromqlAnswererOptions = Readonly<{
  promql: ReturnType<typeof createPromql>
  faults: Faults
  sessions: SessionStore
  now: () => Date
  warn: (line: string) => void
}>

export type PromqlRequest = Readonly<{
  req: IncomingMessage
  res: ServerResponse
  body: Buffer
  /** Filled in as things become known. */
  record: CallRecord
  requestId: string
}>

/** Whether a path belongs to the PromQL HTTP API. */
export function isPromqlPath(path: string): boolean {
  return path.startsWith('/api/v1/')
}

/**
 * The way of a request to the PromQL HTTP API: which operation, whose fault, whose signature (for `monitoring`), then
 * the query. Rejects with an AwsError for what the front end of AWS refuses; the API's own errors are answers.
 */
export function createPromqlAnswerer(options: PromqlAnswererOptions) {
  const { promql, faults, sessions, now, warn } = options

  return async ({ req, res, body, record, requestId }: PromqlRequest): Promise<Answer> => {
    const url = new URL(req.url ?? '/', 'http://local')
    const { name, run, methods } = operationAt(url.pathname, promql)
    record.operation = name
    if (!methods.includes(req.method ?? '')) throw unknownOperation()
    const fault = faults.take('cloudwatch', name)
    if (fault !== undefined) {
      record.fault = fault.kind
      const replaced = await inject(fault, 'cloudwatch', req, res)
      if (replaced !== undefined) return replaced
    }
    const signed = {
      method: req.method ?? 'GET',
      path: url.pathname,
      query: queryOf(url.searchParams),
      headers: req.headers,
      body,
    }
    const { session, region } = await verifySignature(signed, 'cloudwatch', sessions.find, now())
    record.accessKeyId = session.accessKeyId
    record.callerArn = session.callerArn
    record.region = region
    if (session.sourceIdentity !== undefined) record.sourceIdentity = session.sourceIdentity
    const form = req.method === 'POST' ? new URLSearchParams(body.toString()) : url.searchParams
    try {
      const { data, warnings } = run(form, {
        region,
        session,
        now: now(),
        partial: fault?.kind === 'partial',
        authorize: (action, resources) => authorize(session, 'cloudwatch', action, resources, warn),
      })
      const more = warnings.length === 0 ? {} : { warnings }
      return jsonAnswer(200, { status: 'success', data, ...more }, requestId)
    } catch (cause) {
      if (!(cause instanceof PromqlError)) throw cause
      record.errorCode = cause.errorType
      const { errorType, message: error } = cause
      return jsonAnswer(cause.status, { status: 'error', errorType, error }, requestId)
    }
  }
}

/** An error of the front end as a REST API of AWS answers it. */
export function promqlErrorAnswer(error: AwsError, requestId: string): Answer {
  const status =
    error.code === 'ThrottlingException'
      ? 429
      : error.status >= 500
        ? error.status
        : error.queryStatus
  const answer = jsonAnswer(status, { message: error.message }, requestId)
  return { ...answer, headers: { ...answer.headers, 'x-amzn-errortype': error.code } }
}

const BOTH = ['GET', 'POST']

function operationAt(
  path: string,
  promql: ReturnType<typeof createPromql>,
): Readonly<{ name: string; run: PromqlOperation; methods: readonly string[] }> {
  const label = /^\/api\/v1\/label\/([^/]+)\/values$/.exec(path)?.[1]
  if (label !== undefined) {
    const run = promql.labelValues(decodeURIComponent(label))
    return { name: 'GetLabels', run, methods: ['GET'] }
  }
  switch (path) {
    case '/api/v1/query':
      return { name: 'QueryMetrics', run: promql.query, methods: BOTH }
    case '/api/v1/query_range':
      return { name: 'QueryMetrics', run: promql.queryRange, methods: BOTH }
    case '/api/v1/series':
      return { name: 'GetSeries', run: promql.series, methods: BOTH }
    case '/api/v1/labels':
      return { name: 'GetLabels', run: promql.labels, methods: BOTH }
    default:
      throw unknownOperation()
  }
}

/** The query as the signer wants it: a name that occurs more than once has a list of values. */
function queryOf(params: URLSearchParams): Record<string, string | string[]> {
  return Object.fromEntries(
    [...new Set(params.keys())].map((name) => {
      const values = params.getAll(name)
      return [name, values.length === 1 ? (values[0] ?? '') : values]
    }),
  )
}

function jsonAnswer(status: number, body: object, requestId: string): Answer {
  return {
    status,
    headers: { 'content-type': 'application/json', 'x-amzn-requestid': requestId },
    body: JSON.stringify(body),
  }
}
