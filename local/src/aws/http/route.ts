import type { IncomingHttpHeaders } from 'node:http'
import { AwsError, frontEndError } from '../aws-error.ts'
import type { ServiceName } from '../call.ts'

export type Route = Readonly<{ service: ServiceName; operation: string }>

const TARGETS: Readonly<Record<string, ServiceName>> = {
  GraniteServiceVersion20100801: 'cloudwatch',
  Logs_20140328: 'logs',
}

/** Which service a request speaks to, by the marks of its protocol; STS when it has none. */
export function serviceOf(headers: IncomingHttpHeaders): ServiceName {
  const prefix = targetOf(headers).split('.')[0] ?? ''
  const found = Object.hasOwn(TARGETS, prefix) ? TARGETS[prefix] : undefined
  if (found !== undefined) return found
  // A target that no service here has is still the JSON protocol, and wants its kind of error.
  return isJson(headers) ? 'logs' : 'sts'
}

/** The operation of a JSON service that `x-amz-target` names. */
export function jsonOperation(headers: IncomingHttpHeaders): string {
  const [prefix = '', operation] = targetOf(headers).split('.')
  if (!operation || !Object.hasOwn(TARGETS, prefix)) throw unknownOperation()
  return operation
}

/** The operation that the form of the query protocol names. */
export function queryOperation(form: URLSearchParams): string {
  const [action, version] = [form.get('Action'), form.get('Version')]
  if (action === null) {
    const text = 'must contain the parameter Action'
    throw new AwsError('MissingAction', text)
  }
  if (version !== '2011-06-15') throw invalidAction(action, version)
  return action
}

/** The query protocol's answer to an operation that does not exist. */
export function invalidAction(action: string, version: string | null): AwsError {
  const text = `Could not find operation ${action} for version ${version ?? 'NO_VERSION_SPECIFIED'}`
  return new AwsError('InvalidAction', text)
}

/** The JSON protocols' answer to an operation that does not exist. */
export function unknownOperation(): AwsError {
  return frontEndError('UnknownOperationException', 'UnknownOperationException', '', 400, 400)
}

function isJson(headers: IncomingHttpHeaders): boolean {
  return (
    targetOf(headers) !== '' || (headers['content-type'] ?? '').startsWith('application/x-amz-json')
  )
}

function targetOf(headers: IncomingHttpHeaders): string {
  const target = headers['x-amz-target']
  return typeof target === 'string' ? target : ''
}
