import { BlockList, isIP } from 'node:net'
import { expect } from 'chai'
import fc from 'fast-check'
import { canonicalHost } from '../../src/http/canonical-host.ts'
import { addressRange, createClientAddress } from '../../src/limits/client-address.ts'
import { check, describeFuzz, headerText } from './check.ts'

const address = fc.oneof(
  fc.ipV4(),
  fc.ipV6(),
  fc.constantFrom(
    '10.0.0.1',
    '10.1.2.3',
    '::1',
    '::ffff:10.0.0.9',
    '::ffff:192.0.2.1',
    '192.0.2.1',
  ),
)
const entry = fc.oneof(
  address,
  address.map((text) => `${text}:4711`),
  address.map((text) => `[${text}]:80`),
  fc.constantFrom(
    '',
    'unknown',
    '_hidden',
    '10.0.0',
    '010.0.0.1',
    '0x0a.0.0.1',
    '10.0.0.1/8',
    'fe80::1%eth0',
  ),
  headerText,
)

describeFuzz('any X-Forwarded-For', () => {
  const trusted = ['10.0.0.0/8', '::1'].flatMap((text) => addressRange(text) ?? [])
  const clientAddress = createClientAddress(trusted)
  const proxies = new BlockList()
  proxies.addSubnet('10.0.0.0', 8, 'ipv4')
  proxies.addAddress('::1', 'ipv6')
  const isProxy = (text: string) => proxies.check(text, text.includes(':') ? 'ipv6' : 'ipv4')

  it('of a peer that is no proxy says nothing', () => {
    check(
      fc.property(fc.constantFrom('192.0.2.7', '2001:db8::7'), fc.array(entry), (peer, list) => {
        expect(clientAddress(peer, list.join(', '))).to.equal(peer)
        expect(clientAddress(peer, list)).to.equal(peer)
        expect(createClientAddress([])(peer, list.join(','))).to.equal(peer)
      }),
    )
  })

  it('of a proxy gives an address, and never one that stands left of what a stranger wrote', () => {
    check(
      fc.property(fc.array(entry, { maxLength: 40 }), (list) => {
        const found = clientAddress('10.9.9.9', list.join(', ')) ?? ''
        expect(isIP(found)).to.not.equal(0)
        // What a client writes goes to the left of all that proxies add: it changes nothing.
        const seen = isProxy(found) ? undefined : found
        if (seen !== undefined) {
          expect(clientAddress('10.9.9.9', `198.51.100.1, ${list.join(', ')}`)).to.equal(seen)
          expect(clientAddress('10.9.9.9', `garbage, 10.0.0.1, ${list.join(', ')}`)).to.equal(seen)
        }
      }),
    )
  })

  it('gives the address that the nearest proxy saw, behind any number of proxies', () => {
    const inner = fc.array(fc.constantFrom('10.0.0.1', '10.2.3.4', '::1', '::ffff:10.0.0.9'), {
      maxLength: 5,
    })
    check(
      fc.property(fc.array(entry, { maxLength: 5 }), fc.ipV4(), inner, (forged, client, hops) => {
        fc.pre(!isProxy(client))
        const list = [...forged, client, ...hops].join(', ')
        expect(clientAddress('10.9.9.9', list)).to.equal(client)
      }),
    )
  })
})

describeFuzz('any Host', () => {
  const host = fc.oneof(
    headerText,
    fc
      .tuple(fc.domain(), fc.constantFrom('', '.', ':80', '.:80', ':'))
      .map((parts) => parts.join('')),
    address.map((text) => `[${text}]:80`),
    fc.string({ unit: 'binary' }),
  )

  it('has one spelling or none, and that one is its own', () => {
    check(
      fc.property(host, (text) => {
        const canonical = canonicalHost(text)
        if (canonical === undefined) return
        expect(canonicalHost(canonical)).to.equal(canonical)
        expect(canonicalHost(text.toUpperCase())).to.equal(canonical)
        expect(canonical).to.match(/^[a-z0-9_.:[\]-]+$/)
        expect(canonical).to.not.match(/[@/\\?#%, ]/)
      }),
    )
  })
})
