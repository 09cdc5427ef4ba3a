import { expect } from 'chai'
import { stringify } from 'yaml'
import { ConfigError, environmentNames, loadConfig } from '../../../src/config/load.ts'
import { ConfigSchema, ProviderSchema } from '../../../src/config/schema.ts'

const ROLE = 'arn:aws:iam::111122223333:role/Reader'
const MINIMAL = { providers: [{ issuer: 'https://issuer.example' }], roleArn: ROLE }

const SEAL_KEY = Buffer.alloc(32, 1).toString('base64')

const load = (file: object = MINIMAL, env: Record<string, string> = {}) =>
  loadConfig({ GATEWAY_CONFIG: 'gateway.yaml', ...env }, () => stringify(file))

function problemsOf(attempt: () => unknown): readonly string[] {
  try {
    attempt()
  } catch (error) {
    if (error instanceof ConfigError) return error.problems
    throw error
  }
  throw new Error('the configuration was accepted')
}

/** Every option that has a name in the environment: as text there, and what comes of it. */
const SAMPLES: Readonly<Record<string, readonly [string, unknown]>> = {
  GATEWAY_PUBLIC_URL: ['https://gw.example', 'https://gw.example'],
  UPSTREAM_SEAL_KEYS: [SEAL_KEY, [SEAL_KEY]],
  GATEWAY_HOST: ['0.0.0.0', '0.0.0.0'],
  GATEWAY_PORT: ['8181', 8181],
  GATEWAY_METRICS_PORT: ['9191', 9191],
  GATEWAY_METRICS_HOST: ['10.0.0.1', '10.0.0.1'],
  GATEWAY_UPSTREAM_URL: ['https://mcp.example:3334', 'https://mcp.example:3334'],
  GATEWAY_ALLOWED_HOSTS: ['a.example, b.example', ['a.example', 'b.example']],
  GATEWAY_ALLOWED_ORIGINS: ['https://a.example', ['https://a.example']],
  STS_ROLE_ARN: ['arn:aws:iam::444455556666:role/a/B', 'arn:aws:iam::444455556666:role/a/B'],
  CREDENTIAL_MODE: ['web-identity', 'web-identity'],
  LOGIN_MODE: ['direct', 'direct'],
  GATEWAY_SEAL_KEYS: [SEAL_KEY, [SEAL_KEY]],
  GATEWAY_REVOKE_BEFORE: ['2026-11-24T12:00:00Z', '2026-11-24T12:00:00Z'],
  GATEWAY_ACCESS_TOKEN_SECONDS: ['600', 600],
  GATEWAY_REFRESH_TOKEN_SECONDS: ['3000', 3000],
  GATEWAY_REFRESH_GRACE_SECONDS: ['0', 0],
  GATEWAY_REQUIRE_RESOURCE: ['true', true],
  GATEWAY_CUSTOM_REDIRECT_URIS: ['a://b, c://d', ['a://b', 'c://d']],
  GATEWAY_REDIRECT_HOSTS: ['*.example.com', ['*.example.com']],
  GATEWAY_CLIENT_METADATA_DOCUMENTS: ['false', false],
  GATEWAY_CLIENT_METADATA_HOSTS: ['claude.ai, *.example.com', ['claude.ai', '*.example.com']],
  GATEWAY_LOGIN_REQUESTS_PER_MINUTE_PER_ADDRESS: ['31', 31],
  GATEWAY_DANGEROUSLY_ALLOW_PRIVATE_CLIENT_METADATA: ['true', true],
  AWS_REGION: ['eu-west-1', 'eu-west-1'],
  AWS_ENDPOINT_URL_STS: ['http://127.0.0.1:4566', 'http://127.0.0.1:4566'],
  LOG_LEVEL: ['DEBUG', 'debug'],
  GATEWAY_MAX_BODY_BYTES: ['2048', 2048],
  GATEWAY_MAX_HEADER_BYTES: ['16384', 16384],
  GATEWAY_CLOCK_TOLERANCE_SECONDS: ['0', 0],
  GATEWAY_ISSUER_TIMEOUT_MS: ['11', 11],
  GATEWAY_ISSUER_COOLDOWN_MS: ['12', 12],
  GATEWAY_VERIFIED_TOKENS: ['0', 0],
  GATEWAY_INTROSPECTION_SECONDS: ['30', 30],
  GATEWAY_AWS_IAM_MAX_AGE_SECONDS: ['29', 29],
  GATEWAY_STS_TIMEOUT_MS: ['13', 13],
  GATEWAY_STS_MAX_ATTEMPTS: ['1', 1],
  GATEWAY_CACHED_CREDENTIALS: ['14', 14],
  GATEWAY_MINIMUM_CREDENTIAL_SECONDS: ['60', 60],
  GATEWAY_REFRESH_AHEAD_SECONDS: ['600', 600],
  GATEWAY_CONNECT_TIMEOUT_MS: ['15', 15],
  GATEWAY_RESPONSE_HEADER_TIMEOUT_MS: ['16', 16],
  GATEWAY_MAX_UPSTREAM_CONNECTIONS: ['17', 17],
  GATEWAY_DRAIN_MS: ['18', 18],
  GATEWAY_DRAIN_IDLE_MS: ['19', 19],
  GATEWAY_MAX_URL_BYTES: ['4096', 4096],
  GATEWAY_MAX_HEADER_COUNT: ['150', 150],
  GATEWAY_HEADERS_TIMEOUT_MS: ['1900', 1900],
  GATEWAY_REQUEST_TIMEOUT_MS: ['20000', 20_000],
  GATEWAY_KEEP_ALIVE_TIMEOUT_MS: ['21000', 21_000],
  GATEWAY_CLIENT_STALL_MS: ['22000', 22_000],
  GATEWAY_MAX_CONNECTIONS: ['23', 23],
  GATEWAY_MAX_CONCURRENT_PER_PRINCIPAL: ['24', 24],
  GATEWAY_REQUESTS_PER_MINUTE_PER_PRINCIPAL: ['25', 25],
  GATEWAY_REQUEST_BURST_PER_PRINCIPAL: ['26', 26],
  GATEWAY_FAILED_AUTH_PER_MINUTE_PER_ADDRESS: ['27', 27],
  GATEWAY_LIMITER_ENTRIES: ['2800', 2800],
  GATEWAY_TRUSTED_PROXIES: ['', []],
  GATEWAY_DANGEROUSLY_ALLOW_HTTP_ISSUER: ['true', true],
  GATEWAY_DANGEROUSLY_ALLOW_HTTP_PUBLIC_URL: ['true', true],
  GATEWAY_DANGEROUSLY_ALLOW_HTTP_STS: ['true', true],
  GATEWAY_DANGEROUSLY_ALLOW_HTTP_UPSTREAM: ['true', true],
  GATEWAY_SCOPE_DOWN: ['duration', 'duration'],
  OIDC_PROVIDER: ['okta', 'okta'],
  OIDC_ISSUER: ['https://a.okta.com/oauth2/default', 'https://a.okta.com/oauth2/default'],
  OIDC_AUDIENCE: ['api://a, api://b', ['api://a', 'api://b']],
  OIDC_CLIENT_ID: ['one,,two', ['one', 'two']],
  OIDC_SCOPES: ['cloudwatch/read', ['cloudwatch/read']],
  OIDC_INTROSPECTION_CLIENT_ID: ['gateway', 'gateway'],
  OIDC_INTROSPECTION_CLIENT_SECRET: ['s3cret', 's3cret'],
  OIDC_CLIENT_SECRET: ['s3cret', 's3cret'],
  OIDC_GROUPS_CLAIM: ['/realm_access/roles', '/realm_access/roles'],
}

