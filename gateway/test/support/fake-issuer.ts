import { createServer, type ServerResponse } from 'node:http'
import { type JWTPayload, SignJWT } from 'jose'
import { listen, stop } from './loopback.ts'
import { type SigningKey, signingKey } from './signing-key.ts'

export type Reply = Readonly<{ status?: number; headers?: Record<string, string>; body: string }>

/** What the issuer answers where a test wants something else than the truth. */
export type IssuerScript = Readonly<{
  metadata?: ((document: Record<string, unknown>) => Reply | Promise<Reply>) | undefined
  keys?: ((keySet: unknown) => Reply | Promise<Reply>) | undefined
}>

export type FakeIssuer = Readonly<{
  /** As it stands in `iss`. */
  issuer: string
  /** A signed token with these claims over valid standard ones; a claim of `undefined` is left out. */
  mint: (claims?: Record<string, unknown>, header?: Record<string, unknown>) => Promise<string>
  /** How often the metadata and the keys were fetched. */
  fetches: Readonly<{ metadata: number; keys: number }>
  script: (script: IssuerScript) => void
  /** Signs with a new key; `keep` says whether the old one stays published. */
  rotate: (kid: string, options: { keep: boolean }) => Promise<void>
  /** Stops listening; `up` listens on the same port again. */
  down: () => Promise<void>
  up: () => Promise<void>
  close: () => Promise<void>
}>

/**
 * An OpenID Connect issuer at `path` of a free port: discovery and keys over real HTTP, tokens signed with RS256.
 * `path` is part of the issuer and may end with the slash that belongs to it, as Auth0's does.
 */
export async function startFakeIssuer(path = ''): Promise<FakeIssuer> {
  let signing: SigningKey = await signingKey('first')
  let published: readonly SigningKey[] = [signing]
  let script: IssuerScript = {}
  const fetches = { metadata: 0, keys: 0 }
  const base = path.replace(/\/$/, '')

  const server = createServer(async (req, res) => {
    if (req.url === `${base}/.well-known/openid-configuration`) {
      fetches.metadata += 1
      const document = { issuer, jwks_uri: `${origin}${base}/keys` }
      send(res, (await script.metadata?.(document)) ?? json(document))
    } else if (req.url === `${base}/keys`) {
      fetches.keys += 1
      const keySet = { keys: published.map(({ publicJwk }) => publicJwk) }
      send(res, (await script.keys?.(keySet)) ?? json(keySet))
    } else {
      send(res, { status: 404, body: '' })
    }
  })
  const port = await listen(server)
  const origin = `http://127.0.0.1:${port}`
  const issuer = `${origin}${path}`

  return {
    issuer,
    fetches,
    mint: (claims = {}, header = {}) => {
      const now = Math.floor(Date.now() / 1000)
      const payload: JWTPayload = {
        iss: issuer,
        sub: 'someone',
        iat: now,
        exp: now + 600,
        ...claims,
      }
      return new SignJWT(payload)
        .setProtectedHeader({ alg: signing.alg, kid: signing.kid, ...header })
        .sign(signing.privateKey)
    },
    script: (next) => {
      script = next
    },
    rotate: async (kid, { keep }) => {
      signing = await signingKey(kid)
      published = keep ? [...published, signing] : [signing]
    },
    down: () => stop(server),
    up: async () => {
      await listen(server, port)
    },
    close: () => stop(server),
  }
}

/** A document as JSON. */
export function json(document: unknown): Reply {
  return { headers: { 'content-type': 'application/json' }, body: JSON.stringify(document) }
}

function send(res: ServerResponse, { status = 200, headers = {}, body }: Reply): void {
  res.writeHead(status, headers)
  res.end(body)
}
