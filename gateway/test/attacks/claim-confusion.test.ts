import { besiege } from './siege.ts'

/** What looks like the group `sre` to a careless reader, and is not. */
const LOOKALIKES: ReadonlyArray<readonly [string, unknown]> = [
  ['a list with commas in one text', 'staff,sre'],
  ['a list with spaces in one text', 'staff sre'],
  ['JSON in a text', '["sre"]'],
  ['a list with commas in its one item', ['staff,sre']],
  ['another case', ['SRE', 'Sre']],
  ['white space around', [' sre', 'sre ', 'sre\n', '\tsre']],
  ['what no eye sees', ['sre\u200b', '\ufeffsre', 's\u00adre', 'sre\u0000']],
  ['letters that look alike', ['\u0455re', 'ѕrе', '\uff53\uff52\uff45']],
  ['wildcards', ['*', 'sr?', 's*', '.*', '%']],
  ['more around it', ['sre-readonly', 'not-sre', '/sre', 'sre/', 'tenant:sre']],
  ['names of every object', ['__proto__', 'constructor', 'length', '0']],
  ['nothing in it', []],
  ['nothing', null],
  ['an empty text', ''],
]

/** What cannot be read as a list of groups: it says neither that the group is there nor that it is not. */
const UNREADABLE: ReadonlyArray<readonly [string, unknown]> = [
  ['an object with the group as a name', { sre: true }],
  ['an object like a list', { 0: 'sre', length: 1 }],
  ['the group in a list in a list', [['sre']]],
  ['the group beside something else', ['sre', 7]],
  ['the group in an object', [{ name: 'sre' }]],
  ['a number', 7],
  ['true', true],
]

describe('claim confusion', () => {
  const siege = besiege(() => ({
    rules: [
      {
        name: 'sre',
        when: { groups: { has: ['sre'] } },
        role: 'arn:aws:iam::111122223333:role/Sre',
      },
      {
        name: 'auditors',
        when: { claims: { 'https://shop.example/team': 'audit' } },
        role: 'arn:aws:iam::111122223333:role/Audit',
      },
    ],
  }))
  const tokenWith = (claims: Record<string, unknown>) => siege.world().tokenOf('generic', claims)

  for (const [what, groups] of LOOKALIKES) {
    it(`by groups with ${what} is no member`, async () => {
      await siege.expectRefused(await tokenWith({ groups }), 'role_unmapped')
    })
  }

  for (const [what, groups] of UNREADABLE) {
    it(`by groups that are ${what} decides nothing, and nothing after it`, async () => {
      const token = await tokenWith({ groups, 'https://shop.example/team': 'audit' })
      await siege.expectRefused(token, 'rule_undecidable')
    })
  }

  it('by a pointer to groups elsewhere instead of groups decides nothing', async () => {
    const elsewhere = { groups: undefined, _claim_names: { groups: 'src1' } }
    await siege.expectRefused(await tokenWith(elsewhere), 'rule_undecidable')
    await siege.expectRefused(
      await tokenWith({ groups: ['staff'], hasgroups: true }),
      'rule_undecidable',
    )
  })

  it('by the group under another name is no member', async () => {
    const names = ['Groups', 'group', 'roles', 'https://shop.example/groups', 'cognito:groups']
    for (const name of names) {
      const token = await tokenWith({ groups: undefined, [name]: ['sre'] })
      await siege.expectRefused(token, 'role_unmapped')
    }
  })

  it('by the path of a claim with a URL for a name reaches nothing', async () => {
    const team = { 'https://shop': { 'example/team': 'audit' }, https: { shop: 'audit' } }
    await siege.expectRefused(await tokenWith({ groups: [], ...team }), 'role_unmapped')
    await siege.expectForwarded(
      await tokenWith({ groups: [], 'https://shop.example/team': 'audit' }),
    )
  })

  it('by very many groups hides none and finds the one that is there', async () => {
    const many = Array.from({ length: 700 }, (_, at) => `g${at}`)
    await siege.expectRefused(await tokenWith({ groups: many }), 'role_unmapped')
    await siege.expectForwarded(await tokenWith({ groups: [...many, 'sre'] }))
  })
})
