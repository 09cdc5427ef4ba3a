import { expect } from 'chai'
import { ServerRefusal } from '../../src/errors.ts'
import { guardAgainstBrowsers, matchRoute, methodsOf } from '../../src/route.ts'

describe('matchRoute', () => {
  for (const [url, route] of [
    ['/mcp', 'mcp'],
    ['/mcp?x=/healthz', 'mcp'],
    ['/healthz', 'health'],
    ['/', 'about'],
    ['/?', 'about'],
  ] as const) {
    it(`takes ${url} for ${route}`, () => {
      expect(matchRoute(url)).to.equal(route)
    })
  }

  for (const url of ['/mcp/', '/x', '', undefined, '*', '/constructor', '/__proto__']) {
    it(`finds nothing at ${url}`, () => {
      expect(() => matchRoute(url))
        .to.throw(ServerRefusal)
        .with.property('reason', 'not_found')
    })
  }
})

describe('methodsOf', () => {
  it('has nothing to GET and nothing to DELETE on /mcp', () => {
    expect(methodsOf('mcp')).to.deep.equal(['POST'])
  })
})

describe('guardAgainstBrowsers', () => {
  it('accepts any Host on an address that other machines reach', () => {
    guardAgainstBrowsers('mcp', { host: 'mcp-server:3334' }, false)
  })

  it('refuses a missing Host on a loopback address', () => {
    expect(() => guardAgainstBrowsers('about', {}, true))
      .to.throw(ServerRefusal)
      .with.property('reason', 'host_rejected')
  })

  it('refuses an Origin on /mcp on any address', () => {
    expect(() => guardAgainstBrowsers('mcp', { host: 'a', origin: 'https://a' }, false))
      .to.throw(ServerRefusal)
      .with.property('reason', 'origin_rejected')
  })
})
