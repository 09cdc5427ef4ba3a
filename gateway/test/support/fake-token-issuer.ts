import { createHash, randomBytes } from 'node:crypto'
import { createServer, type IncomingMessage } from 'node:http'
import { SignJWT } from 'jose'
import { json, type Reply } from './fake-issuer.ts'
import { listen, stop } from './loopback.ts'
import { signingKey } from './signing-key.ts'

/** A request to the token or the revocation endpoint, as it came. */
export type Asked = Readonly<{
  path: '/token' | '/revoke'
  form: URLSearchParams
  authorization: string | undefined
}>

export type TokenIssuerScript = Readonly<{
  /** Changes the metadata. */
  metadata?: (document: Record<string, unknown>) => unknown
  /** Answers a token request instead of the issuer; undefined: the issuer's own answer. */
  token?: (asked: Asked) => Reply | undefined | Promise<Reply | undefined>
  /** Changes a successful answer of the token endpoint. */
  answer?: (answer: Record<string, unknown>, asked: Asked) => Record<string, unknown>
  /** Adds to the claims of both tokens. */
  claims?: Readonly<Record<string, unknown>>
  /** Claims of ID tokens alone. */
  idTokenClaims?: Readonly<Record<string, unknown>>
  revocation?: Reply
}>

/** An issuer that keeps its rules: a code is good once, for its verifier; a refresh token is good once. */
export type FakeTokenIssuer = Readonly<{
  issuer: string
  /** Everything that was asked at its token and revocation endpoints. */
  asked: readonly Asked[]
  fetches: Readonly<{ metadata: number }>
  /** A code as a person's sign-in gives it, for an authorization URL. */
  codeFor(url: URL): string
  script(script: TokenIssuerScript): void
  down(): Promise<void>
  up(): Promise<void>
  close(): Promise<void>
}>

/** Starts it on a free port. `now` is milliseconds since the epoch. */
export async function startFakeTokenIssuer(now: () => number): Promise<FakeTokenIssuer> {
  const key = await signingKey('login')
  const asked: Asked[] = []
  const codes = new Map<string, URLSearchParams>()
  const refreshTokens = new Map<string, string>()
  const fetches = { metadata: 0 }
  let script: TokenIssuerScript = {}

  const sign = (claims: Record<string, unknown>) =>
    new SignJWT(claims).setProtectedHeader({ alg: key.alg, kid: key.kid }).sign(key.privateKey)

  const tokens = async (clientId: string, nonce: string | undefined, resource: string) => {
    const iat = Math.floor(now() / 1000)
    const shared = { iss: issuer, sub: 'alice', iat, exp: iat + 3600, ...script.claims }
    const refreshToken = randomBytes(16).toString('base64url')
    refreshTokens.set(refreshToken, clientId)
    return {
      access_token: await sign({
        ...shared,
        aud: resource,
        client_id: clientId,
        jti: randomBytes(8).toString('hex'),
      }),
      id_token: await sign({ ...shared, aud: clientId, nonce, ...script.idTokenClaims }),
      refresh_token: refreshToken,
      token_type: 'Bearer',
      expires_in: 3600,
    }
  }

  const answerToken = async (request: Asked): Promise<Reply> => {
    const { form } = request
    const clientId = clientIdOf(request)
    const refusal = { ...json({ error: 'invalid_grant' }), status: 400 }
    const resource = form.get('resource') ?? 'api://default'
    if (form.get('grant_type') === 'refresh_token') {
      const token = form.get('refresh_token') ?? ''
      if (refreshTokens.get(token) !== clientId) return refusal
      refreshTokens.delete(token)
      const answer = await tokens(clientId, undefined, resource)
      return json(script.answer?.(answer, request) ?? answer)
    }
    const code = form.get('code') ?? ''
    const was = codes.get(code)
    const challenge = createHash('sha256').update(form.get('code_verifier') ?? '')
    if (was === undefined || was.get('code_challenge') !== challenge.digest('base64url')) {
      return refusal
    }
    codes.delete(code)
    const answer = await tokens(clientId, was.get('nonce') ?? undefined, resource)
    return json(script.answer?.(answer, request) ?? answer)
  }

  const server = createServer(async (req, res) => {
    const reply = await route(req)
    const { status = 200, headers = {}, body } = reply
    res.writeHead(status, headers)
    res.end(body)
  })

  const route = async (req: IncomingMessage): Promise<Reply> => {
    if (req.url === '/.well-known/openid-configuration') {
      fetches.metadata += 1
      const document = {
        issuer,
        authorization_endpoint: `${issuer}/authorize`,
        token_endpoint: `${issuer}/token`,
        revocation_endpoint: `${issuer}/revoke`,
        jwks_uri: `${issuer}/keys`,
        scopes_supported: ['openid', 'offline_access', 'cloudwatch/read'],
      }
      return json(script.metadata?.(document) ?? document)
    }
    if (req.url === '/keys') return json({ keys: [key.publicJwk] })
    if (req.url !== '/token' && req.url !== '/revoke') return { status: 404, body: '' }
    const request = {
      path: req.url,
      form: new URLSearchParams(await bodyOf(req)),
      authorization: req.headers.authorization,
    } as const
    asked.push(request)
    if (request.path === '/token') return (await script.token?.(request)) ?? answerToken(request)
    refreshTokens.delete(request.form.get('token') ?? '')
    return script.revocation ?? { body: '' }
  }

  const port = await listen(server)
  const issuer = `http://127.0.0.1:${port}`
  return {
    issuer,
    asked,
    fetches,
    codeFor: (url) => {
      const code = randomBytes(16).toString('base64url')
      codes.set(code, url.searchParams)
      return code
    },
    script: (next) => {
      script = next
    },
    down: () => stop(server),
    up: async () => {
      await listen(server, port)
    },
    close: () => stop(server),
  }
}

function clientIdOf({ form, authorization }: Asked): string {
  const basic = /^Basic (.*)$/.exec(authorization ?? '')?.[1]
  if (basic === undefined) return form.get('client_id') ?? ''
  const [id = ''] = Buffer.from(basic, 'base64').toString().split(':')
  return decodeURIComponent(id)
}

async function bodyOf(req: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = []
  for await (const chunk of req) chunks.push(chunk)
  return Buffer.concat(chunks).toString()
}
