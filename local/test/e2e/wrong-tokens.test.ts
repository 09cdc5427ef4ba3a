import { createPublicKey } from 'node:crypto'
import { expect } from 'chai'
import { decodeJwt, type JWK, type JWTPayload, SignJWT } from 'jose'
import { MACHINE } from '../../src/identity-provider/clients.ts'
import {
  type IdentityProvider,
  startIdentityProvider,
} from '../../src/identity-provider/identity-provider.ts'
import { CLIENT_ID, ENTRA, OKTA_AUDIENCE, RESOURCE_SERVER_CLIENT, SCOPE } from '../../src/world.ts'
import { jsonOf, metadataOf } from '../identity-provider/code-flow.ts'
import { printTable } from '../support/print-table.ts'
import { runProgram } from '../support/program.ts'
import {
  type GatewayProgram,
  type Outcome,
  type ProviderWorld,
  startProviderWorld,
} from '../support/provider-world.ts'
import { eventually } from '../support/running-stack.ts'
import { startTinyIssuer, type TinyIssuer } from '../support/tiny-issuer.ts'
import { ENTRA_SCOPE, idToken, jobToken, personToken } from '../support/token-shapes.ts'
import { rulesFor, trustedProviders } from '../support/trusted-providers.ts'

/** What a case may ask for a token: the real identity providers, and one that signs whatever a test wants. */
type Sources = Readonly<{ world: ProviderWorld; tiny: TinyIssuer; otherHost: IdentityProvider }>

type Case = Readonly<{
  what: string
  obtain: (sources: Sources) => Promise<string>
  /** Status and reason at `/mcp`. */
  refusal: string
  /** The code of the hint in the log line. */
  hint: string | undefined
  /** What the token's owner reads besides the text of the reason. */
  told: RegExp
  /** What the operator reads in the log line, where there is more than the hint. */
  cause?: RegExp
}>

const OPENID = `openid ${SCOPE}`

const seconds = (offset: number) => Math.floor(Date.now() / 1000) + offset

/** Claims that a tiny issuer's token needs to be accepted; a case changes one of them. */
const claimsFor = ({ world, tiny }: Sources, over: JWTPayload = {}): JWTPayload => ({
  iss: tiny.issuers.generic,
  sub: 'somebody',
  aud: world.resources[0],
  client_id: CLIENT_ID,
  scope: SCOPE,
  iat: seconds(-10),
  exp: seconds(600),
  ...over,
})

