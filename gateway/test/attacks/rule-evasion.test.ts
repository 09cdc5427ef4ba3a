import { expect } from 'chai'
import { besiege } from './siege.ts'

const role = (name: string) => `arn:aws:iam::111122223333:role/${name}`

describe('rule evasion', () => {
  const siege = besiege(({ okta }) => ({
    rules: [
      { name: 'locked', when: { groups: { has: ['contractors'] } }, role: role('Locked') },
      { name: 'admin', when: { groups: { glob: 'admin' } }, role: role('Admin') },
      { name: 'team', when: { groups: { glob: 'team-*-ops' } }, role: role('Team') },
      {
        name: 'okta-only',
        when: { issuer: okta.issuer, groups: { has: ['finance'] } },
        role: role('Finance'),
      },
      { name: 'leveled', when: { claims: { level: { is: 9 } } }, role: role('Leveled') },
      {
        name: 'slow',
        when: { claims: { note: { glob: '*a*a*a*a*a*a*a*a*a*a*a*a*b' } } },
        role: role('Slow'),
      },
    ],
  }))
  const tokenWith = (claims: Record<string, unknown>, preset: 'generic' | 'okta' = 'generic') =>
    siege.world().tokenOf(preset, { groups: [], ...claims })
  const roleFor = async (token: string) => {
    const { headers } = await siege.expectForwarded(token)
    return headers.find(([name]) => name.toLowerCase() === 'x-aws-role-arn')?.[1]
  }

  it('by a second group does not get past the first rule that matches', async () => {
    const groups = ['admin', 'contractors']
    expect(await roleFor(await tokenWith({ groups }))).to.equal(role('Locked'))
    expect(await roleFor(await tokenWith({ groups: ['admin'] }))).to.equal(role('Admin'))
  })

  it('by a name with the right one in it is no match: globs are anchored', async () => {
    const near = ['admin-readonly', 'xadmin', 'admin\n', '\nadmin', 'admin ', 'ADMIN', 'team--op']
    for (const group of [...near, 'team-x-ops-not', 'my-team-x-ops', 'team-ops']) {
      await siege.expectRefused(await tokenWith({ groups: [group] }), 'role_unmapped')
    }
    expect(await roleFor(await tokenWith({ groups: ['team-x-ops'] }))).to.equal(role('Team'))
  })

  it('by two halves of a match in two groups is none', async () => {
    await siege.expectRefused(await tokenWith({ groups: ['team-x', 'y-ops'] }), 'role_unmapped')
  })

  it('by the same group name at another issuer is no match', async () => {
    const groups = ['finance']
    expect(await roleFor(await tokenWith({ groups }, 'okta'))).to.equal(role('Finance'))
    await siege.expectRefused(await tokenWith({ groups }, 'generic'), 'role_unmapped')
  })

  it('by a value of another type is no match, or decides nothing', async () => {
    for (const level of ['9', true, 9.5]) {
      await siege.expectRefused(await tokenWith({ level }), 'role_unmapped')
    }
    for (const level of [[9], { is: 9 }]) {
      await siege.expectRefused(await tokenWith({ level }), 'rule_undecidable')
    }
    expect(await roleFor(await tokenWith({ level: 9 }))).to.equal(role('Leveled'))
  })

  it('by a rule that cannot be decided gets nothing of a later one that matches', async () => {
    const token = await tokenWith({ level: [9], note: 'aaaaaaaaaaaaab' })
    await siege.expectRefused(token, 'rule_undecidable')
  })

  it('by a text that makes a pattern run away costs next to nothing', async () => {
    const startedAt = performance.now()
    await siege.expectRefused(await tokenWith({ note: 'a'.repeat(4000) }), 'role_unmapped')
    expect(performance.now() - startedAt).to.be.below(1000)
  })

  it('by rules for many issuers that name none is told to the operator at start', () => {
    const warned = siege
      .world()
      .gateway.logged()
      .filter(({ level }) => level === 'warn')
    const text = warned.map(({ message }) => message).join('\n')
    expect(text).to.contain('the rule admin is for groups or subjects of every issuer')
    expect(text).to.not.contain('the rule okta-only')
  })
})
