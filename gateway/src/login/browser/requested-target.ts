import { resourceOf } from '../../metadata/protected-resource.ts'
import { OAuthError } from '../oauth-error.ts'

/** The name of the target that a `resource` stands for. Throws an `OAuthError` `invalid_target` where there is none. */
export type RequestedTarget = (resource: string | undefined) => string

/**
 * Resolves `resource` (RFC 8707 §2) among the `targets`. Clients write one resource in several ways: with a slash at the
 * end, with the port that the scheme implies, with capitals in scheme and host, or as the bare origin, which stands for
 * the default target (the only one where there is one), as no `resource` at all does (clients of MCP 2025-03-26) unless
 * `requireResource`. Nothing else is
 * normalized.
 */
export function createRequestedTarget(options: {
  publicUrl: string
  targets: readonly string[]
  requireResource: boolean
}): RequestedTarget {
  const byResource = new Map(
    options.targets.map((target) => [comparable(resourceOf(options.publicUrl, target)), target]),
  )
  const [only, ...others] = options.targets
  const byDefault = options.targets.includes('default')
    ? 'default'
    : others.length === 0
      ? only
      : undefined
  const origin = comparable(options.publicUrl)

  return (resource) => {
    if (resource === undefined && options.requireResource) {
      throw new OAuthError('invalid_target', 'resource is missing: name the MCP server by its URL')
    }
    const asked = resource === undefined ? origin : comparable(resource)
    const target = asked === origin ? byDefault : byResource.get(asked)
    if (asked === undefined || target === undefined) {
      throw new OAuthError('invalid_target', 'resource is not an MCP server of this gateway')
    }
    return target
  }
}

/** The one spelling of an absolute URI without query and fragment; undefined for anything else. */
function comparable(uri: string): string | undefined {
  const [matched, scheme = '', authority = '', path = ''] =
    /^([A-Za-z][A-Za-z0-9+.-]*):\/\/([^/?#\\\s]+)(\/[^?#\\\s]*)?$/.exec(uri) ?? []
  if (matched === undefined) return undefined
  const lower = scheme.toLowerCase()
  const host = authority.toLowerCase()
  const implied = lower === 'https' ? ':443' : lower === 'http' ? ':80' : undefined
  const named =
    implied !== undefined && host.endsWith(implied) ? host.slice(0, -implied.length) : host
  return `${lower}://${named}${path.endsWith('/') ? path.slice(0, -1) : path}`
}
