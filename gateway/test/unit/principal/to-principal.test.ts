import { expect } from 'chai'
import type { Principal } from '../../../src/principal/principal.ts'
import { claimAt, toPrincipal } from '../../../src/principal/to-principal.ts'
import type { Preset } from '../../../src/token/provider.ts'

const ISSUER = 'https://issuer.example'
const TIMES = { iss: ISSUER, iat: 1_700_000_000, exp: 1_700_003_600 }

function principalOf(
  preset: Preset,
  claims: Record<string, unknown>,
  groupsClaim?: string,
): Principal {
  return toPrincipal({
    provider: { preset, issuer: ISSUER, audience: [], clientIds: [], scopes: [], groupsClaim },
    claims: { ...TIMES, sub: 'subject', ...claims, iss: ISSUER },
  })
}

/** Tokens as the providers' own references show them. */
const OKTA_USER = {
  ver: 1,
  jti: 'AT.0mP4JKAZX1iACIT4vbEDF7LpvDVjxypPMf0D7uX39RE',
  aud: 'api://default',
  cid: '0oaClient',
  uid: '00u1Stable',
  scp: ['openid', 'cloudwatch/read'],
  sub: 'alice@shop.example',
  groups: ['staff', 'sre'],
}
const OKTA_MACHINE = {
  ver: 1,
  jti: 'AT.x',
  aud: 'api://default',
  cid: '0oaJob',
  scp: ['a'],
  sub: '0oaJob',
}
const AUTH0_USER = {
  aud: ['https://gw.example/mcp', 'https://t.auth0.com/userinfo'],
  sub: 'auth0|65f0',
  azp: 'auth0Client',
  scope: 'openid profile cloudwatch/read',
  'https://shop.example/groups': ['sre'],
}
const AUTH0_RFC9068 = { sub: 'auth0|65f0', client_id: 'tpc_1', jti: 'j', scope: 'cloudwatch/read' }
const AUTH0_MACHINE = { sub: 'job@clients', azp: 'job', gty: 'client-credentials', scope: 'a' }
const COGNITO_USER = {
  sub: '8c2e5b60-1111-4222-8333-944455556666',
  'cognito:groups': ['sre'],
  token_use: 'access',
  scope: 'gw/read openid',
  client_id: '4hqclient',
  username: 'alice',
  origin_jti: 'o',
  jti: 'j',
  version: 2,
}
const COGNITO_MACHINE = {
  sub: '4hqjob',
  token_use: 'access',
  scope: 'gw/read',
  client_id: '4hqjob',
}
const KEYCLOAK_USER = {
  sub: '1b2c',
  azp: 'mcp',
  preferred_username: 'alice',
  email: 'alice@shop.example',
  scope: 'profile email',
  realm_access: { roles: ['sre', 'offline_access'] },
  groups: ['/teams/sre'],
}

