import { createHash, randomBytes } from 'node:crypto'
import { createRecentEntries } from '../../src/limits/recent-entries.ts'
import { createRequestedTarget } from '../../src/login/browser/requested-target.ts'
import type { Client } from '../../src/login/clients/client.ts'
import {
  createIssuerLogin,
  type IssuerLoginOptions,
} from '../../src/login/issuer/create-issuer-login.ts'
import type { IssuerLogin } from '../../src/login/issuer/issuer-login.ts'
import type { LoginSeen } from '../../src/login/login-audit.ts'
import { OAuthError, type OAuthErrorCode } from '../../src/login/oauth-error.ts'
import {
  type CodeContent,
  createSealedContents,
  fingerprint,
  type SealedContents,
} from '../../src/login/sealed/sealed-contents.ts'
import type { TokenAnswer } from '../../src/login/tokens/issue-tokens.ts'
import { createRevocation } from '../../src/login/tokens/revocation.ts'
import {
  createRevokedFamilies,
  type RevokedFamilies,
} from '../../src/login/tokens/revoked-families.ts'
import {
  createTokenEndpoint,
  type TokenEndpointOptions,
} from '../../src/login/tokens/token-endpoint.ts'
import { type FakeTokenIssuer, startFakeTokenIssuer } from './fake-token-issuer.ts'

export const GATEWAY_URL = 'https://gw.example.com'
export const CALLBACK_URL = `${GATEWAY_URL}/oauth/callback`
export const RESOURCE = `${GATEWAY_URL}/mcp`
export const CLIENT_REDIRECT = 'http://127.0.0.1:33418/callback'
/** The client's own code verifier. */
export const VERIFIER = 'client-verifier-client-verifier-client-verifier'

/** Clients by what a test presents as `authorization`. */
const CLIENTS = new Map(['editor', 'other'].map((id) => [id, clientNamed(id)]))

export type Desk = Readonly<{
  issuer: FakeTokenIssuer
  login: IssuerLogin
  contents: SealedContents
  families: RevokedFamilies
  clock: { now: number }
  /** How many codes were opened. */
  opened: Readonly<{ codes: number }>
  events: LoginSeen[]
  /** A person has signed in: our code, sealed; `over` changes what it holds. */
  code(over?: Partial<CodeContent>): Promise<string>
  /** A token request of the client `as`, as its code would send it; '' leaves a parameter out. */
  redeem(code: string, over?: Readonly<Record<string, string>>, as?: string): Promise<TokenAnswer>
  refresh(
    token: string | undefined,
    over?: Readonly<Record<string, string>>,
    as?: string,
  ): Promise<TokenAnswer>
  token(form: Readonly<Record<string, string>>, as?: string): Promise<TokenAnswer>
  revoke(token: string, as?: string): Promise<void>
  /** Another process with the same keys, over the same issuer. */
  twin(): Desk
  close(): Promise<void>
}>

export type DeskOptions = Partial<IssuerLoginOptions> & {
  tokens?: Partial<TokenEndpointOptions>
  /** Sealed values that are made sooner than this after the start are refused (`GATEWAY_REVOKE_BEFORE`). */
  cutOffMs?: number
}

