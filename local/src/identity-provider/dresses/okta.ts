import { OKTA_AUDIENCE, type Person, SCOPE } from '../../world.ts'
import type { Dress } from '../dress.ts'

/**
 * An Okta custom authorization server: one fixed audience whatever `resource` says, `cid`, `uid`, `scp`, no `typ`,
 * a registration endpoint that is advertised and wants an administrator's token.
 */
export function oktaDress(issuer: string): Dress {
  const scopes = ['openid', 'profile', 'email', 'offline_access', SCOPE]
  const uid = (person: Person) => `00ulocal${person.id}`
  return {
    issuer,
    label: 'Okta',
    paths: {
      authorization: '/v1/authorize',
      token: '/v1/token',
      jwks: '/v1/keys',
      userinfo: '/v1/userinfo',
      revocation: '/v1/revoke',
    },
    metadata: { oauth: true, openidInserted: false },
    scopes,
    machines: true,
    accessTokenFormat: 'jwt',
    refreshNeedsOfflineAccess: true,
    refreshGives: 'same',
    separateIdTokenKey: false,
    accountId: uid,
    prepareAuthorization: (params) => params.delete('resource'),
    prepareToken: (params) => params.delete('resource'),
    defaultResource: () => OKTA_AUDIENCE,
    audienceOf: () => OKTA_AUDIENCE,
    showResource: (resource) => resource,
    judgeScopes: (asked) => {
      if (asked.length === 0) {
        return { error: 'invalid_scope', description: 'a scope is needed: there is no default' }
      }
      if (asked.every((scope) => scopes.includes(scope))) return undefined
      const description = 'one or more scopes are not configured for the authorization server'
      return { error: 'invalid_scope', description }
    },
    accessToken: ({ jti, iss, iat, exp }, { person, clientId, scopes, authTime }) => ({
      typ: undefined,
      claims: {
        ver: 1,
        jti: `AT.${jti}`,
        iss,
        aud: OKTA_AUDIENCE,
        iat,
        exp,
        cid: clientId,
        ...(person && { uid: uid(person) }),
        scp: scopes,
        ...(authTime !== undefined && { auth_time: authTime }),
        sub: person ? person.email : clientId,
        ...(person && { groups: person.groups }),
      },
    }),
    idToken: {
      openid: () => ({ ver: 1, jti: `ID.${crypto.randomUUID()}`, idp: '00olocal', amr: ['pwd'] }),
      profile: (person) => ({ name: person.name, preferred_username: person.email }),
      email: (person) => ({ email: person.email, email_verified: true }),
    },
    metadataDocument: (document) => ({
      ...document,
      registration_endpoint: new URL(issuer).origin + registrationPath(issuer),
    }),
    closedRegistration: {
      path: registrationPath(issuer),
      answer: (hasToken) =>
        hasToken
          ? { status: 401, body: oktaError('E0000011', 'Invalid token provided') }
          : { status: 403, body: oktaError('E0000005', 'Invalid session') },
    },
  }
}

/** Registration belongs to the organisation, beside its authorization servers. */
function registrationPath(issuer: string): string {
  return new URL(issuer).pathname.replace(/(\/oauth2\/.*)?$/, '/oauth2/v1/clients')
}

function oktaError(code: string, summary: string) {
  return {
    errorCode: code,
    errorSummary: summary,
    errorLink: code,
    errorId: 'oaelocal',
    errorCauses: [],
  }
}
