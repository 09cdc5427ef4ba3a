import { createHash, randomBytes } from 'node:crypto'
import { expect } from 'chai'
import { decodeJwt } from 'jose'
import { createLocalAws, type LocalAws } from '../../src/aws/aws.ts'
import type { IdentityProvider } from '../../src/identity-provider/identity-provider.ts'
import { startIdentityProvider } from '../../src/identity-provider/identity-provider.ts'
import { signIn } from '../../src/identity-provider/sign-in.ts'
import {
  ENTRA,
  type IssuerName,
  LOGIN_CLIENT,
  loginCallbackAt,
  OKTA_AUDIENCE,
  ROLES,
  resourcesAt,
  SCOPE,
} from '../../src/world.ts'
import { verified } from '../identity-provider/code-flow.ts'
import { type IssuerLogin, type IssuerTokens, loadGatewayLogin } from '../support/gateway-login.ts'
import { printTable } from '../support/print-table.ts'
import { ENTRA_SCOPE } from '../support/token-shapes.ts'

const GATEWAY = 'http://localhost:8080'
const [RESOURCE = '', PROD = ''] = resourcesAt(GATEWAY)

type Row = Readonly<{
  issuer: IssuerName
  preset: string
  scopes?: readonly string[]
  audience?: readonly string[]
  /** Which of the issuer's tokens says who it is, and whether the ID token goes to STS beside it. */
  identity: 'access token' | 'ID token'
  hasProof: boolean
  /** What a refresh does to the refresh token; with `another` the old one stays good. */
  refresh: 'new' | 'another' | 'same' | 'none'
  /** What STS must know for the token that goes there. */
  audienceAtSts: string
  /** Claims of the identity token. */
  claims: Readonly<Record<string, unknown>>
  hasRevocation?: false
}>

const OWN = LOGIN_CLIENT.id

const ROWS: readonly Row[] = [
  {
    issuer: 'generic',
    preset: 'generic',
    identity: 'access token',
    hasProof: false,
    refresh: 'new',
    audienceAtSts: RESOURCE,
    claims: { aud: RESOURCE, client_id: OWN, scope: SCOPE },
  },
  {
    issuer: 'okta',
    preset: 'okta',
    audience: [OKTA_AUDIENCE],
    identity: 'access token',
    hasProof: false,
    refresh: 'same',
    audienceAtSts: OKTA_AUDIENCE,
    claims: { aud: OKTA_AUDIENCE, cid: OWN },
  },
  {
    issuer: 'auth0',
    preset: 'auth0',
    identity: 'access token',
    hasProof: true,
    refresh: 'none',
    audienceAtSts: OWN,
    claims: { azp: OWN },
  },
  {
    issuer: 'auth0Rfc9068',
    preset: 'auth0',
    audience: [RESOURCE],
    identity: 'access token',
    hasProof: true,
    refresh: 'none',
    audienceAtSts: OWN,
    claims: { client_id: OWN },
  },
  {
    issuer: 'cognito',
    preset: 'cognito',
    identity: 'access token',
    hasProof: true,
    refresh: 'none',
    audienceAtSts: OWN,
    claims: { client_id: OWN, token_use: 'access', scope: `openid ${SCOPE}` },
  },
  {
    issuer: 'cognitoUpdated',
    preset: 'cognito',
    identity: 'access token',
    hasProof: true,
    refresh: 'none',
    audienceAtSts: OWN,
    claims: { client_id: OWN, token_use: 'access' },
  },
  {
    issuer: 'entra',
    preset: 'entra',
    scopes: [ENTRA_SCOPE],
    audience: [ENTRA.apiClientId],
    identity: 'access token',
    hasProof: false,
    refresh: 'another',
    audienceAtSts: OWN,
    claims: { aud: ENTRA.apiClientId, azp: OWN, azpacr: '1', scp: SCOPE },
    hasRevocation: false,
  },
  {
    issuer: 'entraV1',
    preset: 'entra',
    scopes: [ENTRA_SCOPE],
    audience: [`api://${ENTRA.apiClientId}`],
    identity: 'access token',
    hasProof: false,
    refresh: 'another',
    audienceAtSts: `api://${ENTRA.apiClientId}`,
    claims: { appid: OWN, appidacr: '1' },
    hasRevocation: false,
  },
  {
    issuer: 'keycloak',
    preset: 'keycloak',
    identity: 'access token',
    hasProof: false,
    refresh: 'another',
    audienceAtSts: OWN,
    claims: { azp: OWN, typ: 'Bearer' },
  },
  {
    issuer: 'google',
    preset: 'google',
    identity: 'ID token',
    hasProof: false,
    refresh: 'none',
    audienceAtSts: OWN,
    claims: { aud: OWN, azp: OWN, hd: 'shop.example' },
  },
  {
    issuer: 'opaque',
    preset: 'generic',
    identity: 'ID token',
    hasProof: false,
    refresh: 'new',
    audienceAtSts: OWN,
    claims: { aud: OWN },
  },
]

