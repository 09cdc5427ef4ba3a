import { expect } from 'chai'
import type { IssuerTokens } from '../../../../src/login/issuer/issuer-login.ts'
import type { LoginPreset } from '../../../../src/login/issuer/issuer-request.ts'
import {
  chooseTokens,
  type IssuerAnswer,
  type Previous,
} from '../../../../src/login/issuer/issuer-tokens.ts'
import { OAuthError } from '../../../../src/login/oauth-error.ts'

const NOW = Date.parse('2026-11-24T12:00:00Z')
const SECOND = 1000
const at = (seconds: number) => NOW / SECOND + seconds

function jwt(claims: Record<string, unknown>): string {
  const part = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url')
  return `${part({ alg: 'RS256' })}.${part(claims)}.c2ln`
}

const ACCESS = jwt({ sub: 'alice', exp: at(3600) })
const ID = jwt({ sub: 'alice', nonce: 'n', exp: at(1800) })
const OPAQUE = 'ya29.opaque'

function choose(preset: LoginPreset, answer: IssuerAnswer, previous?: Previous): IssuerTokens {
  return chooseTokens(preset, answer, { previous, now: NOW })
}

function refusal(attempt: () => unknown) {
  try {
    attempt()
  } catch (error) {
    if (error instanceof OAuthError) return error.code
    throw error
  }
  throw new Error('nothing was refused')
}

describe('chooseTokens', () => {
  for (const preset of ['okta', 'entra', 'keycloak', 'generic'] as const) {
    it(`takes the access token of ${preset} for everything`, () => {
      const tokens = choose(preset, { access_token: ACCESS, id_token: ID, expires_in: 3600 })
      expect(tokens).to.include({ identity: ACCESS, proof: undefined, idToken: undefined })
      expect(tokens).to.include({ expiresAt: NOW + 3600 * SECOND, subject: 'alice' })
    })
  }

  for (const preset of ['auth0', 'cognito'] as const) {
    it(`takes the ID token of ${preset} for STS, and ends with whichever ends first`, () => {
      const tokens = choose(preset, { access_token: ACCESS, id_token: ID, expires_in: 3600 })
      expect(tokens).to.include({ identity: ACCESS, proof: ID, idToken: ID })
      expect(tokens.expiresAt).to.equal(NOW + 1800 * SECOND)
    })
  }

  for (const preset of ['google', 'generic'] as const) {
    it(`takes the ID token of ${preset} as identity where the access token is opaque`, () => {
      const tokens = choose(preset, { access_token: OPAQUE, id_token: ID, expires_in: 3599 })
      expect(tokens).to.include({ identity: ID, proof: undefined, idToken: ID })
    })
  }

  it('ends with the access token where that ends first', () => {
    const tokens = choose('google', { access_token: OPAQUE, id_token: ID, expires_in: 60 })
    expect(tokens.expiresAt).to.equal(NOW + 60 * SECOND)
  })

  it('names no end where the issuer names none', () => {
    const { expiresAt } = choose('okta', { access_token: OPAQUE })
    expect(expiresAt).to.equal(Number.POSITIVE_INFINITY)
  })

  for (const preset of ['auth0', 'cognito', 'google'] as const) {
    it(`calls it the issuer's failure when ${preset} gives no ID token at sign-in`, () => {
      expect(refusal(() => choose(preset, { access_token: ACCESS }))).to.equal('server_error')
    })

    it(`goes on with the old ID token of ${preset} while it is good`, () => {
      const tokens = choose(preset, { access_token: ACCESS }, { idToken: ID, subject: 'alice' })
      expect(tokens).to.include({ idToken: ID, subject: 'alice' })
      expect(tokens.expiresAt).to.equal(NOW + 1800 * SECOND)
    })

    it(`wants a new sign-in when ${preset} gives no ID token and the old one ends`, () => {
      const idToken = jwt({ sub: 'alice', exp: at(59) })
      const attempt = () => choose(preset, { access_token: ACCESS }, { idToken, subject: 'alice' })
      expect(refusal(attempt)).to.equal('invalid_grant')
    })
  }

  it('prefers the new ID token of a refresh', () => {
    const old = jwt({ sub: 'alice', exp: at(10) })
    const tokens = choose(
      'cognito',
      { access_token: ACCESS, id_token: ID },
      { idToken: old, subject: 'alice' },
    )
    expect(tokens.proof).to.equal(ID)
  })

  it('refuses a refresh that turns one person into another', () => {
    const attempt = () =>
      choose('okta', { access_token: ACCESS, id_token: ID }, { idToken: undefined, subject: 'bob' })
    expect(refusal(attempt)).to.equal('invalid_grant')
  })

  it('keeps the subject over a refresh without an ID token', () => {
    const { subject } = choose(
      'okta',
      { access_token: ACCESS },
      { idToken: undefined, subject: 'alice' },
    )
    expect(subject).to.equal('alice')
  })
})
