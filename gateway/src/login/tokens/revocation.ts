import type { AuthenticateClient } from '../clients/authenticate-client.ts'
import type { IssuerLogin } from '../issuer/issuer-login.ts'
import type { LoginSeen } from '../login-audit.ts'
import { OAuthError } from '../oauth-error.ts'
import { fingerprint, type SealedContents } from '../sealed/sealed-contents.ts'
import { purposeOf, SealError } from '../sealed/sealed-value.ts'
import type { NewestTokens } from './code-grant.ts'
import type { RevokedFamilies } from './revoked-families.ts'
import type { TokenRequest } from './token-endpoint.ts'

export type RevocationOptions = Readonly<{
  contents: Pick<SealedContents, 'access' | 'refresh'>
  issuers: ReadonlyMap<string, IssuerLogin>
  /** Rejects with an `OAuthError` `invalid_client`. */
  authenticate: AuthenticateClient
  families: RevokedFamilies
  newest: NewestTokens
}>

/**
 * The revocation endpoint (RFC 7009). Either token ends the whole sign-in in this process (§2.1 lets an access token take
 * its refresh token along). The issuer is told as well, by the newest refresh token that this process knows of the sign-in and
 * by the one at hand, so that no other process gets anything for it; an access token stays good in other processes until it
 * ends, an hour at most. The issuer's failure is not the client's: its
 * token is refused here. A token that nobody can open is none, and that is an answer of success (§2.2).
 * Rejects with `invalid_grant` for a token of another client, which stays as it is.
 */
export function createRevocation(
  options: RevocationOptions,
): (request: TokenRequest, tell: (seen: LoginSeen) => void) => Promise<void> {
  const { contents, issuers, families, newest } = options

  const opened = async (token: string) => {
    switch (purposeOf(token)) {
      case 'refresh': {
        const { value } = await contents.refresh.open(token)
        return { ...value, issuerToken: value.token }
      }
      case 'access': {
        const { value } = await contents.access.open(token)
        return { ...value, issuerToken: undefined }
      }
      default:
        return undefined
    }
  }

  return async (request, tell) => {
    const client = await options.authenticate(request)
    const token = request.form.get('token')
    if (token === undefined) throw new OAuthError('invalid_request', 'token is missing')
    const found = await opened(token).catch((error: unknown) => {
      if (error instanceof SealError) return undefined
      throw error
    })
    if (found === undefined) return
    if (found.client !== fingerprint(client.id)) {
      throw new OAuthError('invalid_grant', 'the token was given to another client')
    }
    // For as long as the process remembers it: the refresh token at hand need not be the one that ends last.
    families.revoke(found.family, Number.POSITIVE_INFINITY)
    // Which of the two is newer is not known: another process may have refreshed meanwhile.
    const tokens = new Set([newest.get(found.family), found.issuerToken])
    const isTold = await tellIssuer(issuers.get(found.issuer), tokens)
    tell({
      event: 'revoked',
      clientName: client.name,
      issuer: found.issuer,
      target: found.target,
      family: found.family,
      ...(!isTold && { reason: 'issuer_not_told' }),
    })
  }
}

/** Whether there was nothing to tell, or it was told. */
async function tellIssuer(
  issuer: IssuerLogin | undefined,
  tokens: ReadonlySet<string | undefined>,
): Promise<boolean> {
  const answers = await Promise.allSettled(
    [...tokens].map(async (token) => {
      if (token === undefined) return
      if (issuer === undefined) throw new Error('the issuer is no longer used')
      await issuer.revoke(token)
    }),
  )
  return answers.every(({ status }) => status === 'fulfilled')
}
