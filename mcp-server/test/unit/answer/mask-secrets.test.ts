import { expect } from 'chai'
import { maskSecrets, maskTable } from '../../../src/answer/mask-secrets.ts'

const JWT = `eyJhbGciOiJSUzI1NiJ9.${'eyJzdWIiOiJhbGljZSJ9'}.c2lnbmF0dXJl-_c2ln`
const KEY = `-----BEGIN RSA PRIVATE KEY-----\nMIIEow\nIBAAK\n-----END RSA PRIVATE KEY-----`

describe('maskSecrets', () => {
  for (const [title, text, expected] of [
    ['an access key id', 'key AKIAIOSFODNN7EXAMPLE used', 'key [masked] used'],
    ['a temporary access key id', '(ASIAIOSFODNN7EXAMPLE)', '([masked])'],
    [
      'a secret access key by its name',
      'aws_secret_access_key = wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY',
      'aws_secret_access_key = [masked]',
    ],
    [
      'a secret access key in JSON',
      '{"SecretAccessKey":"wJalrXUtnFEMI/K7","a":1}',
      '{"SecretAccessKey":"[masked]","a":1}',
    ],
    [
      'JSON inside JSON',
      '{"body":"{\\"password\\":\\"a b c\\",\\"user\\":\\"x\\"}"}',
      '{"body":"{\\"password\\":\\"[masked]\\",\\"user\\":\\"x\\"}"}',
    ],
    ['a value with escapes', '{"password":"a\\"b\\\\c d"}', '{"password":"[masked]"}'],
    ['a JSON web token', `got ${JWT}, fine`, 'got [masked], fine'],
    [
      'a bearer header',
      'authorization: Bearer abcdef0123456789abcdef==',
      'authorization: Bearer [masked]',
    ],
    [
      'a bearer header with a JSON web token',
      `Authorization: Bearer ${JWT}`,
      'Authorization: Bearer [masked]',
    ],
    ['a basic header', '"Authorization":"Basic dXNlcjpwYXNz"', '"Authorization":"Basic [masked]"'],
    ['a cookie', 'cookie: sid=1; other=2', 'cookie: [masked]'],
    ['a private key', `before ${KEY} after`, 'before [masked] after'],
    ['a private key without its end', KEY.slice(0, 45), '[masked]'],
    [
      'a private key with written line feeds',
      `{"key":"${KEY.replaceAll('\n', '\\n')}"}`,
      '{"key":"[masked]"}',
    ],
    ['password=…', 'user=bob password=hunter2&next=1', 'user=bob password=[masked]&next=1'],
    ['a prefixed name', 'DB_PASSWORD=hunter2', 'DB_PASSWORD=[masked]'],
    ['a quoted value with spaces', "password: 'my pass word'", "password: '[masked]'"],
    ['an api key header', 'x-api-key: 0123abcd', 'x-api-key: [masked]'],
    ['a password in a URL', 'postgres://app:s3cret@db:5432/x', 'postgres://app:[masked]@db:5432/x'],
    ['a refresh token', 'refresh_token=abc', 'refresh_token=[masked]'],
    ['a GitHub token', `ghp_${'a1'.repeat(18)}`, '[masked]'],
    ['a Stripe key', `sk_live_${'4e'.repeat(12)}`, '[masked]'],
    ['a Google API key', `key AIza${'Sy-9_'.repeat(7)} used`, 'key [masked] used'],
    ['a GitLab token', `glpat-${'ab1_-'.repeat(4)}`, '[masked]'],
    ['the key of a model provider', `sk-proj-${'a1B_'.repeat(10)}`, '[masked]'],
    ['a session token that is a JSON web token', `session_token=${JWT}`, 'session_token=[masked]'],
  ] as const) {
    it(`replaces ${title}`, () => {
      const found = maskSecrets(text)
      expect(found.text).to.equal(expected)
      expect(found.masked).to.equal(1)
    })
  }

  for (const text of [
    'the bearer authentication failed',
    'bearer token-validation-failed',
    'password=null token_count=5 secret: true',
    '"password":"" "api_key": "***"',
    'tokens: 512, maxTokens=100',
    'https://example.com:8080/a@b',
    'basic authentication is off',
    'eyJ is the start of a token',
    '-----BEGIN CERTIFICATE-----',
    'ünïcödé 日本語 🔐',
  ]) {
    it(`leaves ${text}`, () => {
      expect(maskSecrets(text)).to.deep.equal({ text, masked: 0 })
    })
  }

  for (const part of [
    'eyJ',
    '-eyJaaaaaaaa.',
    '-----BEGIN PRIVATE KEY-----',
    'password=',
    'password="\\',
    'bearer ',
    'bearer a',
    '://a:',
    'cookie:',
    'authorization: basic ',
    '"',
    'AKIA',
    'a',
  ]) {
    it(`takes linear time over 1 MB of ${JSON.stringify(part)}`, () => {
      const time = (size: number) => {
        const text = part.repeat(Math.ceil(size / part.length))
        const started = process.hrtime.bigint()
        maskSecrets(text)
        return Number(process.hrtime.bigint() - started) / 1e6
      }
      time(10_000)
      // Quadratic time would be minutes; the bound leaves room for a slow machine.
      expect(time(1_048_576)).to.be.below(3_000)
    })
  }
})

describe('maskTable', () => {
  it('masks the cells of a column that is named after a secret, and counts', () => {
    const { table, masked } = maskTable({
      columns: ['@message', 'user.password'],
      rows: [
        ['api_key=abc', 'hunter2'],
        ['fine', ''],
      ],
    })
    expect(table.rows).to.deep.equal([
      ['api_key=[masked]', '[masked]'],
      ['fine', ''],
    ])
    expect(masked).to.equal(2)
  })
})
