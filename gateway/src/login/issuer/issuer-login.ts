import type { Preset } from '../../token/provider.ts'

/** What an issuer gave for a code or a refresh token. */
export type IssuerTokens = Readonly<{
  /** The token that says who the person is: what this gateway would accept as a bearer of that provider. */
  identity: string
  /** The token that goes to STS, where it is another (design: ID token for Cognito and Auth0). */
  proof: string | undefined
  /** Undefined where the issuer gives none; on refresh: where the old one stays valid. */
  refreshToken: string | undefined
  /** The earliest end of `identity` and `proof`, in milliseconds since the epoch; infinite where the issuer names none. */
  expiresAt: number
  /** The ID token, where it is one of the two: an issuer need not give another with a refresh. */
  idToken?: string | undefined
  /** `sub` of the ID token, where there is one: it stays the same over refreshes. */
  subject?: string | undefined
}>

/** The gateway as a client of one issuer. */
export type IssuerLogin = Readonly<{
  issuer: string
  preset: Preset
  /** What a person knows it as: "Okta (example.okta.com)". */
  name: string
  /**
   * Where the browser goes to sign in, with PKCE (S256), nonce and state. `resource` is that of the target.
   * Rejects with an `OAuthError` `temporarily_unavailable` where the issuer cannot be found.
   */
  authorizationUrl(
    request: Readonly<{ state: string; nonce: string; verifier: string; resource: string }>,
  ): Promise<URL>
  /** Whether `iss` of an answer is right (RFC 9207 §2.4): it must be there where the issuer says that it sends one. */
  acceptsIss(iss: string | undefined): Promise<boolean>
  /**
   * Redeems the issuer's code. Rejects with an `OAuthError`: `invalid_grant` where the issuer refuses the code,
   * `temporarily_unavailable` where it cannot be reached or fails, `server_error` where it refuses the gateway itself.
   */
  redeem(
    answer: Readonly<{
      code: string
      iss: string | undefined
      state: string
      verifier: string
      nonce: string
      resource: string
    }>,
  ): Promise<IssuerTokens>
  /**
   * Gets new tokens; rejects as `redeem` does. `previous` is what the last tokens said: `invalid_grant` where the new ones
   * are of another subject, or where an ID token is needed, none came and the last one has ended.
   */
  refresh(
    refreshToken: string,
    resource: string,
    previous?: Readonly<{ idToken: string | undefined; subject: string | undefined }>,
  ): Promise<IssuerTokens>
  /** Revokes a refresh token where the issuer has an endpoint for it (RFC 7009). Rejects as `redeem` does. */
  revoke(refreshToken: string): Promise<void>
}>
