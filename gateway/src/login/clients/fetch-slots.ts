/** Takes a place for one fetch from a host; gives what gives it back, or undefined where there is none. */
export type TakeSlot = (host: string) => (() => void) | undefined

/**
 * Places for fetches under way: `total` of them, and `perDomain` for all names that end in the same two labels, since
 * whoever has a domain has any number of names in it. Names of a shared domain (`*.co.uk`) share their places.
 */
export function createFetchSlots(options: { total: number; perDomain: number }): TakeSlot {
  const domains = new Map<string, number>()
  let total = 0

  return (host) => {
    const domain = host.split('.').slice(-2).join('.')
    const taken = domains.get(domain) ?? 0
    if (total >= options.total || taken >= options.perDomain) return undefined
    total += 1
    domains.set(domain, taken + 1)
    return () => {
      total -= 1
      const left = (domains.get(domain) ?? 1) - 1
      if (left === 0) domains.delete(domain)
      else domains.set(domain, left)
    }
  }
}
