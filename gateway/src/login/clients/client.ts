import type { JWTVerifyGetKey } from 'jose'

/** How a client proves at the token endpoint who it is (RFC 7591 §2, RFC 7523 §2.2). */
export type ClientAuthentication =
  | Readonly<{ method: 'none' }>
  | Readonly<{ method: 'client_secret_basic' | 'client_secret_post'; secret: string }>
  | Readonly<{
      method: 'private_key_jwt'
      keys: JWTVerifyGetKey
      /** Whether the client's document says that it may also come without an assertion. */
      orNone: boolean
    }>

/** An MCP client as the authorization server knows it. */
export type Client = Readonly<{
  /** `client_id`, exactly as the client sends it. */
  id: string
  /** What it calls itself, without characters that could mislead (see `show-text.ts`); it may lie. */
  name: string | undefined
  /** The host that vouches for it: that of its metadata document. A registered client has none. */
  host: string | undefined
  redirectUris: readonly string[]
  authentication: ClientAuthentication
}>

/**
 * Finds a client by its id: one that registered itself, or one whose id is the address of its metadata document. Rejects
 * with an `OAuthError`: `invalid_client` where there is none, `temporarily_unavailable` where its document cannot be had.
 */
export type FindClient = (clientId: string) => Promise<Client>
