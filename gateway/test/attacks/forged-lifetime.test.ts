import { expect } from 'chai'
import type { Reason } from '../../src/errors.ts'
import { claimsOf, signed } from './forge.ts'
import { besiege } from './siege.ts'

const SECONDS = () => Math.floor(Date.now() / 1000)

describe('a forged or odd lifetime', () => {
  const siege = besiege()
  let claims: Record<string, unknown>

  before(async () => {
    const token = await siege.world().tokenOf('generic')
    claims = claimsOf(token)
    await siege.expectForwarded(token)
  })

  /** `json` stands in the claims as it is, so that it may be what JSON.stringify never writes. */
  const tokenWith = (name: string, json: string | undefined) => {
    const { [name]: _replaced, ...others } = claims
    const rest = JSON.stringify(others).slice(1)
    const text = json === undefined ? `{${rest}` : `{"${name}":${json},${rest}`
    return signed({ alg: 'RS256', kid: 'first' }, text)
  }

  const odd: ReadonlyArray<readonly [string, string | undefined, readonly Reason[]]> = [
    ['exp', undefined, ['token_rejected']],
    ['exp', '0', ['token_expired']],
    ['exp', '-1', ['token_expired']],
    ['exp', '1.5', ['token_expired']],
    ['exp', '-1e400', ['token_expired', 'token_rejected']],
    ['exp', '1e400', ['token_rejected']],
    ['exp', '1e300', ['token_rejected']],
    ['exp', '8640000000001', ['token_rejected']],
    ['exp', `"${SECONDS() + 600}"`, ['token_rejected']],
    ['exp', `[${SECONDS() + 600}]`, ['token_rejected']],
    ['exp', `{"$date":${SECONDS() + 600}}`, ['token_rejected']],
    ['exp', 'true', ['token_rejected']],
    ['exp', 'null', ['token_rejected']],
    ['exp', `"${new Date(Date.now() + 600_000).toISOString()}"`, ['token_rejected']],
    ['iat', undefined, ['token_rejected']],
    ['iat', `${SECONDS() + 3600}`, ['token_rejected']],
    ['iat', '1e400', ['token_rejected']],
    ['iat', '"0"', ['token_rejected']],
    ['iat', 'null', ['token_rejected']],
    ['nbf', `${SECONDS() + 3600}`, ['token_rejected']],
    ['nbf', '1e400', ['token_rejected']],
    ['nbf', '"0"', ['token_rejected']],
    ['nbf', 'null', ['token_rejected']],
  ]
  for (const [name, json, reasons] of odd) {
    const shown = json?.replaceAll(/\d{10}/g, 'N').replaceAll(/"\d{4}-[^"]+"/g, '"a date"')
    it(`with ${name} ${shown ?? 'missing'} is refused`, async () => {
      const { status } = await siege.expectRefused(await tokenWith(name, json), reasons)
      expect(status).to.equal(401)
    })
  }

  it('that stands twice is judged by the last, as by any reader of JSON', async () => {
    const later = JSON.stringify({ ...claims, exp: SECONDS() + 600 })
    const twice = `{"exp":${SECONDS() + 600},${later.slice(1, -1)},"exp":1}`
    await siege.expectRefused(await signed({ alg: 'RS256', kid: 'first' }, twice), 'token_expired')
  })

  it('that is over by more than the tolerance is refused, by less is not', async () => {
    await siege.expectRefused(await tokenWith('exp', String(SECONDS() - 10)), 'token_expired')
    await siege.expectForwarded(await tokenWith('exp', String(SECONDS() - 1)))
    await siege.expectForwarded(await tokenWith('nbf', String(SECONDS() + 2)))
  })
})

describe('a lifetime that ends', () => {
  const siege = besiege(() => ({ clockToleranceSeconds: 0 }))

  it('ends for a token that has passed before', async () => {
    const token = await siege.world().tokenOf('generic', { exp: SECONDS() + 2 })
    await siege.expectForwarded(token)
    for (;;) {
      const answer = await siege.world().call(token)
      const { reason, time } = await siege.auditOf(answer)
      if (reason === null) {
        // Not faster than one principal may ask.
        await new Promise((resolve) => setTimeout(resolve, 50))
        continue
      }
      expect(reason).to.equal('token_expired')
      expect(Date.parse(time)).to.be.least(Number(claimsOf(token).exp) * 1000)
      return
    }
  })
})
