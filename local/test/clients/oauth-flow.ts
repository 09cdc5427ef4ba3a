import { createHash, randomBytes } from 'node:crypto'
import { signIn } from '../../src/identity-provider/sign-in.ts'

export type Fields = Readonly<Record<string, string>>

/** An answer of the gateway; `body` is empty where it is no JSON. */
export type Answer = Readonly<{
  status: number
  headers: Headers
  text: string
  body: Readonly<Record<string, unknown>>
}>

/** Sends a request and reads the answer whole. Redirects are not followed. */
export async function ask(url: string, init: RequestInit = {}): Promise<Answer> {
  const response = await fetch(url, { redirect: 'manual', ...init })
  const text = await response.text()
  const isJson = response.headers.get('content-type')?.startsWith('application/json') === true
  return {
    status: response.status,
    headers: response.headers,
    text,
    body: isJson && text !== '' ? Object(JSON.parse(text)) : {},
  }
}

/** Where the endpoints of the metadata are. */
export const ENDPOINTS = {
  register: '/oauth/register',
  authorize: '/oauth/authorize',
  token: '/oauth/token',
} as const

/** Registers a client (RFC 7591); throws where it is refused. */
export async function register(
  origin: string,
  document: Readonly<Record<string, unknown>>,
  path: string = ENDPOINTS.register,
): Promise<Readonly<Record<string, unknown>>> {
  const answer = await ask(origin + path, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(document),
  })
  if (answer.status !== 201) throw new Error(`not registered: ${answer.status} ${answer.text}`)
  return answer.body
}

export type Authorized = Readonly<{
  /** Where the browser comes back to the client. */
  back: URL
  code: string
  verifier: string
}>

/**
 * Takes a person through consent page and issuer with the parameters of a client; PKCE is added. Throws where no code comes of
 * it.
 */
export async function authorize(
  origin: string,
  parameters: Fields,
  issuer: string,
  { person = 'alice', path = ENDPOINTS.authorize }: { person?: string; path?: string } = {},
): Promise<Authorized> {
  const verifier = randomBytes(32).toString('base64url')
  const url = new URL(origin + path)
  url.search = new URLSearchParams({
    response_type: 'code',
    ...parameters,
    code_challenge: createHash('sha256').update(verifier).digest('base64url'),
    code_challenge_method: 'S256',
  }).toString()
  const back = await signIn(url, person, { issuer })
  const code = back.searchParams.get('code')
  if (code === null) throw new Error(`refused: ${back.search}`)
  return { back, code, verifier }
}

/** Posts a form to `/oauth/token` or `/oauth/revoke`. */
export function postForm(url: string, form: Fields, headers: Fields = {}): Promise<Answer> {
  return ask(url, { method: 'POST', headers, body: new URLSearchParams(form) })
}

/** A member of a JSON answer that must be a text. */
export function textIn(answer: Pick<Answer, 'body' | 'status' | 'text'>, member: string): string {
  const value = answer.body[member]
  if (typeof value === 'string') return value
  throw new Error(`no ${member}: ${answer.status} ${answer.text}`)
}

const MCP_HEADERS = {
  'content-type': 'application/json',
  accept: 'application/json, text/event-stream',
}

/** Calls a method of the MCP server, as clients of the revisions with `initialize` may without a session. */
export function mcp(
  url: string,
  accessToken: string | undefined,
  method: string,
  params: Readonly<Record<string, unknown>> = {},
  headers: Fields = {},
): Promise<Answer> {
  return ask(url, {
    method: 'POST',
    headers: {
      ...MCP_HEADERS,
      ...headers,
      ...(accessToken !== undefined && { authorization: `Bearer ${accessToken}` }),
    },
    body: JSON.stringify({ jsonrpc: '2.0', id: 1, method, params }),
  })
}

/** What every client without habits does, at one issuer: registers, signs in, redeems. */
export async function signedInAt(origin: string, issuer: string, person = 'alice') {
  const redirectUri = 'http://127.0.0.1:33418/callback'
  const resource = `${origin}/mcp`
  const registered = await register(origin, {
    client_name: 'plain client',
    redirect_uris: [redirectUri],
    token_endpoint_auth_method: 'none',
  })
  const clientId = String(registered.client_id)
  const { back, code, verifier } = await authorize(
    origin,
    { client_id: clientId, redirect_uri: redirectUri, resource, state: 'plain' },
    issuer,
    { person },
  )
  const tokens = await postForm(`${origin}/oauth/token`, {
    grant_type: 'authorization_code',
    client_id: clientId,
    redirect_uri: redirectUri,
    code,
    code_verifier: verifier,
    resource,
  })
  const refresh = (refreshToken: string) =>
    postForm(`${origin}/oauth/token`, {
      grant_type: 'refresh_token',
      client_id: clientId,
      refresh_token: refreshToken,
      resource,
    })
  return {
    clientId,
    back,
    code,
    accessToken: textIn(tokens, 'access_token'),
    refreshToken: textIn(tokens, 'refresh_token'),
    refresh,
    revoke: (token: string) => postForm(`${origin}/oauth/revoke`, { client_id: clientId, token }),
  }
}
