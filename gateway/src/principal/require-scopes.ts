import { GatewayError } from '../errors.ts'
import type { Principal } from './principal.ts'

/** Throws `scope_missing` unless the principal has every required scope (RFC 6750 §3.1). */
export function requireScopes(principal: Principal, required: readonly string[]): void {
  const missing = required.filter((scope) => !principal.scopes.includes(scope))
  if (missing.length > 0) throw new GatewayError('scope_missing')
}
