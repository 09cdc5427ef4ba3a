import type { Principal } from '../../src/principal/principal.ts'

/** A person, with what a test wants to be different. */
export function principal(over: Partial<Principal> = {}): Principal {
  return {
    issuer: 'https://issuer.example',
    subject: 'u-1',
    username: 'alice',
    clientId: 'client',
    groups: [],
    groupsOmitted: false,
    unreadable: [],
    scopes: [],
    machine: false,
    claims: {},
    ...over,
  }
}
