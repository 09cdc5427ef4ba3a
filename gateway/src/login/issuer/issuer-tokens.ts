import { decodeJwt, decodeProtectedHeader } from 'jose'
import { ID_TOKEN_FOR_STS } from '../../token/provider.ts'
import { OAuthError } from '../oauth-error.ts'
import { badAnswer } from './issuer-failure.ts'
import type { IssuerTokens } from './issuer-login.ts'
import type { LoginPreset } from './issuer-request.ts'

/** The members of a token answer (RFC 6749 §5.1) that count here; the ID token has been validated. */
export type IssuerAnswer = Readonly<{
  access_token: string
  id_token?: string | undefined
  refresh_token?: string | undefined
  /** Seconds. */
  expires_in?: number | undefined
}>

/** What is known of the sign-in when its tokens are refreshed. */
export type Previous = Readonly<{
  /** The ID token in use, where one is. */
  idToken: string | undefined
  /** `sub` of its ID tokens, where it has any. */
  subject: string | undefined
}>

/** An ID token that ends sooner is no longer one to go on with. Milliseconds. */
const MIN_ID_TOKEN_LIFE_MS = 60_000

/**
 * Chooses, by the kind of issuer, which of its tokens says who the person is and which one goes to STS. Google's access
 * tokens are opaque. Auth0's have two audiences and Cognito's none, so STS gets the ID token. Entra ID's and Keycloak's
 * name the gateway in `azp`, which STS goes by; Okta's have the one audience of their server.
 *
 * An issuer need not give an ID token with a refresh (OpenID Connect Core §12.2). Where one is in use, the old one stays
 * until it ends; then nothing but a new sign-in gives another, so the answer is `invalid_grant`. Any other problem is a
 * `server_error`. Nothing here is verified: the token room does that with every use.
 */
export function chooseTokens(
  preset: LoginPreset,
  answer: IssuerAnswer,
  { previous, now }: Readonly<{ previous: Previous | undefined; now: number }>,
): IssuerTokens {
  const subject = answer.id_token === undefined ? undefined : decodeJwt(answer.id_token).sub
  if (previous?.subject !== undefined && subject !== undefined && subject !== previous.subject) {
    // OpenID Connect Core §12.2: the same `sub` as in the ID token of the sign-in.
    throw endedBy('the ID token of a refresh is of another `sub`')
  }
  const needsIdToken = usesIdToken(preset, answer.access_token)
  const idToken = needsIdToken ? idTokenFor(answer, previous, now) : undefined
  const isProof = ID_TOKEN_FOR_STS.has(preset)
  const identity = isProof ? answer.access_token : (idToken ?? answer.access_token)
  const proof = isProof ? idToken : undefined
  const ends = [
    answer.expires_in === undefined ? Number.POSITIVE_INFINITY : now + answer.expires_in * 1000,
    endOf(identity),
    proof === undefined ? Number.POSITIVE_INFINITY : endOf(proof),
  ]
  return {
    identity,
    proof,
    refreshToken: answer.refresh_token,
    expiresAt: Math.min(...ends),
    idToken,
    subject: subject ?? previous?.subject,
  }
}

function usesIdToken(preset: LoginPreset, accessToken: string): boolean {
  if (preset === 'generic') return !isJwt(accessToken)
  return preset === 'google' || ID_TOKEN_FOR_STS.has(preset)
}

function idTokenFor(answer: IssuerAnswer, previous: Previous | undefined, now: number): string {
  if (answer.id_token !== undefined) return answer.id_token
  if (previous === undefined) throw badAnswer('the issuer gave no ID token, and one is needed')
  const { idToken } = previous
  if (idToken !== undefined && endOf(idToken) >= now + MIN_ID_TOKEN_LIFE_MS) return idToken
  throw endedBy('the issuer gives no ID token with a refresh, and the old one has ended')
}

function endedBy(problem: string): OAuthError {
  return new OAuthError('invalid_grant', 'the sign-in has ended: sign in again', {
    cause: new Error(problem),
  })
}

function isJwt(token: string): boolean {
  if (token.split('.').length !== 3) return false
  try {
    decodeProtectedHeader(token)
    decodeJwt(token)
    return true
  } catch {
    return false
  }
}

/** `exp` of a JWT in milliseconds; no end where it is none, or says nothing. */
function endOf(token: string): number {
  const { exp } = isJwt(token) ? decodeJwt(token) : {}
  // Nobody has checked the access token yet.
  return typeof exp === 'number' ? exp * 1000 : Number.POSITIVE_INFINITY
}
