import { readFileSync } from 'node:fs'
import { expect } from 'chai'
import { describeOptions } from '../../../src/config/describe-options.ts'
import { ConfigError, loadConfig } from '../../../src/config/load.ts'
import { answerTo, REASONS } from '../../../src/errors.ts'

const BASE = {
  GATEWAY_PUBLIC_URL: 'https://gw.example',
  OIDC_ISSUER: 'https://issuer.example',
  STS_ROLE_ARN: 'arn:aws:iam::111122223333:role/Reader',
}

function problemsOf(env: Record<string, string>): readonly string[] {
  try {
    loadConfig({ ...BASE, ...env }, () => '')
  } catch (error) {
    if (error instanceof ConfigError) return error.problems
    throw error
  }
  return []
}

describe('the options of the limits', () => {
  const REFUSED: ReadonlyArray<readonly [Record<string, string>, RegExp]> = [
    [
      { GATEWAY_HEADERS_TIMEOUT_MS: '2000', GATEWAY_REQUEST_TIMEOUT_MS: '1000' },
      /^GATEWAY_HEADERS_TIMEOUT_MS: must not be more than GATEWAY_REQUEST_TIMEOUT_MS$/,
    ],
    [
      { GATEWAY_TRUSTED_PROXIES: '10.0.0.0/8,0.0.0.0/0' },
      /^GATEWAY_TRUSTED_PROXIES: must not hold every/,
    ],
    [{ GATEWAY_TRUSTED_PROXIES: '::/0' }, /^GATEWAY_TRUSTED_PROXIES: must not hold every/],
    [
      { GATEWAY_TRUSTED_PROXIES: 'alb.internal' },
      /^GATEWAY_TRUSTED_PROXIES: must be an address or a network/,
    ],
    [
      { GATEWAY_TRUSTED_PROXIES: '10.0.0.0/40' },
      /^GATEWAY_TRUSTED_PROXIES: must be an address or a network/,
    ],
    [
      { GATEWAY_ALLOWED_HOSTS: 'https://lb.internal' },
      /^GATEWAY_ALLOWED_HOSTS: must be a host name/,
    ],
    [{ GATEWAY_ALLOWED_HOSTS: '*' }, /^GATEWAY_ALLOWED_HOSTS: must be a host name/],
    [{ GATEWAY_MAX_CONNECTIONS: '0' }, /^GATEWAY_MAX_CONNECTIONS: must be a whole number from 1/],
    [{ GATEWAY_MAX_CONCURRENT_PER_PRINCIPAL: '0' }, /^GATEWAY_MAX_CONCURRENT_PER_PRINCIPAL: /],
    [{ GATEWAY_CLIENT_STALL_MS: '0' }, /^GATEWAY_CLIENT_STALL_MS: /],
    [{ GATEWAY_MAX_URL_BYTES: '100000' }, /^GATEWAY_MAX_URL_BYTES: /],
  ]
  for (const [env, expected] of REFUSED) {
    it(`refuse ${JSON.stringify(env)} by name`, () => {
      const problems = problemsOf(env)
      expect(problems).to.have.length(1)
      expect(problems[0]).to.match(expected)
    })
  }

  it('read trusted proxies as addresses and networks', () => {
    const env = { ...BASE, GATEWAY_TRUSTED_PROXIES: '10.0.0.0/8, 2001:db8::1' }
    expect(loadConfig(env, () => '').trustedProxies).to.deep.equal([
      { address: '10.0.0.0', prefix: 8, family: 'ipv4' },
      { address: '2001:db8::1', prefix: 128, family: 'ipv6' },
    ])
  })
})

describe('docs/limits.md', () => {
  const page = readFileSync(new URL('../../../../../docs/limits.md', import.meta.url), 'utf8')
  const rows = page
    .split('\n')
    .filter((line) => line.startsWith('| '))
    .map((line) => line.split('|').map((cell) => cell.trim()))
  const { gateway } = describeOptions()

  it('tells the default of each option that it names', () => {
    const named = rows.filter((cells) => cells[2]?.startsWith('`GATEWAY_'))
    expect(named.length).to.be.greaterThan(15)
    for (const cells of named) {
      const env = cells[2]?.replaceAll('`', '')
      const option = gateway.find((one) => one.env === env)
      expect(option, env).to.not.equal(undefined)
      expect(cells[3]?.split(' ')[0]?.replaceAll(',', ''), env).to.equal(option?.default)
    }
  })

  it('names every option of a time, a size or a number that a client can meet', () => {
    const LIMIT =
      /^GATEWAY_(MAX_|HEADERS_|REQUEST|KEEP_|CLIENT_STALL_|FAILED_|LOGIN_|LIMITER_|RESPONSE_|DRAIN_)/
    for (const { env } of gateway) {
      if (env !== undefined && LIMIT.test(env)) expect(page, env).to.contain(`\`${env}\``)
    }
  })

  it('names the code of every answer by which a limit refuses', () => {
    const codes = REASONS.filter(([, { status }]) => [408, 413, 414, 429, 431].includes(status))
    expect(codes.length).to.be.at.least(7)
    for (const [reason] of codes) {
      expect(page, reason).to.contain(`${answerTo(reason).status} \`${reason}\``)
    }
  })
})
