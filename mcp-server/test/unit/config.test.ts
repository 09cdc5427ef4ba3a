import { expect } from 'chai'
import { ConfigError, describeOptions, isLoopback, REGION, readConfig } from '../../src/config.ts'

describe('readConfig', () => {
  it('has a default for every option', () => {
    expect(readConfig({})).to.deep.equal({
      port: 3334,
      host: '127.0.0.1',
      regions: [],
      credentials: 'request',
      dangerouslyShareEnvironmentCredentials: 'false',
      logLevel: 'info',
      connectTimeoutMs: 2_000,
      requestTimeoutMs: 20_000,
      maxAttempts: 3,
      maxSockets: 100,
      maxAnswerChars: 20_000,
      maskSecrets: 'true',
      maxQueryCostUsd: 1,
      queryCostGuard: 'enforce',
      queryDeadlineMs: 45_000,
      drainTimeoutMs: 50_000,
      drainIdleMs: 5_000,
      keepAliveTimeoutMs: 75_000,
      maxHeaderBytes: 32_768,
      maxBodyBytes: 4_194_304,
    })
  })

  for (const [text, port] of [
    ['0', 0],
    ['3334', 3_334],
    [' 8080 ', 8_080],
    ['tcp://10.0.0.1:3334', 3_334],
    ['tcp://[fd00::1]:3335', 3_335],
    ['', 3_334],
  ] as const) {
    it(`reads the port "${text}"`, () => {
      expect(readConfig({ CLOUDWATCH_MCP_PORT: text }).port).to.equal(port)
    })
  }

  it('reads a list of regions and an amount', () => {
    const config = readConfig({
      CLOUDWATCH_MCP_REGIONS: 'eu-west-1, us-east-1,',
      CLOUDWATCH_MCP_MAX_QUERY_COST_USD: '0.25',
    })
    expect(config.regions).to.deep.equal(['eu-west-1', 'us-east-1'])
    expect(config.maxQueryCostUsd).to.equal(0.25)
  })

  for (const [name, value] of [
    ['CLOUDWATCH_MCP_REGIONS', 'eu-west-1,evil.example'],
    ['CLOUDWATCH_MCP_MAX_QUERY_COST_USD', '-1'],
    ['CLOUDWATCH_MCP_QUERY_COST_GUARD', 'on'],
    ['CLOUDWATCH_MCP_MASK_SECRETS', 'yes'],
  ] as const) {
    it(`refuses ${name}=${value} by its name`, () => {
      expect(() => readConfig({ [name]: value }))
        .to.throw(ConfigError)
        .with.property('message')
        .that.matches(new RegExp(`^${name} `))
    })
  }

  for (const [text, level] of [
    ['ERROR', 'error'],
    ['warning', 'warn'],
    ['Warn', 'warn'],
    ['INFO', 'info'],
    ['debug', 'debug'],
  ] as const) {
    it(`reads the log level ${text} under either name`, () => {
      expect(readConfig({ LOG_LEVEL: text }).logLevel).to.equal(level)
      expect(readConfig({ FASTMCP_LOG_LEVEL: text }).logLevel).to.equal(level)
    })
  }

  it('lets LOG_LEVEL win over its alias', () => {
    expect(readConfig({ LOG_LEVEL: 'error', FASTMCP_LOG_LEVEL: 'debug' }).logLevel).to.equal(
      'error',
    )
  })

  for (const [title, env, name] of [
    ['a port in words', { CLOUDWATCH_MCP_PORT: 'http' }, 'CLOUDWATCH_MCP_PORT'],
    ['a port too high', { CLOUDWATCH_MCP_PORT: '65536' }, 'CLOUDWATCH_MCP_PORT'],
    [
      'a host with a scheme',
      { CLOUDWATCH_MCP_SERVER_HOST: 'http://x' },
      'CLOUDWATCH_MCP_SERVER_HOST',
    ],
    ['a region that is none', { AWS_REGION: 'us-east-1.evil' }, 'AWS_REGION'],
    ['an unknown mode', { CREDENTIALS: 'both' }, 'CREDENTIALS'],
    ['a level that is none', { LOG_LEVEL: 'toString' }, 'LOG_LEVEL'],
    ['an endpoint without a scheme', { AWS_ENDPOINT_URL: 'localhost:1' }, 'AWS_ENDPOINT_URL'],
    ['an endpoint of another scheme', { AWS_ENDPOINT_URL: 'ftp://a' }, 'AWS_ENDPOINT_URL'],
    [
      'an endpoint with a password',
      { AWS_ENDPOINT_URL_CLOUDWATCH: 'http://a:b@c' },
      'AWS_ENDPOINT_URL_CLOUDWATCH',
    ],
    [
      'a time-out of nothing',
      { CLOUDWATCH_MCP_CONNECT_TIMEOUT_MS: '0' },
      'CLOUDWATCH_MCP_CONNECT_TIMEOUT_MS',
    ],
    [
      'a time-out with a unit',
      { CLOUDWATCH_MCP_REQUEST_TIMEOUT_MS: '20s' },
      'CLOUDWATCH_MCP_REQUEST_TIMEOUT_MS',
    ],
    [
      'a flag that is neither',
      { DANGEROUSLY_SHARE_ENVIRONMENT_CREDENTIALS: 'yes' },
      'DANGEROUSLY_SHARE_ENVIRONMENT_CREDENTIALS',
    ],
    ['environment without a region', { CREDENTIALS: 'environment' }, 'AWS_REGION'],
    [
      'environment on a network',
      {
        CREDENTIALS: 'environment',
        AWS_REGION: 'us-east-1',
        CLOUDWATCH_MCP_SERVER_HOST: '0.0.0.0',
      },
      'CREDENTIALS',
    ],
    ['keys for sealed credentials', { UPSTREAM_SEAL_KEYS: 'k' }, 'UPSTREAM_SEAL_KEYS'],
    ['a misspelled name', { CLOUDWATCH_MCP_MASK_SECRET: 'true' }, 'CLOUDWATCH_MCP_MASK_SECRET'],
  ] as const) {
    it(`refuses ${title} by the name of the option`, () => {
      const problems = problemsOf(env)
      expect(problems).to.have.length(1)
      expect(problems[0]?.split(/[ =]/)[0]).to.equal(name)
    })
  }

  it('takes what Kubernetes says of a Service named cloudwatch-mcp for no option', () => {
    const env = {
      CLOUDWATCH_MCP_SERVICE_HOST: '10.0.0.1',
      CLOUDWATCH_MCP_SERVICE_PORT_HTTP: '3334',
      CLOUDWATCH_MCP_PORT_3334_TCP_ADDR: '10.0.0.1',
      CLOUDWATCH_MCP_METRICS_PORT: 'tcp://10.0.0.1:9090',
      CLOUDWATCH_MCP_MASK_SECRET: '',
    }
    expect(readConfig(env)).to.deep.equal(readConfig({}))
  })

  it('reports all problems at once and repeats no value', () => {
    const problems = problemsOf({
      CLOUDWATCH_MCP_PORT: 'canary-1',
      AWS_REGION: 'canary-2',
      AWS_ENDPOINT_URL: 'canary-3',
    })
    expect(problems).to.have.length(3)
    expect(problems.join()).not.to.include('canary')
  })

  it('allows environment credentials on a network under the dangerous name', () => {
    const config = readConfig({
      CREDENTIALS: 'environment',
      AWS_REGION: 'us-east-1',
      CLOUDWATCH_MCP_SERVER_HOST: '0.0.0.0',
      DANGEROUSLY_SHARE_ENVIRONMENT_CREDENTIALS: 'true',
    })
    expect(config.dangerouslyShareEnvironmentCredentials).to.equal('true')
  })
})

