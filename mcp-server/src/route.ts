import { localhostAllowedHostnames, validateHostHeader } from '@modelcontextprotocol/server'
import { ServerRefusal } from './errors.ts'

export type Route = 'mcp' | 'health' | 'about'

/** Paths and the methods that they answer. */
const ROUTES: Readonly<Record<string, Readonly<{ route: Route; methods: readonly string[] }>>> = {
  '/mcp': { route: 'mcp', methods: ['POST'] },
  '/healthz': { route: 'health', methods: ['GET', 'HEAD'] },
  '/': { route: 'about', methods: ['GET', 'HEAD'] },
}

/** What a request is for, by its path alone; throws a ServerRefusal for a path that is not there. */
export function matchRoute(url: string | undefined): Route {
  const path = (url ?? '').split('?', 1)[0] ?? ''
  const found = Object.hasOwn(ROUTES, path) ? ROUTES[path] : undefined
  if (found === undefined) throw new ServerRefusal('not_found')
  return found.route
}

/** Methods that a route answers; a stateless server has no stream to GET and no session to DELETE. */
export function methodsOf(route: Route): readonly string[] {
  return Object.values(ROUTES).find((entry) => entry.route === route)?.methods ?? []
}

/**
 * Refuses what a web page can send. A page carries an Origin on /mcp, and no browser is a client of this server. A
 * page whose name was rebound to 127.0.0.1 shows in the Host header; behind a non-loopback address any name is right.
 */
export function guardAgainstBrowsers(
  route: Route,
  headers: Readonly<{ host?: string | undefined; origin?: string | undefined }>,
  loopbackOnly: boolean,
): void {
  if (loopbackOnly && !validateHostHeader(headers.host, localhostAllowedHostnames()).ok) {
    throw new ServerRefusal('host_rejected')
  }
  if (route === 'mcp' && headers.origin !== undefined) throw new ServerRefusal('origin_rejected')
}
