import { ASSERTION_ALGORITHMS } from '../login/clients/client-keys.ts'

/** What the metadata of the login facade is made of. */
export type AuthorizationServer = Readonly<{
  publicUrl: string
  /** The protected resources, as clients name them. */
  resources: readonly string[]
  /** What the issuers' tokens carry. */
  scopes: readonly string[]
  /** Whether a client may be known by the address of its metadata document. */
  clientMetadataDocuments: boolean
}>

/** How clients may prove who they are, by the name they have in RFC 7591 §2. */
const AUTHENTICATION_METHODS = ['none', 'client_secret_basic', 'client_secret_post'] as const
/** The keys that it takes stand in a client's metadata document. */
const DOCUMENTED_METHODS = [...AUTHENTICATION_METHODS, 'private_key_jwt'] as const

/**
 * Authorization server metadata (RFC 8414 §2, RFC 9207 §3, RFC 9728 §4, draft-ietf-oauth-client-id-metadata-document).
 * `offline_access` stands among the scopes because some clients ask for a refresh token only if it does.
 */
export function authorizationServer({
  publicUrl,
  resources,
  scopes,
  clientMetadataDocuments,
}: AuthorizationServer) {
  const methods = clientMetadataDocuments ? DOCUMENTED_METHODS : AUTHENTICATION_METHODS
  return {
    issuer: publicUrl,
    authorization_endpoint: `${publicUrl}/oauth/authorize`,
    token_endpoint: `${publicUrl}/oauth/token`,
    registration_endpoint: `${publicUrl}/oauth/register`,
    revocation_endpoint: `${publicUrl}/oauth/revoke`,
    scopes_supported: [...new Set([...scopes, 'offline_access'])],
    response_types_supported: ['code'],
    response_modes_supported: ['query'],
    grant_types_supported: ['authorization_code', 'refresh_token'],
    code_challenge_methods_supported: ['S256'],
    token_endpoint_auth_methods_supported: methods,
    revocation_endpoint_auth_methods_supported: methods,
    ...(clientMetadataDocuments && {
      token_endpoint_auth_signing_alg_values_supported: ASSERTION_ALGORITHMS,
      revocation_endpoint_auth_signing_alg_values_supported: ASSERTION_ALGORITHMS,
    }),
    authorization_response_iss_parameter_supported: true,
    client_id_metadata_document_supported: clientMetadataDocuments,
    protected_resources: resources,
    service_documentation: `${publicUrl}/`,
  }
}

/**
 * The same where clients look for OpenID Connect. No ID tokens are given out: what is added are the members that a strict
 * parser misses otherwise (OpenID Connect Discovery §3).
 */
export function openidConfiguration(server: AuthorizationServer) {
  return {
    ...authorizationServer(server),
    jwks_uri: `${server.publicUrl}/oauth/jwks`,
    subject_types_supported: ['public'],
    id_token_signing_alg_values_supported: ['RS256'],
  }
}
