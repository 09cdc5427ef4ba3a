import type { Client, FindClient } from '../clients/client.ts'
import { DocumentError } from '../clients/document-error.ts'
import type { RedirectUriRules } from '../clients/redirect-uri.ts'
import { OAuthError } from '../oauth-error.ts'
import type { Parameters } from '../parameters.ts'
import type { RequestedTarget } from './requested-target.ts'
import { SignInProblem, type SignInReason } from './sign-in-problem.ts'

/** Who asks, and where the answer goes. */
export type Requester = Readonly<{ client: Client; redirectUri: string; state: string | undefined }>

/** What is asked for. */
export type Requested = Readonly<{ challenge: string; target: string }>

/** Together with the redirect URI it has to fit into a cookie. Characters. */
const MAX_STATE = 1024
/** VSCHAR (RFC 6749 Appendix A.5). */
const STATE = /^[\x20-\x7e]*$/
/** The S256 challenge: 32 bytes in base64url (RFC 7636 §4.2). */
const CHALLENGE = /^[A-Za-z0-9_-]{43}$/

/**
 * Who asks, and the address for the answer. Rejects with a `SignInProblem`: whatever is wrong here must not be answered
 * by a redirect (RFC 6749 §4.1.2.1). `redirect_uri` may be left out where the client has exactly one.
 */
export async function requesterIn(
  parameters: Parameters,
  options: Readonly<{ findClient: FindClient; redirectUris: RedirectUriRules }>,
): Promise<Requester> {
  const client = await clientIn(parameters, options.findClient)
  const redirectUri = redirectUriIn(parameters, client)
  const problem = options.redirectUris.problemOf(redirectUri)
  if (problem !== undefined) throw new SignInProblem('redirect_rejected', { detail: problem })
  if (!options.redirectUris.matches(client.redirectUris, redirectUri)) {
    throw new SignInProblem('redirect_rejected')
  }
  return { client, redirectUri, state: parameters.get('state') }
}

/**
 * What is asked for. Throws an `OAuthError` that goes to the client. PKCE is required, and S256 must be named: no method
 * means `plain` (RFC 7636 §4.3). Scopes are not looked at: what a token is good for, the gateway's rules decide.
 */
export function requestedIn(parameters: Parameters, requestedTarget: RequestedTarget): Requested {
  const state = parameters.get('state') ?? ''
  if (state.length > MAX_STATE || !STATE.test(state)) {
    throw invalid(`state must be at most ${MAX_STATE} printable ASCII characters`)
  }
  if (parameters.has('request')) {
    throw new OAuthError('request_not_supported', 'request objects are not supported')
  }
  if (parameters.has('request_uri')) {
    throw new OAuthError('request_uri_not_supported', 'request objects are not supported')
  }
  const responseType = parameters.get('response_type')
  if (responseType === undefined) throw invalid('response_type is missing')
  if (responseType !== 'code') {
    throw new OAuthError('unsupported_response_type', 'response_type must be code')
  }
  if ((parameters.get('response_mode') ?? 'query') !== 'query') {
    throw invalid('response_mode must be query')
  }
  const challenge = parameters.get('code_challenge')
  if (challenge === undefined) throw invalid('code_challenge is missing: PKCE is required')
  if (parameters.get('code_challenge_method') !== 'S256') {
    throw invalid('code_challenge_method must be S256')
  }
  if (!CHALLENGE.test(challenge)) {
    throw invalid('code_challenge must be the 43 characters of a SHA-256 hash in base64url')
  }
  const target = requestedTarget(parameters.get('resource'))
  // Consent is asked for every time (MCP security best practices, "Confused Deputy Problem").
  if (parameters.get('prompt')?.split(' ').includes('none')) {
    throw new OAuthError('interaction_required', 'prompt=none is not possible: a person must agree')
  }
  return { challenge, target }
}

async function clientIn(parameters: Parameters, findClient: FindClient): Promise<Client> {
  const id = parameters.get('client_id')
  if (id === undefined) {
    throw new SignInProblem('client_unknown', { detail: 'client_id is missing' })
  }
  try {
    return await findClient(id)
  } catch (cause) {
    if (!(cause instanceof OAuthError) || cause.code === 'server_error') throw cause
    const { message: detail, retryAfterSeconds } = cause
    throw new SignInProblem(reasonOf(cause), { detail, retryAfterSeconds, cause: cause.cause })
  }
}

/** A client that has no document is told to register again, which mends no document. */
function reasonOf({ code, cause }: OAuthError): SignInReason {
  if (code === 'temporarily_unavailable') return 'client_unavailable'
  return cause instanceof DocumentError ? 'client_unusable' : 'client_unknown'
}

function redirectUriIn(parameters: Parameters, client: Client): string {
  const asked = parameters.get('redirect_uri')
  if (asked !== undefined) return asked
  const [only, ...others] = client.redirectUris
  if (only === undefined || others.length > 0) {
    throw new SignInProblem('redirect_rejected', { detail: 'redirect_uri is missing' })
  }
  return only
}

function invalid(description: string): OAuthError {
  return new OAuthError('invalid_request', description)
}
