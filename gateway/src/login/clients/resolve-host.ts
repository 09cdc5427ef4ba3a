import { lookup, Resolver } from 'node:dns/promises'

export type ResolvedAddress = Readonly<{ address: string; family: 4 | 6 }>

/** All addresses of a host name. Rejects as `node:dns` does, and when the signal says so. */
export type ResolveHost = (host: string, signal: AbortSignal) => Promise<readonly ResolvedAddress[]>

/** One question of the two that a name takes. */
const TIMEOUT_MS = 1000
const TRIES = 2

/**
 * Gives the addresses that the DNS has for a name; the machine's own host file and search domains are left out, so nothing
 * but a public name means anything. It asks on a socket of its own: `getaddrinfo` waits on libuv's few threads, where names
 * of an attacker's slow server would hold up everybody else's. `servers` instead of the machine's own: `127.0.0.1:5353`.
 */
export function createPublicResolver(options: { servers?: readonly string[] } = {}): ResolveHost {
  return async (host, signal) => {
    const resolver = new Resolver({ timeout: TIMEOUT_MS, tries: TRIES })
    if (options.servers !== undefined) resolver.setServers(options.servers)
    const cancel = () => resolver.cancel()
    signal.addEventListener('abort', cancel, { once: true })
    try {
      const answers = await Promise.allSettled([resolver.resolve4(host), resolver.resolve6(host)])
      const addresses = answers.flatMap((answer, index) =>
        answer.status === 'fulfilled'
          ? answer.value.map((address) => ({ address, family: index === 0 ? 4 : 6 }) as const)
          : [],
      )
      // A name without IPv6 is the rule: a question that fails matters where nothing else was found.
      const failed = answers.find((answer) => answer.status === 'rejected')
      if (addresses.length === 0 && failed !== undefined) throw failed.reason
      return addresses
    } finally {
      signal.removeEventListener('abort', cancel)
    }
  }
}

/** The addresses that this machine has for a name, its host file included: for intranets and tests. */
export const resolveLocalHost: ResolveHost = async (host) => {
  const addresses = await lookup(host, { all: true })
  return addresses.map(({ address, family }) => ({ address, family: family === 6 ? 6 : 4 }))
}