describe('the gateway as a client of every issuer', function () {
  this.timeout(60_000)
  let idp: IdentityProvider
  let aws: LocalAws
  let awsOrigin: string
  let gateway: Awaited<ReturnType<typeof loadGatewayLogin>>
  const sizes: string[][] = []

  before(async () => {
    idp = await startIdentityProvider({ port: 0, resourceOrigin: GATEWAY })
    aws = createLocalAws({
      issuerOrigin: idp.origin,
      resourceOrigin: GATEWAY,
      registered: ROWS.map(({ issuer, audienceAtSts }) => ({
        issuer: idp.issuers[issuer],
        clientIds: [audienceAtSts],
      })),
    })
    const { port } = await aws.listen(0, '127.0.0.1')
    awsOrigin = `http://127.0.0.1:${port}`
    gateway = await loadGatewayLogin()
  })
  after(async () => {
    await idp.close()
    await aws.close()
    printTable('sizes in characters, by issuer', [
      ['issuer', 'issuer tokens', 'issuer refresh', 'access token', 'refresh token'],
      ...sizes,
    ])
  })

  const loginAt = ({ issuer, preset, scopes = [SCOPE], audience = [] }: Row): IssuerLogin =>
    gateway.createIssuerLogin({
      preset,
      issuer: idp.issuers[issuer],
      clientId: LOGIN_CLIENT.id,
      clientSecret: LOGIN_CLIENT.secret,
      scopes,
      audience,
      callbackUrl: loginCallbackAt(GATEWAY),
      timeoutMs: 10_000,
      now: Date.now,
    })

  /** The browser's part of a sign-in; gives what the gateway redeems. */
  const signedIn = async (login: IssuerLogin, resource = RESOURCE) => {
    const [state, nonce, verifier] = [1, 2, 3].map(() => randomBytes(32).toString('base64url'))
    if (state === undefined || nonce === undefined || verifier === undefined) throw new Error()
    const url = await login.authorizationUrl({ state, nonce, verifier, resource })
    expect(url.searchParams.get('code_challenge_method')).to.equal('S256')
    expect(url.searchParams.get('code_challenge')).to.equal(
      createHash('sha256').update(verifier).digest('base64url'),
    )
    const back = await signIn(url, 'alice')
    const code = back.searchParams.get('code')
    if (code === null) throw new Error(`the issuer refused: ${back.search}`)
    const iss = back.searchParams.get('iss') ?? undefined
    expect(await login.acceptsIss(iss)).to.equal(true)
    expect(back.searchParams.get('state')).to.equal(state)
    return { code, iss, state, nonce, verifier, resource }
  }

  const tokensAt = async (login: IssuerLogin, resource = RESOURCE): Promise<IssuerTokens> =>
    login.redeem(await signedIn(login, resource))

  /** What STS says of the token that the gateway would send. */
  const askSts = async ({ identity, proof }: IssuerTokens): Promise<string> => {
    const response = await fetch(awsOrigin, {
      method: 'POST',
      body: new URLSearchParams({
        Action: 'AssumeRoleWithWebIdentity',
        Version: '2011-06-15',
        RoleArn: ROLES.sre,
        RoleSessionName: 'alice',
        WebIdentityToken: proof ?? identity,
      }),
    })
    const text = await response.text()
    return response.ok ? 'issued' : (/<Message>([^<]*)/.exec(text)?.[1] ?? text)
  }

  for (const row of ROWS) {
    describe(row.issuer, () => {
      it('signs a person in, with a token for STS among what it gives', async () => {
        const login = loginAt(row)
        const tokens = await tokensAt(login)
        const issuer = idp.issuers[row.issuer]
        const { claims } = await verified(issuer, tokens.identity)
        expect(claims).to.deep.include(row.claims)
        expect('nonce' in claims).to.equal(row.identity === 'ID token')
        expect(tokens.proof === undefined).to.equal(!row.hasProof)
        expect(tokens.refreshToken).to.be.a('string')
        expect(tokens.expiresAt).to.be.within(Date.now() + 3_500_000, Date.now() + 3_600_000)
        if (tokens.proof !== undefined) {
          const proof = await verified(issuer, tokens.proof)
          expect(proof.claims).to.include({ aud: OWN, sub: claims.sub })
        }
        expect(await askSts(tokens)).to.equal('issued')
        sizes.push(await sizesOf(row, tokens))
      })

      it('refreshes as the product does it', async () => {
        const login = loginAt(row)
        const first = await tokensAt(login)
        const old = first.refreshToken ?? ''
        const previous = { idToken: first.idToken, subject: first.subject }
        const second = await login.refresh(old, RESOURCE, previous)
        const { claims } = await verified(idp.issuers[row.issuer], second.identity)
        expect(claims.sub).to.equal(decodeJwt(first.identity).sub)
        expect(second.proof === undefined).to.equal(!row.hasProof)
        const given =
          second.refreshToken === undefined ? 'none' : second.refreshToken === old ? 'same' : 'new'
        expect(given).to.equal(row.refresh === 'another' ? 'new' : row.refresh)
        const next = second.refreshToken ?? old
        expect((await login.refresh(next, RESOURCE, previous)).subject).to.equal(first.subject)
        const again = await refusedWith(login.refresh(old, RESOURCE, previous))
        expect(again).to.equal(row.refresh === 'new' ? 'invalid_grant' : undefined)
      })

      it('lets a code be redeemed once', async () => {
        const login = loginAt(row)
        const answer = await signedIn(login)
        const outcomes = await Promise.allSettled([login.redeem(answer), login.redeem(answer)])
        const lost = outcomes.filter(({ status }) => status === 'rejected')
        expect(lost).to.have.length(1)
        expect(await refusedWith(login.redeem(answer))).to.equal('invalid_grant')
      })

      it('takes a code of another verifier for none', async () => {
        const login = loginAt(row)
        const answer = await signedIn(login)
        const verifier = randomBytes(32).toString('base64url')
        expect(await refusedWith(login.redeem({ ...answer, verifier }))).to.equal('invalid_grant')
      })

      it('revokes, where the product can', async () => {
        const login = loginAt(row)
        const { refreshToken = '' } = await tokensAt(login)
        await login.revoke(refreshToken)
        const outcome = await refusedWith(login.refresh(refreshToken, RESOURCE))
        expect(outcome).to.equal(row.hasRevocation === false ? undefined : 'invalid_grant')
      })

      it('lets nobody in with a wrong secret, and says that it is not the person', async () => {
        const login = gateway.createIssuerLogin({
          preset: row.preset,
          issuer: idp.issuers[row.issuer],
          clientId: LOGIN_CLIENT.id,
          clientSecret: 'wrong',
          scopes: row.scopes ?? [SCOPE],
          audience: row.audience ?? [],
          callbackUrl: loginCallbackAt(GATEWAY),
          timeoutMs: 10_000,
          now: Date.now,
        })
        expect(await refusedWith(login.redeem(await signedIn(login)))).to.equal('server_error')
      })
    })
  }

  for (const issuer of ['generic', 'keycloak', 'auth0'] as const) {
    it(`gets a token for the resource of the target at ${issuer}`, async () => {
      const row = ROWS.find((one) => one.issuer === issuer)
      if (row === undefined) throw new Error(issuer)
      const { identity } = await tokensAt(loginAt(row), PROD)
      expect([decodeJwt(identity).aud].flat()).to.include(PROD)
    })
  }

  it('is sent back to any port of this machine and to no other place', async () => {
    const login = (callbackUrl: string) =>
      gateway.createIssuerLogin({
        preset: 'generic',
        issuer: idp.issuers.generic,
        clientId: LOGIN_CLIENT.id,
        clientSecret: LOGIN_CLIENT.secret,
        scopes: [SCOPE],
        audience: [],
        callbackUrl,
        timeoutMs: 10_000,
        now: Date.now,
      })
    const tokens = await tokensAt(login('http://127.0.0.1:45671/oauth/callback'))
    expect(tokens.refreshToken).to.be.a('string')
    for (const callback of [
      'https://evil.example.com/oauth/callback',
      'http://localhost:8080/oauth/callback/x',
    ]) {
      const refused = await signedIn(login(callback)).catch((error: Error) => error.message)
      expect(refused).to.include('no sign-in page')
    }
  })

  it('refuses Cognito offline_access, which the gateway therefore never asks for', async () => {
    const row = ROWS.find((one) => one.issuer === 'cognito')
    if (row === undefined) throw new Error('cognito')
    const login = loginAt({ ...row, scopes: [SCOPE, 'offline_access'] })
    const url = await login.authorizationUrl({
      state: 's',
      nonce: 'n',
      verifier: 'v'.repeat(43),
      resource: RESOURCE,
    })
    expect(url.searchParams.get('scope')).to.equal(`openid ${SCOPE}`)
    url.searchParams.set('scope', `openid ${SCOPE} offline_access`)
    expect((await signIn(url, 'alice')).searchParams.get('error')).to.equal('invalid_scope')
  })

  const sizesOf = async (row: Row, tokens: IssuerTokens): Promise<string[]> => {
    const contents = gateway.createSealedContents({
      keys: [randomBytes(32)],
      audience: GATEWAY,
      revokeBefore: undefined,
      now: Date.now,
    })
    const issue = gateway.createIssueTokens({
      contents,
      scopesOf: () => [SCOPE],
      accessTokenSeconds: 3600,
      refreshTokenSeconds: 30 * 86_400,
      newId: () => randomBytes(32).toString('base64url'),
      now: Date.now,
    })
    const id = createHash('sha256').update(row.issuer).digest('base64url')
    const grant = { client: id, target: 'default', issuer: idp.issuers[row.issuer], family: id }
    const { answer } = await issue(grant, tokens)
    const access = answer.access_token.length
    const refresh = answer.refresh_token?.length ?? 0
    // A gateway reads bearers of 16,384 characters; many proxies read headers of 8 KiB.
    expect(access).to.be.below(8000)
    expect(refresh).to.be.below(8000)
    const inside = tokens.identity.length + (tokens.proof?.length ?? 0)
    return [row.issuer, inside, tokens.refreshToken?.length ?? 0, access, refresh].map(String)
  }
})

/** The OAuth error of an attempt; undefined where it succeeds. */
async function refusedWith(attempt: Promise<unknown>): Promise<string | undefined> {
  try {
    await attempt
    return undefined
  } catch (error) {
    return error instanceof Error && 'code' in error ? String(error.code) : String(error)
  }
}
