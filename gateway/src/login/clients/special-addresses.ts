import { BlockList, isIP } from 'node:net'

/** IPv4 that is no host of the public internet, by the IANA IPv4 Special-Purpose Address Registry (RFC 6890). */
const SPECIAL_IPV4 = [
  '0.0.0.0/8', // this network (RFC 791 §3.2)
  '10.0.0.0/8', // private use (RFC 1918)
  '100.64.0.0/10', // shared address space, carrier-grade NAT (RFC 6598)
  '127.0.0.0/8', // loopback (RFC 1122 §3.2.1.3)
  '168.63.129.16/32', // the platform's own server on Azure machines: a public number, a private service
  '169.254.0.0/16', // link local (RFC 3927): instance metadata
  '172.16.0.0/12', // private use (RFC 1918)
  '192.0.0.0/24', // IETF protocol assignments (RFC 6890 §2.1): instance metadata on Oracle Cloud
  '192.0.2.0/24', // documentation (RFC 5737)
  '192.31.196.0/24', // AS112 (RFC 7535)
  '192.52.193.0/24', // AMT (RFC 7450)
  '192.88.99.0/24', // 6to4 relay anycast (RFC 7526)
  '192.168.0.0/16', // private use (RFC 1918)
  '192.175.48.0/24', // AS112 (RFC 7534)
  '198.18.0.0/15', // benchmarking (RFC 2544)
  '198.51.100.0/24', // documentation (RFC 5737)
  '203.0.113.0/24', // documentation (RFC 5737)
  '224.0.0.0/4', // multicast (RFC 5771)
  '240.0.0.0/4', // reserved (RFC 1112 §4), and the limited broadcast address
] as const

/**
 * The one block of which IPv6 gives global unicast addresses (RFC 4291 §2.4). Outside of it lie `::`, `::1`, IPv4-mapped and
 * IPv4-compatible addresses, NAT64 (64:ff9b::/96, 64:ff9b:1::/48), discard-only (100::/64), SRv6 (5f00::/16), unique local
 * (fc00::/7), link local (fe80::/10), site local (fec0::/10) and multicast (ff00::/8).
 */
const GLOBAL_IPV6 = '2000::/3'

/** What is special within it, by the IANA IPv6 Special-Purpose Address Registry. */
const SPECIAL_IPV6 = [
  '2001::/23', // IETF protocol assignments (RFC 2928): Teredo, benchmarking, AMT, AS112, ORCHID, DRIP
  '2001:db8::/32', // documentation (RFC 3849)
  '2002::/16', // 6to4 (RFC 3056): carries any IPv4 address
  '2620:4f:8000::/48', // AS112 (RFC 7534)
  '3ffe::/16', // the 6bone, given back (RFC 3701)
  '3fff::/20', // documentation (RFC 9637)
] as const

const specialIpv4 = blockList('ipv4', SPECIAL_IPV4)
const globalIpv6 = blockList('ipv6', [GLOBAL_IPV6])
const specialIpv6 = blockList('ipv6', SPECIAL_IPV6)

/**
 * Whether an address is anything but a host of the public internet; so is text that is no address, and one with a zone.
 * IPv6 that carries an IPv4 address counts as special whatever it carries: who translates it is not known here.
 */
export function isSpecialAddress(address: string): boolean {
  const version = isIP(address)
  if (version === 4) return specialIpv4.check(address, 'ipv4')
  if (version !== 6 || address.includes('%')) return true
  return !globalIpv6.check(address, 'ipv6') || specialIpv6.check(address, 'ipv6')
}

function blockList(family: 'ipv4' | 'ipv6', subnets: readonly string[]): BlockList {
  const list = new BlockList()
  for (const subnet of subnets) {
    const [network = '', prefix] = subnet.split('/')
    list.addSubnet(network, Number(prefix), family)
  }
  return list
}