const sampleOf = (name: string): readonly [string, unknown] => {
  const sample = SAMPLES[name]
  if (sample === undefined) throw new Error(`the test has no sample for ${name}`)
  return sample
}

describe('loadConfig', () => {
  describe('each option of the gateway', () => {
    for (const [key, name] of environmentNames(ConfigSchema)) {
      it(`takes ${name} from the environment`, () => {
        const [text, value] = sampleOf(name)
        expect(load(MINIMAL, { [name]: text })).to.have.deep.property(key, value)
      })

      it(`takes ${key} from the file`, () => {
        const [, value] = sampleOf(name)
        expect(load({ ...MINIMAL, [key]: value })).to.have.deep.property(key, value)
      })
    }
  })

  describe('each option of a provider', () => {
    const environment = { OIDC_PROVIDER: 'okta', OIDC_ISSUER: 'https://a.okta.com/oauth2/default' }
    // Each half of the introspection client needs the other.
    const halves = { OIDC_INTROSPECTION_CLIENT_ID: 'a', OIDC_INTROSPECTION_CLIENT_SECRET: 'b' }
    for (const [key, name] of environmentNames(ProviderSchema)) {
      it(`takes ${name} from the environment`, () => {
        const [text, value] = sampleOf(name)
        const env = { ...environment, ...halves, OIDC_AUDIENCE: 'api://default', [name]: text }
        expect(load({ roleArn: ROLE }, env).providers[0]).to.have.deep.property(key, value)
      })

      it(`takes ${key} from the file`, () => {
        const [, value] = sampleOf(name)
        const provider = {
          provider: 'okta',
          issuer: environment.OIDC_ISSUER,
          audience: ['api://default'],
          introspectionClientId: 'a',
          introspectionClientSecret: 'b',
          [key]: value,
        }
        const { providers } = load({ roleArn: ROLE, providers: [provider] })
        expect(providers[0]).to.have.deep.property(key, value)
      })
    }
  })

  it('reads a secret from the file that …_FILE names, and not from both', () => {
    const read = (path: string) =>
      path === '/run/secret' ? 's3cret\n' : stringify({ roleArn: ROLE })
    const env = {
      GATEWAY_CONFIG: 'gateway.yaml',
      OIDC_ISSUER: 'https://issuer.example',
      OIDC_INTROSPECTION_CLIENT_ID: 'gateway',
      OIDC_INTROSPECTION_CLIENT_SECRET_FILE: '/run/secret',
    }
    expect(loadConfig(env, read).providers[0]?.introspectionClientSecret).to.equal('s3cret')
    const both = { ...env, OIDC_INTROSPECTION_CLIENT_SECRET: 'other' }
    const problems = problemsOf(() => loadConfig(both, read))
    expect(problems.join()).to.contain('choose one').and.not.contain('s3cret')
  })

  it('prefers the environment to the file', () => {
    const file = { ...MINIMAL, port: 1111, region: 'eu-west-1', logLevel: 'error' }
    const config = load(file, { GATEWAY_PORT: '2222', AWS_REGION: 'us-west-2' })
    expect(config).to.include({ port: 2222, region: 'us-west-2', logLevel: 'error' })
  })

  it('replaces the providers of the file by the one of the environment', () => {
    const { providers } = load(MINIMAL, { OIDC_ISSUER: 'https://other.example' })
    expect(providers.map(({ issuer }) => issuer)).to.deep.equal(['https://other.example'])
  })

  it('works from the environment alone', () => {
    const env = { OIDC_ISSUER: 'https://issuer.example', STS_ROLE_ARN: ROLE }
    const config = loadConfig(env, () => {
      throw new Error('no file is named')
    })
    expect(config).to.deep.include({
      publicUrl: 'http://localhost:8080',
      host: '127.0.0.1',
      targets: { default: { region: 'us-east-1' } },
      roleArn: ROLE,
    })
  })

  it('derives public URL and target from port and region', () => {
    const config = load(MINIMAL, { GATEWAY_PORT: '80', AWS_REGION: 'eu-west-1' })
    expect(config.publicUrl).to.equal('http://localhost')
    expect(config.targets).to.deep.equal({ default: { region: 'eu-west-1' } })
  })

  it('takes a variable that is empty or blank as not set', () => {
    const config = load(MINIMAL, {
      GATEWAY_PORT: '',
      OIDC_ISSUER: '  ',
      AWS_REGION: '',
      OIDC_SPELLING: '',
    })
    expect(config).to.include({ port: 8080, region: 'us-east-1' })
    expect(config.providers[0]).to.include({ issuer: 'https://issuer.example' })
  })

  it('takes the port out of a Kubernetes service link', () => {
    expect(load(MINIMAL, { GATEWAY_PORT: 'tcp://10.0.0.7:8443' }).port).to.equal(8443)
  })

  for (const [name, value] of [
    ['GATEWAY_SERVICE_HOST', '10.0.0.7'],
    ['GATEWAY_SERVICE_PORT', '8080'],
    ['GATEWAY_SERVICE_PORT_HTTP', '8080'],
    ['GATEWAY_PORT_8080_TCP', 'tcp://10.0.0.7:8080'],
    ['GATEWAY_PORT_8080_TCP_ADDR', '10.0.0.7'],
    ['GATEWAY_METRICS_PORT_9090_TCP_PROTO', 'tcp'],
    ['OIDC_PROVIDER_PORT', 'tcp://10.0.0.8:443'],
  ] as const) {
    it(`ignores ${name} of a Kubernetes Service`, () => {
      expect(load(MINIMAL, { [name]: value }).port).to.equal(8080)
    })
  }

  describe('refuses', () => {
    const valid = {
      when: { groups: { has: ['sre'] } },
      name: 'sre',
      role: ROLE,
    }
    const withRule = (rule: object) => ({
      providers: MINIMAL.providers,
      rules: [{ ...valid, ...rule }],
    })
    const withProvider = (provider: object) => ({ ...MINIMAL, providers: [provider] })

    /** What is wrong, the file, the environment, and how the one problem starts. */
    const wrong: ReadonlyArray<readonly [string, object, Record<string, string>, string]> = [
      ['an unknown key', { ...MINIMAL, publicURL: 'https://x' }, {}, 'publicURL: is not an option'],
      [
        'an unknown key of a provider',
        withProvider({ issuer: 'https://issuer.example', audiences: [] }),
        {},
        'providers[0].audiences: is not an option',
      ],
      [
        'an unknown key of a condition',
        withRule({ when: { groups: { has: 'sre' }, group: 'sre' } }),
        {},
        'rules[0].when.group: is not an option',
      ],
      [
        'an unknown GATEWAY_ variable',
        MINIMAL,
        { GATEWAY_ALLOWED_ORIGIN: 'https://a.example' },
        'GATEWAY_ALLOWED_ORIGIN is not an option',
      ],
      ['an unknown OIDC_ variable', MINIMAL, { OIDC_SCOPE: 'a' }, 'OIDC_SCOPE is not an option'],
      [
        'a public URL with a path',
        MINIMAL,
        { GATEWAY_PUBLIC_URL: 'https://a/b' },
        'GATEWAY_PUBLIC_URL: ',
      ],
      [
        'a public URL with a slash',
        MINIMAL,
        { GATEWAY_PUBLIC_URL: 'https://a/' },
        'GATEWAY_PUBLIC_URL: must be https://a: ',
      ],
      [
        'a public URL without a scheme',
        MINIMAL,
        { GATEWAY_PUBLIC_URL: 'a.example' },
        'GATEWAY_PUBLIC_URL: must be an http or https URL, such as ',
      ],
      [
        'a public URL in capitals',
        { ...MINIMAL, publicUrl: 'https://A.example' },
        {},
        'publicUrl: ',
      ],
      ['another scheme', MINIMAL, { GATEWAY_UPSTREAM_URL: 'ftp://a' }, 'GATEWAY_UPSTREAM_URL: '],
      ['a port that is no number', MINIMAL, { GATEWAY_PORT: 'http' }, 'GATEWAY_PORT: '],
      ['a port that is too high', { ...MINIMAL, port: 65_536 }, {}, 'port: '],
      ['a port left empty in the file', { ...MINIMAL, port: null }, {}, 'port: '],
      ['a number that is true', { ...MINIMAL, drainMs: true }, {}, 'drainMs: '],
      ['a number with a fraction', { ...MINIMAL, drainMs: 1.5 }, {}, 'drainMs: '],
      ['a number in hexadecimal', MINIMAL, { GATEWAY_DRAIN_MS: '0x10' }, 'GATEWAY_DRAIN_MS: '],
      ['a number with an exponent', MINIMAL, { GATEWAY_DRAIN_MS: '1e3' }, 'GATEWAY_DRAIN_MS: '],
      ['a number with a unit', MINIMAL, { GATEWAY_DRAIN_MS: '10s' }, 'GATEWAY_DRAIN_MS: '],
      [
        'a switch that is neither true nor false',
        MINIMAL,
        { GATEWAY_DANGEROUSLY_ALLOW_HTTP_ISSUER: 'yes' },
        'GATEWAY_DANGEROUSLY_ALLOW_HTTP_ISSUER: must be true or false',
      ],
      [
        'a region that is a host',
        MINIMAL,
        { AWS_REGION: 'us-east-1.evil.example/' },
        'AWS_REGION: ',
      ],
      [
        'a role that is a user',
        MINIMAL,
        { STS_ROLE_ARN: 'arn:aws:iam::111122223333:user/a' },
        'STS_ROLE_ARN: ',
      ],
      [
        'a role with a wildcard',
        withRule({ role: 'arn:aws:iam::111122223333:role/*' }),
        {},
        'rules[0].role: ',
      ],
      [
        'a provider without issuer',
        withProvider({ provider: 'okta' }),
        {},
        'providers[0].issuer: is missing',
      ],
      ['only part of a provider', MINIMAL, { OIDC_SCOPES: 'a' }, 'OIDC_ISSUER: is missing'],
      [
        'an unknown provider',
        MINIMAL,
        { OIDC_ISSUER: 'https://a', OIDC_PROVIDER: 'oktta' },
        'OIDC_PROVIDER: must be okta, ',
      ],
      ['an issuer that is no URL', MINIMAL, { OIDC_ISSUER: 'a.okta.com' }, 'OIDC_ISSUER: '],
      [
        'a mode that does not exist',
        MINIMAL,
        { CREDENTIAL_MODE: 'magic' },
        'CREDENTIAL_MODE: must be ',
      ],
      [
        'a log level that does not exist',
        MINIMAL,
        { LOG_LEVEL: 'trace' },
        'LOG_LEVEL: must be error, warn, info or debug',
      ],
      [
        'a provider that lacks what its tokens name, by the name in the environment',
        { roleArn: ROLE },
        { OIDC_PROVIDER: 'okta', OIDC_ISSUER: 'https://a.okta.com/oauth2/default' },
        'OIDC_AUDIENCE: is missing; ',
      ],
      [
        'half of a client for introspection, by the name in the environment',
        { roleArn: ROLE },
        { OIDC_ISSUER: 'https://issuer.example', OIDC_INTROSPECTION_CLIENT_ID: 'a' },
        'OIDC_INTROSPECTION_CLIENT_ID: belongs together with OIDC_INTROSPECTION_CLIENT_SECRET; ',
      ],
      ['one rule in the place of a list', { ...MINIMAL, rules: {} }, {}, 'rules: must be a list'],
      ['a word for the targets', { ...MINIMAL, targets: 'prod' }, {}, 'targets: must be a mapping'],
      [
        'a number for a text',
        withRule({ externalId: 5 }),
        {},
        'rules[0].externalId: must be a text',
      ],
      ['a rule without conditions', withRule({ when: {} }), {}, 'rules[0].when: '],
      [
        'a rule for an empty list of groups',
        withRule({ when: { groups: { has: [] } } }),
        {},
        'rules[0].when.groups.has: ',
      ],
      ['a rule without name', withRule({ name: undefined }), {}, 'rules[0].name: is missing'],
      [
        'a session that is too short',
        withRule({ sessionSeconds: 899 }),
        {},
        'rules[0].sessionSeconds: ',
      ],
      [
        'a session that is too long',
        withRule({ sessionSeconds: 43_201 }),
        {},
        'rules[0].sessionSeconds: ',
      ],
      ['a tool name with a space', withRule({ tools: ['a b'] }), {}, 'rules[0].tools[0]: '],
      [
        'a target with a slash',
        { ...MINIMAL, targets: { 'a/b': { region: 'us-east-1' } } },
        {},
        'targets.a/b: ',
      ],
      [
        'an origin with a path',
        MINIMAL,
        { GATEWAY_ALLOWED_ORIGINS: 'https://a/b' },
        'GATEWAY_ALLOWED_ORIGINS: ',
      ],
    ]
    for (const [what, file, env, start] of wrong) {
      it(what, () => {
        const problems = problemsOf(() => load(file, env))
        expect(problems).to.have.lengthOf(1)
        expect(problems[0]?.slice(0, start.length)).to.equal(start)
      })
    }
  })

  it('tells all problems together, each by the name that was typed', () => {
    const file = {
      targets: { default: { region: 'nowhere' } },
      rules: [{ name: 'a b' }],
      port: 'x',
    }
    const env = { GATEWAY_METRICS_PORT: 'y', GATEWAY_HOSTS: 'a' }
    const names = problemsOf(() => load(file, env)).map((problem) => problem.split(/[: ]/)[0])
    expect(names).to.have.members([
      'OIDC_ISSUER',
      'GATEWAY_HOSTS',
      'port',
      'GATEWAY_METRICS_PORT',
      'targets.default.region',
      'rules[0].name',
      'rules[0].when',
      'rules[0].role',
    ])
  })

  for (const [what, text] of [
    ['broken YAML', 'a: [1'],
    ['a list', '- a\n- b\n'],
    ['a word', 'hello'],
    ['the same key twice', 'port: 1\nport: 2\n'],
  ] as const) {
    it(`names the file that holds ${what}`, () => {
      const problems = problemsOf(() => loadConfig({ GATEWAY_CONFIG: '/etc/gw.yaml' }, () => text))
      expect(problems[0]).to.match(/^GATEWAY_CONFIG \/etc\/gw\.yaml: ./)
    })
  }

  it('names the file that cannot be read', () => {
    const missing = () => {
      throw new Error("ENOENT: no such file or directory, open '/etc/gw.yaml'")
    }
    const problems = problemsOf(() => loadConfig({ GATEWAY_CONFIG: '/etc/gw.yaml' }, missing))
    expect(problems).to.have.lengthOf(1)
    expect(problems[0]).to.match(/^GATEWAY_CONFIG \/etc\/gw\.yaml: ENOENT/)
  })

  it('takes an empty file as no options', () => {
    const env = { GATEWAY_CONFIG: 'a', OIDC_ISSUER: 'https://issuer.example', STS_ROLE_ARN: ROLE }
    expect(loadConfig(env, () => '# nothing yet\n').port).to.equal(8080)
  })
})
