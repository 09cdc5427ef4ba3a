import { expect } from 'chai'
import { fingerprint } from '../../../src/login/sealed/sealed-contents.ts'
import { type Desk, openDesk, RESOURCE, refusalCode } from '../../support/token-desk.ts'

/** Attack list 6.2, lines 16 and 23. */
describe('attack: a refresh token in wrong hands', () => {
  let desk: Desk
  let token: string
  beforeEach(async () => {
    desk = await openDesk()
    token = (await desk.redeem(await desk.code())).refresh_token ?? ''
  })
  afterEach(() => desk.close())

  const refreshes = () =>
    desk.issuer.asked.filter(({ form }) => form.get('grant_type') === 'refresh_token')

  for (const [what, over, as, code] of [
    ['another client', {}, 'other', 'invalid_grant'],
    ['a client that nobody knows', {}, 'nobody', 'invalid_client'],
    ['another resource', { resource: `${RESOURCE}/prod` }, 'editor', 'invalid_target'],
    ['a foreign resource', { resource: 'https://evil.example.com' }, 'editor', 'invalid_target'],
    ['a wider scope', { scope: 'cloudwatch/read admin' }, 'editor', 'invalid_scope'],
  ] as const) {
    it(`with ${what} is refused, before and after its use, and stays good`, async () => {
      expect(await refusalCode(desk.refresh(token, over, as))).to.equal(code)
      expect(refreshes()).to.have.length(0)
      const answer = await desk.refresh(token)
      expect(await refusalCode(desk.refresh(token, over, as))).to.equal(code)
      expect(refreshes()).to.have.length(1)
      expect(await desk.refresh(answer.refresh_token)).to.have.property('access_token')
    })
  }

  it('used again after the grace ends the sign-in here and at the issuer', async () => {
    const second = await desk.refresh(token)
    const third = await desk.refresh(second.refresh_token)
    const { value } = await desk.contents.refresh.open(third.refresh_token ?? '')
    desk.clock.now += 120_000
    expect(await refusalCode(desk.refresh(token))).to.equal('invalid_grant')
    expect(desk.events.at(-1)).to.include({ event: 'refresh_reused', family: value.family })
    expect(desk.families.isRevoked(value.family)).to.equal(true)
    const told = desk.issuer.asked.filter(({ path }) => path === '/revoke')
    expect(told.map(({ form }) => form.get('token'))).to.deep.equal([value.token])
    for (const one of [token, second.refresh_token, third.refresh_token]) {
      expect(await refusalCode(desk.refresh(one))).to.equal('invalid_grant')
    }
    expect(await refusalCode(desk.twin().refresh(third.refresh_token))).to.equal('invalid_grant')
  })

  it('is caught when the issuer cannot be told, too', async () => {
    await desk.refresh(token)
    desk.clock.now += 120_000
    await desk.issuer.down()
    expect(await refusalCode(desk.refresh(token))).to.equal('invalid_grant')
  })

  it('is worth nothing where the sign-in is revoked while the issuer answers', async () => {
    const { value } = await desk.contents.refresh.open(token)
    desk.issuer.script({
      token: async () => {
        desk.families.revoke(value.family, Number.POSITIVE_INFINITY)
        return undefined
      },
    })
    expect(await refusalCode(desk.refresh(token))).to.equal('invalid_grant')
    // The issuer has made a new token; it is revoked there as well, so no other process gets anything for it.
    const told = desk.issuer.asked.filter(({ path }) => path === '/revoke')
    expect(told).to.have.lengthOf(1)
    expect(told[0]?.form.get('token')).to.not.equal(value.token)
    expect(desk.events.map(({ event }) => event)).to.not.include('token_refreshed')
  })

  it('is not another token because it is spelled otherwise', async () => {
    await desk.refresh(token)
    const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'
    const twin = token.slice(0, -1) + alphabet[alphabet.indexOf(token.at(-1) ?? '') + 1]
    desk.clock.now += 120_000
    expect(await refusalCode(desk.refresh(twin))).to.equal('invalid_grant')
    expect(refreshes()).to.have.length(1)
  })

  it('used at another process after its rotation is for the issuer to refuse', async () => {
    await desk.refresh(token)
    expect(await refusalCode(desk.twin().refresh(token))).to.equal('invalid_grant')
    expect(refreshes()).to.have.length(2)
  })

  it('is over when it was sealed before a cut-off', async () => {
    await desk.close()
    desk = await openDesk({ cutOffMs: 5000 })
    const sealed = await desk.contents.refresh.seal(
      {
        client: fingerprint('editor'),
        target: 'default',
        issuer: desk.login.issuer,
        family: 'family',
        token: 'token',
        id: 'id',
      },
      3600,
    )
    const code = await desk.code()
    expect(await refusalCode(desk.refresh(sealed))).to.equal('invalid_grant')
    expect(await refusalCode(desk.redeem(code))).to.equal('invalid_grant')
    expect(desk.issuer.asked).to.have.length(0)
  })

  it('is nothing but itself: no access token, no code', async () => {
    const code = await desk.code()
    const { access_token } = await desk.refresh(token)
    for (const one of [access_token, code, 'unknown']) {
      expect(await refusalCode(desk.refresh(one))).to.equal('invalid_grant')
    }
  })

  it("lets no issuer's token out", async () => {
    const answer = await desk.refresh(token)
    const { value } = await desk.contents.refresh.open(answer.refresh_token ?? '')
    const { value: access } = await desk.contents.access.open(answer.access_token)
    const text = JSON.stringify(answer)
    for (const secret of [value.token, access.identity]) expect(text).to.not.include(secret)
  })
})
