import { expect } from 'chai'
import type { JWTPayload } from 'jose'
import { audienceHint, clientIdOf, isForThisResource } from '../../../src/token/audience.ts'
import { PRESETS, type Provider } from '../../../src/token/provider.ts'

const RESOURCE = 'https://gw.example/mcp'

const provider = (over: Partial<Provider>): Provider => ({
  preset: 'generic',
  issuer: 'https://issuer.example',
  audience: [],
  clientIds: [],
  scopes: [],
  groupsClaim: undefined,
  ...over,
})

describe('isForThisResource', () => {
  const table: ReadonlyArray<readonly [string, Partial<Provider>, JWTPayload, boolean]> = [
    ['the resource as audience', {}, { aud: RESOURCE }, true],
    ['the resource last of several', {}, { aud: ['a', 'b', RESOURCE] }, true],
    ['another resource of this gateway', {}, { aud: `${RESOURCE}/prod` }, false],
    ['the origin only', {}, { aud: 'https://gw.example' }, false],
    ['the resource and a slash', {}, { aud: `${RESOURCE}/` }, false],
    ['the resource in capitals', {}, { aud: RESOURCE.toUpperCase() }, false],
    ['no audience', {}, {}, false],
    ['an empty audience', {}, { aud: '' }, false],
    ['an empty list', {}, { aud: [] }, false],
    ['a configured audience', { audience: ['api://a'] }, { aud: 'api://a' }, true],
    [
      'the resource where an audience is configured',
      { audience: ['api://a'] },
      { aud: RESOURCE },
      false,
    ],
    ['a listed client', { clientIds: ['one'] }, { aud: RESOURCE, azp: 'one' }, true],
    ['a client that is not listed', { clientIds: ['one'] }, { aud: RESOURCE, azp: 'two' }, false],
    ['no client where some are listed', { clientIds: ['one'] }, { aud: RESOURCE }, false],
    [
      'a listed client for another resource',
      { clientIds: ['one'] },
      { aud: 'api://b', azp: 'one' },
      false,
    ],
    [
      'azp before client_id',
      { clientIds: ['one'] },
      { aud: RESOURCE, azp: 'two', client_id: 'one' },
      false,
    ],
    [
      'Cognito, unbound, listed client',
      { preset: 'cognito', clientIds: ['one'] },
      { client_id: 'one' },
      true,
    ],
    [
      'Cognito, unbound, other client',
      { preset: 'cognito', clientIds: ['one'] },
      { client_id: 'two' },
      false,
    ],
    ['Cognito, unbound, no clients listed', { preset: 'cognito' }, { client_id: 'one' }, false],
    [
      'Cognito, unbound, although an audience is configured',
      { preset: 'cognito', audience: ['a'] },
      { client_id: 'one' },
      false,
    ],
    [
      'Cognito, bound to the resource',
      { preset: 'cognito' },
      { aud: RESOURCE, client_id: 'one' },
      true,
    ],
    [
      'Cognito, bound elsewhere, listed client',
      { preset: 'cognito', clientIds: ['one'] },
      { aud: 'https://b', client_id: 'one' },
      false,
    ],
    [
      'Okta, its server audience',
      { preset: 'okta', audience: ['api://default'] },
      { aud: 'api://default', cid: 'c' },
      true,
    ],
    [
      'Auth0, API and userinfo',
      { preset: 'auth0' },
      { aud: [RESOURCE, 'https://t.auth0.com/userinfo'] },
      true,
    ],
    ['Auth0, userinfo only', { preset: 'auth0' }, { aud: 'https://t.auth0.com/userinfo' }, false],
  ]
  for (const [what, over, claims, accepted] of table) {
    it(`${accepted ? 'accepts' : 'refuses'} ${what}`, () => {
      expect(isForThisResource(provider(over), claims, RESOURCE)).to.equal(accepted)
    })
  }

  for (const preset of PRESETS) {
    // The claims come from JSON, so they may have any shape.
    for (const aud of [null, 7, {}, [null], [[RESOURCE]], { 0: RESOURCE }] as unknown[]) {
      it(`refuses aud ${JSON.stringify(aud)} of ${preset}`, () => {
        const claims = { aud } as JWTPayload
        expect(isForThisResource(provider({ preset }), claims, RESOURCE)).to.equal(false)
      })
    }
  }
})

describe('audienceHint', () => {
  const listed = { clientIds: ['one'] }
  const table: ReadonlyArray<readonly [string, Partial<Provider>, JWTPayload, string | undefined]> =
    [
      ['for Microsoft Graph', {}, { aud: '00000003-0000-0000-c000-000000000000' }, 'graph_token'],
      ['of Cognito without audience', { preset: 'cognito' }, { client_id: 'a' }, 'cognito_unbound'],
      ['for userinfo alone', {}, { aud: 'https://t.auth0.com/userinfo' }, 'userinfo_only'],
      ['of another client', listed, { aud: RESOURCE, azp: 'two' }, 'client_not_listed'],
      [
        'with the default audience of Keycloak',
        { preset: 'keycloak' },
        { aud: 'account', azp: 'one' },
        'audience_default_account',
      ],
      ['that names neither client nor scope', {}, { aud: 'one', name: 'Alice' }, 'id_token'],
      ['that names its client', {}, { aud: 'one', azp: 'one' }, undefined],
      ['that has a scope', {}, { aud: 'one', scope: 'openid' }, undefined],
      ['that has a list of scopes', {}, { aud: 'one', scp: ['openid'] }, undefined],
      ['without audience', {}, { name: 'Alice' }, undefined],
    ]
  for (const [what, over, claims, hint] of table) {
    it(`gives ${hint} for a token ${what}`, () => {
      expect(audienceHint(provider(over), claims, RESOURCE)).to.equal(hint)
    })
  }
})

describe('clientIdOf', () => {
  for (const [claims, client] of [
    [{ azp: 'a', client_id: 'b' }, 'a'],
    [{ azp: '', client_id: 'b' }, 'b'],
    [{ azp: 7, cid: 'c' }, 'c'],
    [{ appid: 'd' }, 'd'],
    [{}, undefined],
  ] as const) {
    it(`reads ${JSON.stringify(claims)} as ${client}`, () => {
      expect(clientIdOf(claims)).to.equal(client)
    })
  }
})
