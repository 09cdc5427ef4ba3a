import type { RecentEntries } from '../../limits/recent-entries.ts'
import type { Client } from '../clients/client.ts'
import type { IssuerLogin } from '../issuer/issuer-login.ts'
import { issuerOf } from '../issuer/issuer-of.ts'
import type { LoginSeen } from '../login-audit.ts'
import { OAuthError } from '../oauth-error.ts'
import type { Parameters } from '../parameters.ts'
import { fingerprint, type SealedContents } from '../sealed/sealed-contents.ts'
import { SealError } from '../sealed/sealed-value.ts'
import type { Issued, IssueTokens, TokenAnswer } from './issue-tokens.ts'
import { createRedeemedCodes } from './redeemed-codes.ts'
import type { RevokedFamilies } from './revoked-families.ts'
import { verifyChallenge } from './verify-challenge.ts'

/** How long a redeemed code is remembered: longer than any is good. Milliseconds. */
const CODE_MS = 10 * 60 * 1000

/** Throws `invalid_target` unless `resource` is left out or stands for the target that was asked for at first. */
export type TargetFor = (resource: string | undefined, bound: string) => void

/** The issuer's newest refresh token of each sign-in that this process knows, to be revoked with it. */
export type NewestTokens = RecentEntries<string>

export type CodeGrantOptions = Readonly<{
  contents: Pick<SealedContents, 'code'>
  issuers: ReadonlyMap<string, IssuerLogin>
  targetFor: TargetFor
  resourceOf: (target: string) => string
  issue: IssueTokens
  refreshTokenSeconds: number
  maxEntries: number
  families: RevokedFamilies
  newest: NewestTokens
  now: () => number
}>

/** Answers a request of an authenticated client for one grant; `tell` is told what happened. */
export type AnswerGrant = (
  client: Client,
  form: Parameters,
  tell: (seen: LoginSeen) => void,
) => Promise<TokenAnswer>

/**
 * Redeems a code (RFC 6749 §4.1.3). Everything that the request must repeat is compared before the issuer's code is
 * touched, so that a wrong request burns nothing. `redirect_uri` is compared where it is sent: OAuth 2.1 §4.1.3 has dropped
 * it from the request, and the code verifier, without which nothing is redeemed, is the stronger bond.
 * A code that is used again revokes the tokens that it gave (RFC 6749 §4.1.2), as far as this process remembers it.
 */
export function createCodeGrant(options: CodeGrantOptions): AnswerGrant {
  const { families, newest, now } = options
  const redeemed = createRedeemedCodes<Issued>({
    codeMs: CODE_MS,
    maxEntries: options.maxEntries,
    now,
  })

  return async (client, form, tell) => {
    const text = form.get('code')
    if (text === undefined) throw new OAuthError('invalid_request', 'code is missing')
    const { value } = await options.contents.code.open(text).catch(refuseCode)
    if (value.client !== fingerprint(client.id)) {
      throw new OAuthError('invalid_grant', 'the code was given to another client')
    }
    const redirectUri = form.get('redirect_uri')
    if (redirectUri !== undefined && redirectUri !== value.redirectUri) {
      throw new OAuthError('invalid_grant', 'redirect_uri is not that of the authorization request')
    }
    options.targetFor(form.get('resource'), value.target)
    verifyChallenge(form.get('code_verifier'), value.challenge)
    const issuer = issuerOf(options.issuers, value)

    // Of the issuer's code, not of the text that it came in: base64url has several spellings of the same bytes. With the
    // verifier, which never leaves the gateway: a code may be read in the log of a proxy and be brought to another sign-in.
    const family = fingerprint(`${value.issuer} ${value.verifier} ${value.code}`)
    const grant = { client: value.client, target: value.target, issuer: value.issuer, family }
    const seen = {
      clientName: value.clientName,
      issuer: value.issuer,
      target: value.target,
      family,
    }
    const until = () => now() + options.refreshTokenSeconds * 1000
    const outcome = await redeemed.redeem(family, async () => {
      const tokens = await issuer
        .redeem({
          code: value.code,
          iss: value.iss,
          state: value.upstreamState,
          verifier: value.verifier,
          nonce: value.nonce,
          resource: options.resourceOf(value.target),
        })
        .catch((error: unknown) => {
          // It may have been redeemed by another process of ours, whose access token can come here.
          if (error instanceof OAuthError && error.code === 'invalid_grant') {
            families.suspect(family, until())
          }
          throw error
        })
      if (tokens.refreshToken !== undefined) newest.set(family, tokens.refreshToken)
      return options.issue(grant, tokens)
    })
    switch (outcome.kind) {
      case 'redeemed':
        tell({ event: 'token_issued', ...seen, subject: outcome.value.subject })
        return outcome.value.answer
      case 'taken':
        throw usedCode()
      case 'reused': {
        families.revoke(family, until())
        tell({ event: 'refused', reason: 'code_reused', ...seen })
        const token = newest.get(family) ?? outcome.value.issuerRefreshToken
        // Best effort: the code is refused in any case.
        if (token !== undefined) await issuer.revoke(token).catch(() => undefined)
        throw usedCode()
      }
    }
  }
}

function usedCode(): OAuthError {
  return new OAuthError('invalid_grant', 'the code has been used: sign in again')
}

function refuseCode(cause: unknown): never {
  if (!(cause instanceof SealError)) throw cause
  throw new OAuthError('invalid_grant', 'the code is not valid or has expired: sign in again', {
    cause,
  })
}
