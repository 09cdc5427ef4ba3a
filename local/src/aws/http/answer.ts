import { type ServerResponse, STATUS_CODES } from 'node:http'

export type Answer = Readonly<{
  status: number
  headers: Readonly<Record<string, string>>
  body: string
}>

/** Writes an answer. `Date` is the stand-in's own time, because SDKs correct their clocks by it. */
export function sendAnswer(res: ServerResponse, answer: Answer, now: Date): void {
  if (res.destroyed) return
  res.sendDate = false
  res.writeHead(answer.status, STATUS_CODES[answer.status] ?? '', {
    date: now.toUTCString(),
    ...answer.headers,
    'content-length': Buffer.byteLength(answer.body),
  })
  res.end(answer.body)
}
