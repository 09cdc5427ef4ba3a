import type { Person } from '../world.ts'

export type Claims = Record<string, unknown>

/** What is known when an access token is made. Without a person it is a machine's token. */
export type TokenFacts = Readonly<{
  person: Person | undefined
  clientId: string
  /** The `resource` the token is for, as the dress's `defaultResource` or the client named it. */
  resource: string
  /** Everything that was granted, `openid` and friends included, in the order of the request. */
  scopes: readonly string[]
  grantType: string
  /** The same for all tokens that come from one sign-in. */
  grantId: string
  /** Seconds since the epoch; undefined for a machine. */
  authTime: number | undefined
}>

/** A refusal by a dress, in OAuth's words. */
export type Refusal = Readonly<{
  error: 'invalid_target' | 'invalid_scope' | 'access_denied'
  description: string
}>

/** How a client asks for a token: a person at the authorization endpoint, or a machine at the token endpoint. */
export type Asking = 'person' | 'machine'

/** An access token as the dress makes it; `header` adds to the JOSE header. */
export type MadeToken = Readonly<{ typ: string | undefined; claims: Claims; header?: Claims }>

/**
 * How access tokens look outside, where that is not how the library makes them: sealed on their way out, opened when
 * they come back. `open` gives an empty string for what was never sealed here.
 */
export type Envelope = Readonly<{
  seal: (token: string) => Promise<string>
  open: (presented: string) => Promise<string>
}>

/**
 * What makes the identity provider look like one product: data, and pure functions of the request and the token.
 * Facts about the products are from their public documentation.
 */
export type Dress = Readonly<{
  issuer: string
  /** Shown on the sign-in page. */
  label: string
  /** Paths under the issuer. */
  paths: Readonly<{
    authorization: string
    token: string
    jwks: string
    userinfo: string
    revocation?: string
    registration?: string
    introspection?: string
  }>
  /** Where the metadata is served besides `{issuer}/.well-known/openid-configuration`. */
  metadata: Readonly<{ oauth: boolean; openidInserted: boolean }>
  /** Every scope that may be asked for; the resource scope is among them. */
  scopes: readonly string[]
  /** Whether a client can get a token of its own (`client_credentials`). */
  machines: boolean
  /** What an access token for a resource is; one without a resource is always opaque. */
  accessTokenFormat: 'jwt' | 'opaque'
  /** Whether a refresh token needs `offline_access`. */
  refreshNeedsOfflineAccess: boolean
  /**
   * What a confidential client's refresh gives besides an access token, as the product does it unless told otherwise: a new
   * refresh token instead of the old one, another beside the old one, the same one, or none, which leaves the old one
   * good. A public client always gets a new one.
   */
  refreshGives: 'new' | 'another' | 'same' | 'none'
  /** Whether ID tokens are signed by another key than access tokens. */
  separateIdTokenKey: boolean
  /** The stable id of a person at this issuer: `sub` of ID tokens. */
  accountId: (person: Person) => string
  /** Changes the parameters of an authorization request before the library sees them. */
  prepareAuthorization: (params: URLSearchParams) => void
  /** Changes the parameters of a token request before the library sees them. */
  prepareToken: (params: URLSearchParams) => void
  /** The resource of a request that names none; undefined gives an opaque token. */
  defaultResource: (asking: Asking) => string | undefined | Refusal
  /** The `aud` value for a resource. */
  audienceOf: (resource: string) => string | Refusal
  /** What the sign-in page calls a resource. */
  showResource: (resource: string) => string
  /** Judges the scopes that were asked for, before anything is granted. */
  judgeScopes: (scopes: readonly string[]) => Refusal | undefined
  /** The access token: `claims` are those of RFC 9068. A result without `aud` is a token without audience. */
  accessToken: (claims: Claims, facts: TokenFacts) => MadeToken
  envelope?: Envelope
  /** The ID token's claims by the scope that releases them. */
  idToken: Readonly<Record<string, (person: Person, clientId: string) => Claims>>
  /** What introspection says of an opaque token besides RFC 7662's own members. */
  introspected?: (person: Person | undefined, clientId: string) => Claims
  /** The introspection answer for a JWT of this issuer that is still good; undefined makes it inactive. */
  introspectedJwt?: (claims: Claims) => Claims | undefined
  /** Changes the discovery document. */
  metadataDocument: (document: Claims) => Claims
  /** Changes a key of the published key set. */
  publishedKey?: (key: Claims) => Claims
  /** How an advertised registration endpoint turns everybody away; its path starts at the origin. */
  closedRegistration?: Readonly<{
    path: string
    answer: (hasToken: boolean) => { status: number; body: Claims }
  }>
}>

/** Whether an answer of a dress is a refusal: it has an `error`. */
export function isRefusal(value: unknown): value is Refusal {
  return typeof value === 'object' && value !== null && 'error' in value
}

/** The path of the issuer, without a slash at its end. */
export function mountOf({ issuer }: Pick<Dress, 'issuer'>): string {
  return new URL(issuer).pathname.replace(/\/$/, '')
}
