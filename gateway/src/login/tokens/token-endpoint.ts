import type { AuthenticateClient } from '../clients/authenticate-client.ts'
import type { IssuerLogin } from '../issuer/issuer-login.ts'
import type { LoginSeen } from '../login-audit.ts'
import { OAuthError } from '../oauth-error.ts'
import type { Parameters } from '../parameters.ts'
import type { SealedContents } from '../sealed/sealed-contents.ts'
import { createCodeGrant, type NewestTokens, type TargetFor } from './code-grant.ts'
import { createIssueTokens, type TokenAnswer } from './issue-tokens.ts'
import { createRefreshGrant } from './refresh-grant.ts'
import type { RevokedFamilies } from './revoked-families.ts'

/** A request to the token or the revocation endpoint: its form, and the header by which a client may authenticate. */
export type TokenRequest = Readonly<{ form: Parameters; authorization: string | undefined }>

export type TokenEndpointOptions = Readonly<{
  contents: SealedContents
  /** By issuer, as the sealed values name it. */
  issuers: ReadonlyMap<string, IssuerLogin>
  /** Rejects with an `OAuthError` `invalid_client`. */
  authenticate: AuthenticateClient
  targetFor: TargetFor
  /** The configured scopes of an issuer's provider. */
  scopesOf: (issuer: string) => readonly string[]
  /** The protected resource of a target. */
  resourceOf: (target: string) => string
  accessTokenSeconds: number
  refreshTokenSeconds: number
  refreshGraceSeconds: number
  /** How many codes and refresh tokens this process remembers, of each. */
  maxEntries: number
  families: RevokedFamilies
  newest: NewestTokens
  /** A new id that nobody can guess. */
  newId: () => string
  /** Milliseconds since the epoch. */
  now: () => number
}>

/** Answers a request and tells of every token that is issued, refreshed or caught. */
export type TokenEndpoint = (
  request: TokenRequest,
  tell: (seen: LoginSeen) => void,
) => Promise<TokenAnswer>

/**
 * The token endpoint (RFC 6749 §3.2): authenticates the client, then answers its grant. Rejects with an `OAuthError`. The
 * door has read the form and answers with `Cache-Control: no-store`.
 */
export function createTokenEndpoint(options: TokenEndpointOptions): TokenEndpoint {
  const issue = createIssueTokens(options)
  const redeem = createCodeGrant({ ...options, issue })
  const refresh = createRefreshGrant({ ...options, issue })

  return async (request, tell) => {
    const client = await options.authenticate(request)
    switch (request.form.get('grant_type')) {
      case 'authorization_code':
        return redeem(client, request.form, tell)
      case 'refresh_token':
        return refresh(client, request.form, tell)
      case undefined:
        throw new OAuthError('invalid_request', 'grant_type is missing')
      default:
        throw new OAuthError(
          'unsupported_grant_type',
          'grant_type must be authorization_code or refresh_token',
        )
    }
  }
}