describe('describeOptions', () => {
  it('describes every option once', () => {
    const options = describeOptions()
    expect(new Set(options.map(({ env }) => env)).size).to.equal(options.length)
    for (const { env, description } of options) {
      expect(env).to.match(/^[A-Z][A-Z0-9_]+$/)
      expect(description).to.match(/\.$/)
    }
    expect(options[0]).to.include({ env: 'CLOUDWATCH_MCP_PORT', default: '3334' })
    expect(options.find(({ env }) => env === 'AWS_REGION')?.default).to.equal('')
  })
})

describe('REGION', () => {
  for (const region of [
    'us-east-1',
    'ap-southeast-5',
    'us-gov-west-1',
    'cn-north-1',
    'us-isob-east-1',
    'eusc-de-east-1',
    'mx-central-1',
  ]) {
    it(`accepts ${region}`, () => {
      expect(REGION.test(region)).to.equal(true)
    })
  }
  for (const region of [
    '',
    'us',
    'us-east',
    'us-east-1a',
    'us-east-0',
    'us-east-1\n',
    'us-east-1.',
    '-us-east-1',
    'us--1',
    'a@b-c-1',
    'us-east-1/..',
  ]) {
    it(`refuses ${JSON.stringify(region)}`, () => {
      expect(REGION.test(region)).to.equal(false)
    })
  }
})

describe('isLoopback', () => {
  for (const [host, expected] of [
    ['127.0.0.1', true],
    ['127.1.2.3', true],
    ['localhost', true],
    ['::1', true],
    ['0.0.0.0', false],
    ['::', false],
    ['10.0.0.1', false],
    ['localhost.example', false],
    ['127.0.0.1.example', false],
  ] as const) {
    it(`says ${expected} of ${host}`, () => {
      expect(isLoopback(host)).to.equal(expected)
    })
  }
})

function problemsOf(env: Record<string, string>): readonly string[] {
  try {
    readConfig(env)
  } catch (error) {
    if (error instanceof ConfigError) return error.problems
    throw error
  }
  return []
}
