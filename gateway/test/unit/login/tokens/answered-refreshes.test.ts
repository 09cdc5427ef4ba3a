import { expect } from 'chai'
import { createAnsweredRefreshes } from '../../../../src/login/tokens/answered-refreshes.ts'
import { deferred } from '../../../support/deferred.ts'

function memory(maxEntries = 10) {
  const clock = { now: 0 }
  const answered = createAnsweredRefreshes<string>({
    graceMs: 120_000,
    maxEntries,
    now: () => clock.now,
  })
  return { clock, answered }
}

const never = () => Promise.reject(new Error('must not be asked'))

describe('createAnsweredRefreshes', () => {
  it('lets one of several requests at a time refresh, and gives its answer to all', async () => {
    const { answered } = memory()
    const refresh = deferred<string>()
    const first = answered.answer('r', () => refresh.promise)
    const others = [answered.answer('r', never), answered.answer('r', never)]
    refresh.resolve('tokens')
    expect(await first).to.deep.equal({ answer: 'tokens', again: false })
    for (const other of others) expect(await other).to.deep.equal({ answer: 'tokens', again: true })
  })

  it('gives the same answer within the grace, and calls a use after it a reuse', async () => {
    const { answered, clock } = memory()
    await answered.answer('r', async () => 'tokens')
    clock.now = 119_999
    expect(await answered.answer('r', never)).to.deep.equal({ answer: 'tokens', again: true })
    clock.now = 120_000
    expect(await answered.answer('r', never)).to.equal(undefined)
  })

  it('does not make the grace longer by answering again', async () => {
    const { answered, clock } = memory()
    await answered.answer('r', async () => 'tokens')
    clock.now = 100_000
    await answered.answer('r', never)
    clock.now = 130_000
    expect(await answered.answer('r', never)).to.equal(undefined)
  })

  it('remembers nothing of an attempt that failed', async () => {
    const { answered } = memory()
    const failed = answered.answer('r', () => Promise.reject(new Error('down')))
    const waiting = answered.answer('r', never)
    for (const one of [failed, waiting]) {
      expect(await one.catch((error: Error) => error.message)).to.equal('down')
    }
    expect(answered.size()).to.equal(0)
    expect(await answered.answer('r', async () => 'up again')).to.include({ again: false })
  })

  it('drops answers when their grace is over', async () => {
    const { answered, clock } = memory()
    await answered.answer('a', async () => 'a')
    clock.now = 60_000
    await answered.answer('b', async () => 'b')
    expect(answered.size()).to.equal(2)
    clock.now = 121_000
    await answered.answer('c', async () => 'c')
    expect(answered.size()).to.equal(2)
  })

  it('is bounded, and takes no forgotten token for a stolen one', async () => {
    const { answered } = memory(2)
    for (const id of ['a', 'b', 'c']) await answered.answer(id, async () => id)
    expect(answered.size()).to.equal(2)
    expect(await answered.answer('a', async () => 'asked again')).to.include({ again: false })
  })
})
