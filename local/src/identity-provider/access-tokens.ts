import type { Configuration } from 'oidc-provider'
import type { Person } from '../world.ts'
import { personOf } from './accounts.ts'
import type { Claims, Dress } from './dress.ts'

type Customizer = NonNullable<
  NonNullable<NonNullable<Configuration['formats']>['customizers']>['jwt']
>

/** Lets the dress rewrite every JWT access token just before it is signed. */
export function accessTokenCustomizer(dress: Dress, people: readonly Person[]): Customizer {
  return (ctx, token, jwt) => {
    const source = ctx.oidc.authorizationCode ?? ctx.oidc.refreshToken
    const made = dress.accessToken(jwt.payload, {
      person: 'accountId' in token ? personOf(people, dress, token.accountId) : undefined,
      clientId: String(token.clientId),
      resource: identifierOf(token.resourceServer),
      scopes: [...(source?.scopes ?? token.scopes)],
      grantType: String(ctx.oidc.params?.grant_type),
      grantId: source?.grantId ?? '',
      authTime: source?.authTime,
    })
    jwt.header = { ...made.header, typ: made.typ }
    replace(jwt.payload, made.claims)
  }
}

function identifierOf(resourceServer: unknown): string {
  const identifier =
    typeof resourceServer === 'object' && resourceServer !== null && 'identifier' in resourceServer
      ? resourceServer.identifier
      : undefined
  return typeof identifier === 'function' ? String(identifier.call(resourceServer)) : ''
}

/** Puts `claims` in the place of what `payload` holds; the library reads the same object afterwards. */
function replace(payload: Claims, claims: Claims): void {
  for (const name of Object.keys(payload)) delete payload[name]
  Object.assign(payload, claims)
  if (claims.aud !== undefined) return
  // The library insists on an audience. One that is not enumerable satisfies it and stays out of the token.
  const hidden = { value: 'none', enumerable: false, writable: true, configurable: true }
  Object.defineProperty(payload, 'aud', hidden)
}
