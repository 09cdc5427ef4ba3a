import { expect } from 'chai'
import { createRevokedFamilies } from '../../../../src/login/tokens/revoked-families.ts'

describe('createRevokedFamilies', () => {
  it('knows a revoked sign-in until its last token has ended', () => {
    let now = 1000
    const families = createRevokedFamilies({ maxEntries: 10, now: () => now })
    families.revoke('a', 2000)
    expect(families.isRevoked('a')).to.equal(true)
    expect(families.isRevoked('b')).to.equal(false)
    now = 2000
    expect(families.isRevoked('a')).to.equal(false)
  })

  it('never shortens a revocation', () => {
    let now = 0
    const families = createRevokedFamilies({ maxEntries: 10, now: () => now })
    families.revoke('a', Number.POSITIVE_INFINITY)
    families.revoke('a', 5)
    now = 10
    expect(families.isRevoked('a')).to.equal(true)
  })

  it('forgets the oldest when there are too many', () => {
    const families = createRevokedFamilies({ maxEntries: 2, now: () => 0 })
    for (const family of ['a', 'b', 'c']) families.revoke(family, 1)
    expect(['a', 'b', 'c'].map(families.isRevoked)).to.deep.equal([false, true, true])
  })

  it('forgets none of them for those that are only suspected', () => {
    let now = 0
    const families = createRevokedFamilies({ maxEntries: 2, now: () => now })
    families.revoke('a', 2)
    for (const family of ['b', 'c', 'd']) families.suspect(family, 1)
    expect(['a', 'b', 'c', 'd'].map(families.isRevoked)).to.deep.equal([true, false, true, true])
    now = 1
    expect(['a', 'c', 'd'].map(families.isRevoked)).to.deep.equal([true, false, false])
  })
})
