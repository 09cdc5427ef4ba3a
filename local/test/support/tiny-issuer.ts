import { createServer } from 'node:http'
import { type CryptoKey, exportJWK, generateKeyPair, type JWTPayload, SignJWT } from 'jose'
import { type Issuers, issuersAt } from '../../src/world.ts'

export type TinyIssuer = Readonly<{
  origin: string
  issuers: Issuers
  /** Signs the claims as they are: nothing is added. */
  sign: (claims: JWTPayload, options?: SignOptions) => Promise<string>
  /** Paths that were asked for, in order. */
  requests: readonly string[]
  /** While true, every answer is a 500. */
  fail: (failing: boolean) => void
  close: () => Promise<void>
}>

export type SignOptions = Readonly<{
  alg?: 'RS256' | 'ES256' | 'PS256'
  kid?: string | undefined
  /** Signs with a key that no JWKS has. */
  stranger?: boolean
}>

/** RSA keys take long to make: one set serves every issuer of a test run. */
let madeKeys: ReturnType<typeof makeKeys> | undefined

async function makeKeys() {
  const make = async () => ({
    RS256: await generateKeyPair('RS256', { extractable: true }),
    ES256: await generateKeyPair('ES256', { extractable: true }),
    PS256: await generateKeyPair('PS256', { extractable: true }),
  })
  return { keys: await make(), strangers: await make() }
}

/** Four issuers on one port of 127.0.0.1 that publish discovery documents and keys, and sign whatever a test wants. */
export async function startTinyIssuer(): Promise<TinyIssuer> {
  madeKeys ??= makeKeys()
  const { keys, strangers } = await madeKeys
  const jwks = {
    keys: await Promise.all(
      Object.entries(keys).map(async ([alg, { publicKey }]) => ({
        ...(await exportJWK(publicKey)),
        alg,
        kid: alg,
        use: 'sig',
      })),
    ),
  }
  const requests: string[] = []
  let failing = false
  let issuers: Issuers = issuersAt('')

  const server = createServer((req, res) => {
    const path = req.url ?? '/'
    requests.push(path)
    const issuer = Object.values(issuers).find((one) =>
      path.startsWith(new URL(one).pathname.replace(/\/$/, '')),
    )
    if (failing) res.writeHead(500).end()
    else if (path.endsWith('/jwks')) res.end(JSON.stringify(jwks))
    else if (issuer !== undefined && path.endsWith('/.well-known/openid-configuration')) {
      const jwksUri = `${issuer.replace(/\/$/, '')}/jwks`
      res.end(JSON.stringify({ issuer, jwks_uri: jwksUri }))
    } else res.writeHead(404).end()
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  if (typeof address !== 'object' || address === null) throw new Error('no port')
  const origin = `http://127.0.0.1:${address.port}`
  issuers = issuersAt(origin)

  return {
    origin,
    issuers,
    requests,
    sign: (claims, { alg = 'RS256', stranger = false, ...options } = {}) => {
      const key: CryptoKey = (stranger ? strangers : keys)[alg].privateKey
      const kid = 'kid' in options ? options.kid : alg
      const header = { alg, typ: 'JWT', ...(kid === undefined ? {} : { kid }) }
      return new SignJWT(claims).setProtectedHeader(header).sign(key)
    },
    fail: (value) => {
      failing = value
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}
