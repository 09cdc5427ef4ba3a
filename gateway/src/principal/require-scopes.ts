import { GatewayError } from '../errors.ts'
import type { Provider } from '../token/provider.ts'
import type { Principal } from './principal.ts'

/**
 * Throws `scope_missing` unless the principal has every scope that its provider requires (RFC 6750 §3.1). The refusal
 * names all of them, not only the missing ones: they are those of the principal's own issuer.
 */
export function requireScopes(
  principal: Principal,
  provider: Pick<Provider, 'preset' | 'scopes' | 'audience'>,
): void {
  // Google's ID tokens and AWS's identities carry none.
  if (provider.preset === 'google' || provider.preset === 'aws-iam') return
  const missing = provider.scopes
    .map((scope) => asInToken(provider, scope))
    .filter((scope) => !principal.scopes.includes(scope))
  if (missing.length > 0) throw new GatewayError('scope_missing', { scopes: provider.scopes })
}

/**
 * Entra ID is asked for `{application id URI}/{name}` and puts `{name}` into the token. The name may hold slashes itself,
 * so what stands before it is looked up among the audiences; without a match the name is the last part.
 */
function asInToken({ preset, audience }: Pick<Provider, 'preset' | 'audience'>, scope: string) {
  if (preset !== 'entra' || !scope.includes('://')) return scope
  const uri = audience
    .flatMap((one) => [`${one}/`, `api://${one}/`])
    .find((prefix) => scope.startsWith(prefix))
  return uri === undefined ? (scope.split('/').at(-1) ?? scope) : scope.slice(uri.length)
}
