import { expect } from 'chai'
import { z } from 'zod'
import { loadConfig } from '../../../src/config/load.ts'
import { examineToken } from '../../../src/doctor/examine-token.ts'
import { type Finding, renderFindings } from '../../../src/doctor/finding.ts'
import { createIdentityRooms } from '../../../src/identity-rooms.ts'
import { createSealedValue } from '../../../src/login/sealed/sealed-value.ts'
import { type FakeIntrospection, startFakeIntrospection } from '../../support/fake-introspection.ts'
import { type FakeIssuer, startFakeIssuer } from '../../support/fake-issuer.ts'

const RESOURCE = 'https://gw.example/mcp'

describe('examineToken', () => {
  let issuer: FakeIssuer
  before(async () => {
    issuer = await startFakeIssuer('/oauth2/default')
  })
  after(() => issuer.close())

  const examine = (
    token: string,
    provider: Record<string, unknown> = {},
    rule: Record<string, unknown> = {},
    others: ReadonlyArray<Record<string, unknown>> = [],
  ) => {
    const file = {
      publicUrl: 'https://gw.example',
      providers: [{ issuer: issuer.issuer, scopes: ['read'], ...provider }, ...others],
      targets: { default: { region: 'us-east-1' }, prod: { region: 'eu-west-1' } },
      rules: [
        {
          name: 'sre',
          when: { groups: { has: ['sre'] } },
          role: 'arn:aws:iam::111122223333:role/Sre',
          ...rule,
        },
      ],
    }
    const config = loadConfig({ GATEWAY_CONFIG: 'x' }, () => JSON.stringify(file))
    return examineToken(token, {
      ...createIdentityRooms(config),
      clockToleranceSeconds: 5,
      now: () => Date.now(),
    })
  }
  const good = { aud: RESOURCE, scope: 'read', groups: ['sre'] }
  const of = (findings: readonly Finding[], step: string) =>
    findings.find((finding) => finding.step === step)
  const problems = (findings: readonly Finding[]) =>
    findings.filter(({ outcome }) => outcome === 'problem').map(({ step }) => step)

  it('finds no problem with a good token: the other target is not its own', async () => {
    const findings = await examine(await issuer.mint(good))
    expect(problems(findings)).to.deep.equal([])
    expect(of(findings, 'audience (default)')?.outcome).to.equal('ok')
    expect(of(findings, 'audience (prod)')).to.include({ outcome: 'warning' })
    expect(of(findings, 'audience (prod)')?.fix).to.contain('https://gw.example/mcp/prod')
    expect(renderFindings(findings)).to.match(/\nno problem found, warnings: \d$/)
    expect(of(findings, 'role (default)')?.text).to.contain('rule sre')
    expect(of(findings, 'STS')?.text).to.contain(RESOURCE)
  })

  it('tells a token of the login facade from an encrypted one', async () => {
    const seal = {
      keys: [Buffer.alloc(32, 3)],
      audience: 'https://gw.example',
      revokeBefore: undefined,
      now: Date.now,
    }
    const access = await createSealedValue('access', z.string(), seal).seal('x', 60)
    const [own] = await examine(access)
    expect(own).to.include({ step: 'shape', outcome: 'unknown' })
    expect(own?.fix).to.contain('/whoami')
    const refresh = await createSealedValue('refresh', z.string(), seal).seal('x', 60)
    expect(problems(await examine(refresh))).to.deep.equal(['shape'])
  })

  it('goes on after a step that fails, so that everything wrong shows at once', async () => {
    const now = Math.floor(Date.now() / 1000)
    const token = await issuer.mint({
      aud: 'https://other.example',
      exp: now - 100,
      iat: now - 4000,
    })
    expect(problems(await examine(token))).to.deep.equal([
      'times',
      'audience (default)',
      'audience (prod)',
      'scopes',
      'role (default)',
      'role (prod)',
    ])
  })

  it('does not go on with another kind of token, or one of an unknown issuer', async () => {
    const kind = await examine(await issuer.mint({ ...good, nonce: 'n' }))
    expect(kind.at(-1)).to.include({ step: 'kind', outcome: 'problem', text: 'an ID token' })
    const unknown = await examine(await issuer.mint({ ...good, iss: 'https://other.example' }))
    expect(unknown.map(({ step }) => step)).to.deep.equal(['shape', 'issuer', 'times'])
  })

  const wrong: ReadonlyArray<
    readonly [string, () => Promise<string>, string, RegExp, Record<string, unknown>?]
  > = [
    ['an Auth0 token that reached no API', async () => 'a..b.c.d', 'shape', /Auth0/],
    ['an opaque token', async () => 'ya29.opaque', 'shape', /opaque/],
    ['no token at all', async () => '!.!.!', 'shape', /alone into the file/],
    [
      'the whole answer of a token endpoint',
      async () => '{"access_token":"a.b.c","id_token":"d.e.f"}',
      'shape',
      /no JSON/,
    ],
    ['two tokens', async () => 'a.b.c\nd.e.f', 'shape', /no second token/],
    ['three parts of nothing', async () => 'aa.bb.cc', 'shape', /copy the access token again/],
    [
      "a token of somebody else's AWS identity",
      async () => 'aws-iam-v1.aGVsbG8',
      'shape',
      /provider aws-iam/,
    ],
    [
      "a token of Okta's org server",
      () => issuer.mint({ ...good, iss: new URL(issuer.issuer).origin }),
      'issuer',
      /org authorization server/,
      { provider: 'okta', audience: ['api://default'] },
    ],
    [
      'an issuer with a slash too many',
      () => issuer.mint({ ...good, iss: `${issuer.issuer}/` }),
      'issuer',
      /slash/,
    ],
    [
      'an ID token of Cognito',
      () => issuer.mint({ ...good, token_use: 'id' }),
      'kind',
      /access token/,
      { provider: 'cognito', clientIds: ['app'] },
    ],
    [
      'a Graph token',
      () => issuer.mint({ ...good, aud: '00000003-0000-0000-c000-000000000000' }),
      'audience (default)',
      /Graph/,
      { provider: 'entra', audience: ['22222222-2222-4222-8222-222222222222'] },
    ],
    [
      'a Graph token of an issuer that is not configured',
      () =>
        issuer.mint({
          iss: 'https://sts.windows.net/1/',
          aud: '00000003-0000-0000-c000-000000000000',
        }),
      'issuer',
      /Graph/,
    ],
    [
      'an ID token that only its audience gives away',
      () => issuer.mint({ aud: 'app', name: 'Alice' }),
      'audience (default)',
      /ID token/,
    ],
    [
      'a token that was cut',
      async () => (await issuer.mint(good)).slice(0, -12),
      'signature',
      /copy it again, whole/,
    ],
    [
      'a shared secret',
      async () => {
        const [, claims] = (await issuer.mint(good)).split('.')
        const header = Buffer.from('{"alg":"HS256"}').toString('base64url')
        return `${header}.${claims}.AAAA`
      },
      'signature',
      /RS256/,
    ],
    [
      'a token with only the default audience of Keycloak',
      () => issuer.mint({ ...good, aud: 'account' }),
      'audience (default)',
      /audience mapper/,
      { provider: 'keycloak' },
    ],
    [
      'a token whose groups were too many',
      () => issuer.mint({ ...good, groups: undefined, _claim_names: { groups: 'src1' } }),
      'principal',
      /app roles/,
    ],
    [
      'a key that is not published',
      () => issuer.mint(good, { kid: 'other' }),
      'signature',
      /does not publish/,
    ],
    [
      'a token from the future',
      () => issuer.mint({ ...good, iat: Math.floor(Date.now() / 1000) + 900 }),
      'times',
      /clocks/,
    ],
  ]
  for (const [what, mint, step, fix, provider] of wrong) {
    it(`explains ${what} at ${step}`, async () => {
      const findings = await examine(await mint(), provider)
      const found = findings.filter((one) => one.step === step).map((one) => one.fix ?? '')
      expect(found.join('\n')).to.match(fix)
    })
  }

  describe('with an issuer of opaque tokens', () => {
    let opaque: FakeIntrospection
    before(async () => {
      opaque = await startFakeIntrospection()
    })
    after(() => opaque.close())

    const introspected = (answer: Record<string, unknown>, token = 'opaque') => {
      opaque.answer(answer)
      const introspecting = {
        issuer: opaque.issuer,
        introspectionClientId: 'gateway',
        introspectionClientSecret: 'canary-secret',
      }
      return examine(token, {}, {}, [introspecting])
    }
    const active = {
      active: true,
      sub: 'alice',
      aud: RESOURCE,
      scope: 'read',
      groups: ['sre'],
      exp: Math.floor(Date.now() / 1000) + 600,
    }

    it('goes on with what the issuer says, and tells that STS cannot', async () => {
      const findings = await introspected(active)
      expect(problems(findings)).to.deep.equal(['STS'])
      expect(of(findings, 'introspection')?.text).to.contain('active')
      expect(of(findings, 'times')?.outcome).to.equal('ok')
      expect(of(findings, 'role (default)')?.text).to.contain('rule sre')
      expect(of(findings, 'STS')?.fix).to.contain('assume-role')
    })

    it('finds what is wrong with it as with any other', async () => {
      const other = await introspected({ ...active, aud: 'other' })
      expect(problems(other)).to.include('audience (default)')
      const refresh = await introspected({ ...active, token_type: 'refresh_token' }, 'another')
      expect(problems(refresh)).to.deep.equal(['kind'])
    })

    it('tells a token that no issuer knows, and that an issuer does not answer', async () => {
      const inactive = await introspected({ active: false })
      expect(of(inactive, 'introspection')).to.include({ outcome: 'unknown' })
      expect(problems(inactive)).to.deep.equal(['introspection'])
      const encrypted = await introspected({ error: 'unsupported_token_type' }, 'a..b.c.d')
      expect(renderFindings(encrypted)).to.contain('Auth0')
      const refused = await introspected({ error: 'invalid_client' })
      expect(of(refused, 'introspection')?.fix).to.contain('OIDC_INTROSPECTION_CLIENT_ID')
      expect(renderFindings(refused)).to.not.contain('canary-secret')
    })
  })

  it('does not ask what STS thinks where the gateway assumes the role itself', async () => {
    const rule = { mode: 'assume-role', name: 'own', when: { groups: { has: 'sre' } } }
    const findings = await examine(await issuer.mint({ ...good, aud: [RESOURCE, 'b'] }), {}, rule)
    expect(problems(findings)).to.deep.equal([])
    expect(of(findings, 'STS')?.text).to.contain('own identity')
    const both = await examine(await issuer.mint({ ...good, aud: [RESOURCE, 'b'] }))
    expect(problems(both)).to.deep.equal(['STS'])
  })

  it('never prints the token', async () => {
    const token = await issuer.mint(good)
    const printed = renderFindings(await examine(token))
    for (const part of token.split('.')) expect(printed).to.not.contain(part)
  })
})
