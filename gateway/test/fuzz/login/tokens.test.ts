import { randomBytes } from 'node:crypto'
import { expect } from 'chai'
import fc from 'fast-check'
import { OAuthError } from '../../../src/login/oauth-error.ts'
import {
  createSealedContents,
  type SealedContents,
} from '../../../src/login/sealed/sealed-contents.ts'
import { type Purpose, purposeOf, SealError } from '../../../src/login/sealed/sealed-value.ts'
import {
  CLIENT_REDIRECT,
  type Desk,
  GATEWAY_URL,
  openDesk,
  RESOURCE,
  VERIFIER,
} from '../../support/token-desk.ts'
import { checkAsync, describeFuzz, headerText, RUNS } from '../check.ts'
import { createRandom, mutate } from '../mutate.ts'

const REQUEST = {
  client: 'client',
  redirectUri: CLIENT_REDIRECT,
  challenge: 'challenge',
  target: 'default',
}
const GRANT = { client: 'client', target: 'default', issuer: 'https://i.example', family: 'f' }

/** One sealed value of each purpose. */
async function sealedValues(contents: SealedContents): Promise<ReadonlyMap<Purpose, string>> {
  const login = { ...REQUEST, issuer: GRANT.issuer, verifier: 'v', nonce: 'n', clientName: 'c' }
  return new Map<Purpose, string>([
    ['client', await contents.client.seal({ redirectUris: [], method: 'none' }, undefined)],
    ['consent', await contents.consent.seal({ ...login, id: 'i', browser: 'b' }, 600)],
    ['login', await contents.login.seal(login, 600)],
    ['code', await contents.code.seal({ ...login, code: 'c', upstreamState: 's' }, 60)],
    ['access', await contents.access.seal({ ...GRANT, identity: 'a.b.c' }, 3600)],
    ['refresh', await contents.refresh.seal({ ...GRANT, token: 't', id: 'i' }, 3600)],
  ])
}

const HOSTILE = [
  '.',
  '..',
  '=',
  '==',
  '\0',
  ' ',
  '"',
  '{}',
  'eyJhbGciOiJub25lIn0',
  '-_',
  '%2e',
  'é',
]

describeFuzz('sealed values', () => {
  const contents = createSealedContents({
    keys: [randomBytes(32), randomBytes(32)],
    audience: GATEWAY_URL,
    revokeBefore: undefined,
    now: () => 1_700_000_000_000,
  })

  it('open to what was sealed or not at all, however they are changed', async () => {
    const sealed = await sealedValues(contents)
    let opened = 0
    await checkAsync(
      fc.asyncProperty(
        fc.constantFrom(...sealed.keys()),
        fc.constantFrom(...sealed.keys()),
        fc.integer(),
        async (purpose, asked, seed) => {
          const text = sealed.get(purpose) ?? ''
          const changed = mutate(text, HOSTILE, createRandom(seed))
          const outcome = await contents[asked].open(changed).catch((error: unknown) => error)
          if (outcome instanceof SealError) return
          // Base64url has several spellings of the same bytes.
          opened += 1
          expect(asked).to.equal(purpose)
          expect(outcome).to.deep.equal(await contents[purpose].open(text))
        },
      ),
    )
    expect(opened).to.be.below(RUNS / 10)
  })

  it('are told by any text, and never fail', async () => {
    await checkAsync(
      fc.asyncProperty(
        fc.oneof(
          headerText,
          fc.string({ maxLength: 200 }),
          fc
            .array(fc.base64String({ maxLength: 60 }), { minLength: 3, maxLength: 7 })
            .map((parts) => parts.join('.')),
          fc.json().map((json) => `${Buffer.from(json).toString('base64url')}..a.b.c`),
        ),
        async (text) => {
          const purpose = purposeOf(text)
          expect(purpose).to.equal(undefined)
          const outcome = await contents.code.open(text).catch((error: unknown) => error)
          expect(outcome).to.be.instanceOf(SealError)
        },
      ),
    )
  })
})

describeFuzz('the token endpoint', () => {
  let desk: Desk
  before(async () => {
    desk = await openDesk()
  })
  after(() => desk.close())

  it('answers any form with tokens or in OAuth words, and asks the issuer for whole ones alone', async () => {
    const code = await desk.code()
    const { refresh_token: refreshToken = '' } = await desk.redeem(await desk.code())
    const before = desk.issuer.asked.length
    const values = fc.oneof(
      fc.constantFrom(
        'authorization_code',
        'refresh_token',
        code,
        refreshToken,
        VERIFIER,
        RESOURCE,
        `${RESOURCE}/`,
        `${RESOURCE}/prod`,
        CLIENT_REDIRECT,
        'cloudwatch/read',
        '__proto__',
      ),
      headerText,
    )
    const names = fc.constantFrom(
      'grant_type',
      'code',
      'redirect_uri',
      'code_verifier',
      'resource',
      'refresh_token',
      'scope',
      'constructor',
      '__proto__',
    )
    await checkAsync(
      fc.asyncProperty(
        fc.array(fc.tuple(names, values), { maxLength: 9 }),
        fc.constantFrom('editor', 'editor', 'other', 'nobody'),
        async (pairs, as) => {
          const form = Object.fromEntries(pairs)
          const asked = desk.issuer.asked.length
          const outcome = await desk.token(form, as).catch((error: unknown) => error)
          if (outcome instanceof OAuthError) {
            expect(outcome.status).to.be.below(500)
            expect(desk.issuer.asked.length).to.equal(asked)
            return
          }
          expect(as).to.equal('editor')
          expect(outcome).to.have.property('token_type', 'Bearer')
        },
      ),
    )
    expect(desk.issuer.asked.length).to.be.at.most(before + 2)
  })
})
