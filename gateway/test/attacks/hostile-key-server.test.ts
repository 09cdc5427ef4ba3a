import { createHmac, generateKeyPairSync } from 'node:crypto'
import { createServer, type Server } from 'node:http'
import { expect } from 'chai'
import { exportJWK } from 'jose'
import { startWorld, type World } from '../integration/gateway/world.ts'
import { type IssuerScript, json, type Reply } from '../support/fake-issuer.ts'
import { listen, stop } from '../support/loopback.ts'
import { signingKey } from '../support/signing-key.ts'
import { claimsOf, part, signed } from './forge.ts'

/** Each time anew: what an issuer answers first decides what the gateway knows of it. */
describe('a hostile key server', () => {
  let world: World | undefined
  let thief: Server
  let visits = 0
  let elsewhere: string

  before(async () => {
    const { publicJwk } = await signingKey('thief')
    thief = createServer((_req, res) => {
      visits += 1
      res.writeHead(200, { 'content-type': 'application/json' })
      res.end(JSON.stringify({ keys: [publicJwk] }))
    })
    elsewhere = `http://127.0.0.1:${await listen(thief)}/keys`
  })
  after(() => stop(thief))
  beforeEach(() => {
    visits = 0
  })
  afterEach(async () => {
    await world?.stop()
    world = undefined
  })

  /** What becomes of a token at a gateway whose issuer answers so. */
  const judge = async (
    script: IssuerScript,
    token?: (claims: Record<string, unknown>) => unknown,
  ) => {
    await world?.stop()
    world = await startWorld(({ generic }) => {
      generic.script(script)
      return { issuerTimeoutMs: 300, issuerCooldownMs: 1 }
    })
    const genuine = await world.tokenOf('generic')
    const presented = token === undefined ? genuine : String(await token(claimsOf(genuine)))
    const { status } = await world.call(presented)
    const { reason } = await world.gateway.nextAudit()
    if (status !== 200) expect(world.sts.calls.length + world.mcp.requests.length).to.equal(0)
    return `${status} ${reason}`
  }
  const keys = (list: unknown): IssuerScript => ({ keys: () => json({ keys: list }) })
  const text = (body: string, more: Omit<Reply, 'body'> = {}): Reply => ({ body, ...more })
  const genuineKey = async () => (await signingKey('first')).publicJwk

  it('is unlike one that says the truth, whose tokens pass', async () => {
    expect(await judge({})).to.equal('200 null')
    expect(await judge({ keys: (set) => json(set) })).to.equal('200 null')
  })

  const UNUSABLE: ReadonlyArray<readonly [string, IssuerScript]> = [
    ['answers 500', { keys: () => text('', { status: 500 }) }],
    ['answers 500 with keys', { keys: (set) => ({ ...json(set), status: 500 }) }],
    ['answers 500 with metadata', { metadata: (document) => ({ ...json(document), status: 500 }) }],
    ['answers 404', { keys: () => text('', { status: 404 }) }],
    [
      'answers a page',
      { keys: () => text('<html></html>', { headers: { 'content-type': 'text/html' } }) },
    ],
    ['answers nothing', { keys: () => text('') }],
    ['answers null', { keys: () => text('null') }],
    ['answers half a document', { keys: () => text('{"keys":[') }],
    ['answers a list', { keys: () => text('[]') }],
    ['answers keys that are no list', keys({})],
    ['answers keys that are no objects', keys([null, 5, 'key'])],
    ['answers a megabyte', keys(['x'.repeat(1024 * 1024)])],
    [
      'answers megabytes of space before the truth',
      {
        keys: (set) => text(`${' '.repeat(300 * 1024)}${JSON.stringify(set)}`),
      },
    ],
    ['never answers', { keys: () => new Promise<Reply>(() => {}) }],
    ['never answers for its metadata', { metadata: () => new Promise<Reply>(() => {}) }],
    [
      'names another issuer',
      { metadata: (document) => json({ ...document, issuer: 'https://evil.example' }) },
    ],
    ['names no keys', { metadata: ({ issuer }) => json({ issuer }) }],
    [
      'names keys in a file',
      { metadata: (document) => json({ ...document, jwks_uri: 'file:///etc/passwd' }) },
    ],
    [
      'names keys in its own document',
      {
        metadata: (document) =>
          json({ ...document, jwks_uri: 'data:application/json,{"keys":[]}' }),
      },
    ],
    [
      'names keys at a metadata service',
      { metadata: (document) => json({ ...document, jwks_uri: 'http://169.254.169.254/latest' }) },
    ],
  ]
  for (const [what, script] of UNUSABLE) {
    it(`that ${what} lets nobody in`, async () => {
      expect(await judge(script)).to.equal('503 issuer_unavailable')
    })
  }

  it('that sends us to the keys of a thief is not followed', async () => {
    const byThief = (claims: Record<string, unknown>) =>
      signed({ alg: 'RS256', kid: 'thief' }, claims, 'thief')
    const answers: readonly IssuerScript[] = [
      { keys: () => text('', { status: 302, headers: { location: elsewhere } }) },
      { keys: () => text('', { status: 307, headers: { location: elsewhere } }) },
      { metadata: () => text('', { status: 301, headers: { location: elsewhere } }) },
      { metadata: (document) => json({ ...document, jwks_uri: elsewhere }) },
    ]
    for (const script of answers) {
      expect(await judge(script, byThief)).to.equal('503 issuer_unavailable')
    }
    expect(visits).to.equal(0)
  })

  it('that publishes the key for another use lets nobody in', async () => {
    for (const change of [
      { use: 'enc' },
      { key_ops: ['encrypt'] },
      { alg: 'RSA-OAEP' },
      { alg: 'PS256' },
      { alg: 'RS512' },
      { kty: 'EC', crv: 'P-256' },
    ]) {
      expect(await judge(keys([{ ...(await genuineKey()), ...change }]))).to.equal(
        '401 token_rejected',
      )
    }
  })

  it('that publishes a shared secret lets nobody in with it', async () => {
    const k = Buffer.from('known to everybody who can read').toString('base64url')
    const outcome = await judge(keys([{ kty: 'oct', k, kid: 'first', alg: 'HS256' }]), (claims) => {
      const input = `${part({ alg: 'HS256', kid: 'first' })}.${part(claims)}`
      const mac = createHmac('sha256', Buffer.from(k, 'base64url')).update(input)
      return `${input}.${mac.digest('base64url')}`
    })
    expect(outcome).to.equal('401 token_rejected')
  })

  it('that publishes a key too short to be safe lets nobody in', async () => {
    const { publicKey } = generateKeyPairSync('rsa', { modulusLength: 1024 })
    const short = { ...(await exportJWK(publicKey)), kid: 'first', alg: 'RS256', use: 'sig' }
    expect(await judge(keys([short]))).to.equal('503 issuer_unavailable')
  })

  it('that publishes rubbish under a known kid lets nobody in', async () => {
    const jwk = await genuineKey()
    for (const change of [{ n: 'AQAB' }, { n: '' }, { e: 'AA' }, { n: 5 }]) {
      expect(await judge(keys([{ ...jwk, ...change }]))).to.match(
        /^(401|503) (token_rejected|issuer_unavailable)$/,
      )
    }
  })

  it('of one issuer cannot vouch for another', async () => {
    world = await startWorld(({ okta }) => {
      okta.script({ keys: async () => json({ keys: [(await signingKey('thief')).publicJwk] }) })
      return { issuerCooldownMs: 1 }
    })
    const { call, tokenOf, gateway } = world
    const forOkta = claimsOf(await tokenOf('okta'))
    const forGeneric = claimsOf(await tokenOf('generic'))
    const byThief = (claims: unknown) => signed({ alg: 'RS256', kid: 'thief' }, claims, 'thief')
    expect((await call(await byThief(forOkta))).status).to.equal(200)
    expect((await gateway.nextAudit()).issuer).to.equal(world.issuers.okta.issuer)
    expect((await call(await byThief(forGeneric))).status).to.equal(401)
    expect((await gateway.nextAudit()).reason).to.equal('token_rejected')
  })
})
