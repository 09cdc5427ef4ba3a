import type { OutgoingHttpHeaders, ServerResponse } from 'node:http'
import { answerBytes } from '../../http/answer.ts'

/** What a browser gets: a page, or the way to somewhere else. */
export type BrowserAnswer = Readonly<{
  /** `Set-Cookie` headers. */
  cookies: readonly string[]
}> &
  (
    | Readonly<{ kind: 'page'; html: string; headers: OutgoingHttpHeaders; status?: number }>
    | Readonly<{ kind: 'redirect'; location: string }>
  )

/** Sends it. Neither the page nor the address may be kept or passed on: both may hold a code. */
export function sendBrowserAnswer(res: ServerResponse, answer: BrowserAnswer): void {
  const cookies = answer.cookies.length > 0 ? { 'set-cookie': [...answer.cookies] } : {}
  if (answer.kind === 'page') {
    const headers = { ...answer.headers, ...cookies }
    answerBytes(res, answer.status ?? 200, Buffer.from(answer.html), headers)
    return
  }
  answerBytes(res, 302, Buffer.alloc(0), {
    location: answer.location,
    'cache-control': 'no-store',
    'referrer-policy': 'no-referrer',
    ...cookies,
  })
}
