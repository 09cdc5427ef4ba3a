import { randomBytes } from 'node:crypto'
import { setImmediate } from 'node:timers/promises'
import { expect } from 'chai'
import { createSealedContents, fingerprint } from '../../../src/login/sealed/sealed-contents.ts'
import {
  challengeOf,
  type Desk,
  GATEWAY_URL,
  openDesk,
  RESOURCE,
  refusalCode,
  VERIFIER,
} from '../../support/token-desk.ts'

/** Attack list 6.2, lines 14, 15 and 23. */
describe('attack: an authorization code in wrong hands', () => {
  let desk: Desk
  beforeEach(async () => {
    desk = await openDesk()
  })
  afterEach(() => desk.close())

  const redemptions = () =>
    desk.issuer.asked.filter(({ form }) => form.get('grant_type') === 'authorization_code')

  const WRONG: ReadonlyArray<readonly [string, Readonly<Record<string, string>>, string, string]> =
    [
      ['another verifier', { code_verifier: 'w'.repeat(43) }, 'editor', 'invalid_grant'],
      ['no verifier', { code_verifier: '' }, 'editor', 'invalid_request'],
      ['a short verifier', { code_verifier: 'v'.repeat(42) }, 'editor', 'invalid_request'],
      ['a long verifier', { code_verifier: 'v'.repeat(129) }, 'editor', 'invalid_request'],
      ['the challenge itself', { code_verifier: challengeOf(VERIFIER) }, 'editor', 'invalid_grant'],
      ['another client', {}, 'other', 'invalid_grant'],
      ['a client that nobody knows', {}, 'nobody', 'invalid_client'],
      [
        'another redirect URI',
        { redirect_uri: 'https://evil.example.com/cb' },
        'editor',
        'invalid_grant',
      ],
      [
        'another port than was asked with',
        { redirect_uri: 'http://127.0.0.1:33419/callback' },
        'editor',
        'invalid_grant',
      ],
      ['another resource', { resource: `${RESOURCE}/prod` }, 'editor', 'invalid_target'],
      ['a foreign resource', { resource: 'https://evil.example.com' }, 'editor', 'invalid_target'],
    ]

  for (const [what, over, as, code] of WRONG) {
    it(`with ${what} is refused and burns nothing`, async () => {
      const sealed = await desk.code()
      expect(await refusalCode(desk.redeem(sealed, over, as))).to.equal(code)
      expect(redemptions()).to.have.length(0)
      expect(desk.events).to.deep.equal([])
      expect(await desk.redeem(sealed)).to.include({ token_type: 'Bearer' })
    })
  }

  for (const [what, challenge] of [
    ['was empty', ''],
    ['was plain', VERIFIER],
  ] as const) {
    it(`is worth nothing where the challenge ${what}`, async () => {
      const sealed = await desk.code({ challenge })
      for (const verifier of [VERIFIER, 'v'.repeat(43)]) {
        const attempt = desk.redeem(sealed, { code_verifier: verifier })
        expect(await refusalCode(attempt)).to.equal('invalid_grant')
      }
      expect(await refusalCode(desk.redeem(sealed, { code_verifier: '' }))).to.equal(
        'invalid_request',
      )
      expect(redemptions()).to.have.length(0)
    })
  }

  it('twice revokes what it gave', async () => {
    const sealed = await desk.code()
    const { access_token, refresh_token = '' } = await desk.redeem(sealed)
    expect(await refusalCode(desk.redeem(sealed))).to.equal('invalid_grant')
    const { value } = await desk.contents.access.open(access_token)
    expect(desk.families.isRevoked(value.family)).to.equal(true)
    expect(await refusalCode(desk.refresh(refresh_token))).to.equal('invalid_grant')
    expect(await refusalCode(desk.twin().refresh(refresh_token))).to.equal('invalid_grant')
    expect(redemptions()).to.have.length(1)
    expect(desk.events.map(({ event, reason }) => reason ?? event)).to.deep.equal([
      'token_issued',
      'code_reused',
    ])
  })

  it('twice at different processes is refused by the issuer, and revoked where it is seen', async () => {
    const sealed = await desk.code()
    const { access_token } = await desk.redeem(sealed)
    const other = desk.twin()
    expect(await refusalCode(other.redeem(sealed))).to.equal('invalid_grant')
    const { value } = await desk.contents.access.open(access_token)
    expect(other.families.isRevoked(value.family)).to.equal(true)
  })

  it('is not another code because it is spelled otherwise', async () => {
    const sealed = await desk.code()
    await desk.redeem(sealed)
    // The last character of a 16 byte tag has four bits that count for nothing.
    const last = sealed.at(-1) ?? ''
    const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'
    const twin = sealed.slice(0, -1) + alphabet[alphabet.indexOf(last) + 1]
    expect(await refusalCode(desk.redeem(twin))).to.equal('invalid_grant')
    expect(redemptions()).to.have.length(1)
  })

  it('redeemed twice at once gives tokens to one, and they keep working', async () => {
    const sealed = await desk.code()
    desk.issuer.script({
      // The issuer answers when all three are under way.
      token: async () => {
        while (desk.opened.codes < 3) await setImmediate()
        return undefined
      },
    })
    const outcomes = await Promise.allSettled([
      desk.redeem(sealed),
      desk.redeem(sealed),
      desk.redeem(sealed),
    ])
    const won = outcomes.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []))
    const lost = outcomes.flatMap((one) => (one.status === 'rejected' ? [one.reason.code] : []))
    expect(won).to.have.length(1)
    expect(lost).to.deep.equal(['invalid_grant', 'invalid_grant'])
    expect(redemptions()).to.have.length(1)
    expect(await desk.refresh(won[0]?.refresh_token)).to.have.property('access_token')
  })

  it('redeemed at once by two processes gives tokens to one', async () => {
    const sealed = await desk.code()
    const outcomes = await Promise.allSettled([desk.redeem(sealed), desk.twin().redeem(sealed)])
    expect(outcomes.map(({ status }) => status).sort()).to.deep.equal(['fulfilled', 'rejected'])
  })

  it('is refused when it is old', async () => {
    const sealed = await desk.code()
    desk.clock.now += 60_000
    expect(await refusalCode(desk.redeem(sealed))).to.equal('invalid_grant')
    expect(redemptions()).to.have.length(0)
  })

  it('is refused when it is of another gateway, another key, another purpose or none', async () => {
    const sealed = await desk.code()
    const { value } = await desk.contents.code.open(sealed)
    const foreign = createSealedContents({
      keys: [randomBytes(32)],
      audience: GATEWAY_URL,
      revokeBefore: undefined,
      now: () => desk.clock.now,
    })
    const { access_token, refresh_token = '' } = await desk.redeem(await desk.code())
    const forged = [
      await foreign.code.seal(value, 60),
      access_token,
      refresh_token,
      await desk.contents.client.seal(
        { redirectUris: [], name: undefined, method: 'none' },
        undefined,
      ),
      `${sealed.slice(0, -8)}AAAAAAAA`,
      fingerprint('nothing'),
      '....',
    ]
    for (const one of forged) expect(await refusalCode(desk.redeem(one))).to.equal('invalid_grant')
    expect(redemptions()).to.have.length(1)
  })
})
