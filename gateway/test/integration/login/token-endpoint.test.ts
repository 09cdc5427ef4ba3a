import { randomUUID } from 'node:crypto'
import { expect } from 'chai'
import { decodeJwt } from 'jose'
import { fingerprint } from '../../../src/login/sealed/sealed-contents.ts'
import { purposeOf } from '../../../src/login/sealed/sealed-value.ts'
import { deferred } from '../../support/deferred.ts'
import { json, type Reply } from '../../support/fake-issuer.ts'
import {
  CLIENT_REDIRECT,
  type Desk,
  type DeskOptions,
  openDesk,
  RESOURCE,
  refusal,
  refusalCode,
  refusals,
  VERIFIER,
} from '../../support/token-desk.ts'

describe('token endpoint', () => {
  let desk: Desk
  const open = async (options: DeskOptions = {}) => {
    desk = await openDesk(options)
    return desk
  }
  afterEach(() => desk.close())

  describe('with a code', () => {
    it('gives tokens of the gateway that hold those of the issuer', async () => {
      await open()
      const answer = await desk.redeem(await desk.code())
      expect(answer).to.include({
        token_type: 'Bearer',
        expires_in: 3600,
        scope: 'cloudwatch/read offline_access',
      })
      expect(purposeOf(answer.access_token)).to.equal('access')
      expect(purposeOf(answer.refresh_token ?? '')).to.equal('refresh')
      const { value } = await desk.contents.access.open(answer.access_token)
      expect(value).to.include({
        client: fingerprint('editor'),
        target: 'default',
        issuer: desk.issuer.issuer,
      })
      expect(value.proof).to.equal(undefined)
      expect(decodeJwt(value.identity)).to.include({ sub: 'alice', aud: RESOURCE })
      expect(desk.events).to.deep.equal([
        {
          event: 'token_issued',
          clientName: 'Editor',
          issuer: desk.issuer.issuer,
          target: 'default',
          family: value.family,
          subject: 'alice',
        },
      ])
    })

    it('seals the ID token as proof where STS needs it', async () => {
      await open({ preset: 'cognito' })
      const { access_token } = await desk.redeem(await desk.code())
      const { value } = await desk.contents.access.open(access_token)
      expect(decodeJwt(value.proof ?? '')).to.include({ aud: 'gateway', sub: 'alice' })
    })

    it('gives no refresh token and no offline_access where the issuer gives none', async () => {
      await open()
      desk.issuer.script({ answer: ({ refresh_token: _none, ...answer }) => answer })
      const answer = await desk.redeem(await desk.code())
      expect(answer).to.have.all.keys('access_token', 'token_type', 'expires_in', 'scope')
      expect(answer.scope).to.equal('cloudwatch/read')
    })

    for (const [what, script, seconds] of [
      ['the ID token ends first', { idTokenClaims: { exp: 600 } }, 3600],
      ['both tokens end sooner', { claims: { exp: 600 } }, 600],
    ] as const) {
      it(`lets the access token live ${seconds} seconds where ${what}`, async () => {
        await open()
        const at = (exp: number) => ({ exp: Math.floor(desk.clock.now / 1000) + exp })
        desk.issuer.script(
          'claims' in script
            ? { claims: at(script.claims.exp) }
            : { idTokenClaims: at(script.idTokenClaims.exp) },
        )
        const { expires_in, access_token } = await desk.redeem(await desk.code())
        expect(expires_in).to.be.within(seconds - 1, seconds)
        desk.clock.now += seconds * 1000
        const opened = desk.contents.access.open(access_token).catch((error) => error.problem)
        expect(await opened).to.equal('expired')
      })
    }

    it('never lets it live longer than the gateway allows', async () => {
      await open({ tokens: { accessTokenSeconds: 900 } })
      expect(await desk.redeem(await desk.code())).to.include({ expires_in: 900 })
    })

    it('gives no token that had ended when it came', async () => {
      await open()
      desk.issuer.script({ answer: (answer) => ({ ...answer, expires_in: 0 }) })
      expect(await refusalCode(desk.redeem(await desk.code()))).to.equal('server_error')
    })

    it('gives no token that would be too long to present', async () => {
      await open()
      const noise = Array.from({ length: 700 }, () => fingerprint(String(Math.random())))
      desk.issuer.script({ claims: { groups: noise } })
      const error = await refusal(desk.redeem(await desk.code()))
      expect(error.code).to.equal('server_error')
      expect(String(error.cause)).to.include('characters')
    })

    for (const [what, over] of [
      ['without resource', { resource: '' }],
      ['with a slash after the resource', { resource: `${RESOURCE}/` }],
      ['without redirect_uri, as OAuth 2.1 has it', { redirect_uri: '' }],
    ] as const) {
      it(`takes a request ${what}`, async () => {
        await open()
        expect(await desk.redeem(await desk.code(), over)).to.include({ expires_in: 3600 })
      })
    }

    it('gives the code back when the issuer was down: it works when it is up again', async () => {
      await open()
      const code = await desk.code()
      await desk.issuer.down()
      for (const error of await refusals(desk.redeem(code), desk.redeem(code))) {
        expect(error).to.include({ code: 'temporarily_unavailable', status: 503 })
        expect(error.retryAfterSeconds).to.be.greaterThan(0)
      }
      expect(desk.events).to.deep.equal([])
      await desk.issuer.up()
      expect(await desk.redeem(code)).to.include({ token_type: 'Bearer' })
    })

    it('redeems at another process what this one did not touch', async () => {
      await open()
      const code = await desk.code()
      const other = desk.twin()
      const { refresh_token } = await other.redeem(code)
      expect(await refusalCode(desk.redeem(code))).to.equal('invalid_grant')
      expect(
        await desk.refresh(refresh_token).then(
          () => 'answered',
          (e) => e.code,
        ),
      ).to.equal('invalid_grant')
    })

    it('is over for an issuer that is no longer configured', async () => {
      await open()
      const code = await desk.code({ issuer: 'https://gone.example.com' })
      expect(await refusalCode(desk.redeem(code))).to.equal('invalid_grant')
    })
  })

  describe('with a refresh token', () => {
    it('gives new tokens each time, also where the issuer keeps its own', async () => {
      await open()
      const first = await desk.redeem(await desk.code())
      const second = await desk.refresh(first.refresh_token)
      expect(second.access_token).to.not.equal(first.access_token)
      expect(second.refresh_token).to.not.equal(first.refresh_token)
      desk.issuer.script({ answer: ({ refresh_token: _none, ...answer }) => answer })
      const third = await desk.refresh(second.refresh_token)
      expect(third.refresh_token).to.be.a('string').that.is.not.equal(second.refresh_token)
      const inside = await Promise.all(
        [second, third].map(({ refresh_token = '' }) => desk.contents.refresh.open(refresh_token)),
      )
      expect(inside[1]?.value.token).to.equal(inside[0]?.value.token)
      expect(inside[1]?.value.family).to.equal(inside[0]?.value.family)
      expect(desk.events.map(({ event }) => event)).to.deep.equal([
        'token_issued',
        'token_refreshed',
        'token_refreshed',
      ])
    })

    it('asks the issuer once for parallel requests, and answers all the same', async () => {
      await open()
      const { refresh_token } = await desk.redeem(await desk.code())
      const gate = deferred<undefined>()
      desk.issuer.script({ token: () => gate.promise })
      const attempts = Array.from({ length: 5 }, () => desk.refresh(refresh_token))
      gate.resolve(undefined)
      const [first, ...others] = await Promise.all(attempts)
      for (const other of others) expect(other).to.deep.equal(first)
      const refreshes = desk.issuer.asked.filter(({ form }) => form.has('refresh_token'))
      expect(refreshes).to.have.length(1)
      expect(desk.events.filter(({ reason }) => reason === 'answered_again')).to.have.length(4)
    })

    it('gives the same tokens within the grace, and says how long they still live', async () => {
      await open()
      const { refresh_token } = await desk.redeem(await desk.code())
      const first = await desk.refresh(refresh_token)
      desk.clock.now += 119_000
      const again = await desk.refresh(refresh_token)
      expect(again).to.deep.equal({ ...first, expires_in: first.expires_in - 119 })
      expect(desk.issuer.asked).to.have.length(2)
      expect(await desk.refresh(again.refresh_token)).to.have.property('access_token')
    })

    it('remembers no outage: the same token works when the issuer is back', async () => {
      await open()
      const { refresh_token } = await desk.redeem(await desk.code())
      await desk.issuer.down()
      const attempts = [desk.refresh(refresh_token), desk.refresh(refresh_token)]
      for (const error of await refusals(...attempts)) {
        expect(error).to.include({ code: 'temporarily_unavailable', status: 503 })
      }
      await desk.issuer.up()
      const outages: readonly Reply[] = [
        { status: 503, headers: { 'retry-after': '7' }, body: '' },
        { ...json({ error: 'invalid_grant' }), status: 500 },
        { ...json({ error: 'slow_down' }), status: 429 },
      ]
      for (const outage of outages) {
        desk.issuer.script({ token: () => outage })
        expect(await refusalCode(desk.refresh(refresh_token))).to.equal('temporarily_unavailable')
      }
      desk.issuer.script({})
      expect(await desk.refresh(refresh_token)).to.have.property('refresh_token')
    })

    it('ends where the issuer has ended the sign-in', async () => {
      await open()
      const { refresh_token } = await desk.redeem(await desk.code())
      desk.issuer.script({ token: () => ({ ...json({ error: 'invalid_grant' }), status: 400 }) })
      expect(await refusalCode(desk.refresh(refresh_token))).to.equal('invalid_grant')
    })

    it('keeps the ID token while the issuer gives no other, and then wants a sign-in', async () => {
      await open({ preset: 'auth0', tokens: { accessTokenSeconds: 1200 } })
      const first = await desk.redeem(await desk.code())
      desk.issuer.script({ answer: ({ id_token: _none, ...answer }) => answer })
      desk.clock.now += 1200_000
      const second = await desk.refresh(first.refresh_token)
      const [was, is] = await Promise.all(
        [first, second].map(({ refresh_token = '' }) => desk.contents.refresh.open(refresh_token)),
      )
      expect(is?.value.idToken).to.be.a('string').that.equals(was?.value.idToken)
      desk.clock.now += 1200_000
      const third = await desk.refresh(second.refresh_token)
      expect(third.expires_in).to.be.within(1198, 1200)
      desk.clock.now += 1200_000
      expect(await refusalCode(desk.refresh(third.refresh_token))).to.equal('invalid_grant')
    })

    it('refuses a refresh that gives the tokens of somebody else', async () => {
      await open()
      const { refresh_token } = await desk.redeem(await desk.code())
      desk.issuer.script({ claims: { sub: 'bob' } })
      expect(await refusalCode(desk.refresh(refresh_token))).to.equal('invalid_grant')
    })

    for (const scope of ['cloudwatch/read', 'offline_access cloudwatch/read', 'offline_access']) {
      it(`takes the scope ${JSON.stringify(scope)}, and says what is granted`, async () => {
        await open()
        const { refresh_token } = await desk.redeem(await desk.code())
        const answer = await desk.refresh(refresh_token, { scope })
        expect(answer.scope).to.equal('cloudwatch/read offline_access')
      })
    }

    it('ends with its life', async () => {
      await open({ tokens: { refreshTokenSeconds: 60 } })
      const { refresh_token } = await desk.redeem(await desk.code())
      desk.clock.now += 60_000
      expect(await refusalCode(desk.refresh(refresh_token))).to.equal('invalid_grant')
    })
  })

  it('authenticates the client before it looks at anything else', async () => {
    await open()
    for (const form of [{}, { grant_type: 'password' }, { grant_type: 'authorization_code' }]) {
      expect(await refusalCode(desk.token(form, 'nobody'))).to.equal('invalid_client')
    }
  })

  for (const [grantType, code] of [
    ['', 'invalid_request'],
    ['client_credentials', 'unsupported_grant_type'],
    ['password', 'unsupported_grant_type'],
    ['Authorization_Code', 'unsupported_grant_type'],
    ['urn:ietf:params:oauth:grant-type:token-exchange', 'unsupported_grant_type'],
    ['authorization_code', 'invalid_request'],
    ['refresh_token', 'invalid_request'],
  ] as const) {
    it(`answers ${code} to the grant type ${JSON.stringify(grantType)} alone`, async () => {
      await open()
      expect(await refusalCode(desk.token({ grant_type: grantType }))).to.equal(code)
    })
  }

  describe('sizes', () => {
    it('stay far below what a header bears', async () => {
      await open({ preset: 'cognito' })
      const answer = await desk.redeem(await desk.code())
      expect(answer.access_token.length).to.be.below(4096)
      expect((answer.refresh_token ?? '').length).to.be.below(4096)
      const code = await desk.code()
      expect(code.length).to.be.below(2048)
      process.stdout.write(
        `      (two small JWTs: access token ${answer.access_token.length}, refresh token ${answer.refresh_token?.length}, code ${code.length} characters)\n`,
      )
    })
  })

  it('has room for the longest tokens of Entra ID: 200 groups', async () => {
    await open({ preset: 'entra' })
    desk.issuer.script({ claims: { groups: Array.from({ length: 200 }, () => randomUUID()) } })
    const { access_token } = await desk.redeem(await desk.code())
    expect(access_token.length).to.be.below(16_384)
    process.stdout.write(`      (200 groups: access token ${access_token.length} characters)\n`)
  })

  describe('revocation', () => {
    it('ends the sign-in of a refresh token here and at the issuer', async () => {
      await open()
      const { refresh_token = '', access_token } = await desk.redeem(await desk.code())
      const { value } = await desk.contents.refresh.open(refresh_token)
      await desk.revoke(refresh_token)
      expect(desk.issuer.asked.at(-1)?.form.get('token')).to.equal(value.token)
      expect(desk.families.isRevoked(value.family)).to.equal(true)
      expect(await refusalCode(desk.refresh(refresh_token))).to.equal('invalid_grant')
      expect(await refusalCode(desk.twin().refresh(refresh_token))).to.equal('invalid_grant')
      expect((await desk.contents.access.open(access_token)).value.family).to.equal(value.family)
      expect(desk.events.at(-1)).to.deep.equal({
        event: 'revoked',
        clientName: 'editor',
        issuer: desk.issuer.issuer,
        target: 'default',
        family: value.family,
      })
    })

    it('ends the sign-in of an access token, at the issuer too where this process made it', async () => {
      await open()
      const { refresh_token = '', access_token } = await desk.redeem(await desk.code())
      const { value } = await desk.contents.refresh.open(refresh_token)
      const told = () => desk.issuer.asked.filter(({ path }) => path === '/revoke')
      await desk.twin().revoke(access_token)
      expect(told()).to.have.length(0)
      await desk.revoke(access_token)
      expect(told().map(({ form }) => form.get('token'))).to.deep.equal([value.token])
      expect(desk.families.isRevoked(value.family)).to.equal(true)
      expect(await refusalCode(desk.refresh(refresh_token))).to.equal('invalid_grant')
    })

    it('succeeds for tokens that are none', async () => {
      await open()
      const code = await desk.code()
      for (const token of ['unknown', 'a.b.c.d.e', code, 'ya29.x']) await desk.revoke(token)
      expect(desk.events).to.deep.equal([])
    })

    it('succeeds where the issuer fails, and notes it', async () => {
      await open()
      const { refresh_token = '' } = await desk.redeem(await desk.code())
      await desk.issuer.down()
      await desk.revoke(refresh_token)
      expect(desk.events.at(-1)).to.include({ event: 'revoked', reason: 'issuer_not_told' })
      expect(await refusalCode(desk.refresh(refresh_token))).to.equal('invalid_grant')
    })

    it('refuses the token of another client, which goes on working', async () => {
      await open()
      const { refresh_token = '', access_token } = await desk.redeem(await desk.code())
      for (const token of [refresh_token, access_token]) {
        expect(await refusalCode(desk.revoke(token, 'other'))).to.equal('invalid_grant')
      }
      expect(await refusalCode(desk.revoke(refresh_token, 'nobody'))).to.equal('invalid_client')
      expect(await desk.refresh(refresh_token)).to.have.property('access_token')
    })

    it('wants a token', async () => {
      await open()
      expect(await refusalCode(desk.revoke(''))).to.equal('invalid_request')
    })
  })

  it('knows what a client sends: this is the request of the tests', async () => {
    await open()
    const answer = await desk.token({
      grant_type: 'authorization_code',
      code: await desk.code(),
      redirect_uri: CLIENT_REDIRECT,
      code_verifier: VERIFIER,
    })
    expect(answer.token_type).to.equal('Bearer')
  })
})
