import { createRecentEntries } from '../../limits/recent-entries.ts'
import type { IssuerLogin } from '../issuer/issuer-login.ts'
import { OAuthError, type OAuthErrorCode } from '../oauth-error.ts'
import { type Parameters, parametersIn } from '../parameters.ts'
import type { LoginContent, SealedContents } from '../sealed/sealed-contents.ts'
import { SealError } from '../sealed/sealed-value.ts'
import { authorizationAnswer } from './authorization-answer.ts'
import type { BrowserRequest } from './authorize.ts'
import type { BrowserAnswer } from './browser-answer.ts'
import { type Cookies, cookieOf, dropCookie, isCookieId } from './cookies.ts'
import { SignInProblem } from './sign-in-problem.ts'

/** Life of a code (RFC 6749 §4.1.2 allows ten minutes; no client needs one). Seconds. */
const CODE_SECONDS = 60

/**
 * What an issuer's error means to the client. Its text is never passed on: it is written for others, and whoever makes the
 * browser call us could have written it.
 */
function meaningOf(error: string | undefined): readonly [OAuthErrorCode, string] {
  switch (error) {
    case 'access_denied':
    case 'consent_required':
    case 'login_required':
    case 'interaction_required':
      return ['access_denied', 'the person was not signed in']
    case 'temporarily_unavailable':
      return [error, 'the identity provider is not available right now']
    default:
      return ['server_error', 'the identity provider did not complete the sign-in']
  }
}

export type CallbackOptions = Readonly<{
  publicUrl: string
  contents: Pick<SealedContents, 'login' | 'code'>
  issuers: ReadonlyMap<string, IssuerLogin>
  /** How many sign-ins that have come back are remembered; the cookie that is taken away outlasts that memory. */
  maxEntries: number
}>

/**
 * Answers the browser that comes back from the issuer: only the one that was sent there, which has the cookie named after
 * `state`, and only once. The client gets a code of ours that holds the issuer's, unredeemed. Rejects with a
 * `SignInProblem` where it is not certain whose sign-in it is, with the `OAuthError` of a query that cannot be read; every
 * other failure goes to the client.
 */
export function createCallback(
  options: CallbackOptions,
): (query: string, request: BrowserRequest) => Promise<BrowserAnswer> {
  const { publicUrl, contents, issuers } = options
  const returned = createRecentEntries<true>(options.maxEntries)

  return async (query, { cookies, tell }) => {
    const parameters = parametersIn(query)
    const state = stateIn(parameters, cookies)
    const spent = [dropCookie({ use: 'login', id: state })]
    const login = await openLogin(cookieOf(cookies, 'login', state) ?? '', contents, spent)
    // By the verifier, which nobody knows and which is sealed: what a cookie is called is the browser's to say.
    // No await between looking and noting: two requests at once are told apart.
    if (returned.get(login.verifier)) throw new SignInProblem('other_browser', { cookies: spent })
    returned.set(login.verifier, true)

    const { clientName, redirectUri, target, issuer } = login
    const about = { clientName, redirectUri, target, issuer }
    try {
      const found = issuers.get(issuer)
      if (found === undefined) throw new OAuthError(...meaningOf(undefined))
      const { code, iss } = await answerIn(parameters, found)
      const { state: _state, ...rest } = login
      const sealed = await contents.code.seal(
        { ...rest, code, ...(iss !== undefined && { iss }), upstreamState: state },
        CODE_SECONDS,
      )
      tell({ event: 'returned', ...about })
      const location = authorizationAnswer(login, publicUrl, { code: sealed })
      return { kind: 'redirect', location, cookies: spent }
    } catch (error) {
      if (!(error instanceof OAuthError)) throw error
      tell({ event: 'refused', reason: error.code, ...about })
      const answer = { error: error.code, description: error.message }
      const location = authorizationAnswer(login, publicUrl, answer)
      return { kind: 'redirect', location, cookies: spent }
    }
  }
}

/** The issuer's code. Rejects with the `OAuthError` that its answer means to the client. */
async function answerIn(
  parameters: Parameters,
  issuer: IssuerLogin,
): Promise<Readonly<{ code: string; iss: string | undefined }>> {
  const iss = parameters.get('iss')
  // Before anything else of the answer is believed (RFC 9207 §2.4): it may be another issuer's.
  if (!(await issuer.acceptsIss(iss))) {
    throw new OAuthError('server_error', 'the answer is not from the identity provider')
  }
  const error = parameters.get('error')
  if (error !== undefined) throw new OAuthError(...meaningOf(error))
  const code = parameters.get('code')
  if (code === undefined) throw new OAuthError(...meaningOf(undefined))
  return { code, iss }
}

function stateIn(parameters: Parameters, cookies: Cookies): string {
  const state = parameters.get('state')
  if (state === undefined || !isCookieId(state)) {
    throw new SignInProblem('request_malformed', {
      detail: 'state is missing or not of this gateway',
    })
  }
  if (cookieOf(cookies, 'login', state) === undefined) throw new SignInProblem('other_browser')
  return state
}

async function openLogin(
  value: string,
  contents: Pick<SealedContents, 'login'>,
  cookies: readonly string[],
): Promise<LoginContent> {
  try {
    return (await contents.login.open(value)).value
  } catch (cause) {
    if (!(cause instanceof SealError)) throw cause
    const reason = cause.problem === 'expired' ? 'login_expired' : 'other_browser'
    throw new SignInProblem(reason, { cause, cookies })
  }
}
