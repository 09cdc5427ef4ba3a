import { expect } from 'chai'
import type { JWTPayload } from 'jose'
import { PRESETS, type Preset } from '../../../src/token/provider.ts'
import { wrongKind } from '../../../src/token/token-kind.ts'

const kind = (preset: Preset, claims: JWTPayload, typ?: string) =>
  wrongKind(preset, { alg: 'RS256', ...(typ === undefined ? {} : { typ }) }, claims)

describe('wrongKind', () => {
  const access: Readonly<Record<Preset, JWTPayload>> = {
    okta: { jti: 'AT.0a1b' },
    auth0: {},
    cognito: { token_use: 'access' },
    entra: { ver: '2.0' },
    keycloak: { typ: 'Bearer' },
    google: { azp: 'client' },
    'aws-iam': {},
    generic: {},
  }

  for (const preset of PRESETS) {
    describe(`of ${preset}`, () => {
      for (const typ of [undefined, 'JWT', 'jwt', 'at+jwt', 'AT+JWT', 'application/at+jwt']) {
        it(`accepts typ ${typ}`, () => {
          expect(kind(preset, access[preset], typ)).to.equal(undefined)
        })
      }
      for (const typ of ['logout+jwt', 'id_token', 'dpop+jwt', 'JWS', ' JWT']) {
        it(`refuses typ "${typ}"`, () => {
          expect(kind(preset, access[preset], typ)).to.equal('other')
        })
      }
      it('refuses a security event', () => {
        expect(kind(preset, { ...access[preset], events: {} })).to.equal('other')
      })
      // Google's callers present ID tokens; Cognito says itself what a token is.
      if (preset === 'google' || preset === 'cognito') return
      for (const claim of ['nonce', 'at_hash', 'c_hash']) {
        it(`refuses a token with ${claim}, even an empty one`, () => {
          expect(kind(preset, { ...access[preset], [claim]: '' })).to.equal('id_token')
        })
      }
    })
  }

  for (const [what, preset, claims, accepted] of [
    ["Okta's ID token", 'okta', { jti: 'ID.0a1b' }, 'id_token'],
    ["Okta's token without jti", 'okta', {}, undefined],
    ["Cognito's ID token", 'cognito', { token_use: 'id' }, 'id_token'],
    ["Cognito's token without token_use", 'cognito', {}, 'other'],
    ["Cognito's token_use in capitals", 'cognito', { token_use: 'ACCESS' }, 'other'],
    ["Keycloak's ID token", 'keycloak', { typ: 'ID' }, 'id_token'],
    ["Keycloak's refresh token", 'keycloak', { typ: 'Refresh' }, 'refresh_token'],
    ["Keycloak's offline token", 'keycloak', { typ: 'Offline' }, 'refresh_token'],
    ["Keycloak's logout token", 'keycloak', { typ: 'Logout' }, 'other'],
    ["Google's ID token", 'google', { nonce: 'n', at_hash: 'h' }, undefined],
  ] as const) {
    it(`${accepted === undefined ? 'accepts' : 'refuses'} ${what}`, () => {
      expect(kind(preset, claims)).to.equal(accepted)
    })
  }
})
