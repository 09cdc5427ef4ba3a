import { createServer, type Server } from 'node:http'
import { expect } from 'chai'
import { CompactEncrypt, generateSecret } from 'jose'
import { listen, stop } from '../support/loopback.ts'
import { signingKey } from '../support/signing-key.ts'
import { claimsOf, part, signed } from './forge.ts'
import { besiege, principalOf } from './siege.ts'

describe('a token that brings its own key', () => {
  const siege = besiege()
  let thief: Server
  let visits: string[]
  let address: string
  let genuine: string
  let claims: Record<string, unknown>

  before(async () => {
    const { publicJwk } = await signingKey('thief')
    thief = createServer((req, res) => {
      visits.push(req.url ?? '')
      res.end(JSON.stringify({ keys: [publicJwk] }))
    })
    address = `http://127.0.0.1:${await listen(thief)}`
    genuine = await siege.world().tokenOf('generic')
    claims = claimsOf(genuine)
    await siege.expectForwarded(genuine)
  })
  after(() => stop(thief))
  beforeEach(() => {
    visits = []
  })
  afterEach(() => {
    expect(visits, 'visits at the address in the token').to.deep.equal([])
  })

  const HEADERS: ReadonlyArray<readonly [string, () => Promise<Record<string, unknown>>]> = [
    ['in jwk', async () => ({ jwk: (await signingKey('thief')).publicJwk })],
    ['in jwk with a private part', async () => ({ jwk: { kty: 'RSA', d: 'AQAB' } })],
    ['behind jku', async () => ({ jku: `${address}/keys` })],
    ['behind x5u', async () => ({ x5u: `${address}/cert` })],
    ['behind jku and x5u', async () => ({ jku: `${address}/k`, x5u: `${address}/c` })],
    ['in x5c', async () => ({ x5c: ['MIIB'] })],
    ['by x5t', async () => ({ x5t: 'AAAA', 'x5t#S256': 'AAAA' })],
  ]
  for (const [where, extra] of HEADERS) {
    for (const kid of ['first', 'thief', undefined]) {
      it(`${where}, with kid ${kid}, is refused, and nobody asks for that key`, async () => {
        const token = await signed({ alg: 'RS256', kid, ...(await extra()) }, claims, 'thief')
        await siege.expectRefused(token, 'token_rejected')
      })
    }
  }

  it('says so in vain where its signature is good: the published key is used', async () => {
    const extra = { jwk: (await signingKey('thief')).publicJwk, jku: `${address}/keys` }
    await siege.expectForwarded(await signed({ alg: 'RS256', kid: 'first', ...extra }, claims))
  })

  for (const extra of [
    { crit: ['exp'], exp: 1 },
    { crit: ['b64'], b64: false },
    { crit: ['b64'] },
    { crit: ['http://example/policy'], 'http://example/policy': 1 },
    { crit: [] },
    { crit: ['alg'] },
    { crit: 'b64', b64: false },
    { crit: ['missing'] },
    { crit: [null] },
  ]) {
    it(`with ${JSON.stringify(extra)} in its header asks for what is not understood`, async () => {
      const token = await signed({ alg: 'RS256', kid: 'first', ...extra }, claims)
      await siege.expectRefused(token, 'token_rejected')
    })
  }

  // What is not marked as critical is to be ignored (RFC 7515 §4.1.11, RFC 7797 §6).
  for (const extra of [{ b64: false }, { zip: 'DEF' }, { cty: 'JWT' }, { enc: 'A256GCM' }]) {
    it(`with ${JSON.stringify(extra)} in its header is not read otherwise`, async () => {
      const token = await signed({ alg: 'RS256', kid: 'first', ...extra }, claims)
      const arrived = await siege.expectForwarded(token)
      expect(principalOf(arrived)).to.equal('u-alice')
      const spread = await signed({ alg: 'RS256', kid: 'first', ...extra }, 'not JSON')
      const answer = await siege.world().call(spread)
      expect((await siege.auditOf(answer)).reason).to.equal('token_rejected')
    })
  }

  it('wrapped into another is refused', async () => {
    const header = { alg: 'RS256', kid: 'first', cty: 'JWT' }
    await siege.expectRefused(await signed(header, genuine), 'token_rejected')
  })

  it('encrypted is refused', async () => {
    const secret = await generateSecret('A256GCM')
    const token = await new CompactEncrypt(Buffer.from(genuine))
      .setProtectedHeader({ alg: 'dir', enc: 'A256GCM', cty: 'JWT', kid: 'first' })
      .encrypt(secret)
    await siege.expectRefused(token, 'token_opaque')
  })

  it('with a payload that is elsewhere is refused', async () => {
    const [header, , signature] = genuine.split('.')
    await siege.expectRefused(`${header}..${signature}`, 'token_rejected')
    await siege.expectRefused(`${part({ alg: 'RS256', kid: 'first' })}..`, 'token_rejected')
  })
})