/** At the gateway that trusts every issuer. */
const SIGNATURES: readonly Case[] = [
  {
    what: 'an Auth0 token for which no audience was asked (five segments)',
    obtain: ({ world }) => personToken(world.issuers.auth0, 'alice', { scope: 'openid' }),
    refusal: '401 token_opaque',
    hint: 'token_encrypted',
    told: /encrypted.*Auth0.*resource or audience/,
  },
  {
    what: 'a token of the Okta org server',
    obtain: ({ world }) => personToken(world.issuers.oktaOrg, 'alice', { scope: 'openid' }),
    refusal: '401 issuer_unknown',
    hint: 'issuer_okta_org',
    told: /org authorization server of Okta.*\/oauth2\/default/,
    cause: /names the issuer "http.*\/okta"/,
  },
  {
    what: 'an ID token of Okta',
    obtain: ({ world }) => idToken(world.issuers.okta, 'alice', { scope: OPENID }),
    refusal: '401 token_type_rejected',
    hint: 'id_token',
    told: /ID token: send the access token/,
  },
  {
    what: 'an ID token of Cognito',
    obtain: ({ world }) => idToken(world.issuers.cognito, 'alice', { scope: OPENID }),
    refusal: '401 token_type_rejected',
    hint: 'id_token',
    told: /ID token: send the access token/,
  },
  {
    what: 'an ID token of a plain issuer, which only its audience gives away',
    obtain: ({ world }) => idToken(world.issuers.generic, 'alice', { scope: OPENID }),
    refusal: '401 audience_mismatch',
    hint: 'id_token',
    told: /ID token: send the access token/,
  },
  {
    what: 'a refresh token of Keycloak',
    obtain: (sources) =>
      sources.tiny.sign(claimsFor(sources, { iss: sources.tiny.issuers.keycloak, typ: 'Refresh' })),
    refusal: '401 token_type_rejected',
    hint: 'refresh_token',
    told: /refresh token: send the access token/,
  },
  {
    what: 'a token for Microsoft Graph',
    obtain: ({ world }) => personToken(world.issuers.entra, 'alice', { scope: 'openid User.Read' }),
    refusal: '401 token_rejected',
    hint: 'graph_token',
    told: /Microsoft Graph.*scope of this API/,
  },
  {
    what: 'a token for the userinfo endpoint alone',
    obtain: (sources) => {
      const { auth0 } = sources.tiny.issuers
      return sources.tiny.sign(claimsFor(sources, { iss: auth0, aud: `${auth0}userinfo` }))
    },
    refusal: '401 audience_mismatch',
    hint: 'userinfo_only',
    told: /userinfo endpoint only/,
  },
  {
    what: 'a Keycloak token with nothing but the default audience',
    obtain: ({ world }) => personToken(world.issuers.keycloak, 'alice', { scope: 'openid' }),
    refusal: '401 audience_mismatch',
    hint: 'audience_default_account',
    told: /its audience is "account".*audience mapper/,
  },
  {
    what: 'an unbound Cognito token of another client',
    obtain: ({ world }) => jobToken(world.issuers.cognito),
    refusal: '401 audience_mismatch',
    hint: 'cognito_unbound',
    told: /no audience.*client is not among the configured ones/,
  },
  {
    what: 'a token for a resource of somebody else',
    obtain: ({ world }) =>
      personToken(world.issuers.cognito, 'alice', { resource: 'https://elsewhere.example' }),
    refusal: '401 audience_mismatch',
    hint: undefined,
    told: /issued for another resource/,
  },
  {
    what: 'an opaque token',
    obtain: ({ world }) => personToken(world.issuers.google, 'alice', { scope: 'openid' }),
    refusal: '401 token_opaque',
    hint: 'token_opaque',
    told: /opaque.*as its audience/,
  },
  {
    what: 'a token of a stranger',
    obtain: (sources) => sources.tiny.sign(claimsFor(sources, { iss: 'https://id.example' })),
    refusal: '401 issuer_unknown',
    hint: undefined,
    told: /does not trust/,
    cause: /names the issuer "https:\/\/id\.example"/,
  },
  {
    what: 'a token that has expired',
    obtain: (sources) => sources.tiny.sign(claimsFor(sources, { exp: seconds(-60) })),
    refusal: '401 token_expired',
    hint: undefined,
    told: /has expired/,
    cause: /"exp" claim/,
  },
  {
    what: 'a token from the future',
    obtain: (sources) => sources.tiny.sign(claimsFor(sources, { iat: seconds(900) })),
    refusal: '401 token_rejected',
    hint: 'clock',
    told: /clocks of the issuer and the gateway differ/,
    cause: /in the future/,
  },
  {
    what: 'a token signed with a shared secret (HS256), here the public key',
    obtain: async ({ world }) => {
      const claims = decodeJwt(await personToken(world.issuers.generic, 'alice'))
      const { jwks_uri } = await metadataOf(world.issuers.generic)
      const { keys } = await jsonOf(await fetch(jwks_uri))
      const [key]: JWK[] = [keys].flat().map(Object)
      const pem = createPublicKey({ key: Object(key), format: 'jwk' }).export({
        format: 'pem',
        type: 'spki',
      })
      return new SignJWT(claims)
        .setProtectedHeader({ alg: 'HS256', typ: 'at+jwt', kid: String(key?.kid) })
        .sign(Buffer.from(pem))
    },
    refusal: '401 token_rejected',
    hint: 'algorithm_shared_secret',
    told: /shared secret.*RS256/,
    cause: /alg/i,
  },
  {
    what: 'a token signed with a key that is not published',
    obtain: (sources) => sources.tiny.sign(claimsFor(sources), { kid: 'other', stranger: true }),
    refusal: '401 token_rejected',
    hint: 'key_unknown',
    told: /key that the issuer does not publish/,
    cause: /no applicable key/,
  },
  {
    what: 'a forged signature',
    obtain: (sources) => sources.tiny.sign(claimsFor(sources), { stranger: true }),
    refusal: '401 token_rejected',
    hint: undefined,
    told: /not valid here/,
    cause: /signature verification failed/,
  },
  {
    what: 'something that only looks like a token',
    obtain: async () => 'aGVsbG8gd29ybGQ.aGVsbG8gd29ybGQ.aGVsbG8gd29ybGQ',
    refusal: '401 token_rejected',
    hint: undefined,
    told: /not valid here/,
    cause: /JWT|JSON|Token/,
  },
  {
    what: 'a token without the scope',
    obtain: ({ world }) => personToken(world.issuers.okta, 'alice', { scope: 'openid' }),
    refusal: '403 scope_missing',
    hint: undefined,
    told: /required scope is missing/,
  },
]

