import { expect } from 'chai'
import fc from 'fast-check'
import { createLocalJWKSet } from 'jose'
import { GatewayError } from '../../src/errors.ts'
import { toPrincipal } from '../../src/principal/to-principal.ts'
import { selectRole } from '../../src/role/select-role.ts'
import { readPresignedIdentity } from '../../src/token/aws-iam.ts'
import { PRESETS, type Provider } from '../../src/token/provider.ts'
import { createVerifiedMemory } from '../../src/token/verified-memory.ts'
import { createVerify } from '../../src/token/verify.ts'
import { part, signed } from '../attacks/forge.ts'
import { signingKey } from '../support/signing-key.ts'
import { check, checkAsync, describeFuzz, headerText, RUNS } from './check.ts'

const RESOURCE = 'https://gw.example/mcp'
const NOW = 1_700_000_000_000
const issuerOf = (preset: string) => `https://${preset}.example/`
const providers: readonly Provider[] = PRESETS.map((preset) => ({
  preset,
  issuer: issuerOf(preset),
  audience: [],
  clientIds: preset === 'google' || preset === 'cognito' ? [RESOURCE] : [],
  scopes: [],
  groupsClaim: undefined,
}))

/** JSON that no issuer writes: every kind of value, and objects that cannot become text. */
const oddValue = fc.oneof(
  fc.constantFrom<unknown>(
    null,
    true,
    0,
    -1,
    1e308,
    '',
    ' ',
    [],
    {},
    [[]],
    { toString: 1 },
    { valueOf: null, toString: null },
  ),
  fc.string({ unit: 'binary' }),
  fc.jsonValue(),
)
const CLAIMS = [
  'iss',
  'sub',
  'aud',
  'exp',
  'iat',
  'nbf',
  'azp',
  'client_id',
  'cid',
  'appid',
  'scope',
  'scp',
  'roles',
  'groups',
  'cognito:groups',
  'realm_access',
  'username',
  'preferred_username',
  'nickname',
  'email',
  'uid',
  'oid',
  'jti',
  'typ',
  'ver',
  'tid',
  'idtyp',
  'gty',
  'token_use',
  'nonce',
  'events',
  'hasgroups',
  '_claim_names',
  'cnf',
  '__proto__',
  'constructor',
] as const
const HEADERS = [
  'alg',
  'kid',
  'typ',
  'crit',
  'b64',
  'jwk',
  'jku',
  'x5c',
  'enc',
  'zip',
  'nonce',
  '__proto__',
] as const

describeFuzz('any token', () => {
  let verify: ReturnType<typeof createVerify>
  let asked = 0

  before(async () => {
    const { publicJwk } = await signingKey('first')
    const keys = createLocalJWKSet({ keys: [publicJwk] })
    verify = createVerify({
      providers: providers.map((provider) => ({
        provider,
        keys: { isKnown: () => true, version: () => 1, keyFor: async () => keys },
        introspect: async () => {
          asked += 1
          return undefined
        },
      })),
      memory: createVerifiedMemory({ maxEntries: 10, now: () => NOW }),
      clockToleranceSeconds: 5,
      introspectionSeconds: 60,
      now: () => NOW,
    })
  })

  /** Undefined for a refusal; anything but a GatewayError is let through, and fails. */
  const attempt = async (token: string) => {
    try {
      return await verify(token, RESOURCE)
    } catch (error) {
      if (!(error instanceof GatewayError)) throw error
      expect(error.reason).to.not.equal('internal_error')
      return undefined
    }
  }

  it('of rubbish is refused in words, never with an exception of its own', async () => {
    const segment = fc.oneof(
      fc.stringMatching(/^[\w-]{0,40}$/),
      fc.dictionary(fc.constantFrom(...CLAIMS, ...HEADERS), oddValue).map(part),
      oddValue.map((value) => part(JSON.stringify(value) ?? '')),
      fc.uint8Array({ maxLength: 40 }).map((bytes) => part(Buffer.from(bytes))),
      fc.string({ unit: 'binary', maxLength: 40 }).map((text) => part(Buffer.from(text))),
      fc.constantFrom('', '=', '.', '..'),
    )
    const token = fc.oneof(
      fc.array(segment, { minLength: 3, maxLength: 3 }).map((parts) => parts.join('.')),
      fc.array(segment, { maxLength: 6 }).map((parts) => parts.join('.')),
      fc.string({ unit: 'binary' }),
      headerText,
    )
    await checkAsync(
      fc.asyncProperty(token, async (text) => {
        expect(await attempt(text)).to.equal(undefined)
      }),
    )
    expect(asked).to.be.above(0)
  })

  it('with any header is refused in words, although its issuer is trusted', async () => {
    const header = fc.record(
      Object.fromEntries(
        HEADERS.map((name) => [
          name,
          fc.oneof(oddValue, fc.constantFrom('RS256', 'HS256', 'none', 'first', ['b64'], 'JWT')),
        ]),
      ),
      { requiredKeys: [] },
    )
    await checkAsync(
      fc.asyncProperty(header, fc.constantFrom(...PRESETS), async (fields, preset) => {
        const claims = { iss: issuerOf(preset), sub: 'a', aud: RESOURCE, iat: 1, exp: 2e9 }
        expect(await attempt(`${part(fields)}.${part(claims)}.AAAA`)).to.equal(undefined)
      }),
    )
  })

  it('with any claims under a good signature is refused in words, or is somebody whom rules can judge', async () => {
    const good = {
      aud: RESOURCE,
      sub: 'a',
      iat: 1_600_000_000,
      exp: 2_000_000_000,
      token_use: 'access',
      client_id: RESOURCE,
    }
    const claims = fc.dictionary(fc.constantFrom(...CLAIMS), oddValue, { maxKeys: 5 })
    const rules = [
      {
        name: 'all',
        when: { groups: { has: ['sre'] }, scopes: { has: ['a'] }, machine: false },
        targets: ['default'],
        role: 'arn:aws:iam::111122223333:role/R',
        sessionSeconds: 900,
        policy: 'none',
        tools: ['*'],
      },
      {
        name: 'rest',
        when: { subject: 'a' },
        targets: ['default'],
        role: 'arn:aws:iam::111122223333:role/R',
        sessionSeconds: 900,
        policy: 'none',
        tools: ['*'],
      },
    ] as const
    let somebody = 0
    await checkAsync(
      fc.asyncProperty(claims, fc.constantFrom(...PRESETS), async (odd, preset) => {
        const header = { alg: 'RS256', kid: 'first', typ: odd.typ }
        const token = await signed(header, { ...good, ...odd, iss: issuerOf(preset) })
        const verified = await attempt(token)
        if (verified === undefined) return
        somebody += 1
        const principal = toPrincipal(verified)
        expect(principal.issuer).to.equal(issuerOf(preset))
        expect(principal.subject).to.be.a('string').and.not.equal('')
        for (const text of [
          principal.username ?? 'x',
          principal.clientId ?? 'x',
          ...principal.groups,
        ]) {
          expect(text).to.be.a('string').and.not.equal('')
        }
        expect(principal.machine).to.be.a('boolean')
        try {
          const binding = selectRole(principal, { name: 'default', region: 'us-east-1' }, rules)
          expect(binding.sessionName).to.match(/^[\w+=,.@-]{2,64}$/)
        } catch (error) {
          if (!(error instanceof GatewayError)) throw error
        }
      }),
    )
    // Without this many the property would say little.
    expect(somebody).to.be.above(RUNS / 20)
  })
})

