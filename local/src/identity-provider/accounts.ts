import type { Account } from 'oidc-provider'

import type { Person } from '../world.ts'
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
      return Object.assign(
        { sub: accountId },
        ...parts.map((claimsOf) => claimsOf(person, clientId)),
      )
    },
  }
}

/** Which claims a scope releases: every name that it has for anybody. */
export function claimNames(dress: Dress, people: readonly Person[]): Record<string, string[]> {
  const released = Object.entries(dress.idToken).map(([scope, claimsOf]) => {
    const names = people.flatMap((person) => Object.keys(claimsOf(person, '')))
    return [scope, [...new Set(names)]] as const
  })
  const { openid = [], ...others } = Object.fromEntries(released)
  return { ...others, openid: ['sub', 'auth_time', ...openid] }
}
