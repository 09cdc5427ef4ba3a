import { expect } from 'chai'
import {
  authorizationParameters,
  type IssuerHabits,
  issuerName,
  type LoginPreset,
  secretMethod,
  tokenParameters,
} from '../../../../src/login/issuer/issuer-request.ts'

const RESOURCE = 'https://gw.example.com/mcp'
const READ = 'cloudwatch/read'

function asking(preset: LoginPreset, over: Partial<IssuerHabits> = {}): IssuerHabits {
  return { preset, scopes: [READ], audience: [], scopesSupported: [], ...over }
}

const ENTRA_READ = 'api://22222222-2222-4222-8222-222222222222/cloudwatch/read'

const AUTHORIZATION: ReadonlyArray<readonly [string, IssuerHabits, Record<string, string>]> = [
  [
    'okta: openid and offline_access, no resource',
    asking('okta', { audience: ['api://default'] }),
    { scope: `openid ${READ} offline_access` },
  ],
  [
    'auth0: the configured audience',
    asking('auth0', { audience: ['https://api.example.com', 'https://other.example.com'] }),
    { scope: `openid ${READ} offline_access`, audience: 'https://api.example.com' },
  ],
  [
    'auth0 without an audience: the resource as audience',
    asking('auth0'),
    { scope: `openid ${READ} offline_access`, audience: RESOURCE },
  ],
  ['cognito: neither offline_access nor resource', asking('cognito'), { scope: `openid ${READ}` }],
  [
    'cognito: not even where it is configured',
    asking('cognito', { scopes: [READ, 'offline_access'], scopesSupported: ['offline_access'] }),
    { scope: `openid ${READ}` },
  ],
  [
    'entra: whole scopes, no resource',
    asking('entra', { scopes: [ENTRA_READ] }),
    { scope: `openid profile offline_access ${ENTRA_READ}` },
  ],
  [
    'keycloak: no offline_access',
    asking('keycloak'),
    { scope: `openid ${READ}`, resource: RESOURCE },
  ],
  [
    'keycloak with an audience mapper: no resource',
    asking('keycloak', { audience: ['cloudwatch'] }),
    { scope: `openid ${READ}` },
  ],
  [
    'keycloak whose audience is the resource',
    asking('keycloak', { audience: [RESOURCE] }),
    { scope: `openid ${READ}`, resource: RESOURCE },
  ],
  [
    'google: its own scopes and its own way to a refresh token',
    asking('google'),
    { scope: 'openid email profile', access_type: 'offline', prompt: 'consent' },
  ],
  ['generic that lists no scopes', asking('generic'), { scope: READ, resource: RESOURCE }],
  ['generic without any scope', asking('generic', { scopes: [] }), { resource: RESOURCE }],
  [
    'generic that lists openid',
    asking('generic', { scopesSupported: ['openid', 'email'] }),
    { scope: `openid ${READ}`, resource: RESOURCE },
  ],
  [
    'generic that lists both: with the prompt that offline_access needs',
    asking('generic', { scopesSupported: ['openid', 'offline_access'] }),
    { scope: `openid ${READ} offline_access`, resource: RESOURCE, prompt: 'consent' },
  ],
  [
    'generic that lists offline_access alone',
    asking('generic', { scopesSupported: ['offline_access'] }),
    { scope: `${READ} offline_access`, resource: RESOURCE },
  ],
  [
    'a scope that is configured and added: once',
    asking('okta', { scopes: ['openid', READ, 'offline_access'] }),
    { scope: `openid ${READ} offline_access` },
  ],
]

describe('authorizationParameters', () => {
  for (const [title, asked, parameters] of AUTHORIZATION) {
    it(`asks ${title}`, () => {
      expect(authorizationParameters(asked, RESOURCE)).to.deep.equal(parameters)
    })
  }
})

describe('tokenParameters', () => {
  for (const preset of ['okta', 'auth0', 'cognito', 'entra', 'google'] as const) {
    it(`sends no resource to ${preset}`, () => {
      expect(tokenParameters(asking(preset), RESOURCE)).to.deep.equal({})
    })
  }
  it('sends the resource to issuers that bind tokens by it', () => {
    expect(tokenParameters(asking('generic'), RESOURCE)).to.deep.equal({ resource: RESOURCE })
    expect(tokenParameters(asking('keycloak'), RESOURCE)).to.deep.equal({ resource: RESOURCE })
  })
})

describe('secretMethod', () => {
  for (const [preset, listed, method] of [
    ['auth0', ['client_secret_basic'], 'client_secret_post'],
    ['okta', undefined, 'client_secret_basic'],
    ['generic', undefined, 'client_secret_basic'],
    ['generic', ['client_secret_post', 'client_secret_basic'], 'client_secret_basic'],
    ['generic', ['client_secret_post', 'none'], 'client_secret_post'],
  ] as const) {
    it(`is ${method} at ${preset}, which lists ${listed?.join(' ') ?? 'nothing'}`, () => {
      expect(secretMethod(preset, listed)).to.equal(method)
    })
  }
})

describe('issuerName', () => {
  it('names the product and the host, and a plain issuer by its host', () => {
    expect(issuerName('okta', 'https://example.okta.com/oauth2/default')).to.equal(
      'Okta (example.okta.com)',
    )
    expect(issuerName('generic', 'https://login.example.com:8443/realm')).to.equal(
      'login.example.com:8443',
    )
  })
})
