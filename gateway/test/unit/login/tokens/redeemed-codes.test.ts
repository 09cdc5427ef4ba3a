import { expect } from 'chai'
import { createRedeemedCodes } from '../../../../src/login/tokens/redeemed-codes.ts'
import { deferred } from '../../../support/deferred.ts'

function memory(maxEntries = 10) {
  const clock = { now: 0 }
  const codes = createRedeemedCodes<string>({ codeMs: 60_000, maxEntries, now: () => clock.now })
  return { clock, codes }
}

const never = () => Promise.reject(new Error('must not be asked'))

describe('createRedeemedCodes', () => {
  it('lets one of several requests at a time win', async () => {
    const { codes } = memory()
    const redeem = deferred<string>()
    const first = codes.redeem('c', () => redeem.promise)
    const second = codes.redeem('c', never)
    redeem.resolve('tokens')
    expect(await first).to.deep.equal({ kind: 'redeemed', value: 'tokens' })
    expect(await second).to.deep.equal({ kind: 'taken' })
  })

  it('knows a code that was redeemed, for as long as any is good', async () => {
    const { codes, clock } = memory()
    await codes.redeem('c', async () => 'tokens')
    expect(await codes.redeem('c', never)).to.deep.equal({ kind: 'reused', value: 'tokens' })
    clock.now = 60_000
    expect(await codes.redeem('c', async () => 'new')).to.include({ kind: 'redeemed' })
  })

  it('keeps nothing of what a code gave when it is over, and never more than it may', async () => {
    const { codes, clock } = memory(2)
    for (const code of ['a', 'b', 'c']) {
      clock.now += 1
      await codes.redeem(code, async () => 'tokens')
    }
    expect(codes.size()).to.equal(2)
    expect(await codes.redeem('c', never)).to.include({ kind: 'reused' })
    clock.now += 60_000
    await codes.redeem('d', async () => 'tokens')
    expect(codes.size()).to.equal(1)
  })

  it('fails those who wait as the first one fails, and lets the next one try', async () => {
    const { codes } = memory()
    const failed = codes.redeem('c', () => Promise.reject(new Error('down')))
    const waiting = codes.redeem('c', never)
    for (const one of [failed, waiting]) {
      expect(await one.catch((error: Error) => error.message)).to.equal('down')
    }
    expect(await codes.redeem('c', async () => 'tokens')).to.include({ kind: 'redeemed' })
  })
})
