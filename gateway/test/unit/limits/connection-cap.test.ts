import { expect } from 'chai'
import { createConnectionCap } from '../../../src/limits/connection-cap.ts'

describe('createConnectionCap', () => {
  it('admits up to the limit and gives up nobody', () => {
    const cap = createConnectionCap<string>(2)
    const admitted = { kind: 'admitted', givenUp: undefined }
    expect([cap.open('a'), cap.open('b')]).to.deep.equal([admitted, admitted])
  })

  it('gives up the one that has waited longest', () => {
    const cap = createConnectionCap<string>(3)
    for (const name of ['a', 'b', 'c']) cap.open(name)
    cap.busy('a')
    cap.idle('a')
    expect(cap.open('d')).to.deep.equal({ kind: 'admitted', givenUp: 'b' })
    expect(cap.open('e')).to.deep.equal({ kind: 'admitted', givenUp: 'c' })
    expect(cap.open('f')).to.deep.equal({ kind: 'admitted', givenUp: 'a' })
    expect(cap.size()).to.equal(3)
  })

  it('never gives up one that is being served', () => {
    const cap = createConnectionCap<string>(2)
    for (const name of ['a', 'b']) {
      cap.open(name)
      cap.busy(name)
    }
    expect(cap.open('c')).to.deep.equal({ kind: 'full' })
    cap.idle('a')
    expect(cap.open('c')).to.deep.equal({ kind: 'admitted', givenUp: 'a' })
  })

  it('has room again when one has closed', () => {
    const cap = createConnectionCap<string>(1)
    cap.open('a')
    cap.busy('a')
    cap.closed('a')
    expect(cap.open('b')).to.deep.equal({ kind: 'admitted', givenUp: undefined })
  })

  it('knows nothing of one that it refused, gave up or saw closing', () => {
    const cap = createConnectionCap<string>(1)
    cap.open('a')
    cap.busy('a')
    cap.open('refused')
    cap.idle('refused')
    cap.busy('refused')
    cap.closed('refused')
    expect(cap.open('b')).to.deep.equal({ kind: 'full' })
    cap.closed('a')
    cap.idle('a')
    expect(cap.open('c')).to.deep.equal({ kind: 'admitted', givenUp: undefined })
  })

  it('never holds more than the limit', () => {
    const cap = createConnectionCap<number>(10)
    for (let number = 0; number < 1000; number += 1) {
      cap.open(number)
      if (number % 3 === 0) cap.busy(number)
      if (number % 7 === 0) cap.closed(number)
      if (number % 3 === 0) cap.idle(number)
      expect(cap.size()).to.be.at.most(10)
    }
  })
})
