import type { Preset } from '../token/provider.ts'
import type { Claims } from './principal.ts'

/** Where one provider's tokens say what. Of several names the first that is present counts. */
export type ClaimMap = Readonly<{
  subject: readonly string[]
  username: readonly string[]
  clientId: readonly string[]
  scopes: readonly string[]
  groups: string
  isMachine: (claims: Claims) => boolean
}>

const has = (claims: Claims, name: string): boolean => {
  const value = claims[name]
  return typeof value === 'string' && value !== ''
}

/** The presets' claim maps; facts from each provider's token reference. */
export const CLAIM_MAPS: Readonly<Record<Preset, ClaimMap>> = {
  // `sub` is the login, which may be renamed; `uid` is the stable id and absent for a machine.
  okta: {
    subject: ['uid', 'sub'],
    username: ['sub'],
    clientId: ['cid'],
    scopes: ['scp'],
    groups: 'groups',
    isMachine: (claims) => !has(claims, 'uid'),
  },
  // Auth0 drops custom claims that are not namespaced, so a tenant that uses groups names its claim itself.
  auth0: {
    subject: ['sub'],
    username: ['nickname', 'email', 'sub'],
    clientId: ['azp', 'client_id'],
    scopes: ['scope'],
    groups: 'groups',
    isMachine: (claims) =>
      claims.gty === 'client-credentials' ||
      (has(claims, 'sub') && String(claims.sub).endsWith('@clients')),
  },
  cognito: {
    subject: ['sub'],
    username: ['username'],
    clientId: ['client_id'],
    scopes: ['scope'],
    groups: 'cognito:groups',
    isMachine: (claims) => !has(claims, 'username'),
  },
  // RFC 9068 §2.2: a machine's `sub` is its client id (§2.2, last paragraph of `sub`).
  generic: {
    subject: ['sub'],
    username: ['preferred_username', 'email', 'sub'],
    clientId: ['client_id', 'azp'],
    scopes: ['scope', 'scp'],
    groups: 'groups',
    isMachine: (claims) =>
      has(claims, 'sub') && (claims.sub === claims.client_id || claims.sub === claims.azp),
  },
}
