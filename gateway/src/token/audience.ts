import type { JWTPayload } from 'jose'
import type { Provider } from './provider.ts'

const CLIENT_CLAIMS = ['azp', 'client_id', 'cid', 'appid'] as const

/** The client a token was issued to, by the first of the claims that providers use for it. */
export function clientIdOf(claims: JWTPayload): string | undefined {
  for (const name of CLIENT_CLAIMS) {
    const value = claims[name]
    if (typeof value === 'string' && value !== '') return value
  }
  return undefined
}

/**
 * Whether a token was issued for this protected resource (RFC 9068 §4, MCP "Token Handling").
 * `resource` is the protected resource that the request is for. Without configured audiences the token must name that
 * very resource. A Cognito access token that is not bound to a resource has no `aud`: its `client_id` must then be
 * listed, and an empty list accepts none.
 */
export function isForThisResource(
  provider: Provider,
  claims: JWTPayload,
  resource: string,
): boolean {
  const accepted = provider.audience.length > 0 ? provider.audience : [resource]
  const clientId = clientIdOf(claims)
  const clientListed = clientId !== undefined && provider.clientIds.includes(clientId)
  if (provider.preset === 'cognito' && claims.aud === undefined) return clientListed
  if (provider.clientIds.length > 0 && !clientListed) return false
  const audiences: readonly unknown[] = Array.isArray(claims.aud) ? claims.aud : [claims.aud]
  return audiences.some((audience) => typeof audience === 'string' && accepted.includes(audience))
}
