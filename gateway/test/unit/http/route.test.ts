import { expect } from 'chai'
import { matchRoute, pathOf } from '../../../src/http/route.ts'

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
