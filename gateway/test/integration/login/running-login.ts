import { createServer } from 'node:http'
import { createGuard } from '../../../src/http/guard.ts'
import { parseRequestTarget } from '../../../src/http/request-target.ts'
import { matchLoginRoute } from '../../../src/http/route.ts'
import { createClientAddress } from '../../../src/limits/client-address.ts'
import { createLog } from '../../../src/log.ts'
import { createLogin, type Login, type LoginOptions } from '../../../src/login/create-login.ts'
import type { LoginRecord } from '../../../src/login/login-audit.ts'
import { listen, stop } from '../../support/loopback.ts'
import { type Received, type SentRequest, send } from '../../support/send.ts'
import { challengeOf, type FakeIssuerLogin, fakeIssuerLogin } from './fake-issuer-login.ts'

export const PUBLIC_URL = 'https://gw.example.com'
export const ISSUER = 'https://idp.example.com'
export const OTHER_ISSUER = 'https://other-idp.example.com'
export const REDIRECT_URI = 'https://client.example.com/cb'
export const VERIFIER = 'v'.repeat(43)
const TARGETS = new Set(['default', 'prod'])

export type Browser = Readonly<{
  get(path: string): Promise<Received>
  /** Posts a form as a browser does from a page of the gateway. */
  post(
    path: string,
    form: Readonly<Record<string, string>>,
    headers?: Readonly<Record<string, string>>,
  ): Promise<Received>
  cookies: Map<string, string>
}>

export type RunningLogin = Readonly<{
  login: Login
  publicUrl: string
  issuer: FakeIssuerLogin
  other: FakeIssuerLogin
  audit: readonly LoginRecord[]
  logLines: readonly string[]
  clock: { now: number }
  port: number
  send(request: SentRequest): Promise<Received>
  newBrowser(): Browser
  /** Registers a client; gives its id. */
  register(metadata?: Readonly<Record<string, unknown>>): Promise<string>
  token(form: Readonly<Record<string, string>>): Promise<Received>
  close(): Promise<void>
}>

/**
 * A login facade behind a real server, with two fake issuers or one. Its public URL is `PUBLIC_URL`, as behind a load
 * balancer, or the address that it really has (`atLocalhost`, for a real browser).
 */
export async function startLogin({
  severalIssuers = false,
  atLocalhost = false,
  ...changed
}: Partial<LoginOptions> & {
  severalIssuers?: boolean
  atLocalhost?: boolean
} = {}): Promise<RunningLogin> {
  let login: Login | undefined
  const server = createServer((req, res) => {
    const route = matchLoginRoute(parseRequestTarget(req.url)?.path ?? '', TARGETS)
    if (route === undefined || login === undefined) res.writeHead(404).end()
    else login.handle(route, req, res)
  })
  const port = await listen(server)
  const publicUrl = atLocalhost ? `http://localhost:${port}` : PUBLIC_URL
  const clock = { now: Date.parse('2026-11-24T12:00:00Z') }
  const now = () => clock.now
  const issuer = fakeIssuerLogin(ISSUER, now)
  const other = fakeIssuerLogin(OTHER_ISSUER, now)
  const audit: LoginRecord[] = []
  const logLines: string[] = []
  const options: LoginOptions = {
    publicUrl,
    targets: [
      { name: 'default', region: 'us-east-1' },
      { name: 'prod', region: 'eu-west-1' },
    ],
    providers: [
      {
        preset: 'generic',
        issuer: ISSUER,
        clientId: 'gateway',
        clientSecret: undefined,
        scopes: ['openid'],
        audience: [],
      },
    ],
    rolesAt: (target) => [{ rule: 'sre', roleArn: `arn:aws:iam::111122223333:role/${target}-sre` }],
    sealKeys: [new Uint8Array(32).fill(7)],
    revokeBefore: undefined,
    accessTokenSeconds: 3600,
    refreshTokenSeconds: 86_400,
    refreshGraceSeconds: 120,
    requireResource: false,
    customRedirectUris: ['cursor://anysphere.cursor-mcp/oauth/callback'],
    redirectHosts: [],
    clientMetadataDocuments: true,
    clientMetadataHosts: [],
    allowPrivateClientMetadata: false,
    requestsPerMinutePerAddress: 600,
    maxEntries: 100,
    issuerTimeoutMs: 1000,
    guard: createGuard({ publicUrl, allowedHosts: [], allowedOrigins: [] }),
    clientAddress: createClientAddress([]),
    log: createLog('debug', (line) => logLines.push(line)),
    audit: (record) => audit.push(record),
    newRequestId: () => `request-${audit.length}-${logLines.length}`,
    now,
    issuerLogins: severalIssuers ? [issuer, other] : [issuer],
    ...changed,
  }
  login = createLogin(options)
  const { host } = new URL(publicUrl)
  const ask = (request: SentRequest) =>
    send(port, { ...request, headers: { host, ...request.headers } })

  return {
    login,
    publicUrl,
    issuer,
    other,
    audit,
    logLines,
    clock,
    port,
    send: ask,
    newBrowser: () => newBrowser(ask),
    register: async (metadata = {}) => {
      const { json } = await ask({
        method: 'POST',
        path: '/oauth/register',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({
          client_name: 'Claude Code',
          redirect_uris: [REDIRECT_URI],
          token_endpoint_auth_method: 'none',
          ...metadata,
        }),
      })
      return String(fieldOf(json(), 'client_id'))
    },
    token: (form) => ask(formRequest('/oauth/token', form)),
    close: () => stop(server),
  }
}

