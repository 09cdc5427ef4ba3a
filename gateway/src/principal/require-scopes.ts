import { GatewayError } from '../errors.ts'
import type { Principal } from './principal.ts'

/**
 * Throws `scope_missing` unless the principal has every required scope (RFC 6750 §3.1). The refusal names all of them,
 * not only the missing ones: they are those of the principal's own issuer.
 */
export function requireScopes(principal: Principal, required: readonly string[]): void {
  const missing = required.filter((scope) => !principal.scopes.includes(scope))
  if (missing.length > 0) throw new GatewayError('scope_missing', { scopes: required })
}
