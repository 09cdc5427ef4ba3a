import { randomBytes } from 'node:crypto'

import { ENTRA, LOGIN_CLIENT, type Person, SCOPE } from '../world.ts'
import type { Claims, MadeToken, TokenFacts } from './dress.ts'
import { APP_ID_URI, GRAPH_APP_ID, GRAPH_SCOPES } from './entra-requests.ts'
import { hashedNonceHeader } from './graph-nonce.ts'
import { stableToken, stableUuid } from './stable-id.ts'

/** Entra ID leaves the groups out of a token when there are more. */
const MOST_GROUPS = 200

const OIDC_SCOPES = ['openid', 'profile', 'email', 'offline_access']

/** An access token for an API whose app asks for version 2: `aud` is the API's client id. */
export function v2Token({ iss, iat, exp }: Claims, facts: TokenFacts): MadeToken {
  const { person, clientId } = facts
  return {
    typ: 'JWT',
    claims: {
      aud: ENTRA.apiClientId,
      iss,
      iat,
      nbf: iat,
      exp,
      azp: clientId,
      azpacr: isConfidential(facts) ? '1' : '0',
      ...(person
        ? { ...groupClaims(person), name: person.name, preferred_username: person.email }
        : { idtyp: 'app' }),
      ...sharedClaims(facts),
      ver: '2.0',
    },
  }
}

/** An access token for an API whose app asks for nothing newer: `aud` is the App ID URI, the names are older. */
export function v1Token({ iss, iat, exp }: Claims, facts: TokenFacts): MadeToken {
  const { person, clientId } = facts
  return {
    typ: 'JWT',
    claims: {
      aud: APP_ID_URI,
      iss,
      iat,
      nbf: iat,
      exp,
      appid: clientId,
      appidacr: isConfidential(facts) ? '1' : '0',
      ...(person
        ? {
            ...groupClaims(person),
            name: person.name,
            unique_name: person.email,
            upn: person.email,
          }
        : { idtyp: 'app' }),
      ...sharedClaims(facts),
      ver: '1.0',
    },
  }
}

/** An access token for Microsoft Graph, which is of version 1 and not for anybody else to verify. */
export function graphToken(claims: Claims, facts: TokenFacts, v1Issuer: string): MadeToken {
  const { person, scopes } = facts
  const { typ, claims: made } = v1Token({ ...claims, iss: v1Issuer }, facts)
  const { groups: _groups, roles: _roles, ...rest } = made
  const uti = tokenId()
  return {
    typ,
    header: hashedNonceHeader(uti),
    claims: {
      ...rest,
      aud: GRAPH_APP_ID,
      uti,
      ...(person && {
        scp: scopes
          .filter((scope) => GRAPH_SCOPES.includes(scope) || OIDC_SCOPES.includes(scope))
          .filter((scope) => scope !== 'offline_access')
          .join(' '),
        sub: stableToken(`entra graph subject ${person.id}`),
      }),
    },
  }
}

/** What an ID token says besides the standard claims. */
export function idTokenClaims(person: Person): Claims {
  return {
    ...groupClaims(person),
    oid: objectId(person.id),
    roles: appRoles(person),
    tid: ENTRA.tenantId,
    uti: tokenId(),
    ver: '2.0',
  }
}

/** Whether the client has proved who it is, with a secret. */
function isConfidential({ person, clientId }: TokenFacts): boolean {
  return person === undefined || clientId === LOGIN_CLIENT.id
}

function sharedClaims({ person, clientId, scopes }: TokenFacts): Claims {
  return {
    oid: objectId(person?.id ?? clientId),
    ...(person
      ? { roles: appRoles(person), scp: scopes.filter((scope) => scope === SCOPE).join(' ') }
      : { roles: [SCOPE] }),
    // Pairwise: another value for every API.
    sub: person ? stableToken(`entra api subject ${person.id}`) : objectId(clientId),
    tid: ENTRA.tenantId,
    uti: tokenId(),
  }
}

function groupClaims(person: Person): Claims {
  if (person.groups.length > MOST_GROUPS) {
    const members = `https://graph.microsoft.com/v1.0/users/${objectId(person.id)}/getMemberObjects`
    return {
      _claim_names: { groups: 'src1' },
      _claim_sources: { src1: { endpoint: members } },
    }
  }
  const known: Readonly<Record<string, string>> = ENTRA.groupIds
  return { groups: person.groups.map((name) => known[name] ?? stableUuid(`entra group ${name}`)) }
}

/** The roles of the gateway's app: the groups that mean something to it, by name. */
function appRoles({ groups }: Person): readonly string[] {
  return groups.filter((name) => name === 'sre' || name.startsWith('team-'))
}

function objectId(name: string): string {
  return stableUuid(`entra object ${name}`)
}

function tokenId(): string {
  return randomBytes(16).toString('base64url')
}
