import { expect } from 'chai'
import { listenOrigin } from '../../../src/http/listen-origin.ts'

describe('listenOrigin', () => {
  for (const [host, origin] of [
    ['127.0.0.1', 'http://127.0.0.1:8080'],
    ['gateway.internal', 'http://gateway.internal:8080'],
    ['::', 'http://[::]:8080'],
    ['fd00::1', 'http://[fd00::1]:8080'],
  ] as const) {
    it(`gives a URL for ${host}`, () => {
      expect(listenOrigin(host, 8080)).to.equal(origin)
      expect(URL.canParse(origin)).to.equal(true)
    })
  }
})
