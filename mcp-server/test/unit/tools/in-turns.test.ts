import { expect } from 'chai'
import { groupBy, inTurns } from '../../../src/tools/in-turns.ts'

describe('inTurns', () => {
  it('keeps the order of the items, whatever ends first, and the bound', async () => {
    let running = 0
    let most = 0
    const results = await inTurns([5, 1, 3, 2, 4], 2, async (item) => {
      running += 1
      most = Math.max(most, running)
      for (let turn = 0; turn < item; turn += 1) await Promise.resolve()
      running -= 1
      return item * 10
    })
    expect(results).to.deep.equal([50, 10, 30, 20, 40])
    expect(most).to.equal(2)
  })

  it('begins nothing after a failure, and fails when what runs has ended', async () => {
    const begun: number[] = []
    const ended: number[] = []
    const attempt = inTurns([1, 2, 3, 4], 2, async (item) => {
      begun.push(item)
      if (item === 1) throw new Error('first')
      await new Promise((resolve) => setImmediate(resolve))
      ended.push(item)
    })
    const error = await attempt.catch((cause: Error) => cause)
    expect(error).to.have.property('message', 'first')
    expect(begun).to.deep.equal([1, 2])
    expect(ended).to.deep.equal([2])
  })

  it('has nothing to do for no items', async () => {
    expect(await inTurns([], 3, async () => 1)).to.deep.equal([])
  })
})

describe('groupBy', () => {
  it('keeps order within and of the groups', () => {
    expect([...groupBy(['b1', 'a1', 'b2'], (text) => text[0])]).to.deep.equal([
      ['b', ['b1', 'b2']],
      ['a', ['a1']],
    ])
  })
})
