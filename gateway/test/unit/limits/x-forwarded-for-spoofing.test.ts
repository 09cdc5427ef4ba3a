import { expect } from 'chai'
import { addressRange, createClientAddress } from '../../../src/limits/client-address.ts'

/** The ranges of these texts, all of which are ranges. */
const rangesOf = (...texts: string[]) =>
  texts.map((text) => {
    const range = addressRange(text)
    if (range === undefined) throw new Error(`${text} is no range`)
    return range
  })

const PROXIES = rangesOf('10.0.0.0/8', '192.0.2.10', 'fd00::/8', '2001:db8:ffff::1')

type Line = readonly [
  what: string,
  peer: string | undefined,
  header: string | undefined,
  client: string | undefined,
]

describe('the address of a client', () => {
  const LINES: readonly Line[] = [
    ['a peer that is no proxy', '203.0.113.7', undefined, '203.0.113.7'],
    [
      'a peer that is no proxy and writes the header itself',
      '203.0.113.7',
      '198.51.100.1',
      '203.0.113.7',
    ],
    [
      'a peer that names a trusted proxy in the header',
      '203.0.113.7',
      '198.51.100.1, 10.0.0.1',
      '203.0.113.7',
    ],
    ['a proxy without the header', '10.0.0.1', undefined, '10.0.0.1'],
    ['a proxy with an empty header', '10.0.0.1', '', '10.0.0.1'],
    ['one proxy', '10.0.0.1', '203.0.113.7', '203.0.113.7'],
    [
      'a value that the client wrote before the proxy did',
      '10.0.0.1',
      '198.51.100.1, 203.0.113.7',
      '203.0.113.7',
    ],
    [
      'many values that the client wrote',
      '10.0.0.1',
      '1.1.1.1, 2.2.2.2,3.3.3.3, 203.0.113.7',
      '203.0.113.7',
    ],
    [
      'a client that claims to be a proxy',
      '10.0.0.1',
      '198.51.100.1, 10.9.9.9, 203.0.113.7',
      '203.0.113.7',
    ],
    ['two proxies', '10.0.0.1', '203.0.113.7, 192.0.2.10', '203.0.113.7'],
    [
      'two proxies and a value of the client',
      '10.0.0.1',
      '127.0.0.1, 203.0.113.7, 192.0.2.10',
      '203.0.113.7',
    ],
    ['a client within the trusted network', '10.0.0.1', '10.5.5.5', '10.5.5.5'],
    ['nothing but proxies', '10.0.0.1', '10.3.3.3, 10.2.2.2', '10.3.3.3'],
    ['no space after the comma', '10.0.0.1', '198.51.100.1,203.0.113.7', '203.0.113.7'],
    ['a port after the address', '10.0.0.1', '203.0.113.7:4711', '203.0.113.7'],
    ['IPv6 in brackets with a port', '10.0.0.1', '[2001:db8::7]:4711', '2001:db8::7'],
    ['IPv6 in brackets', '10.0.0.1', '[2001:db8::7]', '2001:db8::7'],
    ['IPv6 in another spelling', '10.0.0.1', '2001:DB8:0::7', '2001:db8::7'],
    ['an IPv6 proxy', 'fd12::1', '198.51.100.1, 203.0.113.7', '203.0.113.7'],
    ['one IPv6 proxy by its address', '2001:db8:ffff::1', '203.0.113.7', '203.0.113.7'],
    ['its neighbour', '2001:db8:ffff::2', '203.0.113.7', '2001:db8:ffff::2'],
    ['an IPv4 proxy seen by a dual-stack socket', '::ffff:10.0.0.1', '203.0.113.7', '203.0.113.7'],
    [
      'an IPv4 client seen by a dual-stack socket',
      '::ffff:203.0.113.7',
      '198.51.100.1',
      '203.0.113.7',
    ],
    [
      'a proxy in the header in IPv6 dress',
      '10.0.0.1',
      '203.0.113.7, ::ffff:10.0.0.2',
      '203.0.113.7',
    ],
    ['rubbish', '10.0.0.1', 'rubbish', '10.0.0.1'],
    ['rubbish left of an address', '10.0.0.1', 'rubbish, 203.0.113.7', '203.0.113.7'],
    ['rubbish between client and proxy', '10.0.0.1', '203.0.113.7, rubbish, 10.0.0.2', '10.0.0.2'],
    ['an empty entry between', '10.0.0.1', '203.0.113.7, , 10.0.0.2', '10.0.0.2'],
    ['a comma at the end', '10.0.0.1', '203.0.113.7,', '10.0.0.1'],
    ['"unknown"', '10.0.0.1', '203.0.113.7, unknown', '10.0.0.1'],
    ['an obfuscated name', '10.0.0.1', '_hidden', '10.0.0.1'],
    ['a host name', '10.0.0.1', 'localhost', '10.0.0.1'],
    ['a decimal address', '10.0.0.1', '3405803783', '10.0.0.1'],
    ['an octal address', '10.0.0.1', '0313.0.113.7', '10.0.0.1'],
    ['a zone', '10.0.0.1', 'fe80::1%eth0', '10.0.0.1'],
    ['the syntax of `Forwarded`', '10.0.0.1', 'for=203.0.113.7', '10.0.0.1'],
    ['a quoted address', '10.0.0.1', '"203.0.113.7"', '10.0.0.1'],
    ['a script', '10.0.0.1', '<script>alert(1)</script>', '10.0.0.1'],
    [
      'an endless chain of proxies',
      '10.0.0.1',
      `203.0.113.7${', 10.0.0.2'.repeat(5000)}`,
      '10.0.0.2',
    ],
    ['a peer that has left', undefined, '203.0.113.7', undefined],
    ['a link-local peer', 'fe80::1%eth0', '203.0.113.7', 'fe80::1%eth0'],
  ]
  const clientAddress = createClientAddress(PROXIES)
  for (const [what, peer, header, client] of LINES) {
    it(`with ${what} is ${client}`, () => {
      expect(clientAddress(peer, header)).to.equal(client)
    })
  }

  it('is read from repeated headers in their order', () => {
    expect(clientAddress('10.0.0.1', ['198.51.100.1', '203.0.113.7'])).to.equal('203.0.113.7')
  })

  it('is the peer where no proxy is trusted, loopback included', () => {
    const unproxied = createClientAddress([])
    expect(unproxied('127.0.0.1', '203.0.113.7')).to.equal('127.0.0.1')
    expect(unproxied('10.0.0.1', '203.0.113.7')).to.equal('10.0.0.1')
  })

  it('is found quickly in a header made to slow it down', () => {
    const long = `${'10.0.0.2,'.repeat(3500)}10.0.0.2`
    const before = process.hrtime.bigint()
    for (let time = 0; time < 10; time += 1) clientAddress('10.0.0.1', long)
    expect(Number(process.hrtime.bigint() - before) / 1e6).to.be.lessThan(500)
  })
})

describe('addressRange', () => {
  const RANGES: ReadonlyArray<readonly [string, number, string]> = [
    ['192.0.2.1', 32, 'ipv4'],
    ['10.0.0.0/8', 8, 'ipv4'],
    ['0.0.0.0/0', 0, 'ipv4'],
    ['2001:db8::1', 128, 'ipv6'],
    ['fd00::/8', 8, 'ipv6'],
  ]
  for (const [text, prefix, family] of RANGES) {
    it(`reads ${text}`, () => {
      expect(addressRange(text)).to.deep.equal({ address: text.split('/')[0], prefix, family })
    })
  }
  for (const text of [
    '',
    'proxy.internal',
    '10.0.0.0/33',
    'fd00::/129',
    '10.0.0.0/',
    '10.0.0.0/08',
    '10.0.0.0/-1',
    '10.0.0.0/8/8',
    '10.0.0/8',
    '10.*',
    '10.0.0.1-10.0.0.9',
    'fe80::1%eth0',
    '*',
  ]) {
    it(`refuses ${JSON.stringify(text)}`, () => {
      expect(addressRange(text)).to.equal(undefined)
    })
  }
})
