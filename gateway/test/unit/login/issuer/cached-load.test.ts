import { expect } from 'chai'
import { createCachedLoad } from '../../../../src/login/issuer/cached-load.ts'

function kept(outcomes: ReadonlyArray<string | Error>) {
  const clock = { now: 0 }
  const loads = { count: 0 }
  const load = async () => {
    const outcome = outcomes[loads.count] ?? new Error('no more')
    loads.count += 1
    if (outcome instanceof Error) throw outcome
    return outcome
  }
  const get = createCachedLoad(load, { cooldownMs: 5000, freshMs: 60_000, now: () => clock.now })
  return { clock, loads, get, outcome: () => get().catch((error: Error) => error.message) }
}

describe('createCachedLoad', () => {
  it('loads nothing before it is asked, and once for many', async () => {
    const { get, loads } = kept(['a'])
    expect(loads.count).to.equal(0)
    expect(await Promise.all([get(), get(), get()])).to.deep.equal(['a', 'a', 'a'])
    expect(await get()).to.equal('a')
    expect(loads.count).to.equal(1)
  })

  it('tries again after a failure, but not at once', async () => {
    const { outcome, loads, clock } = kept([new Error('down'), 'up'])
    expect(await Promise.all([outcome(), outcome()])).to.deep.equal(['down', 'down'])
    clock.now = 4999
    expect(await outcome()).to.equal('down')
    expect(loads.count).to.equal(1)
    clock.now = 5000
    expect(await outcome()).to.equal('up')
  })

  it('serves the old one while a new one is loaded', async () => {
    const { get, loads, clock } = kept(['old', 'new'])
    await get()
    clock.now = 60_000
    expect(await get()).to.equal('old')
    expect(loads.count).to.equal(2)
    expect(await get()).to.equal('new')
  })

  it('serves the old one when there is no new one to be had', async () => {
    const { get, loads, clock } = kept(['old', new Error('down'), 'new'])
    await get()
    clock.now = 60_000
    expect([await get(), await get(), await get()]).to.deep.equal(['old', 'old', 'old'])
    expect(loads.count).to.equal(2)
    clock.now = 65_000
    await get()
    expect(await get()).to.equal('new')
  })
})
