import { expect } from 'chai'
import { signingKey } from '../support/signing-key.ts'
import { claimsOf, signed } from './forge.ts'
import { besiege } from './siege.ts'

describe('hostile key id', () => {
  const siege = besiege()
  let claims: Record<string, unknown>

  before(async () => {
    const token = await siege.world().tokenOf('generic')
    claims = claimsOf(token)
    await siege.expectForwarded(token)
  })

  const KIDS: ReadonlyArray<readonly [string, unknown]> = [
    ['unknown', 'second'],
    ['in other letters', 'FIRST'],
    ['with a space', 'first '],
    ['with a NUL', 'first\u0000'],
    ['empty', ''],
    ['a path', '../../../../dev/null'],
    ['a path in octets', '%2e%2e%2fdev%2fnull'],
    ['a URL', 'http://127.0.0.1:1/keys'],
    ['a query', "first' OR '1'='1"],
    ['a command', 'first|/usr/bin/id'],
    ['a name of every object', '__proto__'],
    ['8000 characters', 'k'.repeat(8000)],
    ['a number', 0],
    ['a list', ['first']],
    ['an object', { first: true }],
    ['true', true],
    ['null', null],
  ]
  for (const [what, kid] of KIDS) {
    it(`that is ${what} finds no key, although the signature is good`, async () => {
      const record = await siege.expectRefused(
        await signed({ alg: 'RS256', kid }, claims),
        'token_rejected',
      )
      expect(record.status).to.equal(401)
    })
  }

  it('that is unknown a thousand times costs the issuer no fetch more', async () => {
    const { metadata, keys } = siege.world().issuers.generic.fetches
    const tokens = await Promise.all(
      Array.from({ length: 1000 }, (_, at) => signed({ alg: 'RS256', kid: `k${at}` }, claims)),
    )
    for (const token of tokens) await siege.world().call(token)
    siege.expectNothingPassed()
    expect(siege.world().issuers.generic.fetches).to.deep.equal({ metadata, keys })
  })
})

describe('a key id that means two keys', () => {
  const siege = besiege(({ cognito }) => {
    cognito.script({
      keys: async () => {
        const [mine, other] = await Promise.all(['first', 'another'].map((kid) => signingKey(kid)))
        const twins = [mine?.publicJwk, { ...other?.publicJwk, kid: 'first' }]
        return { body: JSON.stringify({ keys: twins }) }
      },
    })
    return { issuerCooldownMs: 1 }
  })

  it('lets neither in', async () => {
    const shape = claimsOf(await siege.world().tokenOf('cognito'))
    for (const key of ['first', 'another']) {
      const token = await signed({ alg: 'RS256', kid: 'first' }, shape, key)
      await siege.expectRefused(token, 'token_rejected')
    }
  })

  it('because it is missing lets neither in', async () => {
    const { okta } = siege.world().issuers
    await okta.rotate('okta-second', { keep: true })
    const shape = claimsOf(await siege.world().tokenOf('okta'))
    const tokens: string[] = []
    for (const kid of ['first', 'okta-second']) {
      await siege.expectForwarded(await signed({ alg: 'RS256', kid }, shape, kid))
      tokens.push(await signed({ alg: 'RS256' }, shape, kid))
    }
    for (const token of tokens) {
      const answer = await siege.world().call(token)
      expect((await siege.auditOf(answer)).reason).to.equal('token_rejected')
    }
  })
})
