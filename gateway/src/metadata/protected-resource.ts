import { pathOf } from '../http/route.ts'

/** Protected resource metadata (RFC 9728 §2). */
export type ProtectedResource = Readonly<{
  resource: string
  authorization_servers: readonly string[]
  /** Left out where no scope is needed: an empty list must not stand there (RFC 9728 §3.2). */
  scopes_supported?: readonly string[]
  bearer_methods_supported: readonly ['header']
  resource_name: string
  resource_documentation: string
}>

/** The resource identifier of a target: what a client sends as `resource` (RFC 8707). */
export function resourceOf(publicUrl: string, target: string): string {
  return `${publicUrl}${pathOf(target)}`
}

/** Where a target's metadata is served: the well-known segment goes between host and path (RFC 9728 §3.1). */
export function metadataUrlOf(publicUrl: string, target: string): string {
  return `${publicUrl}/.well-known/oauth-protected-resource${pathOf(target)}`
}

/**
 * The metadata of a target. Authorization servers stand exactly as they name themselves, because clients compare them so
 * (RFC 8414 §3.3). `offline_access` is left out: it is between client and authorization server.
 */
export function protectedResource(
  publicUrl: string,
  target: string,
  server: Readonly<{ authorizationServers: readonly string[]; scopes: readonly string[] }>,
): ProtectedResource {
  const scopes = new Set(server.scopes)
  scopes.delete('offline_access')
  return {
    resource: resourceOf(publicUrl, target),
    authorization_servers: server.authorizationServers,
    ...(scopes.size > 0 && { scopes_supported: [...scopes] }),
    bearer_methods_supported: ['header'],
    resource_name: target === 'default' ? 'CloudWatch' : `CloudWatch (${target})`,
    resource_documentation: `${publicUrl}/`,
  }
}
