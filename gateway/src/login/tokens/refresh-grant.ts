import type { IssuerLogin } from '../issuer/issuer-login.ts'
import { issuerOf } from '../issuer/issuer-of.ts'
import { OAuthError } from '../oauth-error.ts'
import { fingerprint, type SealedContents } from '../sealed/sealed-contents.ts'
import { SealError } from '../sealed/sealed-value.ts'
import { createAnsweredRefreshes } from './answered-refreshes.ts'
import type { AnswerGrant, NewestTokens, TargetFor } from './code-grant.ts'
import { answerAgain, grantedScopes, type Issued, type IssueTokens } from './issue-tokens.ts'
import type { RevokedFamilies } from './revoked-families.ts'

export type RefreshGrantOptions = Readonly<{
  contents: Pick<SealedContents, 'refresh'>
  issuers: ReadonlyMap<string, IssuerLogin>
  targetFor: TargetFor
  scopesOf: (issuer: string) => readonly string[]
  resourceOf: (target: string) => string
  issue: IssueTokens
  refreshTokenSeconds: number
  refreshGraceSeconds: number
  maxEntries: number
  families: RevokedFamilies
  newest: NewestTokens
  now: () => number
}>

/**
 * Refreshes (RFC 6749 §6) with a new refresh token each time (OAuth 2.1 §4.3.1). One that was used counts for
 * `refreshGraceSeconds` more and gives the same tokens again; after that its use is a theft, as far as this process
 * remembers it: the sign-in is revoked here and at the issuer. What another process has answered the issuer judges, by its
 * own rotation. An outage of the issuer changes nothing: the same token works when it is back.
 */
export function createRefreshGrant(options: RefreshGrantOptions): AnswerGrant {
  const { families, newest, now } = options
  const answered = createAnsweredRefreshes<Issued>({
    graceMs: options.refreshGraceSeconds * 1000,
    maxEntries: options.maxEntries,
    now,
  })

  return async (client, form, tell) => {
    const text = form.get('refresh_token')
    if (text === undefined) throw new OAuthError('invalid_request', 'refresh_token is missing')
    const { value } = await options.contents.refresh.open(text).catch(refuseToken)
    const { family, target } = value
    if (value.client !== fingerprint(client.id)) {
      throw new OAuthError('invalid_grant', 'the refresh token was given to another client')
    }
    if (families.isRevoked(family)) throw endedSignIn()
    options.targetFor(form.get('resource'), target)
    refuseWiderScope(form.get('scope'), grantedScopes(options.scopesOf(value.issuer), true))
    const issuer = issuerOf(options.issuers, value)

    const seen = { clientName: client.name, issuer: value.issuer, target, family }
    const outcome = await answered.answer(value.id, async () => {
      const { idToken, subject } = value
      const tokens = await issuer.refresh(value.token, options.resourceOf(target), {
        idToken,
        subject,
      })
      // An issuer that does not rotate gives none: the old one stays valid.
      const refreshToken = tokens.refreshToken ?? value.token
      newest.set(family, refreshToken)
      const grant = { client: value.client, target, issuer: value.issuer, family }
      return options.issue(grant, { ...tokens, refreshToken })
    })
    if (outcome === undefined) {
      families.revoke(family, now() + options.refreshTokenSeconds * 1000)
      tell({ event: 'refresh_reused', ...seen })
      // Best effort: the token is refused in any case.
      await issuer.revoke(newest.get(family) ?? value.token).catch(() => undefined)
      throw endedSignIn()
    }
    if (families.isRevoked(family)) {
      // While the issuer answered: what it gave is revoked as well, for another process would go on with it.
      await issuer.revoke(newest.get(family) ?? value.token).catch(() => undefined)
      throw endedSignIn()
    }
    tell({
      event: 'token_refreshed',
      ...(outcome.again && { reason: 'answered_again' }),
      ...seen,
      subject: outcome.answer.subject,
    })
    return answerAgain(outcome.answer, now())
  }
}

/** RFC 6749 §6: no scope that was not granted. Fewer change nothing: the answer's `scope` says what the tokens stand for. */
function refuseWiderScope(scope: string | undefined, granted: readonly string[]): void {
  const asked = (scope ?? '').split(' ').filter((one) => one !== '')
  if (asked.every((one) => granted.includes(one))) return
  throw new OAuthError('invalid_scope', 'scope names more than was granted: leave it out')
}

function endedSignIn(): OAuthError {
  return new OAuthError('invalid_grant', 'the sign-in has been revoked: sign in again')
}

function refuseToken(cause: unknown): never {
  if (!(cause instanceof SealError)) throw cause
  throw new OAuthError(
    'invalid_grant',
    'the refresh token is not valid or has expired: sign in again',
    { cause },
  )
}