/** At a gateway whose issuers are all a little beside those of the tokens. */
const NEAR_MISSES: readonly Case[] = [
  {
    what: 'an issuer that differs by the slash at its end',
    obtain: ({ world }) =>
      personToken(world.issuers.auth0, 'alice', { resource: world.resources[0] }),
    refusal: '401 issuer_unknown',
    hint: 'issuer_slash',
    told: /only by the slash at the end/,
    cause: /names the issuer "http.*\/auth0\/"/,
  },
  {
    what: 'an issuer that differs by a capital letter',
    obtain: ({ world }) => personToken(world.issuers.keycloak, 'alice'),
    refusal: '401 issuer_unknown',
    hint: 'issuer_letter_case',
    told: /upper and lower case/,
    cause: /realms\/shop"/,
  },
  {
    what: 'the other issuer host of the same Cognito user pool',
    obtain: async ({ otherHost }) => {
      // The name of the host is not for anybody to look up: the endpoint is asked at its address.
      const response = await fetch(
        `http://127.0.0.1:${otherHost.port}/cognito/us-east-1_Local/oauth2/token`,
        {
          method: 'POST',
          body: new URLSearchParams({
            grant_type: 'client_credentials',
            client_id: MACHINE.id,
            client_secret: MACHINE.secret,
          }),
        },
      )
      return String((await jsonOf(response)).access_token)
    },
    refusal: '401 issuer_unknown',
    hint: 'issuer_cognito_host',
    told: /other issuer host of the same Cognito user pool/,
    cause: /names the issuer "http:\/\/issuer-localhost/,
  },
  {
    what: 'a version 1 token of Entra ID where version 2 is configured',
    obtain: ({ world }) =>
      personToken(world.issuers.entraV1, 'alice', { resource: `api://${ENTRA.apiClientId}` }),
    refusal: '401 issuer_unknown',
    hint: 'issuer_entra_v1',
    told: /requestedAccessTokenVersion to 2/,
  },
  {
    what: 'a token for Microsoft Graph, whose issuer is that of version 1',
    obtain: ({ world }) => personToken(world.issuers.entra, 'alice', { scope: 'openid email' }),
    refusal: '401 issuer_unknown',
    hint: 'graph_token',
    told: /Microsoft Graph.*scope of this API/,
  },
  {
    what: 'another authorization server on a known host',
    obtain: ({ world }) => personToken(world.issuers.generic, 'alice'),
    refusal: '401 issuer_unknown',
    hint: 'issuer_other_tenant',
    told: /another tenant or authorization server/,
  },
]

/** At a gateway that has been told of the version 1 issuer only. */
const VERSION_1: readonly Case[] = [
  {
    what: 'a version 2 token of Entra ID where version 1 is configured',
    obtain: ({ world }) => personToken(world.issuers.entra, 'alice', { scope: ENTRA_SCOPE }),
    refusal: '401 issuer_unknown',
    hint: 'issuer_entra_v2',
    told: /version 2 token of Entra ID.*v2\.0 issuer/,
  },
]

const CONFIGURATIONS: ReadonlyArray<
  readonly [string, readonly Case[], (sources: Sources) => ReadonlyArray<Record<string, unknown>>]
> = [
  [
    'a gateway that trusts every issuer',
    SIGNATURES,
    ({ world, tiny }) => [
      ...trustedProviders(world.issuers),
      { provider: 'generic', issuer: tiny.issuers.generic },
      { provider: 'auth0', issuer: tiny.issuers.auth0 },
      { provider: 'keycloak', issuer: tiny.issuers.keycloak },
    ],
  ],
  [
    'a gateway whose issuers are a little beside',
    NEAR_MISSES,
    ({ world: { issuers } }) => [
      { provider: 'cognito', issuer: issuers.cognito },
      { provider: 'entra', issuer: issuers.entra, audience: ENTRA.apiClientId },
      { provider: 'generic', issuer: issuers.auth0.replace(/\/$/, '') },
      { provider: 'keycloak', issuer: issuers.keycloak.replace('shop', 'Shop') },
    ],
  ],
  [
    'a gateway that knows version 1 of Entra ID',
    VERSION_1,
    ({ world: { issuers } }) => [
      { provider: 'entra', issuer: issuers.entraV1, audience: `api://${ENTRA.apiClientId}` },
    ],
  ],
]

