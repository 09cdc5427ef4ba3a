import { canonicalAddress } from '../limits/address.ts'

const HOST = /^(?:\[([0-9A-Fa-f:.]+)\]|([\w.-]+?)\.?)(:\d{1,5})?$/

/**
 * A value of `Host` in the one spelling by which it can be compared: lower case, no dot after the last label (RFC 9110
 * §4.2.3, RFC 3986 §3.2.2), IPv6 addresses in their canonical form, the port as it stands. Undefined for what is no host
 * and port: user names, lists, spaces, percent-encoding.
 */
export function canonicalHost(text: string): string | undefined {
  const [matched, ipv6, name, port = ''] = HOST.exec(text) ?? []
  if (matched === undefined) return undefined
  if (ipv6 === undefined) return `${name?.toLowerCase()}${port}`
  const address = canonicalAddress(ipv6)
  return address === undefined ? undefined : `[${address}]${port}`
}
