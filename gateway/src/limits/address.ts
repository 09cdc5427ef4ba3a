import { isIP, SocketAddress } from 'node:net'

/**
 * An IP address in its one canonical spelling, or undefined for any other text: host names, ports, brackets and zones
 * included. An IPv4 address that IPv6 carries (`::ffff:192.0.2.1`, how a dual-stack socket names its peer) is that IPv4
 * address.
 */
export function canonicalAddress(text: string): string | undefined {
  const version = isIP(text)
  if (version === 4) return text
  // A zone is a matter of one machine (RFC 4007 §11.2).
  if (version !== 6 || text.includes('%')) return undefined
  const { address } = new SocketAddress({ address: text, family: 'ipv6' })
  return /^::ffff:(\d+\.\d+\.\d+\.\d+)$/.exec(address)?.[1] ?? address
}

/**
 * What one holder of a canonical address has: the address itself for IPv4, its /64 for IPv6, of which every connection
 * may take another address.
 */
export function addressBlock(address: string): string {
  if (!address.includes(':')) return address
  const [head = '', tail] = address.split('::')
  const front = head.split(':').filter((group) => group !== '')
  const back = (tail ?? '').split(':').filter((group) => group !== '')
  const zeros = Array.from({ length: Math.max(0, 8 - front.length - back.length) }, () => '0')
  const groups = tail === undefined ? front : [...front, ...zeros, ...back]
  return `${groups.slice(0, 4).join(':')}::/64`
}