describe('wrong tokens explain themselves', () => {
  let sources: Sources
  before(async function () {
    this.timeout(60_000)
    const world = await startProviderWorld()
    const otherHost = await startIdentityProvider({
      port: 0,
      origin: world.idp.origin.replace('//localhost', '//issuer-localhost'),
      resourceOrigin: new URL(world.resources[0]).origin,
    })
    sources = { world, tiny: await startTinyIssuer(), otherHost }
  })
  after(async function () {
    this.timeout(30_000)
    await sources?.world.stop()
    await Promise.all([sources?.otherHost.close(), sources?.tiny.close()])
  })

  for (const [title, cases, providers] of CONFIGURATIONS) {
    describe(`at ${title}`, () => {
      const seen: string[][] = [['token', 'refusal', 'hint', 'what its owner reads']]
      const tokens: string[] = []
      let gateway: GatewayProgram
      before(async function () {
        this.timeout(30_000)
        gateway = await sources.world.startGateway({
          providers: providers(sources),
          rules: [
            { name: 'all', when: { machine: false }, role: 'arn:aws:iam::111122223333:role/X' },
          ],
          clockToleranceSeconds: 5,
        })
      })
      after(async () => {
        await gateway?.stop()
        printTable(`what the owners of wrong tokens read from ${title}`, seen)
      })

      for (const { what, obtain, refusal, hint, told, cause } of cases) {
        it(`answers ${what} with ${refusal} and the hint ${hint}`, async () => {
          const token = await obtain(sources)
          tokens.push(token)
          const mcp = await gateway.mcp(token)
          const whoami = await gateway.whoami(token)
          const description = String(mcp.body.error_description)
          seen.push([what, refusal, hint ?? '-', description])

          expect(`${mcp.status} ${mcp.audit.reason}`).to.equal(refusal)
          expect(description).to.match(told)
          expect(whoami.body).to.deep.equal(mcp.body)
          for (const outcome of [mcp, whoami]) {
            expectChallenge(outcome, mcp.body, sources.world)
            expectNothingOf(token, outcome.text)
          }
          expect(mcp.refusal?.hint).to.equal(hint)
          if (cause !== undefined) expect(String(mcp.refusal?.cause)).to.match(cause)
          if (hint !== undefined || cause !== undefined) {
            expect(mcp.refusal).to.include({ level: 'info', reason: mcp.audit.reason })
          }
        })
      }

      it('prints nothing of any of these tokens, and no secret of the configuration', () => {
        expect(tokens).to.have.length(cases.length)
        const printed = gateway.lines.join('\n')
        for (const token of tokens) expectNoSegmentOf(token, printed)
        expect(printed).to.not.contain(RESOURCE_SERVER_CLIENT.secret)
      })
    })
  }

  it('tells somebody in too many groups, at /mcp and at /whoami, why there is no role', async () => {
    const { world } = sources
    const gateway = await world.startGateway({
      providers: trustedProviders(world.issuers),
      rules: rulesFor(world.issuers),
    })
    try {
      const token = await personToken(world.issuers.entra, 'dora', { scope: ENTRA_SCOPE })
      const mcp = await gateway.mcp(token)
      expect(mcp.status).to.equal(403)
      expect(mcp.body.error).to.equal('rule_undecidable')
      expect(mcp.body.error_description).to.match(/too many.*app roles/)
      expect(mcp.refusal).to.include({ reason: 'rule_undecidable', hint: 'groups_omitted' })
      const whoami = await gateway.whoami(token)
      expect(whoami.status).to.equal(200)
      const [target] = [whoami.body.targets].flat()
      expect(target).to.include({
        refused: 'rule_undecidable',
        because: mcp.body.error_description,
      })
    } finally {
      await gateway.stop()
    }
  })

  it('serves a token until its very end, and not from memory after it', async () => {
    const { world } = sources
    const brief = await startIdentityProvider({
      port: 0,
      resourceOrigin: new URL(world.resources[0]).origin,
      accessTokenSeconds: 2,
    })
    const gateway = await world.startGateway({
      providers: [{ issuer: brief.issuers.generic }],
      rules: rulesFor(world.issuers).filter(({ name }) => name === 'sre'),
      clockToleranceSeconds: 0,
    })
    try {
      const token = await personToken(brief.issuers.generic, 'alice')
      const { status } = await gateway.whoami(token)
      expect(status).to.equal(200)
      const refused = await eventually(async () => {
        const outcome = await gateway.whoami(token)
        return outcome.status === 200 ? undefined : outcome
      })
      expect(Date.now() / 1000).to.be.at.least(Number(decodeJwt(token).exp))
      expect(refused.status).to.equal(401)
      expect(refused.body).to.deep.equal({
        error: 'invalid_token',
        error_description: 'the token has expired',
      })
    } finally {
      await gateway.stop()
      await brief.close()
    }
  })
})

