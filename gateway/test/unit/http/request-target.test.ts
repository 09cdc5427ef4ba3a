import { expect } from 'chai'
import { parseRequestTarget } from '../../../src/http/request-target.ts'

describe('parseRequestTarget', () => {
  const PLAIN: ReadonlyArray<readonly [string, string, string]> = [
    ['/', '/', ''],
    ['/mcp', '/mcp', ''],
    ['/mcp/', '/mcp/', ''],
    ['/mcp/prod', '/mcp/prod', ''],
    ['/.well-known/oauth-protected-resource/mcp', '/.well-known/oauth-protected-resource/mcp', ''],
    ['/mcp?', '/mcp', ''],
    ['/mcp?a=1&b=/../x//y%2e%00?c', '/mcp', 'a=1&b=/../x//y%2e%00?c'],
    ['/oauth/callback?code=a%2Fb&state=[x]|"y"', '/oauth/callback', 'code=a%2Fb&state=[x]|"y"'],
    ['/a..b/...c', '/a..b/...c', ''],
    ['/caf%20e', '/caf%20e', ''],
  ]
  for (const [target, path, query] of PLAIN) {
    it(`reads ${target}`, () => {
      expect(parseRequestTarget(target)).to.deep.equal({ path, query })
    })
  }

  const REFUSED = [
    undefined,
    '',
    '*',
    'mcp',
    'http://gateway/mcp',
    'gateway:80',
    '?a=b',
    '//a',
    '/a//b',
    '/.',
    '/..',
    '/./a',
    '/a/.',
    '/a/../b',
    '/..;a/b',
    '/.;/b',
    '/%2E',
    '/a%2fb',
    '/a%5Cb',
    '/a\\b',
    '/a%25b',
    '/a%23',
    '/a%3F',
    '/a%00',
    '/a%1f',
    '/a%7f',
    '/a%c3%a4',
    '/ä',
    '/a b',
    '/a\tb',
    '/a#b',
    '/a?b#c',
    '/a?b c',
    '/a?b\\c',
    '/a?\0',
    '/a?ä',
    '/%',
    '/%4',
    '/%gg',
    '/a"b',
    '/<a>',
    `/${'a'.repeat(8192)}`,
  ]
  for (const target of REFUSED) {
    it(`refuses ${JSON.stringify(target)?.slice(0, 40)}`, () => {
      expect(parseRequestTarget(target)).to.equal(undefined)
    })
  }

  it('takes no longer for a target made to slow it down', () => {
    const slow = [`/${'a'.repeat(8190)}"`, `/${'a/'.repeat(4095)}"`, `/${'%41'.repeat(2730)}%`]
    const before = process.hrtime.bigint()
    for (const target of slow) expect(parseRequestTarget(target)).to.equal(undefined)
    expect(Number(process.hrtime.bigint() - before) / 1e6).to.be.lessThan(100)
  })
})
