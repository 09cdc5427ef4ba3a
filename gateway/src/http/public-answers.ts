import type { IncomingMessage, ServerResponse } from 'node:http'
import { GatewayError } from '../errors.ts'
import type { ProtectedResource } from '../metadata/protected-resource.ts'
import { PAGE_HEADERS } from '../pages/home-page.ts'
import { answerJson } from './answer.ts'
import { PUBLIC_CORS } from './guard.ts'
import type { Route } from './route.ts'

/** What is answered without a token. */
export type PublicAnswers = Readonly<{
  metadataOf: (target: string) => ProtectedResource
  homePage: string
  /** Problems that keep the gateway from serving; none means ready. */
  unready: () => readonly string[]
}>

/**
 * Answers the public paths: metadata, the page for people, liveness and readiness. Unknown paths, well-known ones
 * included, are JSON 404: clients that probe for metadata parse what they get. Throws `method_not_allowed` and
 * `not_found`.
 */
export function answerPublic(
  answers: PublicAnswers,
  route: Exclude<Route, { kind: 'mcp' | 'whoami' }>,
  req: IncomingMessage,
  res: ServerResponse,
): void {
  if (route.kind === 'unknown') throw new GatewayError('not_found')
  const cors = route.kind === 'resource-metadata' ? PUBLIC_CORS : {}
  if (req.method === 'OPTIONS' && route.kind === 'resource-metadata') {
    res.writeHead(204, {
      ...cors,
      'access-control-allow-methods': 'GET',
      'access-control-allow-headers': 'mcp-protocol-version',
      'access-control-max-age': '600',
    })
    res.end()
    return
  }
  if (req.method !== 'GET' && req.method !== 'HEAD') throw new GatewayError('method_not_allowed')
  if (route.kind === 'resource-metadata') {
    answerJson(res, 200, answers.metadataOf(route.target), cors)
  } else if (route.kind === 'home') {
    res.writeHead(200, PAGE_HEADERS)
    res.end(answers.homePage)
  } else if (route.kind === 'health') {
    answerJson(res, 200, { status: 'ok' })
  } else {
    const problems = answers.unready()
    const ready = problems.length === 0
    answerJson(res, ready ? 200 : 503, { status: ready ? 'ready' : 'not ready', problems })
  }
}
