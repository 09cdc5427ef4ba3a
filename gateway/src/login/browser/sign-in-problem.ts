/** What a person reads when a sign-in cannot go on, and cannot be handed back to the client. */
type Answer = Readonly<{ status: number; title: string; text: string; fix: string }>

const AGAIN = 'Go back to your MCP client and sign in again.'
const REPORT = 'Report this to the makers of your MCP client, with the request id.'

const ANSWERS = {
  request_malformed: {
    status: 400,
    title: 'This sign-in request cannot be read',
    text: 'The request does not follow the rules of OAuth.',
    fix: REPORT,
  },
  other_address: {
    status: 403,
    title: 'This gateway has another address',
    text: 'The page was asked for under a name that is not one of the gateway’s.',
    fix: 'Use the address that you were given. If you run this gateway: its names are those of GATEWAY_PUBLIC_URL and GATEWAY_ALLOWED_HOSTS, and a proxy before it must pass Host on as it comes.',
  },
  client_unknown: {
    status: 400,
    title: 'This client is not known here',
    text: 'The gateway cannot tell which client asks you to sign in.',
    fix: 'Remove the saved sign-in of this server in your MCP client and connect again: it registers anew.',
  },
  client_unusable: {
    status: 400,
    title: 'This client cannot be used here',
    text: 'The client says who it is by a document on the web, and the gateway cannot use that.',
    fix: 'Report this to the makers of your MCP client, or to the people who run this gateway, with the request id.',
  },
  client_unavailable: {
    status: 503,
    title: 'This client cannot be checked right now',
    text: 'The gateway could not fetch what the client says about itself.',
    fix: 'Wait a moment, then sign in again from your MCP client.',
  },
  redirect_rejected: {
    status: 400,
    title: 'This client may not send you there',
    text: 'The address that you would return to after the sign-in is not one that the client registered, so you were not sent there.',
    fix: 'If you did not start this sign-in yourself, close this page. Otherwise remove the saved sign-in in your MCP client and connect again.',
  },
  request_refused: {
    status: 400,
    title: 'This sign-in cannot start',
    text: 'The client asks for something that this gateway does not give.',
    fix: 'If you did not start this sign-in yourself, close this page. Otherwise go back: the client is told what is wrong.',
  },
  consent_expired: {
    status: 400,
    title: 'This page has waited too long',
    text: 'You had ten minutes to answer.',
    fix: AGAIN,
  },
  consent_invalid: {
    status: 400,
    title: 'This answer cannot be used',
    text: 'It is not the answer to a question that this gateway asked.',
    fix: AGAIN,
  },
  other_browser: {
    status: 400,
    title: 'This sign-in was started elsewhere, or is over',
    text: 'It belongs to another browser, has been answered already, or your browser keeps no cookies of this gateway. Safari keeps none on http://localhost.',
    fix: `${AGAIN} If you did not start it yourself, close this page: nothing has happened.`,
  },
  already_answered: {
    status: 400,
    title: 'You have answered already',
    text: 'This question was answered before; the first answer holds.',
    fix: AGAIN,
  },
  cross_site: {
    status: 403,
    title: 'This answer came from another web site',
    text: 'Only the page of this gateway can answer for you.',
    fix: 'Close the page that sent you here. Nothing has happened.',
  },
  login_expired: {
    status: 400,
    title: 'This sign-in took too long',
    text: 'You came back from your identity provider after more than ten minutes.',
    fix: AGAIN,
  },
  too_many_requests: {
    status: 429,
    title: 'Too many sign-ins from your address',
    text: 'The gateway limits how many it serves in a minute.',
    fix: 'Wait a minute, then sign in again from your MCP client.',
  },
  gateway_failed: {
    status: 500,
    title: 'The gateway failed',
    text: 'Something went wrong that should not have.',
    fix: 'Tell the people who run this gateway, with the request id.',
  },
} as const satisfies Record<string, Answer>

/** The way back to a client, for a person to choose: its address, and what a person knows that as. */
export type WayBack = Readonly<{ url: string; to: string }>

/** Why a person sees an error page; also `reason` in the audit record. */
export type SignInReason = keyof typeof ANSWERS

/**
 * A sign-in that ends on a page of the gateway's own, because it is not certain whose browser or whose address it would
 * be handed to. `detail` says in words what is wrong and repeats nothing that was sent; `cause` is for the log.
 */
export class SignInProblem extends Error {
  override readonly name = 'SignInProblem'
  readonly reason: SignInReason
  readonly detail: string | undefined
  readonly status: number
  readonly retryAfterSeconds: number | undefined
  /** Cookies to take from the browser with the answer. */
  readonly cookies: readonly string[]
  /** Undefined where there is none, or none that is certain to be the client's. */
  readonly back: WayBack | undefined

  constructor(
    reason: SignInReason,
    {
      detail,
      status = ANSWERS[reason].status,
      retryAfterSeconds,
      cookies = [],
      back,
      ...options
    }: ErrorOptions & {
      detail?: string | undefined
      status?: number
      retryAfterSeconds?: number | undefined
      cookies?: readonly string[]
      back?: WayBack | undefined
    } = {},
  ) {
    super(ANSWERS[reason].title, options)
    this.reason = reason
    this.detail = detail
    this.status = status
    this.retryAfterSeconds = retryAfterSeconds
    this.cookies = cookies
    this.back = back
  }
}

/** What the error page says. */
export function wordsOf(problem: SignInProblem): { title: string; text: string; fix: string } {
  const { title, text, fix } = ANSWERS[problem.reason]
  return { title, text: problem.detail === undefined ? text : `${text} (${problem.detail})`, fix }
}
