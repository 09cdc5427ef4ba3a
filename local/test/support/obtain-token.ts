import { createHash, randomBytes } from 'node:crypto'
import { signIn } from '../../src/identity-provider/sign-in.ts'
import { CLIENT_ID, SCOPE } from '../../src/world.ts'

const REDIRECT_URI = 'http://127.0.0.1:33418/callback'

/** What a person asks one issuer for, beyond the usual. */
export type TokenRequest = Readonly<{
  issuer: string
  person: 'alice' | 'bob' | 'carol'
  resource?: string
  scope?: string
}>

export type Tokens = Readonly<{ access_token: string; id_token?: string; refresh_token?: string }>

/** Signs a person in with the pre-registered client: authorization code and PKCE, as any client does. */
export async function obtainTokens(request: TokenRequest): Promise<Tokens> {
  const { issuer, person, resource, scope = SCOPE } = request
  const discovery = await fetch(`${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`)
  // Our own identity provider wrote it.
  const metadata = (await discovery.json()) as Record<
    'authorization_endpoint' | 'token_endpoint',
    string
  >
  const verifier = randomBytes(32).toString('base64url')
  const authorizeUrl = new URL(metadata.authorization_endpoint)
  authorizeUrl.search = String(
    new URLSearchParams({
      response_type: 'code',
      client_id: CLIENT_ID,
      redirect_uri: REDIRECT_URI,
      scope,
      state: randomBytes(8).toString('hex'),
      code_challenge: createHash('sha256').update(verifier).digest('base64url'),
      code_challenge_method: 'S256',
      ...(resource === undefined ? {} : { resource }),
    }),
  )
  const redirect = await signIn(authorizeUrl, person)
  const code = redirect.searchParams.get('code')
  if (code === null) throw new Error(`the issuer refused: ${redirect.search}`)
  const response = await fetch(metadata.token_endpoint, {
    method: 'POST',
    body: new URLSearchParams({
      grant_type: 'authorization_code',
      client_id: CLIENT_ID,
      redirect_uri: REDIRECT_URI,
      code,
      code_verifier: verifier,
      ...(resource === undefined ? {} : { resource }),
    }),
  })
  if (!response.ok) throw new Error(`no token: ${await response.text()}`)
  return (await response.json()) as Tokens // a 200 of the token endpoint
}
