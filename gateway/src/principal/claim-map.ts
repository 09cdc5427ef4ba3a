import type { Preset } from '../token/provider.ts'
import type { Claims } from './principal.ts'

/** Where one provider's tokens say what. Of several names the first that is present counts. */
export type ClaimMap = Readonly<{
  subject: readonly string[]
  username: readonly string[]
  clientId: readonly string[]
  scopes: readonly string[]
  /** Names of claims, or JSON pointers. */
  groups: readonly string[]
  isMachine: (claims: Claims) => boolean
}>

/** A claim of text; what is no text is left out, never made into one. */
const textOf = (claims: Claims, name: string): string => {
  const value = claims[name]
  return typeof value === 'string' ? value : ''
}

const has = (claims: Claims, name: string): boolean => textOf(claims, name) !== ''

/** The presets' claim maps; facts from each provider's token reference. */
export const CLAIM_MAPS: Readonly<Record<Preset, ClaimMap>> = {
  // `sub` is the login, which may be renamed; `uid` is the stable id and absent for a machine.
  okta: {
    subject: ['uid', 'sub'],
    username: ['sub'],
    clientId: ['cid'],
    scopes: ['scp'],
    groups: ['groups'],
    isMachine: (claims) => !has(claims, 'uid'),
  },
  // Auth0 drops custom claims that are not namespaced, so a tenant that uses groups names its claim itself.
  auth0: {
    subject: ['sub'],
    username: ['nickname', 'email', 'sub'],
    clientId: ['azp', 'client_id'],
    scopes: ['scope'],
    groups: ['groups'],
    isMachine: (claims) =>
      claims.gty === 'client-credentials' || textOf(claims, 'sub').endsWith('@clients'),
  },
  cognito: {
    subject: ['sub'],
    username: ['username'],
    clientId: ['client_id'],
    scopes: ['scope'],
    groups: ['cognito:groups'],
    isMachine: (claims) => !has(claims, 'username'),
  },
  // `oid` is the same in every application of the tenant, `sub` is not. A machine has app roles and no scopes.
  entra: {
    subject: ['oid', 'sub'],
    username: ['preferred_username', 'upn', 'unique_name'],
    clientId: ['azp', 'appid'],
    scopes: ['scp', 'roles'],
    groups: ['groups'],
    isMachine: (claims) => claims.idtyp === 'app' || !has(claims, 'scp'),
  },
  keycloak: {
    subject: ['sub'],
    username: ['preferred_username', 'email'],
    clientId: ['azp', 'client_id'],
    scopes: ['scope'],
    groups: ['groups', '/realm_access/roles'],
    isMachine: (claims) => textOf(claims, 'preferred_username').startsWith('service-account-'),
  },
  // An ID token: Google's access tokens are opaque. It lists no groups and no scopes.
  google: {
    subject: ['sub'],
    username: ['email', 'sub'],
    clientId: ['azp', 'aud'],
    scopes: [],
    groups: [],
    isMachine: (claims) => textOf(claims, 'email').endsWith('.gserviceaccount.com'),
  },
  // The ARN of who signed. IAM Identity Center's roles and IAM users are people's, every other role is a machine's.
  'aws-iam': {
    subject: ['sub'],
    username: [],
    clientId: [],
    scopes: [],
    groups: [],
    isMachine: (claims) => !/:user\/|:assumed-role\/AWSReservedSSO_/.test(String(claims.sub)),
  },
  // RFC 9068 §2.2: a machine's `sub` is its client id (§2.2, last paragraph of `sub`).
  generic: {
    subject: ['sub'],
    username: ['preferred_username', 'email', 'sub'],
    clientId: ['client_id', 'azp'],
    scopes: ['scope', 'scp'],
    groups: ['groups'],
    isMachine: (claims) =>
      has(claims, 'sub') && (claims.sub === claims.client_id || claims.sub === claims.azp),
  },
}
