import { expect } from 'chai'
import { type FacadeWorld, startFacadeWorld } from './facade-world.ts'

const ROLE = 'arn:aws:iam::111122223333:role/Shop'

/** Attack list line 26: an address that a rule takes for one of its domain. */
describe('a confused e-mail address', () => {
  let world: FacadeWorld
  let clientId: string
  before(async () => {
    world = await startFacadeWorld({
      rules: [
        { name: 'alice', when: { claims: { email: 'alice@shop.example' } }, role: ROLE },
        { name: 'shop', when: { claims: { '/email': { glob: '*@shop.example' } } }, role: ROLE },
      ],
    })
    clientId = await world.clientId()
  })
  after(() => world.stop())

  const statusFor = async (claims: Readonly<Record<string, unknown>>) => {
    world.alpha.script({ claims })
    const { access } = await world.tokens(clientId)
    return (await world.call(access)).status
  }

  for (const claims of [
    { email: 'alice@shop.example' },
    { email: 'alice@shop.example', email_verified: true },
    { email: 'bob.b+logs@shop.example', email_verified: 'true' },
  ]) {
    it(`is none that a rule is for: ${JSON.stringify(claims)}`, async () => {
      expect(await statusFor(claims)).to.equal(200)
    })
  }

  for (const email of [
    'me@evil.example@shop.example',
    '"me@evil.example"@shop.example',
    'me@evil.example,alice@shop.example',
    'me@evil.example <alice@shop.example',
    'me@evil.example\n@shop.example',
    'me@evil.example @shop.example',
    'me@evil.example\u200b@shop.example',
    'me@evil.example;x@shop.example',
    'me@evil.example(@shop.example',
    '@shop.example',
    'alice@shop.example@evil.example',
    'alice@shop.example.evil.example',
    'alice@evilshop.example',
    'alice@sub.shop.example',
    'alice@shop.example.',
    'alice@SHOP.example',
    'alice@ѕhop.example',
    'alice@shop。example',
    'alice@xn--hop-7cd.example',
    'ALICE@shop.example@',
    ['alice@shop.example'],
    ['me@evil.example', 'alice@shop.example'],
    { address: 'alice@shop.example' },
    '',
    null,
    7,
  ]) {
    it(`gets no role with ${JSON.stringify(email)}`, async () => {
      expect(await statusFor({ email, email_verified: true })).to.equal(403)
    })
  }

  for (const verified of [false, 'false', 0, 1, null, [], 'TRUE', {}]) {
    it(`gets no role where it is verified: ${JSON.stringify(verified)}`, async () => {
      expect(await statusFor({ email: 'alice@shop.example', email_verified: verified })).to.equal(
        403,
      )
    })
  }
})
