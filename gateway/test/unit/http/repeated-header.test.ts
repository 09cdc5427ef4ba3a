import { expect } from 'chai'
import { repeatedFraming, repeatedHeader } from '../../../src/http/repeated-header.ts'

describe('repeatedHeader', () => {
  for (const name of [
    'Host',
    'Content-Type',
    'Content-Length',
    'Transfer-Encoding',
    'Origin',
    'Mcp-Name',
    'MCP-Anything',
  ]) {
    it(`names ${name} when it comes twice, in any case and with any values`, () => {
      const raw = [name, 'a', 'Accept', 'x', name.toUpperCase(), 'a']
      expect(repeatedHeader(raw)).to.equal(name.toLowerCase())
    })
  }

  it('lets other headers come twice', () => {
    expect(repeatedHeader(['Accept', 'a', 'accept', 'b', 'Host', 'h'])).to.equal(undefined)
  })

  it('takes a value for no name', () => {
    expect(repeatedHeader(['X-A', 'host', 'X-B', 'host', 'Host', 'h'])).to.equal(undefined)
  })
})

describe('repeatedFraming', () => {
  it('names host and framing headers only', () => {
    expect(repeatedFraming(['Host', 'a', 'host', 'a'])).to.equal('host')
    expect(repeatedFraming(['Content-Length', '1', 'content-length', '1'])).to.equal(
      'content-length',
    )
    expect(repeatedFraming(['Authorization', 'a', 'authorization', 'b'])).to.equal(undefined)
  })
})
