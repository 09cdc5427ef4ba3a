import type { Configuration, KoaContextWithOIDC } from 'oidc-provider'

import { SCOPE } from '../world.ts'
import { type Dress, isRefusal, type Refusal } from './dress.ts'
import { errors } from './oidc-provider.ts'

type ResourceIndicators = NonNullable<NonNullable<Configuration['features']>['resourceIndicators']>

/** RFC 8707 by the dress's rules. `kid` names the key that signs access tokens. */
export function resourceIndicators(dress: Dress, kid: string | undefined): ResourceIndicators {
  return {
    enabled: true,
    useGrantedResource: () => true,
    defaultResource: (ctx, _client, oneOf) => {
      if (oneOf !== undefined) return oneOf[0]
      const asked = askedScopes(ctx)
      accepted(asked && dress.judgeScopes(asked))
      return accepted(dress.defaultResource(isMachine(ctx) ? 'machine' : 'person'))
    },
    getResourceServerInfo: (ctx, resource) => {
      const asked = askedScopes(ctx)
      accepted(asked && dress.judgeScopes(asked))
      return {
        scope: SCOPE,
        audience: accepted(dress.audienceOf(resource)),
        accessTokenFormat: dress.accessTokenFormat,
        jwt: { sign: { alg: 'RS256', kid } },
      }
    },
  }
}

function isMachine(ctx: KoaContextWithOIDC): boolean {
  return ctx.oidc.params?.grant_type === 'client_credentials'
}

/**
 * The scopes of the request as the client sent them, before the library drops the ones it does not know. Other
 * requests than these two work with scopes that were judged before.
 */
function askedScopes(ctx: KoaContextWithOIDC): readonly string[] | undefined {
  if (ctx.oidc.route === 'authorization') return words(ctx.query.scope)
  if (isMachine(ctx)) return words(ctx.oidc.params?.scope)
  return undefined
}

function words(value: unknown): readonly string[] {
  return typeof value === 'string' ? value.split(' ').filter((word) => word !== '') : []
}

/** Passes a dress's decision on, or throws its refusal as the library's error. */
function accepted<T>(decision: T | Refusal): T {
  if (!isRefusal(decision)) return decision
  const { error, description } = decision
  const thrown =
    error === 'invalid_scope'
      ? new errors.InvalidScope(description, '')
      : error === 'invalid_target'
        ? new errors.InvalidTarget()
        : new errors.AccessDenied()
  thrown.error_description = description
  throw thrown
}
