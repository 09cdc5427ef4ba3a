import { SCOPE } from '../../world.ts'
import type { Dress } from '../dress.ts'
import { graphToken, v1Token } from '../entra-claims.ts'
import { APP_ID_URI, createEntraRequests, GRAPH_APP_ID } from '../entra-requests.ts'
import { entraDress } from './entra.ts'

/**
 * The same tenant under its older name (sts.windows.net), and an API whose app does not ask for version 2 tokens. Its
 * endpoints are of version 1: `resource` names the API, with or without scopes.
 */
export function entraV1Dress(issuer: string, resources: readonly string[]): Dress {
  const entra = entraDress(issuer, issuer, resources)
  const requests = createEntraRequests(resources)
  return {
    ...entra,
    label: 'Microsoft Entra ID (version 1 tokens)',
    paths: {
      authorization: '/oauth2/authorize',
      token: '/oauth2/token',
      jwks: '/discovery/keys',
      userinfo: '/openid/userinfo',
    },
    prepareAuthorization: (params) => {
      nameScope(params, requests.isOurs)
      requests.prepareAuthorization(params)
    },
    prepareToken: (params) => {
      if (params.get('grant_type') === 'client_credentials') nameScope(params, requests.isOurs)
      requests.prepareToken(params)
    },
    accessToken: (claims, facts) =>
      claims.aud === GRAPH_APP_ID ? graphToken(claims, facts, issuer) : v1Token(claims, facts),
  }
}

/** Says in version 2's words what `resource` says in version 1's: everything of that API that was consented to. */
function nameScope(params: URLSearchParams, isOurs: (resource: string) => boolean): void {
  if (!isOurs(params.get('resource') ?? '')) return
  const asked = (params.get('scope') ?? '').split(' ')
  // A scope beside `resource` goes by its short name.
  const others = asked.filter((scope) => scope !== SCOPE && scope !== '')
  params.set('scope', [...new Set([...others, `${APP_ID_URI}/.default`])].join(' '))
}