describeFuzz('any presigned identity', () => {
  const GOOD: Readonly<Record<string, string>> = {
    Action: 'GetCallerIdentity',
    Version: '2011-06-15',
    'X-Amz-Algorithm': 'AWS4-HMAC-SHA256',
    'X-Amz-Credential': 'ASIA/20231114/us-east-1/sts/aws4_request',
    'X-Amz-Date': '20231114T221320Z',
    'X-Amz-Expires': '60',
    'X-Amz-SignedHeaders': 'host;x-mcp-resource',
    'X-Amz-Signature': 'ab',
  }
  const changed = fc.dictionary(
    fc.constantFrom(...Object.keys(GOOD), 'Evil', 'action'),
    fc.oneof(
      fc.constantFrom(
        'AssumeRole',
        '1e3',
        '-1',
        '901',
        '99999999T999999Z',
        '20300101T000000Z',
        'host',
      ),
      headerText,
    ),
    { maxKeys: 2 },
  )
  const address = fc.oneof(
    fc.constantFrom(
      'https://sts.amazonaws.com/',
      'https://sts.us-east-1.amazonaws.com/',
      'https://sts.cn-north-1.amazonaws.com.cn/',
      'HTTPS:\\\\sts.amazonaws.com\\',
    ),
    fc.constantFrom(
      'http://sts.amazonaws.com/',
      'https://sts.amazonaws.com.evil.example/',
      'https://sts.amazonaws.com@evil.example/',
      'https://evil.example/#sts.amazonaws.com/',
      'https://evil.example\\@sts.amazonaws.com/',
      'https://sts.evil.amazonaws.com/',
      'https://sts.amazonaws.com:444/',
      'https://sts.amazonaws.com./',
      'https://user@sts.amazonaws.com/',
      'https://sts.amazonaws.com/x',
      'http://169.254.169.254/',
      'file:///etc/passwd',
    ),
    headerText.map((text) => `https://${text}/`),
    headerText,
  )
  const url = fc
    .tuple(address, changed)
    .map(([base, query]) => `${base}?${new URLSearchParams({ ...GOOD, ...query })}`)
  const token = fc.oneof(
    { weight: 4, arbitrary: url.map((text) => `aws-iam-v1.${part(text)}`) },
    { weight: 1, arbitrary: headerText.map((text) => `aws-iam-v1.${text}`) },
  )

  it('leads to STS and nowhere else, or is refused in words', () => {
    let asked = 0
    check(
      fc.property(token, (text) => {
        try {
          const presigned = readPresignedIdentity(text, {
            endpoint: undefined,
            maxAgeSeconds: 300,
            clockToleranceSeconds: 5,
            now: NOW,
          })
          asked += 1
          expect(presigned.url.protocol).to.equal('https:')
          expect(presigned.url.host).to.match(/^sts(\.[a-z0-9-]+)?\.amazonaws\.com(\.cn)?$/)
          const { pathname, hash, username } = presigned.url
          expect([pathname, hash, username]).to.deep.equal(['/', '', ''])
          expect(presigned.url.searchParams.get('Action')).to.equal('GetCallerIdentity')
          expect(presigned.expiresAt).to.be.within(NOW, NOW + 305_000)
        } catch (error) {
          if (!(error instanceof GatewayError)) throw error
        }
      }),
    )
    expect(asked).to.be.above(RUNS / 50)
  })
})
