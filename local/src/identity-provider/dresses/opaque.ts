import type { Dress } from '../dress.ts'
import { genericDress } from './generic.ts'

/**
 * A plain issuer whose access tokens are random strings: what they mean is told by introspection (RFC 7662), to clients
 * that authenticate.
 */
export function opaqueDress(issuer: string, resources: readonly string[]): Dress {
  const generic = genericDress(issuer, resources)
  return {
    ...generic,
    label: 'an issuer of opaque tokens',
    paths: { ...generic.paths, introspection: '/introspect' },
    accessTokenFormat: 'opaque',
    introspected: (person, clientId) =>
      person ? { username: person.id, groups: person.groups } : { sub: clientId },
  }
}
