import type { AwsError } from '../aws-error.ts'
import type { ServiceName } from '../call.ts'
import { errorDocument } from '../sts/xml.ts'
import type { Answer } from './answer.ts'

/** An error in the protocol of its service. `queryMode` is the client's `x-amzn-query-mode`. */
export function errorAnswer(
  error: AwsError,
  service: ServiceName,
  queryMode: boolean,
  requestId: string,
): Answer {
  if (service === 'sts') {
    return {
      status: error.queryStatus,
      headers: { 'content-type': 'text/xml', 'x-amzn-requestid': requestId },
      body: errorDocument(error.queryCode, error.message, error.queryStatus, requestId),
    }
  }
  const status = service === 'cloudwatch' ? error.queryStatus : error.status
  const fault = status < 500 ? 'Sender' : 'Receiver'
  return {
    status,
    headers: {
      'content-type': jsonType(service),
      'x-amzn-requestid': requestId,
      // CloudWatch left the query protocol; this header gives older code the code it knows.
      ...(service === 'cloudwatch' && queryMode
        ? { 'x-amzn-query-error': `${error.queryCode};${fault}` }
        : {}),
    },
    body: JSON.stringify({
      __type: typeOf(error, service),
      message: error.message,
      ...error.members,
    }),
  }
}

/** The content type that a JSON service speaks. */
export function jsonType(service: ServiceName): string {
  return service === 'cloudwatch' ? 'application/x-amz-json-1.0' : 'application/x-amz-json-1.1'
}

function typeOf(error: AwsError, service: ServiceName): string {
  if (error.origin === 'coral') return `com.amazon.coral.service#${error.code}`
  return service === 'cloudwatch' ? `com.amazonaws.cloudwatch#${error.code}` : error.code
}
