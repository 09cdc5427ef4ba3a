import { expect } from 'chai'
import { besiege } from './siege.ts'

/** Subjects in groups that a careless name makes the same, cuts, or cannot hold. */
const SUBJECTS: readonly string[] = [
  'auth0|x',
  'auth0-x',
  'auth0/x',
  'auth0:x',
  'auth0 x',
  'auth0\u00a0x',
  'auth0||x',
  '|',
  '||',
  'a',
  'A',
  '😀',
  '😁',
  'ａ',
  'é',
  'e\u0301',
  'x'.repeat(300),
  `${'x'.repeat(299)}y`,
  'x'.repeat(64),
  'x'.repeat(51),
  'aws:x',
  '../x',
  'x\r\nRoleArn=y',
  'x&RoleArn=arn:aws:iam::999999999999:role/Admin',
  '__proto__',
  'constructor',
]

describe('session name collision', () => {
  const siege = besiege(() => ({
    rules: [{ name: 'all', when: { machine: false }, role: 'arn:aws:iam::111122223333:role/All' }],
  }))

  it('is of no two subjects, at one issuer or two, and each name is one that STS takes', async () => {
    const names = new Set<string>()
    for (const preset of ['generic', 'okta'] as const) {
      for (const sub of SUBJECTS) {
        const claims = { sub, uid: sub, preferred_username: undefined }
        await siege.expectForwarded(await siege.world().tokenOf(preset, claims))
        const parameters = siege.world().sts.calls.at(-1)?.parameters ?? {}
        expect(parameters.RoleSessionName, sub).to.match(/^[\w+=,.@-]{2,64}$/)
        expect(parameters.RoleArn).to.equal('arn:aws:iam::111122223333:role/All')
        names.add(parameters.RoleSessionName ?? '')
      }
    }
    expect(names.size).to.equal(2 * SUBJECTS.length)
  })

  it('is not reached by spelling out the name of another as one’s own', async () => {
    await siege.expectForwarded(await siege.world().tokenOf('generic', { sub: 'victim' }))
    const victim = siege.world().sts.calls.at(-1)?.parameters.RoleSessionName ?? ''
    for (const claims of [{ sub: victim }, { sub: 'thief', preferred_username: victim }]) {
      await siege.expectForwarded(await siege.world().tokenOf('generic', claims))
      const thief = siege.world().sts.calls.at(-1)?.parameters.RoleSessionName
      expect(thief).to.not.equal(victim)
    }
  })

  it('is not reached by the user name of another', async () => {
    const named = (sub: string) =>
      siege.world().tokenOf('generic', { sub, preferred_username: 'boss' })
    await siege.expectForwarded(await named('real-boss'))
    const real = siege.world().sts.calls.at(-1)?.parameters.RoleSessionName
    await siege.expectForwarded(await named('other'))
    expect(siege.world().sts.calls.at(-1)?.parameters.RoleSessionName).to.not.equal(real)
  })
})
