import { createHash, randomBytes } from 'node:crypto'

import {
  createRemoteJWKSet,
  type JWTPayload,
  jwtVerify,
  type ProtectedHeaderParameters,
} from 'jose'

import { MACHINE } from '../../src/identity-provider/clients.ts'
import {
  type IdentityProvider,
  type IdentityProviderOptions,
  startIdentityProvider,
} from '../../src/identity-provider/identity-provider.ts'
import { signIn } from '../../src/identity-provider/sign-in.ts'
import { CLIENT_ID, RESOURCE_SERVER_CLIENT, SCOPE } from '../../src/world.ts'

export const REDIRECT_URI = 'http://localhost:3118/callback'
export const RESOURCE_ORIGIN = 'http://localhost:8080'
export const RESOURCE = `${RESOURCE_ORIGIN}/mcp`
export const PROD_RESOURCE = `${RESOURCE_ORIGIN}/mcp/prod`

export type Metadata = Readonly<Record<string, unknown>> &
  Readonly<{
    issuer: string
    authorization_endpoint: string
    token_endpoint: string
    jwks_uri: string
  }>

export type TokenAnswer = Readonly<{
  status: number
  access_token?: string
  id_token?: string
  refresh_token?: string
  scope?: string
  expires_in?: number
  error?: string
  error_description?: string
}>

/** An identity provider on a free port for one `describe`, stopped after it. Any error inside fails the suite. */
export function identityProvider(
  options: Partial<IdentityProviderOptions> = {},
): () => IdentityProvider {
  let running: IdentityProvider | undefined
  const failures: unknown[] = []
  before(async () => {
    running = await startIdentityProvider({
      port: 0,
      resourceOrigin: RESOURCE_ORIGIN,
      onError: (error) => failures.push(error),
      ...options,
    })
  })
  after(async () => {
    await running?.close()
    if (failures.length > 0) throw failures[0]
  })
  return () => {
    if (running === undefined) throw new Error('the identity provider is not running yet')
    return running
  }
}

export async function metadataOf(issuer: string): Promise<Metadata> {
  const url = `${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`
  const response = await fetch(url)
  if (!response.ok) throw new Error(`${url}: ${response.status}`)
  // The tests that look at the document check it; the flow needs only these four strings.
  return (await response.json()) as Metadata
}

/** A JSON object as it came; its values are for the test to judge. */
export async function jsonOf(response: Response): Promise<Readonly<Record<string, unknown>>> {
  const body: unknown = await response.json()
  if (typeof body !== 'object' || body === null) throw new Error('the answer is no JSON object')
  return Object.fromEntries(Object.entries(body))
}

export type Asked = Readonly<Record<string, string | readonly string[]>>

/** An authorization URL with PKCE and its verifier; `asked` adds and overrides parameters, '' removes one. */
export function authorization(metadata: Metadata, asked: Asked = {}) {
  const verifier = randomBytes(32).toString('base64url')
  const url = new URL(metadata.authorization_endpoint)
  const parameters: Asked = {
    client_id: CLIENT_ID,
    response_type: 'code',
    redirect_uri: REDIRECT_URI,
    scope: SCOPE,
    state: 'state-of-the-test',
    code_challenge: createHash('sha256').update(verifier).digest('base64url'),
    code_challenge_method: 'S256',
    ...asked,
  }
  for (const [name, value] of Object.entries(parameters)) {
    for (const one of [value].flat()) if (one !== '') url.searchParams.append(name, one)
  }
  return { url, verifier }
}

export async function tokenRequest(
  metadata: Metadata,
  parameters: Readonly<Record<string, string>>,
): Promise<TokenAnswer> {
  const body = new URLSearchParams(parameters)
  const response = await fetch(metadata.token_endpoint, { method: 'POST', body })
  // The members are optional strings; a test that needs one asserts it.
  return { status: response.status, ...((await response.json()) as object) }
}

/** The whole authorization code flow: sign in, exchange. `atToken` adds parameters to the token request. */
export async function tokensFor(
  issuer: string,
  personId: string,
  asked: Asked = {},
  atToken: Readonly<Record<string, string>> = {},
): Promise<TokenAnswer> {
  const metadata = await metadataOf(issuer)
  const { url, verifier } = authorization(metadata, asked)
  const back = await signIn(url, personId)
  const code = back.searchParams.get('code')
  if (code === null) throw new Error(`no code: ${back.search}`)
  return tokenRequest(metadata, {
    grant_type: 'authorization_code',
    client_id: url.searchParams.get('client_id') ?? '',
    redirect_uri: url.searchParams.get('redirect_uri') ?? '',
    code,
    code_verifier: verifier,
    ...atToken,
  })
}

export async function refresh(issuer: string, token: string | undefined): Promise<TokenAnswer> {
  return tokenRequest(await metadataOf(issuer), {
    grant_type: 'refresh_token',
    client_id: CLIENT_ID,
    refresh_token: String(token),
  })
}

export async function machineToken(
  issuer: string,
  parameters: Readonly<Record<string, string>> = {},
): Promise<TokenAnswer> {
  return tokenRequest(await metadataOf(issuer), {
    grant_type: 'client_credentials',
    client_id: MACHINE.id,
    client_secret: MACHINE.secret,
    ...parameters,
  })
}

/** What introspection says of a token to `client`, the resource server unless another one is named. */
export async function introspection(
  issuer: string,
  token: string | undefined,
  client: Readonly<Record<string, string>> = {
    client_id: RESOURCE_SERVER_CLIENT.id,
    client_secret: RESOURCE_SERVER_CLIENT.secret,
  },
): Promise<Readonly<Record<string, unknown>>> {
  const { introspection_endpoint } = await metadataOf(issuer)
  const body = new URLSearchParams({ token: String(token), ...client })
  const response = await fetch(String(introspection_endpoint), { method: 'POST', body })
  return { status: response.status, ...(await jsonOf(response)) }
}

/** Revokes a token as the pre-registered public client. */
export async function revoke(issuer: string, token: string | undefined): Promise<number> {
  const { revocation_endpoint } = await metadataOf(issuer)
  const body = new URLSearchParams({ token: String(token), client_id: CLIENT_ID })
  return (await fetch(String(revocation_endpoint), { method: 'POST', body })).status
}

export type Verified = Readonly<{ header: ProtectedHeaderParameters; claims: JWTPayload }>

/**
 * Verifies a token's signature by the keys that `issuer` publishes, and who it says issued it. The audience is for the
 * test to judge.
 */
export async function verified(
  issuer: string,
  token: string | undefined,
  named = issuer,
): Promise<Verified> {
  const { jwks_uri } = await metadataOf(issuer)
  const keys = createRemoteJWKSet(new URL(jwks_uri))
  const { payload, protectedHeader } = await jwtVerify(String(token), keys, {
    issuer: named,
    algorithms: ['RS256'],
    requiredClaims: ['sub', 'iat', 'exp'],
  })
  return { header: protectedHeader, claims: payload }
}
