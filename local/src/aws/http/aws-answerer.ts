import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Operation, ServiceName, Session } from '../call.ts'
import type { CallRecord } from '../control/calls.ts'
import type { Faults } from '../control/faults.ts'
import { inject } from '../control/inject.ts'
import { isPresigned, verifyPresigned } from '../signature/verify-presigned.ts'
import { verifySignature } from '../signature/verify-signature.ts'
import type { SessionStore } from '../sts/sessions.ts'
import type { Sts } from '../sts/sts.ts'
import type { Answer } from './answer.ts'
import { answerJson } from './json-service.ts'
import { jsonOperation, queryOperation, unknownOperation } from './route.ts'

export type AwsAnswererOptions = Readonly<{
  sts: Sts
  operations: Readonly<Record<'cloudwatch' | 'logs', Readonly<Record<string, Operation>>>>
  faults: Faults
  sessions: SessionStore
  now: () => Date
  warn: (line: string) => void
}>

export type AwsRequest = Readonly<{
  req: IncomingMessage
  res: ServerResponse
  body: Buffer
  service: ServiceName
  /** Filled in as things become known. */
  record: CallRecord
  requestId: string
}>

/**
 * The way of an AWS request: which operation, whose fault, whose signature, then the service. Rejects with an AwsError
 * for everything that AWS would refuse.
 */
export function createAwsAnswerer(options: AwsAnswererOptions) {
  const { sts, operations, faults, sessions, now, warn } = options

  return async ({ req, res, body, service, record, requestId }: AwsRequest): Promise<Answer> => {
    const url = new URL(req.url ?? '/', 'http://local')
    const form = req.method === 'GET' ? url.searchParams : new URLSearchParams(body.toString())
    const operation = service === 'sts' ? queryOperation(form) : jsonOperation(req.headers)
    record.operation = operation
    if (service !== 'sts' && !Object.hasOwn(operations[service], operation)) {
      throw unknownOperation()
    }
    const fault = faults.take(service, operation)
    if (fault !== undefined) {
      record.fault = fault.kind
      const replaced = await inject(fault, service, req, res)
      if (replaced !== undefined) return replaced
    }

    const authenticate = async () => {
      const signed = {
        method: req.method ?? 'POST',
        path: url.pathname,
        query: Object.fromEntries(url.searchParams),
        headers: req.headers,
        body,
      }
      const presigned = isPresigned(url.searchParams)
      record.accessKeyId = presigned
        ? (url.searchParams.get('X-Amz-Credential')?.split('/')[0] ?? '')
        : claimedAccessKeyId(req.headers.authorization)
      const proven = presigned
        ? await verifyPresigned({ ...signed, url }, sessions.find, now())
        : await verifySignature(signed, service, sessions.find, now())
      recordSession(record, proven.session)
      record.region = proven.region
      return proven
    }
    if (service === 'sts') {
      const host = (req.headers.host ?? '').replace(/:\d+$/, '')
      const request = { operation, form, host, authenticate, now: now(), requestId, fault }
      const answered = await sts(request)
      recordSession(record, answered.session)
      return answered.answer
    }
    return answerJson(operations[service], {
      service,
      operation,
      body,
      ...(await authenticate()),
      now: now(),
      partial: fault?.kind === 'partial',
      requestId,
      warn,
    })
  }
}

/** Whose key a request claims to be signed with, before anything is proven; for the record only. */
function claimedAccessKeyId(header: string | undefined): string {
  return /Credential=(\w{4,128})\//.exec(header ?? '')?.[1] ?? ''
}

function recordSession(record: CallRecord, session: Session): void {
  record.accessKeyId = session.accessKeyId
  record.callerArn = session.callerArn
  if (session.sourceIdentity !== undefined) record.sourceIdentity = session.sourceIdentity
}
