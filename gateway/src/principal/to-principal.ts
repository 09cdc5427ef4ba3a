import type { Provider } from '../token/provider.ts'
import type { VerifiedToken } from '../token/verify.ts'
import { CLAIM_MAPS } from './claim-map.ts'
import type { Claims, Principal } from './principal.ts'

/**
 * Who a verified token speaks for. Claims of an unexpected shape are left out, never guessed at: a group that cannot be
 * read grants nothing. A list that is there and cannot be read is told in `unreadable`, for it is no absence either.
 */
export function toPrincipal({
  provider,
  claims,
}: Pick<VerifiedToken, 'provider' | 'claims'>): Principal {
  const map = CLAIM_MAPS[provider.preset]
  const groupsClaims = groupsClaimsOf(provider)
  return {
    issuer: claims.iss,
    subject: firstString(claims, map.subject) ?? claims.sub,
    username: firstString(claims, map.username),
    clientId: firstString(claims, map.clientId),
    groups: groupsIn(claims, groupsClaims),
    groupsOmitted: areGroupsOmitted(claims),
    unreadable: [
      ...(isReadable(claims, groupsClaims) ? [] : (['groups'] as const)),
      ...(isReadable(claims, map.scopes) ? [] : (['scopes'] as const)),
    ],
    scopes: firstScopes(claims, map.scopes),
    machine: map.isMachine(claims),
    claims,
  }
}

/** The claims that may list a provider's groups; the first that is present does. */
export function groupsClaimsOf(
  provider: Pick<Provider, 'preset' | 'groupsClaim'>,
): readonly string[] {
  if (provider.groupsClaim !== undefined) return [provider.groupsClaim]
  return CLAIM_MAPS[provider.preset].groups
}

function groupsIn(claims: Claims, names: readonly string[]): readonly string[] {
  for (const name of names) {
    const value = claimAt(claims, name)
    if (value !== undefined) return strings(value)
  }
  return []
}

/** Whether the first of the claims that is there is text or a list of texts; none is an empty list. */
function isReadable(claims: Claims, names: readonly string[]): boolean {
  const value = names
    .map((name) => claimAt(claims, name))
    .find((one) => one !== undefined && one !== null)
  if (value === undefined || typeof value === 'string') return true
  return Array.isArray(value) && value.every((item) => typeof item === 'string')
}

/** Whether the issuer points elsewhere for the groups because they are too many (OpenID Connect Core §5.6.2). */
function areGroupsOmitted(claims: Claims): boolean {
  return claimAt(claims, '/_claim_names/groups') !== undefined || claims.hasgroups === true
}

/**
 * The claim of that exact name, dots, colons and slashes included; or, for a name that starts with `/`, the value at
 * that JSON pointer (RFC 6901): `/realm_access/roles`.
 */
export function claimAt(claims: Claims, name: string): unknown {
  if (!name.startsWith('/')) return Object.hasOwn(claims, name) ? claims[name] : undefined
  let at: unknown = claims
  for (const escaped of name.slice(1).split('/')) {
    const key = escaped.replaceAll('~1', '/').replaceAll('~0', '~')
    if (typeof at !== 'object' || at === null || !Object.hasOwn(at, key)) return undefined
    at = (at as Record<string, unknown>)[key] // an object that has the key
  }
  return at
}

/** The strings of a list, or the one string as a list of one: it is not cut at commas or spaces. */
function strings(value: unknown): readonly string[] {
  if (typeof value === 'string') return value === '' ? [] : [value]
  if (!Array.isArray(value)) return []
  return value.filter((item): item is string => typeof item === 'string' && item !== '')
}

function firstString(claims: Claims, names: readonly string[]): string | undefined {
  for (const name of names) {
    const value = claims[name]
    if (typeof value === 'string' && value !== '') return value
  }
  return undefined
}

/** Scopes as a space-separated string (RFC 8693 §4.2) or, as Okta writes them, a list. */
function firstScopes(claims: Claims, names: readonly string[]): readonly string[] {
  for (const name of names) {
    const value = claims[name]
    if (typeof value === 'string') return value.split(' ').filter((scope) => scope !== '')
    if (Array.isArray(value)) return strings(value)
  }
  return []
}
