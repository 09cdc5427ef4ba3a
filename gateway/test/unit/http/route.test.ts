import { expect } from 'chai'
import { matchLoginRoute, matchRoute, pathOf } from '../../../src/http/route.ts'

const TARGETS = new Set(['default', 'prod'])
const WELL_KNOWN = '/.well-known/oauth-protected-resource'

describe('matchRoute', () => {
  for (const [path, route] of [
    ['/', { kind: 'home' }],
    ['/whoami', { kind: 'whoami' }],
    ['/healthz', { kind: 'health' }],
    ['/readyz', { kind: 'ready' }],
    ['/mcp', { kind: 'mcp', target: 'default' }],
    ['/mcp/prod', { kind: 'mcp', target: 'prod' }],
    [WELL_KNOWN, { kind: 'resource-metadata', target: 'default' }],
    [`${WELL_KNOWN}/mcp`, { kind: 'resource-metadata', target: 'default' }],
    [`${WELL_KNOWN}/mcp/prod`, { kind: 'resource-metadata', target: 'prod' }],
  ] as const) {
    it(`knows ${path}`, () => {
      expect(matchRoute(path, TARGETS)).to.deep.equal(route)
    })
  }

  for (const path of [
    '',
    '/mcp/',
    '/MCP',
    '/mcp/default',
    '/mcp/test',
    '/mcp/prod/',
    '/mcp/prod/more',
    '/mcp/constructor',
    '/mcpx',
    '//mcp',
    '/%6dcp',
    '/metrics',
    '/healthz/',
    `${WELL_KNOWN}/`,
    `${WELL_KNOWN}/whoami`,
    `${WELL_KNOWN}/mcp/test`,
    `${WELL_KNOWN}mcp`,
    '/.well-known/oauth-authorization-server',
    '/.well-known/openid-configuration',
    '/mcp/.well-known/oauth-protected-resource',
  ]) {
    it(`does not know "${path}"`, () => {
      expect(matchRoute(path, TARGETS)).to.deep.equal({ kind: 'unknown' })
    })
  }

  it('finds every target at its own path', () => {
    for (const target of TARGETS) {
      expect(matchRoute(pathOf(target), TARGETS)).to.deep.equal({ kind: 'mcp', target })
    }
  })
})

describe('matchLoginRoute', () => {
  const SERVER = '/.well-known/oauth-authorization-server'
  const OPENID = '/.well-known/openid-configuration'

  for (const [path, kind] of [
    [SERVER, 'server-metadata'],
    [`${SERVER}/mcp`, 'server-metadata'],
    [`${SERVER}/mcp/prod`, 'server-metadata'],
    [`/mcp${SERVER}`, 'server-metadata'],
    [`/mcp/prod${SERVER}`, 'server-metadata'],
    [OPENID, 'openid-metadata'],
    [`${OPENID}/mcp`, 'openid-metadata'],
    [`${OPENID}/mcp/prod`, 'openid-metadata'],
    [`/mcp${OPENID}`, 'openid-metadata'],
    [`/mcp/prod${OPENID}`, 'openid-metadata'],
    ['/oauth/jwks', 'keys'],
    ['/oauth/register', 'register'],
    ['/oauth/authorize', 'authorize'],
    ['/oauth/consent', 'consent'],
    ['/oauth/callback', 'callback'],
    ['/oauth/token', 'token'],
    ['/oauth/revoke', 'revoke'],
    ['/register', 'register'],
    ['/authorize', 'authorize'],
    ['/token', 'token'],
  ] as const) {
    it(`knows ${path}`, () => {
      expect(matchLoginRoute(path, TARGETS)).to.deep.equal({ kind })
    })
  }

  for (const path of [
    '/',
    '/mcp',
    '/oauth',
    '/oauth/',
    '/oauth/token/',
    '/oauth/Token',
    '/OAuth/token',
    '/oauth/introspect',
    '/oauth/constructor',
    '/revoke',
    `${SERVER}/`,
    `${SERVER}/whoami`,
    `${SERVER}/mcp/`,
    `${SERVER}/mcp/test`,
    `${SERVER}/mcp/default`,
    `${SERVER}mcp`,
    `/mcp/test${SERVER}`,
    `/mcp/${SERVER}`,
    `/whoami${OPENID}`,
    `${SERVER}${OPENID}`,
    `/mcp${SERVER}/mcp`,
    WELL_KNOWN,
  ]) {
    it(`does not know "${path}"`, () => {
      expect(matchLoginRoute(path, TARGETS)).to.equal(undefined)
    })
  }
})
