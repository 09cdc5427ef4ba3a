import { createServer, request } from 'node:http'
import type { AddressInfo } from 'node:net'
import { decodeJwt } from 'jose'

/** A token that STS was sent, and what it made of it. */
export type SeenAtSts = Readonly<{
  issuer: string
  sessionName: string
  /** An access token says what it may be used for, an ID token does not. */
  kind: 'access token' | 'ID token'
  /** What STS compares: `azp`, else `aud`. */
  audience: string
  status: number
}>

export type StsTap = Readonly<{
  origin: string
  seen: readonly SeenAtSts[]
  close: () => Promise<void>
}>

/** Stands between the gateway and the AWS stand-in and notes every web identity that passes. Changes nothing. */
export async function startStsTap(aws: string): Promise<StsTap> {
  const seen: SeenAtSts[] = []
  const server = createServer((req, res) => {
    const chunks: Buffer[] = []
    req.on('data', (chunk: Buffer) => chunks.push(chunk))
    req.on('end', () => {
      const body = Buffer.concat(chunks)
      const { method, headers } = req
      const upstream = request(`${aws}${req.url}`, { method, headers }, (answer) => {
        const status = answer.statusCode ?? 0
        const note = noteOf(new URLSearchParams(body.toString()))
        if (note !== undefined) seen.push({ ...note, status })
        res.writeHead(status, answer.headers)
        answer.pipe(res)
      })
      upstream.on('error', () => res.destroy())
      upstream.end(body)
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  // A TCP server that listens has an address of this shape.
  const { port } = server.address() as AddressInfo
  return {
    origin: `http://127.0.0.1:${port}`,
    seen,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

function noteOf(form: URLSearchParams): Omit<SeenAtSts, 'status'> | undefined {
  const token = form.get('WebIdentityToken')
  if (token === null) return undefined
  const claims = decodeJwt(token)
  return {
    issuer: claims.iss ?? '',
    sessionName: form.get('RoleSessionName') ?? '',
    kind: 'scope' in claims || 'scp' in claims ? 'access token' : 'ID token',
    audience: String(claims.azp ?? claims.aud),
  }
}
