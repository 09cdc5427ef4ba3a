import type { JWTPayload } from 'jose'
import type { Hint } from '../hints.ts'
import type { Provider } from './provider.ts'

const CLIENT_CLAIMS = ['azp', 'client_id', 'cid', 'appid'] as const

/** The audience of Microsoft Graph, whose tokens nobody else can verify. */
const MICROSOFT_GRAPH = '00000003-0000-0000-c000-000000000000'

/** The client a token was issued to, by the first of the claims that providers use for it. */
export function clientIdOf(claims: JWTPayload): string | undefined {
  for (const name of CLIENT_CLAIMS) {
    const value = claims[name]
    if (typeof value === 'string' && value !== '') return value
  }
  return undefined
}

/** The audiences of a token as a list. */
export function audiencesOf(claims: JWTPayload): readonly string[] {
  const { aud } = claims
  const listed: readonly unknown[] = Array.isArray(aud) ? aud : [aud]
  return listed.filter((audience): audience is string => typeof audience === 'string')
}

/**
 * The audiences that a provider's tokens are accepted for at a resource: the configured ones; without them the resource
 * itself (RFC 8707), but for Google the clients, because an ID token names its client (OpenID Connect Core §2).
 */
export function acceptedAudiences(
  provider: Pick<Provider, 'preset' | 'audience' | 'clientIds'>,
  resource: string,
): readonly string[] {
  if (provider.audience.length > 0) return provider.audience
  return provider.preset === 'google' ? provider.clientIds : [resource]
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
  const accepted = acceptedAudiences(provider, resource)
  const clientId = clientIdOf(claims)
  const clientListed = clientId !== undefined && provider.clientIds.includes(clientId)
  if (provider.preset === 'cognito' && claims.aud === undefined) return clientListed
  if (provider.clientIds.length > 0 && !clientListed) return false
  return audiencesOf(claims).some((audience) => accepted.includes(audience))
}

/** Whether a token is for Microsoft Graph, which Entra ID assumes where a request names no API. */
export function isForMicrosoftGraph(claims: JWTPayload): boolean {
  return audiencesOf(claims).includes(MICROSOFT_GRAPH)
}

/** Why a token is not for this resource, where its claims show a known mistake. */
export function audienceHint(
  provider: Provider,
  claims: JWTPayload,
  resource: string,
): Hint | undefined {
  const audiences = audiencesOf(claims)
  if (isForMicrosoftGraph(claims)) return 'graph_token'
  if (provider.preset === 'cognito' && claims.aud === undefined) return 'cognito_unbound'
  if (audiences.length > 0 && audiences.every((audience) => audience.endsWith('/userinfo'))) {
    return 'userinfo_only'
  }
  const accepted = acceptedAudiences(provider, resource)
  if (audiences.some((audience) => accepted.includes(audience))) return 'client_not_listed'
  if (provider.preset === 'keycloak' && audiences.includes('account')) {
    return 'audience_default_account'
  }
  // Every provider's access tokens name client or scopes; ID tokens have the client as audience (OpenID Connect Core §2).
  const isAccessToken = clientIdOf(claims) !== undefined || 'scope' in claims || 'scp' in claims
  return audiences.length === 1 && !isAccessToken ? 'id_token' : undefined
}
