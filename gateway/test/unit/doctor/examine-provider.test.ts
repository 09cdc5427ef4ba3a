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

  const examine = (over: Partial<Provider> = {}, clockMs = Date.now()) =>
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
        credentialMode: 'web-identity',
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

  it('tells for every preset what STS will think', async () => {
    for (const preset of ['okta', 'auth0', 'cognito', 'entra', 'keycloak', 'google'] as const) {
      expect(textOf(await examine({ preset }), 'STS'), preset).to.match(/STS/)
    }
  })
})
