import { createServer } from 'node:http'
import { listen, stop } from './loopback.ts'

/** One question that reached the introspection endpoint. */
export type Question = Readonly<{ authorization: string | undefined; token: string | null }>

export type FakeIntrospection = Readonly<{
  issuer: string
  questions: readonly Question[]
  /** What the endpoint answers from now on: JSON, or a status alone; an `error` in it makes it a 400. */
  answer: (answer: Record<string, unknown> | number) => void
  close: () => Promise<void>
}>

/** An issuer of opaque tokens: metadata and an introspection endpoint (RFC 7662) over real HTTP. */
export async function startFakeIntrospection(): Promise<FakeIntrospection> {
  const questions: Question[] = []
  let answer: Record<string, unknown> | number = { active: false }
  const server = createServer(async (req, res) => {
    if (req.url === '/.well-known/openid-configuration') {
      res.writeHead(200, { 'content-type': 'application/json' })
      res.end(
        JSON.stringify({
          issuer,
          jwks_uri: `${issuer}/keys`,
          introspection_endpoint: `${issuer}/introspect`,
        }),
      )
    } else if (req.url === '/keys') {
      res.writeHead(200, { 'content-type': 'application/json' })
      res.end('{"keys":[]}')
    } else if (req.url === '/introspect' && req.method === 'POST') {
      let body = ''
      for await (const chunk of req) body += chunk
      questions.push({
        authorization: req.headers.authorization,
        token: new URLSearchParams(body).get('token'),
      })
      const status = typeof answer === 'number' ? answer : 'error' in answer ? 400 : 200
      res.writeHead(status, { 'content-type': 'application/json' })
      res.end(typeof answer === 'number' ? '{}' : JSON.stringify(answer))
    } else {
      res.writeHead(404).end()
    }
  })
  const port = await listen(server)
  const issuer = `http://127.0.0.1:${port}`
  return {
    issuer,
    questions,
    answer: (next) => {
      answer = next
    },
    close: () => stop(server),
  }
}
