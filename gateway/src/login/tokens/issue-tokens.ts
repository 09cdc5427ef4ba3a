import { badAnswer } from '../issuer/issuer-failure.ts'
import type { IssuerTokens } from '../issuer/issuer-login.ts'
import type { AccessContent, SealedContents } from '../sealed/sealed-contents.ts'

/** A bearer token that is longer is not read (see `token/bearer.ts`). Characters. */
const MAX_BEARER_LENGTH = 16_384

/** A successful answer of the token endpoint (RFC 6749 §5.1). */
export type TokenAnswer = Readonly<{
  access_token: string
  token_type: 'Bearer'
  /** Seconds. */
  expires_in: number
  scope?: string
  refresh_token?: string
}>

/** Tokens that were sealed, and what must be known to answer with them again. */
export type Issued = Readonly<{
  answer: TokenAnswer
  /** The end of the access token, in milliseconds since the epoch. */
  expiresAt: number
  /** The issuer's refresh token that is in the answer's. */
  issuerRefreshToken: string | undefined
  /** `sub` of the person in the issuer's ID token. */
  subject: string | undefined
}>

/** Whom the tokens are for, and from which sign-in they come. */
export type Grant = Pick<AccessContent, 'client' | 'target' | 'issuer' | 'family'>

/** Seals what an issuer gave. Rejects with an `OAuthError` `server_error` where no usable token comes of it. */
export type IssueTokens = (grant: Grant, tokens: IssuerTokens) => Promise<Issued>

export type IssueOptions = Readonly<{
  contents: Pick<SealedContents, 'access' | 'refresh'>
  /** The scopes that a token of an issuer stands for. */
  scopesOf: (issuer: string) => readonly string[]
  /** The longest life of an access token; it never outlives the issuer's tokens in it. */
  accessTokenSeconds: number
  refreshTokenSeconds: number
  newId: () => string
  now: () => number
}>

/** Makes the client's tokens of the issuer's: the client never holds one of those. */
export function createIssueTokens(options: IssueOptions): IssueTokens {
  const { contents } = options
  return async ({ client, target, issuer, family }, tokens) => {
    const now = options.now()
    const left = Math.floor((tokens.expiresAt - now) / 1000)
    const seconds = Math.min(options.accessTokenSeconds, left)
    if (seconds < 1) {
      throw badAnswer('the tokens had ended when they came: compare the clocks')
    }
    const { identity, proof, refreshToken } = tokens
    const grant = { client, target, issuer, family }
    const access = await contents.access.seal({ ...grant, identity, proof }, seconds)
    if (access.length > MAX_BEARER_LENGTH) {
      throw badAnswer(
        `the access token would have ${access.length} characters: make the issuer put fewer claims into its tokens`,
      )
    }
    const refresh =
      refreshToken === undefined
        ? undefined
        : await contents.refresh.seal(
            {
              ...grant,
              token: refreshToken,
              id: options.newId(),
              idToken: tokens.idToken,
              subject: tokens.subject,
            },
            options.refreshTokenSeconds,
          )
    const scopes = grantedScopes(options.scopesOf(issuer), refresh !== undefined)
    return {
      answer: {
        access_token: access,
        token_type: 'Bearer',
        expires_in: seconds,
        ...(scopes.length > 0 && { scope: scopes.join(' ') }),
        ...(refresh !== undefined && { refresh_token: refresh }),
      },
      expiresAt: now + seconds * 1000,
      issuerRefreshToken: refreshToken,
      subject: tokens.subject,
    }
  }
}

/** What is granted: the scopes of the issuer, and `offline_access` where there is a refresh token. */
export function grantedScopes(scopes: readonly string[], isOffline: boolean): readonly string[] {
  return [...new Set([...scopes, ...(isOffline ? ['offline_access'] : [])])]
}

/** The same answer at a later time: `expires_in` counts from when it is given (RFC 6749 §5.1). */
export function answerAgain({ answer, expiresAt }: Issued, now: number): TokenAnswer {
  return { ...answer, expires_in: Math.max(0, Math.floor((expiresAt - now) / 1000)) }
}
