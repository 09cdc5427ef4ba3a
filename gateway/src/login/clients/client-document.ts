import { errors, type JWTVerifyGetKey } from 'jose'
import type { Client, ClientAuthentication } from './client.ts'
import { ASSERTION_ALGORITHMS, type KeysAt, keysIn } from './client-keys.ts'
import { cleanClientName } from './client-name.ts'
import { DocumentError } from './document-error.ts'
import { matchesHost } from './host-pattern.ts'
import { type JsonObject, memberOf } from './json-object.ts'
import type { RedirectUriRules } from './redirect-uri.ts'

/** A metadata document is about half a kilobyte; the draft allows a server to stop at 5 KB. Bytes. */
export const MAX_DOCUMENT_BYTES = 5 * 1024

/** A document may list more than a registration: some clients list ports one by one. */
const MAX_REDIRECT_URIS = 64

/** Whether a client id says that it is the address of a metadata document. */
export function isDocumentUrl(clientId: string): boolean {
  return /^https?:/i.test(clientId)
}

/** Which addresses of documents are allowed. */
export type DocumentUrlRules = Readonly<{
  /** Host names, or patterns of them (`*.example.com`); none: any. */
  metadataHosts: readonly string[]
  /** `dangerouslyAllowPrivateClientMetadata`: literal addresses and any port. */
  allowPrivate: boolean
}>

/**
 * The address of a client's metadata document, from its client id (Client ID Metadata Document draft, "Client Identifier").
 * Throws a `DocumentError`. The text must be the address in its one normal form: no second spelling of
 * a client exists that a comparison could miss.
 */
export function documentUrlIn(clientId: string, rules: DocumentUrlRules): URL {
  const url = URL.canParse(clientId) ? new URL(clientId) : undefined
  if (url === undefined || url.protocol !== 'https:') throw unusable('it must be an https URL')
  if (url.username !== '' || url.password !== '') throw unusable('it must not name a user')
  if (clientId.includes('#')) throw unusable('it must not have a fragment')
  if (clientId.includes('?')) throw unusable('it must not have a query')
  if (url.pathname === '/') throw unusable('it must have a path')
  // Dot segments, encoded ones too, capitals, a port of 443, and spaces are gone in the normal form.
  if (url.href !== clientId) throw unusable('it must be in its normal form')
  if (/%(?:2e|2f|5c)/i.test(url.pathname)) {
    throw unusable('its path must not have an encoded dot or slash')
  }
  if (!rules.allowPrivate) {
    if (url.port !== '') throw unusable('it must not have a port')
    if (/^\[|^[0-9.]+$/.test(url.hostname)) throw unusable('its host must be a name')
    if (!url.hostname.includes('.') || url.hostname.endsWith('.')) {
      throw unusable('its host must be a public name')
    }
  }
  if (
    rules.metadataHosts.length > 0 &&
    !rules.metadataHosts.some((pattern) => matchesHost(url.hostname, pattern))
  ) {
    throw unusable('its host is not one that this gateway accepts clients from')
  }
  return url
}

/**
 * The client that its metadata document describes. Throws a `DocumentError`, without what the document
 * holds. Redirect URIs that the rules refuse are left out, since they may be of another product of the same vendor; at least
 * one must stay. `keysAt` is given the `jwks_uri`; nothing is fetched here.
 */
export function clientIn(
  document: JsonObject,
  url: URL,
  options: { redirectUris: Pick<RedirectUriRules, 'problemOf'>; keysAt: KeysAt },
): Client {
  if (memberOf(document, 'client_id') !== url.href) {
    throw unusable('its client_id is not its address, character by character')
  }
  if (['client_secret', 'client_secret_expires_at'].some((name) => Object.hasOwn(document, name))) {
    throw unusable('it has a client_secret, which everybody can read')
  }
  return {
    id: url.href,
    name: cleanClientName(memberOf(document, 'client_name')),
    host: url.host,
    redirectUris: redirectUrisIn(document, options.redirectUris),
    authentication: authenticationIn(document, options.keysAt),
  }
}

function redirectUrisIn(
  document: JsonObject,
  rules: Pick<RedirectUriRules, 'problemOf'>,
): readonly string[] {
  const listed = memberOf(document, 'redirect_uris')
  if (!Array.isArray(listed) || listed.length === 0) throw unusable('it lists no redirect_uris')
  if (listed.length > MAX_REDIRECT_URIS) throw unusable('it lists too many redirect_uris')
  const problems: string[] = []
  const allowed = listed.filter((uri: unknown): uri is string => {
    const problem = typeof uri === 'string' ? rules.problemOf(uri) : 'it is not a string'
    if (problem !== undefined) problems.push(problem)
    return problem === undefined
  })
  if (allowed.length > 0) return [...new Set(allowed)]
  throw unusable(`none of its redirect_uris is allowed here: ${problems[0]}`)
}

/**
 * How the client authenticates. RFC 7591 §2 makes `client_secret_basic` the default, which no document can have: one that
 * says nothing is a public client. `token_endpoint_auth_methods_supported` is how ChatGPT says that it takes either.
 */
function authenticationIn(document: JsonObject, keysAt: KeysAt): ClientAuthentication {
  const method = memberOf(document, 'token_endpoint_auth_method') ?? 'none'
  const alternatives = memberOf(document, 'token_endpoint_auth_methods_supported')
  const orNone = Array.isArray(alternatives) && alternatives.includes('none')
  if (method === 'none') return { method: 'none' }
  if (method === 'private_key_jwt') {
    return { method, keys: signedAsSaid(document, keysOf(document, keysAt)), orNone }
  }
  if (orNone) return { method: 'none' }
  throw unusable('its token_endpoint_auth_method must be none or private_key_jwt')
}

function keysOf(document: JsonObject, keysAt: KeysAt): JWTVerifyGetKey {
  const set = memberOf(document, 'jwks')
  const address = memberOf(document, 'jwks_uri')
  if (set !== undefined && address !== undefined) {
    throw unusable('it has both jwks and jwks_uri (RFC 7591 §2)')
  }
  if (set !== undefined) {
    try {
      return keysIn(set)
    } catch (cause) {
      throw unusable('its jwks is not a set of public keys', cause)
    }
  }
  const url = typeof address === 'string' && URL.canParse(address) ? new URL(address) : undefined
  if (url?.protocol !== 'https:') throw unusable('its jwks_uri must be an https URL')
  return keysAt(url)
}

/** A client that names its algorithm means no other. */
function signedAsSaid(document: JsonObject, keys: JWTVerifyGetKey): JWTVerifyGetKey {
  const alg = memberOf(document, 'token_endpoint_auth_signing_alg')
  if (alg === undefined) return keys
  if (typeof alg !== 'string' || !ASSERTION_ALGORITHMS.includes(alg)) {
    throw unusable('its token_endpoint_auth_signing_alg is not supported')
  }
  return (header, token) => {
    if (header.alg !== alg)
      throw new errors.JOSEAlgNotAllowed('it is not the algorithm of the client')
    return keys(header, token)
  }
}

function unusable(message: string, cause?: unknown): DocumentError {
  return new DocumentError('unusable', message, { cause })
}
