import { expect } from 'chai'
import { createRedirectUriRules } from '../../../src/login/redirect-uri.ts'

const rules = createRedirectUriRules({
  customUris: ['cursor://anysphere.cursor-mcp/oauth/callback'],
  hosts: [],
})

const REFUSED: Readonly<Record<string, readonly string[]>> = {
  'a user name in front of the host': [
    'https://good.example@evil.example/cb',
    'https://good.example:pass@evil.example/cb',
    'https://@evil.example/cb',
    'http://localhost@evil.example/cb',
    'http://localhost:80@evil.example/cb',
  ],
  'a backslash': [
    'https://good.example\\@evil.example/cb',
    'https:\\\\evil.example/cb',
    'https://good.example/\\evil.example',
    'https://good.example/%5cevil.example',
  ],
  'dot segments, raw and encoded': [
    'https://good.example/cb/../evil',
    'https://good.example/./cb',
    'https://good.example/cb/%2e%2e/evil',
    'https://good.example/cb/.%2E/evil',
    'https://good.example/cb/%2e/evil',
    'https://good.example/cb/..;/evil',
    'https://good.example/cb/..%2fevil',
    'https://good.example/cb/..',
  ],
  'a fragment': ['https://good.example/cb#x', 'https://good.example/cb#', 'http://localhost/#x'],
  'a scheme that runs or shows what it carries': [
    'javascript:alert(1)',
    'JavaScript:alert(1)',
    'javascript://good.example/%0aalert(1)',
    'data:text/html,hello',
    'vbscript:msgbox(1)',
    'file:///etc/passwd',
    'blob:https://good.example/1',
    'about:blank',
    'view-source:https://good.example/',
    'filesystem:https://good.example/',
  ],
  'a host that only begins like this machine': [
    'http://localhost.evil.example/cb',
    'http://localhost.evil/cb',
    'http://127.0.0.1.evil.example/cb',
    'http://localhost-evil/cb',
  ],
  'another address of this machine or network': [
    'http://127.0.0.2/cb',
    'http://0.0.0.0/cb',
    'http://[::ffff:127.0.0.1]/cb',
    'http://[::]/cb',
    'http://10.0.0.1/cb',
    'https://127.0.0.2/cb',
    'https://0.0.0.0/cb',
    'https://169.254.169.254/latest',
    'https://[::ffff:a9fe:a9fe]/cb',
  ],
  'an address that is written as a number': [
    'http://2130706433/cb',
    'http://0x7f000001/cb',
    'http://0177.0.0.1/cb',
    'http://127.1/cb',
    'https://2130706433/cb',
    'http://127.0.0.1./cb',
    'http://[0:0:0:0:0:0:0:1]/cb',
  ],
  'upper case, which browsers fold': [
    'HTTPS://good.example/cb',
    'https://GOOD.example/cb',
    'http://LOCALHOST/cb',
    'hTtP://localhost/cb',
  ],
  'a dot behind the host': [
    'https://good.example./cb',
    'http://localhost./cb',
    'https://good.example.:8443/cb',
  ],
  'a port that is the default or none at all': [
    'https://good.example:443/cb',
    'http://localhost:80/cb',
    'https://good.example:/cb',
    'http://localhost:0/cb',
    'http://localhost:99999/cb',
    'http://localhost:08787/cb',
  ],
  'a wildcard': [
    'https://*.example.com/cb',
    'https://good.example/*',
    'https://good.example/cb?*',
    '*',
  ],
  'a host name outside ASCII': [
    'https://gооd.example/cb',
    'https://bücher.example/cb',
    'https://good。example/cb',
    'https://good.example/ü',
    'https://ｇood.example/cb',
  ],
  'http to another machine': ['http://good.example/cb', 'http://good.example:8080/cb'],
  'a custom scheme that is not listed': [
    'evil://anysphere.cursor-mcp/oauth/callback',
    'com.example.app:/cb',
    'cursor://anysphere.cursor-mcp/oauth/callback2',
    'intent://scan/#Intent;scheme=zxing;end',
    'ms-word:ofe|u|https://evil.example',
  ],
  'blanks, controls and what no URI holds': [
    ' https://good.example/cb',
    'https://good.example/cb ',
    'https://good.example/a b',
    'https://good.example/\tcb',
    'https://good.example/\r\nSet-Cookie: a=b',
    'https://good.example/\u0000',
    'https://good.example/%00',
    'https://good.example/%0d%0aLocation:x',
    'https://good.example/"onload',
    'https://good.example/<script>',
    'https://good%2eexample/cb',
  ],
  'another start than a URL has': [
    '',
    '/cb',
    '//evil.example/cb',
    'https:evil.example/cb',
    'https:/evil.example/cb',
    'https:///evil.example/cb',
    'https://',
    'https://good.example//evil.example',
    '?x',
  ],
  'a query that brings its own answer': [
    'https://good.example/cb?code=mine',
    'https://good.example/cb?x=1&state=mine',
    'https://good.example/cb?iss=https://evil.example',
    'https://good.example/cb?error',
    'https://good.example/cb?%63ode=mine',
    'https://good.example/cb?x&CODE=mine',
  ],
}

describe('redirect URI attack', () => {
  for (const [what, uris] of Object.entries(REFUSED)) {
    it(`refuses ${what}`, () => {
      const allowed = uris.filter((uri) => rules.problemOf(uri) === undefined)
      expect(allowed).to.deep.equal([])
    })
  }

  it('refuses more than 1024 characters', () => {
    const uri = `https://good.example/${'a'.repeat(1024 - 21)}`
    expect(uri).to.have.lengthOf(1024)
    expect(rules.problemOf(uri)).to.equal(undefined)
    expect(rules.problemOf(`${uri}a`)).to.be.a('string')
  })

  it('never takes an address for a registered one that it would refuse by itself, but for a port', () => {
    const registered = ['https://good.example/cb', 'http://localhost/cb', 'http://127.0.0.1/cb']
    for (const uri of Object.values(REFUSED).flat()) {
      const taken = rules.matches(registered, uri)
      expect(taken && rules.problemOf(uri) === undefined, uri).to.equal(false)
    }
  })

  it('shows a host that imitates another in its ASCII form', () => {
    expect(rules.problemOf('https://xn--gd-emca.example/cb')).to.equal(undefined)
  })
})