/** A form on its way to a path. */
export function formRequest(path: string, form: Readonly<Record<string, string>>): SentRequest {
  return {
    method: 'POST',
    path,
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    body: new URLSearchParams(form).toString(),
  }
}

/** The path of an authorization request; `undefined` leaves a parameter out. */
export function authorizePath(
  clientId: string,
  changed: Readonly<Record<string, string | undefined>> = {},
): string {
  const parameters = Object.entries({
    client_id: clientId,
    redirect_uri: REDIRECT_URI,
    response_type: 'code',
    code_challenge: challengeOf(VERIFIER),
    code_challenge_method: 'S256',
    state: 'client-state',
    resource: `${PUBLIC_URL}/mcp`,
    ...changed,
  }).flatMap(([name, value]) =>
    value === undefined ? [] : [`${name}=${encodeURIComponent(value)}`],
  )
  return `/oauth/authorize?${parameters.join('&')}`
}

/** The transaction in a consent page. */
export function transactionIn({ text }: Received): string {
  return /name="transaction" value="([^"]+)"/.exec(text)?.[1] ?? ''
}

/** Where a page of the gateway leads on to. */
export function nextIn({ text }: Received): URL {
  const url = /http-equiv="refresh" content="0;url=([^"]+)"/.exec(text)?.[1] ?? ''
  return new URL(url.replaceAll('&#38;', '&').replaceAll('&amp;', '&'))
}

/** Where a redirect leads to. */
export function locationIn({ headers }: Received): URL {
  return new URL(headers.location ?? '')
}

/** A member of a JSON object. */
export function fieldOf(json: unknown, name: string): unknown {
  return json !== null && typeof json === 'object' ? Reflect.get(json, name) : undefined
}

/** Takes a browser through consent; gives the issuer's authorization URL. */
export async function allow(
  browser: Browser,
  clientId: string,
  changed: Readonly<Record<string, string | undefined>> = {},
  form: Readonly<Record<string, string>> = {},
): Promise<URL> {
  const page = await browser.get(authorizePath(clientId, changed))
  const transaction = transactionIn(page)
  return nextIn(await browser.post('/oauth/consent', { transaction, decision: 'allow', ...form }))
}

/** The path by which the issuer sends a browser back. */
export function callbackPath(parameters: Readonly<Record<string, string>>): string {
  return `/oauth/callback?${new URLSearchParams(parameters)}`
}

/** Takes a browser through the whole sign-in; gives the answer that the client gets. */
export async function signIn(
  running: Readonly<{ issuer: Pick<FakeIssuerLogin, 'codeFor'> }>,
  browser: Browser,
  clientId: string,
  changed: Readonly<Record<string, string | undefined>> = {},
): Promise<URL> {
  const url = await allow(browser, clientId, changed)
  const state = url.searchParams.get('state') ?? ''
  const code = running.issuer.codeFor(url)
  return locationIn(await browser.get(callbackPath({ state, code })))
}

/** A browser: it keeps the cookies of `PUBLIC_URL`, and says where its forms come from. */
export function newBrowser(ask: (request: SentRequest) => Promise<Received>): Browser {
  const cookies = new Map<string, string>()
  const visit = async ({ headers, ...request }: SentRequest) => {
    const cookie = [...cookies].map(([name, value]) => `${name}=${value}`).join('; ')
    const received = await ask({
      ...request,
      headers: { ...headers, ...(cookie !== '' && { cookie }) },
    })
    for (const line of received.headers['set-cookie'] ?? []) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? []
      cookies.delete(name)
      if (!line.includes('Max-Age=0')) cookies.set(name, value)
    }
    return received
  }
  return {
    cookies,
    get: (path) => visit({ path }),
    post: (path, form, headers = {}) => {
      const request = formRequest(path, form)
      const fromOurPage = { origin: PUBLIC_URL, 'sec-fetch-site': 'same-origin' }
      return visit({ ...request, headers: { ...request.headers, ...fromOurPage, ...headers } })
    },
  }
}
