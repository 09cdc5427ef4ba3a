import { expect } from 'chai'
import { canonicalHost } from '../../../src/http/canonical-host.ts'

describe('canonicalHost', () => {
  const SPELLINGS: ReadonlyArray<readonly [string, string | undefined]> = [
    ['gw.example', 'gw.example'],
    ['GW.Example:8443', 'gw.example:8443'],
    ['gw.example.', 'gw.example'],
    ['gw.example.:8443', 'gw.example:8443'],
    ['gw_1.example', 'gw_1.example'],
    ['192.0.2.1:80', '192.0.2.1:80'],
    ['[::1]:8080', '[::1]:8080'],
    ['[0:0:0:0:0:0:0:1]:8080', '[::1]:8080'],
    ['[2001:DB8::1]', '[2001:db8::1]'],
    ['gw.example..', 'gw.example.'],
    ['', undefined],
    [':80', undefined],
    ['gw.example:', undefined],
    ['gw.example:http', undefined],
    ['gw.example:123456', undefined],
    ['gw.example/', undefined],
    ['gw.example#', undefined],
    ['user@gw.example', undefined],
    ['gw.example,evil.example', undefined],
    [' gw.example', undefined],
    ['gw%2eexample', undefined],
    ['gw\u3002example', undefined],
    ['::1', undefined],
    ['[::1', undefined],
    ['[gw.example]', undefined],
    ['[::1%eth0]', undefined],
    ['http://gw.example', undefined],
    ['*', undefined],
  ]
  for (const [text, expected] of SPELLINGS) {
    it(`reads ${JSON.stringify(text)} as ${expected}`, () => {
      expect(canonicalHost(text)).to.equal(expected)
    })
  }
})
