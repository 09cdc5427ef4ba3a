import type { IncomingMessage, ServerResponse } from 'node:http'
import { AwsError, frontEndError } from '../aws-error.ts'
import type { ServiceName } from '../call.ts'
import type { Answer } from '../http/answer.ts'
import type { Fault } from './faults.ts'

/** Stands for an answer that nobody will get: the connection is gone. */
const NO_ANSWER: Answer = { status: 499, headers: {}, body: '' }

/**
 * Lets a fault happen. Throws the error it stands for, gives the answer that replaces the real one, waits, or cuts
 * the connection; undefined when the call shall go on. A call whose client left while it was stalled does not.
 */
export async function inject(
  fault: Fault,
  service: ServiceName,
  req: IncomingMessage,
  res: ServerResponse,
): Promise<Answer | undefined> {
  switch (fault.kind) {
    case 'throttle':
      throw frontEndError('ThrottlingException', 'Throttling', 'Rate exceeded', 400, 400)
    case 'fail':
      throw new AwsError('InternalFailure', 'The request processing has failed.', { status: 500 })
    case 'error':
      throw new AwsError(fault.code ?? 'InternalFailure', fault.message ?? 'injected by a test', {
        status: fault.status ?? 400,
      })
    case 'garbage':
      return {
        status: 200,
        headers: { 'content-type': service === 'sts' ? 'text/xml' : 'application/json' },
        body: '<<<{"not": what you asked for',
      }
    case 'stall':
      await waitFor(res, fault.milliseconds)
      return res.destroyed ? NO_ANSWER : undefined
    case 'reset':
      req.socket.destroy()
      return NO_ANSWER
    case 'partial':
    case 'short':
      return undefined
  }
}

function waitFor(res: ServerResponse, milliseconds: number | undefined): Promise<void> {
  return new Promise((resolve) => {
    const timer = milliseconds === undefined ? undefined : setTimeout(resolve, milliseconds)
    res.once('close', () => {
      clearTimeout(timer)
      resolve()
    })
  })
}
