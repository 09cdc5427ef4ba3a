import { TOOL_CALL } from '../../integration/gateway/world.ts'
import {
  authorizePath,
  type Browser,
  callbackPath,
  fieldOf,
  formRequest,
  locationIn,
  newBrowser,
  nextIn,
  PUBLIC_URL,
  REDIRECT_URI,
  transactionIn,
  VERIFIER,
} from '../../integration/login/running-login.ts'
import { type FakeMcpServer, startFakeMcpServer } from '../../support/fake-mcp-server.ts'
import { type FakeSts, startFakeSts } from '../../support/fake-sts.ts'
import { type FakeTokenIssuer, startFakeTokenIssuer } from '../../support/fake-token-issuer.ts'
import { type RunningGateway, startGateway } from '../../support/running-gateway.ts'
import type { Received, SentRequest } from '../../support/send.ts'

/** What clients know the resource as. */
export const RESOURCE = `${PUBLIC_URL}/mcp`
/** The secret of the gateway's own client at both issuers. */
export const OWN_SECRET = 'own-secret-of-the-gateway-at-its-issuers'

export type Changed = Readonly<Record<string, string | undefined>>

/** What the token endpoint gave. */
export type Tokens = Readonly<{ access: string; refresh: string }>

/** What browsers and clients do at a gateway with the login facade. */
export type FacadeClients = Readonly<{
  send(request: SentRequest): Promise<Received>
  newBrowser(): Browser
  /** Registers a client; gives the answer. */
  register(metadata?: Readonly<Record<string, unknown>>): Promise<Received>
  /** The same; gives its id. */
  clientId(metadata?: Readonly<Record<string, unknown>>): Promise<string>
  /** Takes a browser to the issuer; gives where it was sent. */
  toIssuer(browser: Browser, clientId: string, changed?: Changed, issuer?: string): Promise<URL>
  /** A person signs in at `alpha`, or at `issuer`; gives the answer that the client gets. */
  signIn(
    browser: Browser,
    clientId: string,
    changed?: Changed,
    issuer?: FakeTokenIssuer,
  ): Promise<URL>
  token(form: Changed, headers?: Readonly<Record<string, string>>): Promise<Received>
  /** Redeems the code of an answer; `changed` are parameters of the token request. */
  redeem(answer: URL, clientId: string, changed?: Changed): Promise<Received>
  /** A whole sign-in. */
  tokens(clientId: string, changed?: Changed, issuer?: FakeTokenIssuer): Promise<Tokens>
  /** Calls a tool at a path. */
  call(token: string, path?: string): Promise<Received>
}>

/** What stands around such a gateway; neither issuer names itself in its answers (RFC 9207), as Okta and Cognito do not. */
export type Surroundings = Readonly<{
  alpha: FakeTokenIssuer
  beta: FakeTokenIssuer
  sts: FakeSts
  mcp: FakeMcpServer
  close(): Promise<void>
}>

/** The whole gateway with the login facade, all on real sockets. */
export type FacadeWorld = FacadeClients &
  Omit<Surroundings, 'close'> &
  Readonly<{ gateway: RunningGateway; stop(): Promise<void> }>

/** Starts two issuers, an STS and an MCP server. */
export async function startSurroundings(): Promise<Surroundings> {
  const now = () => Date.now()
  const [alpha, beta] = await Promise.all([startFakeTokenIssuer(now), startFakeTokenIssuer(now)])
  alpha.script({ claims: { groups: ['sre'] } })
  beta.script({ claims: { groups: ['sre'] } })
  const sts = await startFakeSts()
  const mcp = await startFakeMcpServer()
  const close = async () => {
    await Promise.all([alpha, beta, sts, mcp].map((one) => one.close()))
  }
  return { alpha, beta, sts, mcp, close }
}

/** The configuration file of a gateway between them. */
export function facadeFile({ alpha, beta, sts, mcp }: Surroundings) {
  return {
    publicUrl: PUBLIC_URL,
    loginMode: 'facade',
    sealKeys: [Buffer.alloc(32, 9).toString('base64')],
    upstreamUrl: mcp.origin,
    stsEndpoint: sts.endpoint,
    stsMaxAttempts: 1,
    stsTimeoutMs: 500,
    loginRequestsPerMinutePerAddress: 100_000,
    failedAuthPerMinutePerAddress: 100_000,
    providers: [alpha, beta].map(({ issuer }) => ({
      provider: 'generic',
      issuer,
      clientIds: ['gateway'],
      clientSecret: OWN_SECRET,
    })),
    targets: { default: { region: 'us-east-1' }, prod: { region: 'eu-west-1' } },
    rules: [
      {
        name: 'sre',
        when: { groups: { has: ['sre'] } },
        targets: ['default', 'prod'],
        role: 'arn:aws:iam::111122223333:role/CloudWatchSre',
      },
    ],
  }
}

