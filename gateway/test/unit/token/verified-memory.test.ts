import { expect } from 'chai'
import { createVerifiedMemory } from '../../../src/token/verified-memory.ts'
import type { VerifiedToken } from '../../../src/token/verify.ts'

const verified = (sub: string, expiresAt = 10_000): VerifiedToken => ({
  provider: {
    preset: 'generic',
    issuer: 'https://issuer.example',
    audience: [],
    clientIds: [],
    scopes: [],
    groupsClaim: undefined,
  },
  claims: { iss: 'https://issuer.example', sub },
  expiresAt,
  keysVersion: 1,
})

describe('createVerifiedMemory', () => {
  let clock = 0
  beforeEach(() => {
    clock = 0
  })
  const memoryOf = (maxEntries: number) => createVerifiedMemory({ maxEntries, now: () => clock })

  it('gives back what it was told of a token', () => {
    const memory = memoryOf(10)
    memory.set('token', 'r', verified('alice'))
    expect(memory.get('token', 'r')?.claims.sub).to.equal('alice')
    expect(memory.get('token2', 'r')).to.equal(undefined)
  })

  it('remembers per resource', () => {
    const memory = memoryOf(10)
    memory.set('token', 'https://gw/mcp', verified('alice'))
    expect(memory.get('token', 'https://gw/mcp/prod')).to.equal(undefined)
  })

  it('forgets a token when it ends, to the millisecond', () => {
    const memory = memoryOf(10)
    memory.set('token', 'r', verified('alice', 10_000))
    clock = 9_999
    expect(memory.get('token', 'r')).to.not.equal(undefined)
    clock = 10_000
    expect(memory.get('token', 'r')).to.equal(undefined)
    expect(memory.size()).to.equal(0)
  })

  it('never holds more than it may, and drops what was not used for longest', () => {
    const memory = memoryOf(3)
    for (const name of ['a', 'b', 'c']) memory.set(name, 'r', verified(name))
    memory.get('a', 'r')
    memory.set('d', 'r', verified('d'))
    expect(memory.size()).to.equal(3)
    const kept = ['a', 'b', 'c', 'd'].filter((name) => memory.get(name, 'r') !== undefined)
    expect(kept).to.deep.equal(['a', 'c', 'd'])
  })

  it('remembers nothing where it may hold nothing', () => {
    const memory = memoryOf(0)
    memory.set('token', 'r', verified('alice'))
    expect(memory.get('token', 'r')).to.equal(undefined)
    expect(memory.size()).to.equal(0)
  })
})
