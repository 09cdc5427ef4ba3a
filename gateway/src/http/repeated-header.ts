// Node keeps the first of some repeated headers and joins others; another reader decides otherwise. What routing,
// framing or authorization depends on must be there once.
const FRAMING: ReadonlySet<string> = new Set(['host', 'content-length', 'transfer-encoding'])
const ONCE: ReadonlySet<string> = new Set([
  ...FRAMING,
  'content-encoding',
  'content-type',
  'expect',
  'origin',
])

/**
 * The lower-case name of the first header that appears a second time although it must not: host, framing,
 * content, `origin` and every `mcp-*`. Undefined when all is well. `authorization` has its own refusal (`extractBearer`).
 * `rawHeaders` is Node's flat list of names and values.
 */
export function repeatedHeader(rawHeaders: readonly string[]): string | undefined {
  return firstRepeated(rawHeaders, (name) => ONCE.has(name) || name.startsWith('mcp-'))
}

/** The same for host and framing alone (RFC 9112 §3.2, §6.3): what a listener must refuse before any routing. */
export function repeatedFraming(rawHeaders: readonly string[]): string | undefined {
  return firstRepeated(rawHeaders, (name) => FRAMING.has(name))
}

function firstRepeated(
  rawHeaders: readonly string[],
  counts: (name: string) => boolean,
): string | undefined {
  const seen = new Set<string>()
  for (let at = 0; at < rawHeaders.length; at += 2) {
    const name = rawHeaders[at]?.toLowerCase() ?? ''
    if (!counts(name)) continue
    if (seen.has(name)) return name
    seen.add(name)
  }
  return undefined
}
