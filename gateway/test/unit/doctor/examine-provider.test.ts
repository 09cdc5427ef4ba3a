import { expect } from 'chai'
import { examineProvider } from '../../../src/doctor/examine-provider.ts'
import type { Finding } from '../../../src/doctor/finding.ts'
import { createFetchText } from '../../../src/token/discovery.ts'
import type { Provider } from '../../../src/token/provider.ts'
import { type FakeIssuer, json, startFakeIssuer } from '../../support/fake-issuer.ts'

describe('examineProvider', () => {
  let issuer: FakeIssuer
  before(async () => {
    issuer = await startFakeIssuer('/a')
  })
  beforeEach(() => issuer.script({}))
  after(() => issuer.close())

  const examine = (
    over: Partial<Provider> = {},
    clockMs = Date.now(),
    sts: Readonly<{ tokensGoToSts: boolean; realSts: boolean }> = {
      tokensGoToSts: true,
      realSts: false,
    },
  ) =>
    examineProvider(
      {
        preset: 'generic',
        issuer: issuer.issuer,
        audience: [],
        clientIds: [],
        scopes: [],
        groupsClaim: undefined,
        ...over,
      },
      {
        fetchText: createFetchText({ timeoutMs: 2000 }),
        fetchDate: async () => Date.now(),
        now: () => clockMs,
        resources: ['https://gw.example/mcp'],
        ...sts,
      },
    )
  const textOf = (findings: readonly Finding[], step: string) =>
    findings
      .filter((finding) => finding.step === step)
      .map(({ outcome, text, fix }) => `${outcome}: ${text} ${fix ?? ''}`)
      .join('\n')
  const advertise = (members: Record<string, unknown>) =>
    issuer.script({ metadata: (document) => json({ ...document, ...members }) })

  it('finds metadata, keys and clock of an issuer that answers', async () => {
    const findings = await examine()
    expect(textOf(findings, 'metadata')).to.match(/^ok: /)
    expect(textOf(findings, 'keys')).to.match(/^ok: 1 at .*RSA RS256/)
    expect(textOf(findings, 'clock')).to.match(/^ok: /)
  })

  it('says why the metadata cannot be had, and ends there', async () => {
    advertise({ issuer: `${issuer.issuer}/` })
    const findings = await examine()
    expect(findings).to.have.length(1)
    expect(textOf(findings, 'metadata')).to.match(/^problem: .*names the issuer/)
  })

  it('refuses metadata that is for every tenant', async () => {
    advertise({ issuer: 'https://login.microsoftonline.com/{tenantid}/v2.0' })
    expect(textOf(await examine({ preset: 'entra' }), 'metadata')).to.contain('one tenant')
  })

  it('warns of a clock that differs', async () => {
    expect(textOf(await examine({}, Date.now() - 60_000), 'clock')).to.match(/^warning: .*60 s/)
  })

  it('warns where the keys cannot be fetched or are of no use', async () => {
    issuer.script({ keys: () => ({ status: 500, body: '' }) })
    expect(textOf(await examine(), 'keys')).to.match(/^problem: .*status 500/)
    issuer.script({ keys: () => json({ keys: [] }) })
    expect(textOf(await examine(), 'keys')).to.match(/^problem: .*no key/)
    issuer.script({ keys: () => json({ keys: [{ kty: 'OKP', crv: 'Ed25519' }] }) })
    expect(textOf(await examine(), 'keys')).to.match(/^warning: .*elliptic/)
  })

  it('says what a client needs in order to sign in', async () => {
    expect(textOf(await examine(), 'sign-in')).to.match(/warning: PKCE .*\nwarning: clients cannot/)
    advertise({
      code_challenge_methods_supported: ['S256'],
      registration_endpoint: `${issuer.issuer}/register`,
    })
    expect(textOf(await examine(), 'sign-in')).to.match(/ok: PKCE .*\nok: clients register/)
    expect(textOf(await examine({ preset: 'okta' }), 'sign-in')).to.contain('administrator')
    advertise({ client_id_metadata_document_supported: true })
    expect(textOf(await examine(), 'sign-in')).to.contain('metadata document')
  })

  it('asks for the endpoint that a configured introspection needs', async () => {
    const introspection = { clientId: 'a', clientSecret: 'b' }
    expect(textOf(await examine({ introspection }), 'introspection')).to.match(/^problem/)
    advertise({ introspection_endpoint: `${issuer.issuer}/introspect` })
    expect(textOf(await examine({ introspection }), 'introspection')).to.match(/^ok/)
  })

  it('tells which audience tokens must name', async () => {
    expect(textOf(await examine(), 'audience')).to.contain('https://gw.example/mcp')
    expect(textOf(await examine({ audience: ['api://a', 'b'] }), 'audience')).to.contain(
      'api://a or b',
    )
    const google = { preset: 'google', clientIds: ['app'] } as const
    expect(textOf(await examine(google), 'audience')).to.contain('app')
    const cognito = { preset: 'cognito', clientIds: ['app'] } as const
    expect(textOf(await examine(cognito), 'audience')).to.contain('the client must be app')
  })

  it('asks nothing of an issuer where AWS says who signed', async () => {
    const findings = await examine({ preset: 'aws-iam', issuer: 'https://sts.amazonaws.com' })
    expect(findings).to.have.length(1)
    expect(textOf(findings, 'STS')).to.match(/^ok: .*who signed/)
  })

  it('knows that STS compares the audience of version 1 of Entra ID, and the client of version 2', async () => {
    const v1 = await examine({ preset: 'entra' })
    expect(textOf(v1, 'STS')).to.match(/^ok: STS compares the audience/)
    const other = await startFakeIssuer('/tenant/v2.0')
    try {
      const v2 = await examine({ preset: 'entra', issuer: other.issuer })
      expect(textOf(v2, 'STS')).to.match(/^warning: STS compares azp/)
    } finally {
      await other.close()
    }
  })

  it('warns that what is introspected cannot go to STS', async () => {
    const introspection = { clientId: 'a', clientSecret: 'b' }
    expect(textOf(await examine({ introspection }), 'STS')).to.match(/^warning: .*JWTs only/)
  })

  it('says nothing of audiences where no rule sends the token to STS', async () => {
    const findings = await examine({ preset: 'auth0' }, Date.now(), {
      tokensGoToSts: false,
      realSts: true,
    })
    expect(textOf(findings, 'STS')).to.match(/^ok: no rule sends the token/)
  })

  it('finds that AWS cannot fetch the keys of an issuer that is not open to the internet', async () => {
    const sts = { tokensGoToSts: true, realSts: true }
    expect(textOf(await examine({}, Date.now(), sts), 'STS')).to.match(
      /problem: STS cannot fetch http:.*port 443/,
    )
  })

  it('warns of algorithms that STS does not verify', async () => {
    advertise({ id_token_signing_alg_values_supported: ['PS256', 'EdDSA'] })
    expect(textOf(await examine(), 'STS')).to.match(/warning: .*PS256, EdDSA/)
    advertise({ id_token_signing_alg_values_supported: ['PS256', 'ES256'] })
    expect(textOf(await examine(), 'STS')).to.not.contain('warning')
  })

  describe('with LOGIN_MODE=facade', () => {
    const examineOwn = (over: Partial<Provider> = {}) =>
      examine({ ownClientId: 'gateway', ...over })
    const endpoints = () => ({
      authorization_endpoint: `${issuer.issuer}/authorize`,
      token_endpoint: `${issuer.issuer}/token`,
    })

    it('says as which client the gateway signs people in, whatever clients would miss', async () => {
      advertise(endpoints())
      expect(textOf(await examineOwn(), 'sign-in')).to.match(
        /^ok: .*the client gateway .* https:\/\/gw\.example\/oauth\/callback $/,
      )
    })

    it('says why nobody can sign in', async () => {
      advertise({ ...endpoints(), token_endpoint: 'http://elsewhere.example/token' })
      expect(textOf(await examineOwn(), 'sign-in')).to.match(
        /^problem: .*its token_endpoint is neither https/,
      )
      advertise({ ...endpoints(), code_challenge_methods_supported: ['plain'] })
      expect(textOf(await examineOwn(), 'sign-in')).to.match(/^problem: .*S256/)
    })

    for (const preset of ['auth0', 'cognito', 'keycloak'] as const) {
      it(`says that STS compares the gateway’s own client with ${preset}`, async () => {
        expect(textOf(await examineOwn({ preset }), 'STS')).to.match(/^ok: .*the client gateway/)
      })
    }
  })

  it('tells for every preset what STS will think', async () => {
    for (const preset of ['okta', 'auth0', 'cognito', 'entra', 'keycloak', 'google'] as const) {
      expect(textOf(await examine({ preset }), 'STS'), preset).to.match(/STS/)
    }
  })
})