/** The token and revocation endpoints, with a fake issuer on a real socket behind them. */
export async function openDesk({
  tokens = {},
  cutOffMs,
  ...changed
}: DeskOptions = {}): Promise<Desk> {
  // A whole second, as tokens count.
  const clock = { now: Math.floor(Date.now() / 1000) * 1000 }
  const now = () => clock.now
  const issuer = await startFakeTokenIssuer(now)
  const sealed = createSealedContents({
    keys: [randomBytes(32)],
    audience: GATEWAY_URL,
    revokeBefore: cutOffMs === undefined ? undefined : clock.now + cutOffMs,
    now,
  })
  const opened = { codes: 0 }
  const openCode: typeof sealed.code.open = async (text) => {
    const content = await sealed.code.open(text)
    opened.codes += 1
    return content
  }
  const contents = { ...sealed, code: { ...sealed.code, open: openCode } }

  const open = (): Desk => {
    const login = createIssuerLogin({
      preset: 'generic',
      issuer: issuer.issuer,
      clientId: 'gateway',
      clientSecret: 'the-secret-of-the-gateway',
      scopes: ['cloudwatch/read'],
      audience: [],
      callbackUrl: CALLBACK_URL,
      timeoutMs: 5000,
      now,
      ...changed,
    })
    const events: LoginSeen[] = []
    const families = createRevokedFamilies({ maxEntries: 1000, now })
    const newest = createRecentEntries<string>(1000)
    const issuers = new Map([[login.issuer, login]])
    const requestedTarget = createRequestedTarget({
      publicUrl: GATEWAY_URL,
      targets: ['default', 'prod'],
      requireResource: false,
    })
    const authenticate: TokenEndpointOptions['authenticate'] = async ({ authorization = '' }) => {
      const client = CLIENTS.get(authorization)
      if (client === undefined) throw new OAuthError('invalid_client', 'no such client')
      return client
    }
    const endpoint = createTokenEndpoint({
      contents,
      issuers,
      authenticate,
      targetFor: (resource, bound) => {
        if (resource === undefined || requestedTarget(resource) === bound) return
        throw new OAuthError('invalid_target', 'another resource')
      },
      scopesOf: () => ['cloudwatch/read'],
      resourceOf: (target) => (target === 'default' ? RESOURCE : `${RESOURCE}/${target}`),
      accessTokenSeconds: 3600,
      refreshTokenSeconds: 30 * 86_400,
      refreshGraceSeconds: 120,
      maxEntries: 1000,
      families,
      newest,
      newId: () => randomBytes(16).toString('base64url'),
      now,
      ...tokens,
    })
    const revocation = createRevocation({ contents, issuers, authenticate, families, newest })
    const tell = (seen: LoginSeen) => void events.push(seen)
    const request = (form: Readonly<Record<string, string>>, as: string) => ({
      form: new Map(Object.entries(form).filter(([, value]) => value !== '')),
      authorization: as,
    })
    const token: Desk['token'] = (form, as = 'editor') => endpoint(request(form, as), tell)

    return {
      issuer,
      login,
      contents,
      families,
      clock,
      opened,
      events,
      code: async (over = {}) => {
        const nonce = randomBytes(16).toString('base64url')
        const verifier = randomBytes(32).toString('base64url')
        const upstreamState = randomBytes(32).toString('base64url')
        const url = await login.authorizationUrl({
          state: upstreamState,
          nonce,
          verifier,
          resource: RESOURCE,
        })
        const content = {
          client: fingerprint('editor'),
          clientName: 'Editor',
          redirectUri: CLIENT_REDIRECT,
          challenge: challengeOf(VERIFIER),
          target: 'default',
          issuer: login.issuer,
          verifier,
          nonce,
          code: issuer.codeFor(url),
          upstreamState,
          ...over,
        }
        return contents.code.seal(content, 60)
      },
      redeem: (code, over = {}, as = 'editor') =>
        token(
          {
            grant_type: 'authorization_code',
            code,
            redirect_uri: CLIENT_REDIRECT,
            code_verifier: VERIFIER,
            resource: RESOURCE,
            ...over,
          },
          as,
        ),
      refresh: (refreshToken, over = {}, as = 'editor') =>
        token({ grant_type: 'refresh_token', refresh_token: refreshToken ?? '', ...over }, as),
      token,
      revoke: (value, as = 'editor') => revocation(request({ token: value }, as), tell),
      twin: open,
      close: issuer.close,
    }
  }
  return open()
}

export function challengeOf(verifier: string): string {
  return createHash('sha256').update(verifier).digest('base64url')
}

/** What an attempt was refused with; fails where it was not refused, or not in OAuth's words. */
export async function refusal(attempt: Promise<unknown>): Promise<OAuthError> {
  const outcome = await attempt.then(
    () => undefined,
    (error: unknown) => error,
  )
  if (outcome instanceof OAuthError) return outcome
  throw outcome ?? new Error('nothing was refused')
}

/** The refusals of attempts that are under way together. */
export function refusals(...attempts: ReadonlyArray<Promise<unknown>>): Promise<OAuthError[]> {
  return Promise.all(attempts.map(refusal))
}

/** The code of `refusal`. */
export async function refusalCode(attempt: Promise<unknown>): Promise<OAuthErrorCode> {
  return (await refusal(attempt)).code
}

function clientNamed(id: string): Client {
  return {
    id,
    name: id,
    host: undefined,
    redirectUris: [CLIENT_REDIRECT],
    authentication: { method: 'none' },
  }
}
