/** Where a request goes, by its path alone; the method and the headers come later. */
export type Route =
  | Readonly<{ kind: 'mcp'; target: string }>
  | Readonly<{ kind: 'resource-metadata'; target: string }>
  | Readonly<{ kind: 'whoami' | 'home' | 'health' | 'ready' | 'unknown' }>

/** The login facade's own routes. */
export type LoginRoute = Readonly<{
  kind:
    | 'server-metadata'
    | 'openid-metadata'
    | 'keys'
    | 'register'
    | 'authorize'
    | 'consent'
    | 'callback'
    | 'token'
    | 'revoke'
}>

const SERVER_METADATA = {
  '/.well-known/oauth-authorization-server': 'server-metadata',
  '/.well-known/openid-configuration': 'openid-metadata',
} as const
const LOGIN_PATHS: ReadonlyMap<string, LoginRoute['kind']> = new Map([
  ['/oauth/jwks', 'keys'],
  ['/oauth/register', 'register'],
  ['/oauth/authorize', 'authorize'],
  ['/oauth/consent', 'consent'],
  ['/oauth/callback', 'callback'],
  ['/oauth/token', 'token'],
  ['/oauth/revoke', 'revoke'],
  // Where clients of MCP 2025-03-26 look without reading any metadata ("Fallbacks for Servers without Metadata Discovery").
  ['/register', 'register'],
  ['/authorize', 'authorize'],
  ['/token', 'token'],
])

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

/**
 * The login facade's route of an exact path; undefined where it has none. Clients look for an authorization server's
 * metadata at the root, with the resource's path after the well-known segment, and before it (RFC 8414 §3.1, §5; MCP
 * authorization, "Authorization Server Metadata Discovery").
 */
export function matchLoginRoute(
  path: string,
  targets: ReadonlySet<string>,
): LoginRoute | undefined {
  const kind = LOGIN_PATHS.get(path)
  if (kind !== undefined) return { kind }
  for (const [wellKnown, metadata] of Object.entries(SERVER_METADATA)) {
    if (path === wellKnown) return { kind: metadata }
    const rest = path.startsWith(wellKnown)
      ? path.slice(wellKnown.length)
      : path.endsWith(wellKnown)
        ? path.slice(0, -wellKnown.length)
        : ''
    if (targetOf(rest, targets) !== undefined) return { kind: metadata }
  }
  return undefined
}

/** The path of a target, as it stands in its resource identifier. */
export function pathOf(target: string): string {
  return target === 'default' ? '/mcp' : `/mcp/${target}`
}

function targetOf(path: string, targets: ReadonlySet<string>): string | undefined {
  for (const target of targets) if (path === pathOf(target)) return target
  return undefined
}
