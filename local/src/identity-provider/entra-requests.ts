import { ENTRA, SCOPE } from '../world.ts'
import type { Refusal } from './dress.ts'

const GRAPH = 'https://graph.microsoft.com'
const OIDC_SCOPES = ['openid', 'profile', 'email', 'offline_access']

/** Microsoft Graph: what a request is for when it names no API. */
export const GRAPH_APP_ID = '00000003-0000-0000-c000-000000000000'

/** The scopes of Microsoft Graph that this tenant has consented to. */
export const GRAPH_SCOPES = ['User.Read']

export const APP_ID_URI = `api://${ENTRA.apiClientId}`

/** Refusals by the resource that stands for them: a request is prepared first and judged later. */
const REFUSALS: Readonly<Record<string, Refusal>> = {
  'urn:entra:mismatch': {
    error: 'invalid_target',
    description:
      "AADSTS9010010: The resource parameter provided in the request doesn't match with the requested scopes.",
  },
  'urn:entra:two-resources': {
    error: 'invalid_scope',
    description: 'AADSTS28000: The scope parameter contains more than one resource.',
  },
  'urn:entra:unknown-scope': {
    error: 'invalid_scope',
    description:
      "AADSTS650053: The application asked for a scope that doesn't exist on the resource.",
  },
  'urn:entra:no-default': {
    error: 'invalid_scope',
    description:
      'AADSTS1002012: A client credentials request must have a scope that is the resource followed by /.default.',
  },
}

/**
 * How Entra ID reads requests: the API is named by its scopes, each with the App ID URI before it. A scope without one is
 * Microsoft Graph's, and so is a request with none but OpenID Connect's. `resource` may repeat what the scopes say
 * (RFC 8707), never differ from it. `appIdUris` are the API's names besides `api://{client id}` and the client id.
 */
export function createEntraRequests(appIdUris: readonly string[]) {
  // The longest first: one resource's URI may begin with another's.
  const names = [APP_ID_URI, ENTRA.apiClientId, ...appIdUris].sort((a, b) => b.length - a.length)

  const isOurs = (resource: string) => names.includes(resource)
  /** The short names of the scopes and the resource they belong to. */
  const read = (scope: string) => {
    const asked = scope.split(' ').filter((word) => word !== '')
    const short = (owners: readonly string[]) =>
      asked.flatMap((word) => {
        const owner = owners.find((name) => word.startsWith(`${name}/`))
        return owner === undefined ? [] : [word.slice(owner.length + 1)]
      })
    const api = short(names).map((name) => (name === '.default' ? SCOPE : name))
    const graph = [...short([GRAPH]), ...asked.filter((word) => GRAPH_SCOPES.includes(word))]
    const oidc = asked.filter((word) => OIDC_SCOPES.includes(word))
    const known =
      asked.length === api.length + graph.length + oidc.length &&
      api.every((name) => name === SCOPE) &&
      graph.every((name) => name === '.default' || GRAPH_SCOPES.includes(name))
    return { api, graph, oidc, known }
  }

  const targetOf = (scope: string, resource: string | null): string => {
    const { api, graph, known } = read(scope)
    if (!known) return 'urn:entra:unknown-scope'
    if (api.length > 0 && graph.length > 0) return 'urn:entra:two-resources'
    const matches = resource === null || (api.length > 0 ? isOurs(resource) : resource === GRAPH)
    if (!matches) return 'urn:entra:mismatch'
    return api.length > 0 ? APP_ID_URI : GRAPH
  }

  const shortened = (scope: string) => {
    const { api, graph, oidc } = read(scope)
    const graphNames = graph.map((name) => (name === '.default' ? 'User.Read' : name))
    return [...new Set([...oidc, ...graphNames, ...api])].join(' ')
  }

  return {
    isOurs,
    prepareAuthorization: (params: URLSearchParams) => {
      const scope = params.get('scope') ?? ''
      params.set('resource', targetOf(scope, params.get('resource')))
      params.set('scope', shortened(scope))
    },
    prepareToken: (params: URLSearchParams) => {
      const scope = params.get('scope') ?? ''
      const resource = params.get('resource')
      params.delete('scope')
      if (params.get('grant_type') === 'client_credentials') {
        const hasDefault = scope.endsWith('/.default')
        params.set('resource', hasDefault ? targetOf(scope, resource) : 'urn:entra:no-default')
        return
      }
      if (scope) params.set('scope', shortened(scope))
      // The API was chosen at sign-in; the library refuses to change it for another one.
      const foreign = resource !== null && !isOurs(resource) ? 'urn:entra:mismatch' : undefined
      const target = scope ? targetOf(scope, resource) : foreign
      if (target !== undefined && target in REFUSALS) params.set('resource', target)
      else params.delete('resource')
    },
    audienceOf: (resource: string): string | Refusal =>
      REFUSALS[resource] ?? (resource === GRAPH ? GRAPH_APP_ID : ENTRA.apiClientId),
  }
}