describe('an issuer that cannot work is refused at start with the reason', () => {
  const refused: ReadonlyArray<readonly [string, Record<string, string>, RegExp]> = [
    ...['common', 'organizations', 'consumers'].map(
      (tenant) =>
        [
          `the multi-tenant issuer of Entra ID (${tenant})`,
          {
            OIDC_PROVIDER: 'entra',
            OIDC_ISSUER: `https://login.microsoftonline.com/${tenant}/v2.0`,
            OIDC_AUDIENCE: ENTRA.apiClientId,
          },
          /OIDC_ISSUER: is for every tenant.*use your tenant's/,
        ] as const,
    ),
    [
      'the org server of Okta',
      {
        OIDC_PROVIDER: 'okta',
        OIDC_ISSUER: 'https://example.okta.com',
        OIDC_AUDIENCE: OKTA_AUDIENCE,
      },
      /OIDC_ISSUER: is Okta's org authorization server.*\/oauth2\/default/,
    ],
    [
      'an Okta issuer without an audience',
      { OIDC_PROVIDER: 'okta', OIDC_ISSUER: 'https://example.okta.com/oauth2/default' },
      /OIDC_AUDIENCE.*api:\/\/default/,
    ],
    [
      'an Auth0 issuer without its slash',
      { OIDC_PROVIDER: 'auth0', OIDC_ISSUER: 'https://example.eu.auth0.com' },
      /ends with a slash: https:\/\/example\.eu\.auth0\.com\//,
    ],
    [
      'Entra ID without an audience',
      {
        OIDC_PROVIDER: 'entra',
        OIDC_ISSUER: `https://login.microsoftonline.com/${ENTRA.tenantId}/v2.0`,
      },
      /OIDC_AUDIENCE.*application id of the API/,
    ],
    [
      'Google without a client',
      { OIDC_PROVIDER: 'google', OIDC_ISSUER: 'https://accounts.google.com' },
      /OIDC_CLIENT_ID/,
    ],
    [
      'an issuer without TLS',
      { OIDC_ISSUER: 'http://id.example' },
      /must be https.*GATEWAY_DANGEROUSLY_ALLOW_HTTP_ISSUER/,
    ],
  ]
  for (const [what, env, reason] of refused) {
    it(`as ${what} is`, async () => {
      const { code, out, err } = await runProgram('gateway/dist/src/main.js', [], {
        ...env,
        STS_ROLE_ARN: 'arn:aws:iam::111122223333:role/Reader',
      })
      expect(code).to.equal(1)
      expect(err).to.match(/^the gateway cannot start:\n/)
      expect(err).to.match(reason)
      expect(out).to.equal('')
    })
  }
})

/** The challenge of a refused token (RFC 6750 §3): the same words as in the body, and where to get a better one. */
function expectChallenge(
  { status, headers }: Outcome,
  body: Outcome['body'],
  { resources }: ProviderWorld,
): void {
  const challenge = headers.get('www-authenticate') ?? ''
  const origin = new URL(resources[0]).origin
  expect(challenge).to.contain(
    `resource_metadata="${origin}/.well-known/oauth-protected-resource/mcp"`,
  )
  expect(challenge).to.contain(`error="${status === 401 ? 'invalid_token' : 'insufficient_scope'}"`)
  // Neither quotes nor letters beyond ASCII may stand in the value.
  const words = String(body.error_description).replaceAll(/[^\x20-\x21\x23-\x5b\x5d-\x7e]/g, "'")
  expect(challenge).to.contain(`error_description="${words}"`)
}

function expectNoSegmentOf(token: string, text: string): void {
  for (const segment of token.split('.')) {
    if (segment.length > 8) expect(text).to.not.contain(segment)
  }
}

/** No part of a token, and no value of a claim that says who somebody is. */
function expectNothingOf(token: string, text: string): void {
  expectNoSegmentOf(token, text)
  const claims = claimsIn(token)
  for (const name of ['sub', 'uid', 'oid', 'email', 'preferred_username', 'jti', 'nonce']) {
    const value = claims[name]
    if (typeof value === 'string' && value.length > 3) expect(text).to.not.contain(value)
  }
}

/** The claims of a token, or none where it is no JWT. */
function claimsIn(token: string): JWTPayload {
  try {
    return decodeJwt(token)
  } catch {
    return {}
  }
}