/** Starts it all; `file` changes the gateway's configuration. */
export async function startFacadeWorld(
  file: Readonly<Record<string, unknown>> = {},
): Promise<FacadeWorld> {
  const { close, ...around } = await startSurroundings()
  const whole = { ...facadeFile({ ...around, close }), ...file }
  const gateway = await startGateway(whole).catch(async (error: unknown) => {
    await close()
    throw error
  })
  return {
    ...around,
    ...facadeClients(gateway.send, around.alpha),
    gateway,
    stop: async () => {
      await gateway.stop()
      await close()
    },
  }
}

/** Browsers and clients of a gateway that answers as `PUBLIC_URL`; people sign in at `alpha` where nothing else is said. */
export function facadeClients(
  sendTo: (request: SentRequest) => Promise<Received>,
  alpha: FakeTokenIssuer,
): FacadeClients {
  const { host } = new URL(PUBLIC_URL)
  const ask = ({ headers, ...request }: SentRequest) =>
    sendTo({ ...request, headers: { host, ...headers } })

  const register: FacadeClients['register'] = (metadata = {}) =>
    ask({
      method: 'POST',
      path: '/oauth/register',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({
        client_name: 'Editor',
        redirect_uris: [REDIRECT_URI],
        token_endpoint_auth_method: 'none',
        ...metadata,
      }),
    })
  const toIssuer: FacadeClients['toIssuer'] = async (
    browser,
    clientId,
    changed = {},
    issuer = alpha.issuer,
  ) => {
    const transaction = transactionIn(await browser.get(authorizePath(clientId, changed)))
    const form = { transaction, decision: 'allow', issuer }
    return nextIn(await browser.post('/oauth/consent', form))
  }
  const signIn: FacadeClients['signIn'] = async (browser, clientId, changed, issuer = alpha) => {
    const url = await toIssuer(browser, clientId, changed, issuer.issuer)
    const state = url.searchParams.get('state') ?? ''
    return locationIn(await browser.get(callbackPath({ state, code: issuer.codeFor(url) })))
  }
  const token: FacadeClients['token'] = (form, headers = {}) => {
    const sent = Object.entries(form).filter(
      (entry): entry is [string, string] => entry[1] !== undefined,
    )
    const request = formRequest('/oauth/token', Object.fromEntries(sent))
    return ask({ ...request, headers: { ...request.headers, ...headers } })
  }
  const redeem: FacadeClients['redeem'] = (answer, clientId, changed = {}) =>
    token({
      grant_type: 'authorization_code',
      code: answer.searchParams.get('code') ?? '',
      redirect_uri: REDIRECT_URI,
      client_id: clientId,
      code_verifier: VERIFIER,
      ...changed,
    })

  return {
    send: ask,
    newBrowser: () => newBrowser(ask),
    register,
    clientId: async (metadata) => String(fieldOf((await register(metadata)).json(), 'client_id')),
    toIssuer,
    signIn,
    token,
    redeem,
    tokens: async (clientId, changed = {}, issuer = alpha) => {
      const answer = await signIn(newBrowser(ask), clientId, changed, issuer)
      const { resource } = changed
      const redeemed = (await redeem(answer, clientId, { resource })).json()
      return {
        access: String(fieldOf(redeemed, 'access_token')),
        refresh: String(fieldOf(redeemed, 'refresh_token')),
      }
    },
    call: (bearer, path = '/mcp') =>
      ask({
        method: 'POST',
        path,
        headers: {
          authorization: `Bearer ${bearer}`,
          'content-type': 'application/json',
          accept: 'application/json, text/event-stream',
        },
        body: TOOL_CALL,
      }),
  }
}

/** The `error` of an answer of a JSON endpoint. */
export function errorOf(received: Received): string {
  return String(fieldOf(received.json(), 'error'))
}
