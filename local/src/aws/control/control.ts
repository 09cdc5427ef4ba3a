import type { IncomingMessage } from 'node:http'
import type { Answer } from '../http/answer.ts'
import type { CallLog } from './calls.ts'
import type { Faults } from './faults.ts'

/**
 * Answers `/_local/…`: health for anyone, faults and calls for this machine only. A page in a browser is kept out by
 * its Origin and, when it rebinds a name to this address, by the Host it then sends.
 */
export function answerControl(
  req: IncomingMessage,
  path: string,
  body: Uint8Array,
  state: Readonly<{ faults: Faults; calls: CallLog }>,
): Answer {
  const route = `${req.method} ${path}`
  if (route === 'GET /_local/health') return json(200, { status: 'ok' })
  if (!isLocal(req)) return json(403, { error: 'only for programs on this machine' })
  switch (route) {
    case 'GET /_local/calls':
      return json(200, { calls: state.calls.list() })
    case 'DELETE /_local/calls':
      state.calls.clear()
      return json(200, {})
    case 'POST /_local/faults':
      return addFaults(body, state.faults)
    case 'DELETE /_local/faults':
      state.faults.clear()
      return json(200, {})
    default:
      return json(404, { error: `there is no ${route}` })
  }
}

function addFaults(body: Uint8Array, faults: Faults): Answer {
  try {
    return json(200, { added: faults.add(JSON.parse(Buffer.from(body).toString())) })
  } catch (error) {
    return json(400, { error: error instanceof Error ? error.message : 'not JSON' })
  }
}

function isLocal(req: IncomingMessage): boolean {
  const address = req.socket.remoteAddress ?? ''
  const host = (req.headers.host ?? '').replace(/:\d+$/, '')
  return (
    /^(::ffff:)?127\.|^::1$/.test(address) &&
    /^(localhost|127\.\d+\.\d+\.\d+|\[::1\])$/.test(host) &&
    req.headers.origin === undefined
  )
}

function json(status: number, value: object): Answer {
  return {
    status,
    headers: { 'content-type': 'application/json' },
    body: `${JSON.stringify(value)}\n`,
  }
}
