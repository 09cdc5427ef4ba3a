import { expect } from 'chai'
import type { PresetName } from '../integration/gateway/world.ts'
import { failure, issued, triple } from '../support/fake-sts.ts'
import { besiege } from './siege.ts'

describe('credential cache confusion', () => {
  const siege = besiege(() => ({
    rules: [
      {
        name: 'sre',
        when: { groups: { has: ['sre'] } },
        role: 'arn:aws:iam::111122223333:role/Sre',
      },
      {
        name: 'staff',
        when: { groups: { has: ['staff'] } },
        role: 'arn:aws:iam::111122223333:role/Sre',
        tools: ['list_*'],
      },
    ],
    cachedCredentials: 10,
  }))

  /** The access key id that a token's request carries to the MCP server. */
  const keyFor = async (claims: Record<string, unknown>, preset: PresetName = 'generic') => {
    const token = await siege.world().tokenOf(preset, claims)
    const { headers } = await siege.expectForwarded(token)
    return headers.find(([name]) => name.toLowerCase() === 'x-aws-access-key-id')?.[1] ?? ''
  }

  it('keeps two people with one role apart', async () => {
    const ann = await keyFor({ sub: 'ann' })
    expect(await keyFor({ sub: 'ben' })).to.not.equal(ann)
    expect(await keyFor({ sub: 'ann' })).to.equal(ann)
  })

  it('keeps two people apart whose subjects are the same at two issuers', async () => {
    const one = await keyFor({ sub: 'same' }, 'generic')
    expect(await keyFor({ sub: 'same', uid: 'same' }, 'okta')).to.not.equal(one)
  })

  it('keeps one person’s clients, groups, scopes and proofs apart', async () => {
    const scope = 'cloudwatch/read more'
    const keys = [
      await keyFor({ sub: 'cy' }),
      await keyFor({ sub: 'cy', client_id: 'other' }),
      await keyFor({ sub: 'cy', groups: ['staff'] }),
      await keyFor({ sub: 'cy', scope }),
      await keyFor({ sub: 'cy', amr: ['mfa'] }),
      await keyFor({ sub: 'cy', 'https://aws.amazon.com/source_identity': 'other' }),
    ]
    expect(new Set(keys).size).to.equal(keys.length)
  })

  it('gives no session on after the group is gone', async () => {
    await keyFor({ sub: 'di' })
    const token = await siege.world().tokenOf('generic', { sub: 'di', groups: ['guests'] })
    await siege.expectRefused(token, 'role_unmapped')
  })

  it('knows names that every object has for what they are', async () => {
    const names = ['__proto__', 'constructor', 'hasOwnProperty', 'toString', 'null', 'undefined']
    const keys = new Set<string>()
    for (const sub of names) keys.add(await keyFor({ sub }))
    expect(keys.size).to.equal(names.length)
  })

  it('serves more people than it remembers, each with their own', async () => {
    const people = Array.from({ length: 40 }, (_, at) => `p${at}`)
    const keys = new Set<string>()
    for (const sub of people) keys.add(await keyFor({ sub }))
    expect(keys.size).to.equal(people.length)
  })

  it('remembers no failure of one person for another, nor for ever', async () => {
    const { world } = siege
    world().sts.script(() => failure('InternalFailure', 500))
    const token = await world().tokenOf('generic', { sub: 'eve' })
    expect((await world().call(token)).status).to.equal(503)
    world().sts.script((_call, number) => issued(triple(`again${number}`)))
    expect((await world().call(token)).status).to.equal(200)
  })

  for (const [what, expiration] of [
    ['is no time', 'soon'],
    ['was before the first', '0001-01-01T00:00:00Z'],
    ['is over', new Date(Date.now() - 1000).toISOString()],
    ['is within a second', new Date(Date.now() + 1000).toISOString()],
  ] as const) {
    it(`keeps and gives out no session whose end ${what}`, async () => {
      const { world } = siege
      world().sts.script(() => issued({ ...triple('odd'), Expiration: expiration }))
      const token = await world().tokenOf('generic', { sub: `end ${what}` })
      const answer = await world().call(token)
      world().sts.script((_call, number) => issued(triple(`fresh${number}`)))
      expect(answer.status).to.equal(503)
      expect((await siege.auditOf(answer)).access_key_id).to.equal(null)
      expect((await world().call(token)).status).to.equal(200)
    })
  }
})
