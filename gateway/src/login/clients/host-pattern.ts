const LABEL = /^(?!-)[a-z0-9_-]{1,63}(?<!-)$/

/**
 * What is wrong with a pattern of host names, in words; undefined where it is one: a host name in lower case and ASCII, or
 * `*.` and a host name, which stands for every name below it.
 */
export function hostPatternProblem(pattern: string): string | undefined {
  const name = pattern.startsWith('*.') ? pattern.slice(2) : pattern
  if (name.split('.').every((label) => LABEL.test(label))) return undefined
  return 'must be a host name in lower case, or *. and a host name: client.example.com, *.example.com'
}

/**
 * Whether a host name is one that a pattern stands for. Labels are compared whole, so `*.example.com` covers neither
 * `evilexample.com` nor `example.com.evil.test` nor `example.com` itself.
 */
export function matchesHost(host: string, pattern: string): boolean {
  if (!pattern.startsWith('*.')) return host === pattern
  const suffix = pattern.slice(1)
  return host.length > suffix.length && host.endsWith(suffix) && !host.startsWith('.')
}
