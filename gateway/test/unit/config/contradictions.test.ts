import { expect } from 'chai'
import { isLoopback } from '../../../src/config/contradictions.ts'
import { ConfigError, loadConfig } from '../../../src/config/load.ts'

const ROLE = 'arn:aws:iam::111122223333:role/Reader'
const PROVIDER = { issuer: 'https://issuer.example' }
const RULE = { name: 'sre', when: { subject: 'a' }, role: ROLE }

function problemsOf(file: object): readonly string[] {
  try {
    loadConfig({ GATEWAY_CONFIG: 'a' }, () => JSON.stringify(file))
    return []
  } catch (error) {
    if (error instanceof ConfigError) return error.problems
    throw error
  }
}

describe('contradictions', () => {
  const one = { providers: [PROVIDER], roleArn: ROLE }
  const ruled = (...rules: object[]) => ({ providers: [PROVIDER], rules })
  const okta = { provider: 'okta', audience: ['api://default'] }
  const facade = {
    ...one,
    loginMode: 'facade',
    sealKeys: [Buffer.alloc(32, 7).toString('base64')],
    providers: [{ ...PROVIDER, clientIds: ['gateway'] }],
  }

  const wrong: ReadonlyArray<readonly [string, object, RegExp]> = [
    [
      'no default target',
      { ...one, targets: { prod: { region: 'us-east-1' } } },
      /^targets: .*"default"/,
    ],
    [
      'an issuer over http',
      { ...one, providers: [{ issuer: 'http://issuer.example' }] },
      /^providers\[0\]\.issuer: must be https; set GATEWAY_DANGEROUSLY_ALLOW_HTTP_ISSUER=true/,
    ],
    [
      'an issuer listed twice',
      { ...one, providers: [PROVIDER, PROVIDER] },
      /^providers\[1\]\.issuer: .*twice/,
    ],
    [
      "Okta's org server",
      { ...one, providers: [{ ...okta, issuer: 'https://a.okta.com' }] },
      /^providers\[0\]\.issuer: .*org authorization server/,
    ],
    [
      'Okta without an audience',
      { ...one, providers: [{ provider: 'okta', issuer: 'https://a.okta.com/oauth2/default' }] },
      /^providers\[0\]\.audience: is missing; /,
    ],
    [
      'a public URL over http',
      { ...one, publicUrl: 'http://gw.example' },
      /^publicUrl: must be https; set GATEWAY_DANGEROUSLY_ALLOW_HTTP_PUBLIC_URL=true/,
    ],
    ['a free port without a public URL', { ...one, port: 0 }, /^GATEWAY_PUBLIC_URL: is missing/],
    [
      'an MCP server over http elsewhere',
      { ...one, upstreamUrl: 'http://mcp.example' },
      /^upstreamUrl: must be https .*GATEWAY_DANGEROUSLY_ALLOW_HTTP_UPSTREAM=true/,
    ],
    [
      'an STS over http elsewhere',
      { ...one, stsEndpoint: 'http://sts.example' },
      /^stsEndpoint: must be https .*GATEWAY_DANGEROUSLY_ALLOW_HTTP_STS=true/,
    ],
    ['rules beside a role for everyone', { ...one, rules: [RULE] }, /^STS_ROLE_ARN: /],
    ['neither rules nor a role', { providers: [PROVIDER] }, /^rules: nobody would get a role/],
    [
      'two rules of one name',
      ruled(RULE, { ...RULE, when: { subject: 'b' } }),
      /^rules\[1\] \(sre\)\.name: is used twice/,
    ],
    [
      'a rule for a target that is not there',
      ruled({ ...RULE, targets: ['prd'] }),
      /^rules\[0\] \(sre\)\.targets: there is no target "prd"; there are default/,
    ],
    [
      'a rule for an issuer that is not trusted',
      ruled({ ...RULE, when: { issuer: 'https://issuer.example/' } }),
      /^rules\[0\] \(sre\)\.when\.issuer: is not among the providers/,
    ],
    [
      'a refresh that comes too late',
      { ...one, refreshAheadSeconds: 60 },
      /^refreshAheadSeconds: /,
    ],
    [
      'a minimum life that no session has',
      { ...one, minimumCredentialSeconds: 900, refreshAheadSeconds: 900 },
      /^minimumCredentialSeconds: /,
    ],
    ['a facade without keys', { ...facade, sealKeys: [] }, /^sealKeys: is missing/],
    [
      'a facade with a key that the MCP server has as well, spelled otherwise',
      {
        ...facade,
        sealKeys: [1, 7].map((byte) => Buffer.alloc(32, byte).toString('base64')),
        upstreamSealKeys: [2, 7].map((byte) => Buffer.alloc(32, byte).toString('base64url')),
      },
      /^sealKeys: must share no key with UPSTREAM_SEAL_KEYS/,
    ],
    [
      'a facade without a client of its own',
      { ...facade, providers: [PROVIDER] },
      /^providers\[0\]\.clientIds: is missing; /,
    ],
    [
      'an empty client secret',
      { ...facade, providers: [{ ...PROVIDER, clientIds: ['gateway'], clientSecret: '' }] },
      /^providers\[0\]\.clientSecret: must not be empty$/,
    ],
    [
      'a facade where nobody signs in',
      { ...facade, providers: [{ ...PROVIDER, signIn: false }] },
      /^providers: none of them signs people in/,
    ],
    [
      'a cut-off that is still to come',
      { ...facade, revokeBefore: '2999-01-01T00:00:00Z' },
      /^revokeBefore: 2999-01-01T00:00:00Z is still to come/,
    ],
    [
      'a custom redirect URI that runs in the browser',
      { ...facade, customRedirectUris: ['javascript:alert(1)'] },
      /^customRedirectUris\[0\]: must be a redirect URI .*: its scheme is not allowed$/,
    ],
  ]
  for (const [what, file, problem] of wrong) {
    it(`refuses ${what}, and says only that`, () => {
      const problems = problemsOf(file)
      expect(problems).to.have.lengthOf(1)
      expect(problems[0]).to.match(problem)
    })
  }

  const right: ReadonlyArray<readonly [string, object]> = [
    [
      'an issuer over http on this machine',
      { ...one, providers: [{ issuer: 'http://localhost:9000/a' }] },
    ],
    [
      'an issuer over http where that is allowed',
      {
        ...one,
        providers: [{ issuer: 'http://issuer.example' }],
        dangerouslyAllowHttpIssuer: true,
      },
    ],
    [
      'a public URL over http where that is allowed',
      { ...one, publicUrl: 'http://gw.example', dangerouslyAllowHttpPublicUrl: true },
    ],
    [
      'an MCP server over http where that is allowed',
      { ...one, upstreamUrl: 'http://mcp.example', dangerouslyAllowHttpUpstream: true },
    ],
    [
      'an STS over http where that is allowed',
      { ...one, stsEndpoint: 'http://sts.example', dangerouslyAllowHttpSts: true },
    ],
    ['an STS over http on this machine', { ...one, stsEndpoint: 'http://[::1]:4566' }],
    [
      'issuers that differ by a slash',
      { ...one, providers: [PROVIDER, { issuer: 'https://issuer.example/' }] },
    ],
    [
      'a facade beside an issuer of machines',
      {
        ...facade,
        providers: [...facade.providers, { issuer: 'https://ci.example', signIn: false }],
      },
    ],
    ['a facade', { ...facade, revokeBefore: '2026-11-24T12:00:00Z' }],
    ['a rule for a trusted issuer', ruled({ ...RULE, when: { issuer: 'https://issuer.example' } })],
  ]
  for (const [what, file] of right) {
    it(`accepts ${what}`, () => {
      expect(problemsOf(file)).to.deep.equal([])
    })
  }

  it('does not blame a rule where the providers are missing altogether', () => {
    const problems = problemsOf({
      rules: [{ ...RULE, when: { issuer: 'https://issuer.example' } }],
    })
    expect(problems).to.have.lengthOf(1)
    expect(problems[0]).to.match(/^OIDC_ISSUER is not set/)
  })
})

describe('isLoopback', () => {
  for (const name of ['localhost', 'gw.localhost', '127.0.0.1', '127.9.8.7', '[::1]', '::1']) {
    it(`accepts ${name}`, () => {
      expect(isLoopback(name)).to.equal(true)
    })
  }
  for (const name of [
    'localhost.evil.example',
    'notlocalhost',
    '127.0.0.1.evil.example',
    '0.0.0.0',
    '128.0.0.1',
    '',
  ]) {
    it(`does not accept "${name}"`, () => {
      expect(isLoopback(name)).to.equal(false)
    })
  }
})
