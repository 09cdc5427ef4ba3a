import { serializationError } from '../aws-error.ts'
import type { Operation, ServiceName, Session } from '../call.ts'
import { authorize } from '../iam/authorize.ts'
import { isStructure } from '../input.ts'
import type { Answer } from './answer.ts'
import { jsonType } from './error-answer.ts'
import { unknownOperation } from './route.ts'

export type JsonRequest = Readonly<{
  service: ServiceName
  operation: string
  body: Uint8Array
  session: Session
  region: string
  now: Date
  partial: boolean
  requestId: string
  warn: (line: string) => void
}>

/** Runs the operation that the request names and gives its answer; an operation that is not there is refused. */
export function answerJson(
  operations: Readonly<Record<string, Operation>>,
  request: JsonRequest,
): Answer {
  const { service, operation, session } = request
  const run = Object.hasOwn(operations, operation) ? operations[operation] : undefined
  if (run === undefined) throw unknownOperation()
  const output = run(parseBody(request.body), {
    service,
    operation,
    region: request.region,
    session,
    now: request.now,
    partial: request.partial,
    authorize: (action, resources) => authorize(session, service, action, resources, request.warn),
  })
  return {
    status: 200,
    headers: { 'content-type': jsonType(service), 'x-amzn-requestid': request.requestId },
    body: JSON.stringify(output),
  }
}

function parseBody(body: Uint8Array) {
  try {
    const value: unknown = JSON.parse(Buffer.from(body).toString() || '{}')
    if (isStructure(value)) return value
  } catch {
    // Falls through: text that is no JSON and JSON that is no object get the same answer.
  }
  throw serializationError('Start of structure or map expected')
}