describe('toPrincipal', () => {
  const table: ReadonlyArray<
    readonly [string, Preset, Record<string, unknown>, string | undefined, Partial<Principal>]
  > = [
    [
      "Okta's user",
      'okta',
      OKTA_USER,
      undefined,
      {
        subject: '00u1Stable',
        username: 'alice@shop.example',
        clientId: '0oaClient',
        scopes: ['openid', 'cloudwatch/read'],
        groups: ['staff', 'sre'],
        machine: false,
      },
    ],
    [
      "Okta's machine",
      'okta',
      OKTA_MACHINE,
      undefined,
      {
        subject: '0oaJob',
        username: '0oaJob',
        clientId: '0oaJob',
        scopes: ['a'],
        groups: [],
        machine: true,
      },
    ],
    [
      "Auth0's user",
      'auth0',
      AUTH0_USER,
      'https://shop.example/groups',
      {
        subject: 'auth0|65f0',
        username: 'auth0|65f0',
        clientId: 'auth0Client',
        scopes: ['openid', 'profile', 'cloudwatch/read'],
        groups: ['sre'],
        machine: false,
      },
    ],
    [
      "Auth0's user, RFC 9068",
      'auth0',
      AUTH0_RFC9068,
      undefined,
      { clientId: 'tpc_1', scopes: ['cloudwatch/read'], groups: [], machine: false },
    ],
    [
      "Auth0's machine",
      'auth0',
      AUTH0_MACHINE,
      undefined,
      { subject: 'job@clients', clientId: 'job', machine: true },
    ],
    [
      "Auth0's machine that only gty tells",
      'auth0',
      { ...AUTH0_MACHINE, sub: 'agent|1' },
      undefined,
      { machine: true },
    ],
    [
      "Auth0's machine that only sub tells",
      'auth0',
      { ...AUTH0_MACHINE, gty: undefined },
      undefined,
      { machine: true },
    ],
    [
      "Cognito's user",
      'cognito',
      COGNITO_USER,
      undefined,
      {
        subject: COGNITO_USER.sub,
        username: 'alice',
        clientId: '4hqclient',
        scopes: ['gw/read', 'openid'],
        groups: ['sre'],
        machine: false,
      },
    ],
    [
      "Cognito's machine",
      'cognito',
      COGNITO_MACHINE,
      undefined,
      { subject: '4hqjob', username: undefined, clientId: '4hqjob', groups: [], machine: true },
    ],
    [
      "Keycloak's user by a pointer",
      'generic',
      KEYCLOAK_USER,
      '/realm_access/roles',
      {
        subject: '1b2c',
        username: 'alice',
        clientId: 'mcp',
        groups: ['sre', 'offline_access'],
        machine: false,
      },
    ],
    ["Keycloak's user by name", 'generic', KEYCLOAK_USER, undefined, { groups: ['/teams/sre'] }],
    [
      'a plain user',
      'generic',
      { sub: 'u1', client_id: 'c1', scope: 'a b' },
      undefined,
      { subject: 'u1', username: 'u1', clientId: 'c1', scopes: ['a', 'b'], machine: false },
    ],
    ['a plain machine', 'generic', { sub: 'c1', client_id: 'c1' }, undefined, { machine: true }],
    ['a plain machine by azp', 'generic', { sub: 'c1', azp: 'c1' }, undefined, { machine: true }],
  ]
  for (const [what, preset, claims, groupsClaim, expected] of table) {
    it(`reads ${what}`, () => {
      expect(principalOf(preset, claims, groupsClaim)).to.deep.include({
        issuer: ISSUER,
        ...expected,
      })
    })
  }

  it('keeps the claims as they were and adds no token', () => {
    const principal = principalOf('okta', OKTA_USER)
    expect(principal.claims).to.deep.equal({ ...TIMES, ...OKTA_USER })
    expect(Object.keys(principal)).to.have.members([
      'issuer',
      'subject',
      'username',
      'clientId',
      'groups',
      'groupsOmitted',
      'unreadable',
      'scopes',
      'machine',
      'claims',
    ])
  })

  it('tells of lists that are there and cannot be read', () => {
    const unreadableIn = (claims: Record<string, unknown>) =>
      principalOf('okta', { ...OKTA_USER, ...claims }).unreadable
    for (const fine of [undefined, null, 'a', '', [], ['a', 'b']]) {
      expect(unreadableIn({ groups: fine, scp: fine })).to.deep.equal([])
    }
    for (const odd of [{ sre: true }, 7, true, ['a', 7], [['a']]]) {
      expect(unreadableIn({ groups: odd })).to.deep.equal(['groups'])
      expect(unreadableIn({ scp: odd })).to.deep.equal(['scopes'])
    }
  })

  describe('groups', () => {
    const many = Array.from({ length: 5000 }, (_, number) => `g${number}`)
    const shapes: ReadonlyArray<readonly [string, unknown, readonly string[]]> = [
      ['a list', ['a', 'b'], ['a', 'b']],
      ['one string', 'a', ['a']],
      ['a string with a comma', 'a,b', ['a,b']],
      ['a string with a space', 'a b', ['a b']],
      ['an empty string', '', []],
      ['a list with other things in it', ['a', 7, null, ['b'], { c: 1 }, true, ''], ['a']],
      ['an object', { sre: true }, []],
      ['a number', 7, []],
      ['null', null, []],
      ['nothing', undefined, []],
      ['5000 of them', many, many],
      [
        'names with odd characters',
        ['*', 'a*', ' sre', 'SRE', 'ѕre'],
        ['*', 'a*', ' sre', 'SRE', 'ѕre'],
      ],
    ]
    for (const [what, groups, expected] of shapes) {
      it(`are read from ${what}`, () => {
        expect(principalOf('generic', { groups }).groups).to.deep.equal(expected)
      })
    }

    const names: ReadonlyArray<readonly [string, Record<string, unknown>, readonly string[]]> = [
      ['https://shop.example/groups', { 'https://shop.example/groups': ['a'] }, ['a']],
      ['a.b', { 'a.b': ['exact'], a: { b: ['nested'] } }, ['exact']],
      ['cognito:groups', { 'cognito:groups': ['a'] }, ['a']],
      ['/a/b', { a: { b: ['nested'] } }, ['nested']],
      ['/a~1b/c~0d', { 'a/b': { 'c~d': ['a'] } }, ['a']],
      ['/https:~1~1shop.example~1groups', { 'https://shop.example/groups': ['a'] }, ['a']],
      ['/a/0', { a: [['first'], ['second']] }, ['first']],
      ['/a/length', { a: ['x'] }, []],
      ['/a/b', { a: 'text' }, []],
      ['/a/b', { a: null }, []],
      ['/a/b', {}, []],
      ['/', { '': ['a'] }, ['a']],
      ['__proto__', {}, []],
      ['constructor', {}, []],
      ['/constructor/name', {}, []],
      ['/__proto__/a', {}, []],
      ['toString', {}, []],
    ]
    for (const [name, claims, expected] of names) {
      it(`are found as ${name} in ${JSON.stringify(claims)}`, () => {
        expect(principalOf('generic', claims, name).groups).to.deep.equal(expected)
      })
    }

    it('of a claim that is really called __proto__ are its own', () => {
      const claims = JSON.parse('{"__proto__":["a"]}') as Record<string, unknown>
      expect(principalOf('generic', claims, '__proto__').groups).to.deep.equal(['a'])
    })

    it('are not read from an overage indicator', () => {
      const claims = { _claim_names: { groups: 'src1' }, _claim_sources: { src1: {} } }
      expect(principalOf('generic', claims).groups).to.deep.equal([])
    })
  })

  describe('scopes', () => {
    for (const [scope, expected] of [
      ['a  b ', ['a', 'b']],
      ['', []],
      [
        ['a', 7, 'b'],
        ['a', 'b'],
      ],
      [7, []],
      ['a,b', ['a,b']],
    ] as const) {
      it(`are read from ${JSON.stringify(scope)}`, () => {
        expect(principalOf('generic', { scope }).scopes).to.deep.equal(expected)
      })
    }
  })

  it('does not take an empty or odd uid for a subject', () => {
    for (const uid of ['', 7, null, ['a']]) {
      expect(principalOf('okta', { ...OKTA_USER, uid })).to.deep.include({
        subject: OKTA_USER.sub,
        machine: true,
      })
    }
  })
})

describe('claimAt', () => {
  for (const name of [
    'constructor',
    '__proto__',
    'toString',
    '/constructor',
    '/__proto__',
    '/a/b/map',
  ]) {
    it(`finds nothing called ${name} that the issuer did not write`, () => {
      expect(claimAt({ a: { b: [] } }, name)).to.equal(undefined)
    })
  }
})
