/** Where a request goes, by its path alone; the method and the headers come later. */
export type Route =
  | Readonly<{ kind: 'mcp'; target: string }>
  | Readonly<{ kind: 'resource-metadata'; target: string }>
  | Readonly<{ kind: 'whoami' | 'home' | 'health' | 'ready' | 'unknown' }>

const RESOURCE_METADATA = '/.well-known/oauth-protected-resource'

/**
 * The route of an exact path. `targets` are the names of the protected resources: `/mcp` is the target `default`,
 * `/mcp/{target}` another. Metadata of a resource is found with its path after the well-known segment (RFC 9728 §3.1);
 * the bare well-known path describes `/mcp`.
 */
export function matchRoute(path: string, targets: ReadonlySet<string>): Route {
  switch (path) {
    case '/':
      return { kind: 'home' }
    case '/whoami':
      return { kind: 'whoami' }
    case '/healthz':
      return { kind: 'health' }
    case '/readyz':
      return { kind: 'ready' }
    case RESOURCE_METADATA:
      return { kind: 'resource-metadata', target: 'default' }
  }
  const direct = targetOf(path, targets)
  if (direct !== undefined) return { kind: 'mcp', target: direct }
  if (path.startsWith(`${RESOURCE_METADATA}/`)) {
    const described = targetOf(path.slice(RESOURCE_METADATA.length), targets)
    if (described !== undefined) return { kind: 'resource-metadata', target: described }
  }
  return { kind: 'unknown' }
}

/** The path of a target, as it stands in its resource identifier. */
export function pathOf(target: string): string {
  return target === 'default' ? '/mcp' : `/mcp/${target}`
}

function targetOf(path: string, targets: ReadonlySet<string>): string | undefined {
  for (const target of targets) if (path === pathOf(target)) return target
  return undefined
}
