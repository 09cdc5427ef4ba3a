import { OAuthError } from '../oauth-error.ts'
import type { RegistrationContent, SealedContents } from '../sealed/sealed-contents.ts'
import { cleanClientName } from './client-name.ts'
import type { ClientSecretOf } from './client-secret.ts'
import { isJsonObject, type JsonObject, memberOf } from './json-object.ts'
import type { RedirectUriRules } from './redirect-uri.ts'

/** Clients register one to four; the id carries them all. */
const MAX_REDIRECT_URIS = 16

/**
 * A longer id would not fit where it has to travel: the query of the authorization request and, form-encoded and in
 * base64, an Authorization header.
 */
export const MAX_CLIENT_ID_CHARACTERS = 2048

/** Text that is only repeated to the client. Characters. */
const MAX_TEXT_CHARACTERS = 1024

const GRANT_TYPES = ['authorization_code', 'refresh_token'] as const
const RESPONSE_TYPES = ['code'] as const
const AUTHENTICATION_METHODS = ['none', 'client_secret_basic', 'client_secret_post'] as const

/** What a client gets to know of its registration (RFC 7591 §3.2.1): the metadata as decided, not as asked for. */
export type RegistrationAnswer = Readonly<{
  client_id: string
  /** Seconds since the epoch. */
  client_id_issued_at: number
  client_secret?: string
  /** 0: it does not expire. */
  client_secret_expires_at?: 0
  redirect_uris: readonly string[]
  token_endpoint_auth_method: RegistrationContent['method']
  grant_types: readonly string[]
  response_types: readonly string[]
  client_name?: string
  client_uri?: string
  scope?: string
  application_type?: string
}>

/**
 * Registers a client (RFC 7591 §3) without storing it: the client id is the registration, sealed. `document` is the JSON of
 * the request. What is not understood is ignored (§2), what is not supported is negotiated down: a client reads from the
 * answer what it got. Nothing is fetched, shown or believed: `logo_uri`, `jwks_uri` and `software_statement` are left out.
 * Rejects with an `OAuthError`: `invalid_redirect_uri` or `invalid_client_metadata`.
 */
export function createRegistration(options: {
  contents: Pick<SealedContents, 'client'>
  clientSecretOf: ClientSecretOf
  redirectUris: Pick<RedirectUriRules, 'problemOf'>
  /** Milliseconds since the epoch. */
  now: () => number
}): (document: unknown) => Promise<RegistrationAnswer> {
  return async (document) => {
    if (!isJsonObject(document)) {
      throw new OAuthError('invalid_client_metadata', 'the request must be a JSON object')
    }
    const redirectUris = redirectUrisIn(document, options.redirectUris)
    const grantTypes = chosenFrom(document, 'grant_types', GRANT_TYPES, 'authorization_code')
    const responseTypes = chosenFrom(document, 'response_types', RESPONSE_TYPES, 'code')
    const method = methodIn(document)
    const name = cleanClientName(memberOf(document, 'client_name'))
    const issuedAt = Math.floor(options.now() / 1000)

    const clientId = await options.contents.client.seal(
      { redirectUris: [...redirectUris], method, ...(name !== undefined && { name }) },
      undefined,
    )
    if (clientId.length > MAX_CLIENT_ID_CHARACTERS) {
      throw new OAuthError(
        'invalid_redirect_uri',
        'redirect_uris are too long taken together: register fewer or shorter ones',
      )
    }
    const uri = httpsUrlIn(document, 'client_uri')
    const scope = textIn(document, 'scope')
    const applicationType = textIn(document, 'application_type')
    return {
      client_id: clientId,
      client_id_issued_at: issuedAt,
      ...(method !== 'none' && secretOf(clientId, options.clientSecretOf)),
      redirect_uris: redirectUris,
      token_endpoint_auth_method: method,
      grant_types: grantTypes,
      response_types: responseTypes,
      ...(name !== undefined && { client_name: name }),
      ...(uri !== undefined && { client_uri: uri }),
      ...(scope !== undefined && { scope }),
      ...(applicationType !== undefined && { application_type: applicationType }),
    }
  }
}

function redirectUrisIn(
  document: JsonObject,
  rules: Pick<RedirectUriRules, 'problemOf'>,
): readonly string[] {
  const asked = memberOf(document, 'redirect_uris')
  if (!Array.isArray(asked) || asked.length === 0) {
    throw new OAuthError('invalid_redirect_uri', 'redirect_uris must be a list of at least one URI')
  }
  if (asked.length > MAX_REDIRECT_URIS) {
    throw new OAuthError(
      'invalid_redirect_uri',
      `redirect_uris has more than ${MAX_REDIRECT_URIS} entries`,
    )
  }
  const uris = asked.map((uri: unknown, index) => {
    const problem = typeof uri === 'string' ? rules.problemOf(uri) : 'it is not a string'
    if (typeof uri === 'string' && problem === undefined) return uri
    throw new OAuthError('invalid_redirect_uri', `redirect_uris[${index}]: ${problem}`)
  })
  return [...new Set(uris)]
}

/** Those of a list that are supported, in our order. Absent: all of them, since that is what the client gets. */
function chosenFrom<T extends string>(
  document: JsonObject,
  name: string,
  supported: readonly T[],
  needed: T,
): readonly T[] {
  const asked = memberOf(document, name)
  if (asked === undefined || asked === null) return supported
  if (!Array.isArray(asked)) {
    throw new OAuthError('invalid_client_metadata', `${name} must be a list of strings`)
  }
  if (asked.length === 0) return supported
  const chosen = supported.filter((type) => asked.includes(type))
  if (chosen.includes(needed)) return chosen
  throw new OAuthError('invalid_client_metadata', `${name} must include ${needed}`)
}

/**
 * How the client is to authenticate. One that asks for what is not offered to registered clients (`private_key_jwt`,
 * `client_secret_jwt`, `tls_client_auth`) becomes a public one, as the answer says; PKCE protects it.
 *
 * So does one that asks for nothing, although RFC 7591 §2 would have it be `client_secret_basic`: clients that keep a secret
 * say so (claude.ai asks for `client_secret_post`, LibreChat for what the metadata lists first), those that say nothing
 * are native ones. Given a secret, some would not send it; told `none`, none can fail.
 */
function methodIn(document: JsonObject): RegistrationContent['method'] {
  const asked = memberOf(document, 'token_endpoint_auth_method')
  return AUTHENTICATION_METHODS.find((method) => method === asked) ?? 'none'
}

function secretOf(clientId: string, clientSecretOf: ClientSecretOf) {
  const secret = clientSecretOf(clientId)
  // The id has just been sealed with the newest key, from which its secret comes.
  if (secret === undefined) throw new Error('no secret can be derived for a client id')
  return { client_secret: secret, client_secret_expires_at: 0 } as const
}

function textIn(document: JsonObject, name: string): string | undefined {
  const value = memberOf(document, name)
  if (typeof value !== 'string' || value === '') return undefined
  return value.length <= MAX_TEXT_CHARACTERS && /^[\x20-\x7e]*$/.test(value) ? value : undefined
}

function httpsUrlIn(document: JsonObject, name: string): string | undefined {
  const text = textIn(document, name)
  if (text === undefined || !URL.canParse(text)) return undefined
  return new URL(text).protocol === 'https:' ? text : undefined
}
