import { expect } from 'chai'
import { loadConfig } from '../../../src/config/load.ts'
import { examineToken } from '../../../src/doctor/examine-token.ts'
import { type Finding, renderFindings } from '../../../src/doctor/finding.ts'
import { createIdentityRooms } from '../../../src/identity-rooms.ts'
import { type FakeIssuer, startFakeIssuer } from '../../support/fake-issuer.ts'

const RESOURCE = 'https://gw.example/mcp'

describe('examineToken', () => {
  let issuer: FakeIssuer
  before(async () => {
    issuer = await startFakeIssuer('/oauth2/default')
  })
  after(() => issuer.close())

  const examine = (token: string, provider: Record<string, unknown> = {}) => {
    const file = {
      publicUrl: 'https://gw.example',
      providers: [{ issuer: issuer.issuer, scopes: ['read'], ...provider }],
      targets: { default: { region: 'us-east-1' }, prod: { region: 'eu-west-1' } },
      rules: [
        {
          name: 'sre',
          when: { groups: { has: ['sre'] } },
          role: 'arn:aws:iam::111122223333:role/Sre',
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

  it('finds no problem but the other target with a good token', async () => {
    const findings = await examine(await issuer.mint(good))
    expect(problems(findings)).to.deep.equal(['audience (prod)'])
    expect(of(findings, 'role (default)')?.text).to.contain('rule sre')
    expect(of(findings, 'STS')?.text).to.contain(RESOURCE)
  })

  it('goes on after a step that fails, so that everything wrong shows at once', async () => {
    const now = Math.floor(Date.now() / 1000)
    const token = await issuer.mint({
      aud: 'https://other.example',
      exp: now - 100,
      iat: now - 4000,
      nonce: 'n',
    })
    expect(problems(await examine(token))).to.include.members([
      'times',
      'kind',
      'audience (default)',
      'scopes',
      'role (default)',
    ])
  })

  const wrong: ReadonlyArray<
    readonly [string, () => Promise<string>, string, RegExp, Record<string, unknown>?]
  > = [
    ['an Auth0 token that reached no API', async () => 'a..b.c.d', 'shape', /Auth0/],
    ['an opaque token', async () => 'ya29.opaque', 'shape', /opaque/],
    ['something else', async () => '!.!.!', 'shape', /alone, whole/],
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

  it('never prints the token', async () => {
    const token = await issuer.mint(good)
    const printed = renderFindings(await examine(token))
    for (const part of token.split('.')) expect(printed).to.not.contain(part)
  })
})
