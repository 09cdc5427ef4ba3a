import type { IncomingHttpHeaders } from 'node:http'
import { createRecentEntries } from '../../limits/recent-entries.ts'
import { resourceOf } from '../../metadata/protected-resource.ts'
import { continuePage, PAGE_HEADERS } from '../../pages/continue-page.ts'
import { destinationOf } from '../clients/redirect-uri.ts'
import type { IssuerLogin } from '../issuer/issuer-login.ts'
import { OAuthError } from '../oauth-error.ts'
import type { Parameters } from '../parameters.ts'
import { isSameText } from '../same-text.ts'
import { type ConsentContent, fingerprint, type SealedContents } from '../sealed/sealed-contents.ts'
import { SealError } from '../sealed/sealed-value.ts'
import { authorizationAnswer } from './authorization-answer.ts'
import { type BrowserRequest, SIGN_IN_SECONDS } from './authorize.ts'
import type { BrowserAnswer } from './browser-answer.ts'
import { addCookie, cookieOf, dropCookie, MAX_COOKIE_VALUE } from './cookies.ts'
import { SignInProblem } from './sign-in-problem.ts'

export type ConsentOptions = Readonly<{
  publicUrl: string
  contents: Pick<SealedContents, 'consent' | 'login'>
  issuers: ReadonlyMap<string, IssuerLogin>
  /** 32 random bytes in base64url. */
  newSecret: () => string
  /** How many answers are remembered; the cookie that is taken away outlasts that memory. */
  maxEntries: number
}>

type Decision =
  | Readonly<{ decision: 'deny' }>
  | Readonly<{ decision: 'allow'; issuer: IssuerLogin }>

/**
 * Answers the form of the consent page. The answer counts once, from the very browser that the page was shown to, and
 * from no page but ours. Denied: the client is told so. Allowed: only now there is a `state` at the issuer, in a cookie
 * of this browser that holds the rest of the sign-in, sealed; and the browser goes to the issuer, both by a page of ours
 * rather than a redirect, which Chromium would hold to the form's `form-action`. A form that is sent twice at once gets
 * one answer twice. Rejects with a `SignInProblem`.
 */
export function createConsent(
  options: ConsentOptions,
): (
  form: Parameters,
  headers: IncomingHttpHeaders,
  request: BrowserRequest,
) => Promise<BrowserAnswer> {
  const { publicUrl, contents, issuers } = options
  const { origin } = new URL(publicUrl)
  /** What was answered, by transaction: a double click is one answer, another answer is too late. */
  const answered = createRecentEntries<Readonly<{ key: string; answer: Promise<BrowserAnswer> }>>(
    options.maxEntries,
  )

  const deny = (asked: ConsentContent, { tell }: BrowserRequest): BrowserAnswer => {
    tell({ event: 'consent_denied', ...told(asked) })
    return backToClient(asked, {
      error: 'access_denied',
      description: 'the person did not agree',
    })
  }

  const backToClient = (
    asked: ConsentContent,
    answer: Readonly<{ error: OAuthError['code']; description: string }>,
  ): BrowserAnswer => ({
    kind: 'page',
    html: continuePage({
      url: authorizationAnswer(asked, publicUrl, answer),
      to: destinationOf(asked.redirectUri).to,
      declined: answer.error === 'access_denied',
    }),
    headers: PAGE_HEADERS,
    cookies: [dropCookie({ use: 'consent', id: asked.id })],
  })

  const allow = async (
    asked: ConsentContent,
    issuer: IssuerLogin,
    { cookies, tell }: BrowserRequest,
  ): Promise<BrowserAnswer> => {
    const state = options.newSecret()
    const nonce = options.newSecret()
    const verifier = options.newSecret()
    const resource = resourceOf(publicUrl, asked.target)
    let url: URL
    try {
      url = await issuer.authorizationUrl({ state, nonce, verifier, resource })
    } catch (error) {
      if (!(error instanceof OAuthError)) throw error
      tell({ event: 'refused', reason: error.code, issuer: issuer.issuer, ...told(asked) })
      return backToClient(asked, { error: error.code, description: error.message })
    }
    const { id, browser: _browser, ...login } = asked
    const value = await contents.login.seal(
      { ...login, issuer: issuer.issuer, verifier, nonce },
      SIGN_IN_SECONDS,
    )
    if (value.length > MAX_COOKIE_VALUE) {
      throw new SignInProblem('request_malformed', { detail: 'state or redirect_uri is too long' })
    }
    tell({ event: 'consent_allowed', issuer: issuer.issuer, ...told(asked) })
    const others = cookies.filter((cookie) => cookie.use !== 'consent' || cookie.id !== id)
    return {
      kind: 'page',
      html: continuePage({ url: url.href, to: issuer.name }),
      headers: PAGE_HEADERS,
      cookies: [
        dropCookie({ use: 'consent', id }),
        ...addCookie(others, { use: 'login', id: state, value }, SIGN_IN_SECONDS),
      ],
    }
  }

  return async (form, headers, request) => {
    refuseCrossSite(headers, origin)
    const asked = await openConsent(form, contents)
    const secret = cookieOf(request.cookies, 'consent', asked.id)
    if (secret === undefined || !isSameText(fingerprint(secret), asked.browser)) {
      throw new SignInProblem('other_browser')
    }
    const decision = decisionIn(form, issuers)
    const key = decision.decision === 'deny' ? 'deny' : `allow ${decision.issuer.issuer}`
    const earlier = answered.get(asked.id)
    if (earlier !== undefined) {
      if (earlier.key === key) return earlier.answer
      throw new SignInProblem('already_answered', {
        cookies: [dropCookie({ use: 'consent', id: asked.id })],
      })
    }
    const answer =
      decision.decision === 'deny'
        ? Promise.resolve(deny(asked, request))
        : allow(asked, decision.issuer, request)
    answered.set(asked.id, { key, answer })
    return answer
  }
}

/** For the audit record. */
function told({ clientName, redirectUri, target }: ConsentContent) {
  return { clientName, redirectUri, target }
}

/** Browsers say where a form comes from (Fetch §3.2; Fetch Metadata §2.3); what they say must be this gateway. */
function refuseCrossSite(headers: IncomingHttpHeaders, ours: string): void {
  const { origin, 'sec-fetch-site': site } = headers
  const foreign = origin !== undefined && origin !== ours
  if (foreign || (site !== undefined && site !== 'same-origin')) {
    throw new SignInProblem('cross_site')
  }
}

async function openConsent(
  form: Parameters,
  contents: Pick<SealedContents, 'consent'>,
): Promise<ConsentContent> {
  try {
    return (await contents.consent.open(form.get('transaction') ?? '')).value
  } catch (cause) {
    if (!(cause instanceof SealError)) throw cause
    const reason = cause.problem === 'expired' ? 'consent_expired' : 'consent_invalid'
    throw new SignInProblem(reason, { cause })
  }
}

function decisionIn(form: Parameters, issuers: ReadonlyMap<string, IssuerLogin>): Decision {
  const decision = form.get('decision')
  if (decision === 'deny') return { decision }
  if (decision !== 'allow') {
    throw new SignInProblem('consent_invalid', { detail: 'decision must be allow or deny' })
  }
  const named = form.get('issuer')
  const [only, ...others] = issuers.values()
  const issuer = named === undefined && others.length === 0 ? only : issuers.get(named ?? '')
  if (issuer === undefined) {
    throw new SignInProblem('consent_invalid', { detail: 'issuer must be one of the page’s' })
  }
  return { decision, issuer }
}
