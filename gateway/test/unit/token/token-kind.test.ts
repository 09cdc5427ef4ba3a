import { expect } from 'chai'
import type { JWTPayload } from 'jose'
import { PRESETS, type Preset } from '../../../src/token/provider.ts'
import { isAccessToken } from '../../../src/token/token-kind.ts'

const kind = (preset: Preset, claims: JWTPayload, typ?: string) =>
  isAccessToken(preset, { alg: 'RS256', ...(typ === undefined ? {} : { typ }) }, claims)

describe('isAccessToken', () => {
  const access: Readonly<Record<Preset, JWTPayload>> = {
    okta: { jti: 'AT.0a1b' },
    auth0: {},
    cognito: { token_use: 'access' },
    generic: {},
  }

  for (const preset of PRESETS) {
    describe(`of ${preset}`, () => {
      for (const typ of [undefined, 'JWT', 'jwt', 'at+jwt', 'AT+JWT', 'application/at+jwt']) {
        it(`accepts typ ${typ}`, () => {
          expect(kind(preset, access[preset], typ)).to.equal(true)
        })
      }
      for (const typ of ['logout+jwt', 'id_token', 'dpop+jwt', 'JWS', ' JWT']) {
        it(`refuses typ "${typ}"`, () => {
          expect(kind(preset, access[preset], typ)).to.equal(false)
        })
      }
      for (const claim of ['nonce', 'at_hash', 'c_hash', 'events']) {
        it(`refuses a token with ${claim}, even an empty one`, () => {
          expect(kind(preset, { ...access[preset], [claim]: '' })).to.equal(false)
        })
      }
    })
  }

  for (const [what, preset, claims, accepted] of [
    ["Okta's ID token", 'okta', { jti: 'ID.0a1b' }, false],
    ["Okta's token without jti", 'okta', {}, true],
    ["Cognito's ID token", 'cognito', { token_use: 'id' }, false],
    ["Cognito's token without token_use", 'cognito', {}, false],
    ["Cognito's token_use in capitals", 'cognito', { token_use: 'ACCESS' }, false],
  ] as const) {
    it(`${accepted ? 'accepts' : 'refuses'} ${what}`, () => {
      expect(kind(preset, claims)).to.equal(accepted)
    })
  }
})
