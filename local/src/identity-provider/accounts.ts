import type { Account } from 'oidc-provider'

import { PEOPLE, type Person } from '../world.ts'
import type { Dress } from './dress.ts'

/** The one of `people` behind an account id of this issuer. */
export function personOf(
  people: readonly Person[],
  dress: Dress,
  accountId: string | undefined,
): Person | undefined {
  return people.find((person) => dress.accountId(person) === accountId)
}

/**
 * A person as the library wants an account: everything that may be said to the client; the granted scopes choose from
 * it.
 */
export function accountOf(dress: Dress, person: Person, clientId: string): Account {
  const accountId = dress.accountId(person)
  const { openid, ...profile } = dress.idToken
  return {
    accountId,
    claims: (use) => {
      // What `openid` adds (`jti`, `token_use`) describes an ID token and has no place in a userinfo answer.
      const parts = [...(use === 'id_token' && openid ? [openid] : []), ...Object.values(profile)]
      return Object.assign({ sub: accountId }, ...parts.map((claimsOf) => claimsOf(person, clientId)))
    },
  }
}

/** Which claims a scope releases: the names are the same for everybody, so the first person shows them. */
export function claimNames(dress: Dress): Record<string, string[]> {
  const released: Record<string, string[]> = {}
  for (const person of PEOPLE.slice(0, 1)) {
    for (const [scope, claimsOf] of Object.entries(dress.idToken)) {
      released[scope] = Object.keys(claimsOf(person, ''))
    }
  }
  return { ...released, openid: ['sub', 'auth_time', ...(released.openid ?? [])] }
}
