import { BlockList, isIP } from 'node:net'
import { canonicalAddress } from './address.ts'

/** An address, or a network in CIDR notation. */
export type AddressRange = Readonly<{ address: string; prefix: number; family: 'ipv4' | 'ipv6' }>

/** The address of a client, from that of the connection's peer and the request's `X-Forwarded-For`. */
export type ClientAddress = (
  peer: string | undefined,
  forwardedFor: string | readonly string[] | undefined,
) => string | undefined

/** No chain of proxies is longer; a longer list is somebody's attempt to keep us busy. */
const MAX_HOPS = 32

/** Reads `10.0.0.0/8`, `fd00::/8`, `192.0.2.1` or `2001:db8::1`; undefined for anything else. */
export function addressRange(text: string): AddressRange | undefined {
  const [address = '', prefix, ...rest] = text.split('/')
  const version = isIP(address)
  if (version === 0 || rest.length > 0 || address.includes('%')) return undefined
  const longest = version === 4 ? 32 : 128
  if (prefix !== undefined && !/^(0|[1-9]\d{0,2})$/.test(prefix)) return undefined
  const length = prefix === undefined ? longest : Number(prefix)
  if (length > longest) return undefined
  return { address, prefix: length, family: version === 4 ? 'ipv4' : 'ipv6' }
}

/**
 * A `ClientAddress` that believes `X-Forwarded-For` only from trusted proxies: it walks the list from the right, where
 * the nearest proxy wrote, and takes the first address that is not a trusted proxy. What stands left of that, a client
 * may have written itself. An entry that is no address ends the walk at the proxy that passed it on. Without trusted
 * proxies, and for a peer that is none, the answer is the peer.
 */
export function createClientAddress(trustedProxies: readonly AddressRange[]): ClientAddress {
  const trusted = new BlockList()
  for (const { address, prefix, family } of trustedProxies) {
    trusted.addSubnet(address, prefix, family)
  }
  const isTrusted = (address: string) =>
    trusted.check(address, address.includes(':') ? 'ipv6' : 'ipv4')

  return (peer, forwardedFor) => {
    const nearest = canonicalAddress(peer ?? '')
    if (nearest === undefined) return peer
    if (!isTrusted(nearest)) return nearest
    // Node joins repeated headers in their order; the type allows a list as well.
    const entries = [forwardedFor ?? []].flat().join(',').split(',').slice(-MAX_HOPS)
    let client = nearest
    for (const entry of entries.reverse()) {
      const address = addressIn(entry.trim())
      if (address === undefined) return client
      client = address
      if (!isTrusted(client)) return client
    }
    return client
  }
}

/** The address in an entry; some balancers add the port: `192.0.2.1:4711`, `[2001:db8::1]:4711`. */
function addressIn(entry: string): string | undefined {
  const inBrackets = /^\[([^\]]*)\](?::\d{1,5})?$/.exec(entry)?.[1]
  const withPort = /^(\d+\.\d+\.\d+\.\d+):\d{1,5}$/.exec(entry)?.[1]
  return canonicalAddress(inBrackets ?? withPort ?? entry)
}
