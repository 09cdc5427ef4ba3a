import { expect } from 'chai'
import { type Desk, openDesk, refusalCode } from '../../support/token-desk.ts'

/** Attack list lines 15 and 16. The issuer here ends the very token that it is told, and no other of the sign-in. */
describe('attack: the newest refresh token of a revoked sign-in, at another process', () => {
  let desk: Desk
  let code: string
  let access: string
  let first: string
  beforeEach(async () => {
    desk = await openDesk()
    code = await desk.code()
    const answer = await desk.redeem(code)
    access = answer.access_token
    first = answer.refresh_token ?? ''
  })
  afterEach(() => desk.close())

  const isWorthless = async (token: string | undefined) =>
    expect(await refusalCode(desk.twin().refresh(token))).to.equal('invalid_grant')

  it('is worth nothing where the access token was revoked', async () => {
    await desk.revoke(access)
    await isWorthless(first)
  })

  it('is worth nothing where an old refresh token was revoked', async () => {
    const second = await desk.refresh(first)
    await desk.revoke(first)
    await isWorthless(second.refresh_token)
  })

  it('is worth nothing where it was made, and was revoked where it was not', async () => {
    const second = await desk.twin().refresh(first)
    await desk.revoke(second.refresh_token ?? '')
    await isWorthless(second.refresh_token)
  })

  it('is worth nothing where the code was used again', async () => {
    const second = await desk.refresh(first)
    expect(await refusalCode(desk.redeem(code))).to.equal('invalid_grant')
    await isWorthless(second.refresh_token)
  })
})
