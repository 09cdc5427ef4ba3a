/**
 * The origin of a plain HTTP listener, for the log: `host` is a name or an address, and an IPv6 address stands in brackets
 * (RFC 3986 §3.2.2).
 */
export function listenOrigin(host: string, port: number): string {
  return `http://${host.includes(':') ? `[${host}]` : host}:${port}`
}
