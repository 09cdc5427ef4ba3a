import type { ServerResponse } from 'node:http'

/** Aborts when the connection ends before the answer has: there is nobody left to answer. */
export function clientLeaving(res: ServerResponse): AbortSignal {
  const controller = new AbortController()
  res.once('close', () => {
    if (!res.writableFinished) controller.abort(new Error('the client has left'))
  })
  return controller.signal
}
