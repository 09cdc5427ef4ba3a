import { resourceOf } from '../../metadata/protected-resource.ts'
import { consentPage, PAGE_HEADERS } from '../../pages/consent-page.ts'
import type { FindClient } from '../clients/client.ts'
import { destinationOf, type RedirectUriRules } from '../clients/redirect-uri.ts'
import type { IssuerLogin } from '../issuer/issuer-login.ts'
import type { LoginSeen } from '../login-audit.ts'
import { OAuthError } from '../oauth-error.ts'
import { parametersIn } from '../parameters.ts'
import { fingerprint, type SealedContents } from '../sealed/sealed-contents.ts'
import { authorizationAnswer } from './authorization-answer.ts'
import { requestedIn, requesterIn } from './authorization-request.ts'
import type { BrowserAnswer } from './browser-answer.ts'
import { addCookie, type Cookies } from './cookies.ts'
import type { RequestedTarget } from './requested-target.ts'
import { SignInProblem } from './sign-in-problem.ts'

/** How long a person may look at the consent page, and then be at the issuer. Seconds. */
export const SIGN_IN_SECONDS = 600

export type AuthorizeOptions = Readonly<{
  /** The gateway's origin, which is its issuer as well. */
  publicUrl: string
  contents: Pick<SealedContents, 'consent'>
  issuers: ReadonlyMap<string, Pick<IssuerLogin, 'issuer' | 'name'>>
  findClient: FindClient
  redirectUris: RedirectUriRules
  requestedTarget: RequestedTarget
  regionOf: (target: string) => string
  /** Every role that a rule may give at a target. */
  rolesAt: (target: string) => ReadonlyArray<Readonly<{ rule: string; roleArn: string }>>
  /** 32 random bytes in base64url. */
  newSecret: () => string
}>

/** A request for the browser side: what it brings, and who hears of what happened. */
export type BrowserRequest = Readonly<{ cookies: Cookies; tell: (seen: LoginSeen) => void }>

/**
 * Answers an authorization request with the consent page (RFC 6749 §4.1.1; MCP security best practices, "Confused Deputy
 * Problem": always, for every client). The page's form carries the request, sealed and bound to a cookie of this
 * browser; nothing is remembered here. A request that is wrong goes back to the client with an error, by itself where the
 * address is one that is trusted, by a link on a page where a stranger may have registered it (RFC 9700 §4.11.2). Rejects
 * with a `SignInProblem` for that page, and where it is not certain that there is a client to send the browser to; with
 * the `OAuthError` of a query that cannot be read, in which nobody knows which parameter is the client's.
 */
export function createAuthorize(
  options: AuthorizeOptions,
): (query: string, request: BrowserRequest) => Promise<BrowserAnswer> {
  const { publicUrl } = options

  return async (query, { cookies, tell }) => {
    const parameters = parametersIn(query)
    const { client, redirectUri, state } = await requesterIn(parameters, options)
    const clientName = client.name ?? client.host ?? ''
    try {
      const { challenge, target } = requestedIn(parameters, options.requestedTarget)
      const id = options.newSecret()
      const browser = options.newSecret()
      const transaction = await options.contents.consent.seal(
        {
          id,
          browser: fingerprint(browser),
          client: fingerprint(client.id),
          clientName,
          redirectUri,
          ...(state !== undefined && { state }),
          challenge,
          target,
        },
        SIGN_IN_SECONDS,
      )
      const { to, onThisComputer } = destinationOf(redirectUri)
      const html = consentPage({
        client: { name: client.name, host: client.host, redirectTo: to, onThisComputer },
        resource: resourceOf(publicUrl, target),
        target: { name: target, region: options.regionOf(target) },
        roles: options.rolesAt(target),
        issuers: [...options.issuers.values()].map(({ issuer, name }) => ({ issuer, name })),
        transaction,
      })
      const added = addCookie(cookies, { use: 'consent', id, value: browser }, SIGN_IN_SECONDS)
      return { kind: 'page', html, headers: PAGE_HEADERS, cookies: added }
    } catch (error) {
      if (!(error instanceof OAuthError)) throw error
      tell({ event: 'refused', reason: error.code, clientName, redirectUri })
      const answer = { error: error.code, description: error.message }
      const location = authorizationAnswer({ redirectUri, state }, publicUrl, answer)
      if (options.redirectUris.isTrusted(redirectUri)) {
        return { kind: 'redirect', location, cookies: [] }
      }
      throw new SignInProblem('request_refused', {
        detail: error.message,
        back: { url: location, to: destinationOf(redirectUri).to },
      })
    }
  }
}
