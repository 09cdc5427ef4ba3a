import { createLocalJWKSet, decodeJwt, jwtVerify } from 'jose'
import type { KoaContextWithOIDC } from 'oidc-provider'

import type { Claims, Dress } from './dress.ts'
import { publicHalf, type SigningKey } from './signing-keys.ts'

/** The least that is needed of a response; a Koa context has it. */
type Answer = { status: number; body: unknown }

/** The `jti` of access tokens that were revoked before their time. */
export type RevokedTokens = Set<string>

/**
 * Introspection and revocation of access tokens that are JWTs, for a dress whose product has them. The library
 * authenticates the client and then turns such a token away; this answers in its place. Everything else it leaves alone.
 */
export function createStructuredTokens(
  dress: Dress,
  keys: readonly SigningKey[],
  revoked: RevokedTokens,
) {
  const published = createLocalJWKSet({ keys: keys.map(publicHalf) })

  const introspect = async (token: string): Promise<Claims> => {
    const claims = await jwtVerify(token, published, { issuer: dress.issuer }).then(
      ({ payload }) => payload,
      () => undefined,
    )
    if (claims === undefined || revoked.has(String(claims.jti))) return { active: false }
    return dress.introspectedJwt?.(claims) ?? { active: false }
  }

  return async (oidc: KoaContextWithOIDC['oidc'], ctx: Answer): Promise<void> => {
    const { route, client, params } = oidc
    if (dress.introspectedJwt === undefined || client === undefined) return
    if (!isUnsupported(ctx.body)) return
    const token = String(params?.token)
    if (route === 'introspection') {
      ctx.body = mayIntrospect(client) ? await introspect(token) : { active: false }
    } else {
      const { active, client_id } = await introspect(token)
      if (active === true && client_id === client.clientId)
        revoked.add(String(decodeJwt(token).jti))
      // RFC 7009 §2.2: a token that cannot be revoked gets the same answer.
      ctx.body = ''
    }
    ctx.status = 200
  }
}

function isUnsupported(body: unknown): boolean {
  return (
    typeof body === 'object' &&
    body !== null &&
    'error' in body &&
    body.error === 'unsupported_token_type'
  )
}

/** Introspection is for clients that prove who they are. */
export function mayIntrospect({ clientAuthMethod }: { clientAuthMethod?: unknown }): boolean {
  return clientAuthMethod !== 'none'
}
