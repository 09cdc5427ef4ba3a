import { decodeJwt } from 'jose'
import { OAuthError } from '../oauth-error.ts'
import type { Parameters } from '../parameters.ts'

/** RFC 7523 §2.2. */
const ASSERTION_TYPE = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer'

/** An assertion is under 1 KB. Characters. */
const MAX_ASSERTION_CHARACTERS = 8192

/** Who a request says that it comes from, and what it brings to prove it. Nothing is verified yet. */
export type PresentedClient = Readonly<{ id: string }> &
  (
    | Readonly<{ method: 'none' }>
    | Readonly<{ method: 'client_secret_basic' | 'client_secret_post'; secret: string }>
    | Readonly<{ method: 'private_key_jwt'; assertion: string }>
  )

/**
 * Reads client and proof from a request of the token or revocation endpoint (RFC 6749 §2.3, RFC 7521 §4.2). Throws
 * `invalid_request` for two proofs at once or two ids, and `invalid_client` for an Authorization header that is no
 * well-formed HTTP Basic.
 */
export function presentedClient(request: {
  form: Parameters
  authorization: string | undefined
}): PresentedClient {
  const { form, authorization } = request
  const formId = form.get('client_id')
  const secret = form.get('client_secret')
  const hasAssertion = form.has('client_assertion') || form.has('client_assertion_type')

  const proofs = [authorization !== undefined, secret !== undefined, hasAssertion]
  if (proofs.filter(Boolean).length > 1) {
    throw new OAuthError('invalid_request', 'authenticate in one way only (RFC 6749 §2.3)')
  }
  if (authorization !== undefined) return matching(formId, basicCredentials(authorization))
  if (hasAssertion) return matching(formId, assertionIn(form))
  if (formId === undefined) throw new OAuthError('invalid_request', 'client_id is missing')
  return secret === undefined
    ? { id: formId, method: 'none' }
    : { id: formId, method: 'client_secret_post', secret }
}

function matching(formId: string | undefined, presented: PresentedClient): PresentedClient {
  if (formId === undefined || formId === presented.id) return presented
  throw new OAuthError('invalid_request', 'client_id is another than that of the authentication')
}

/** RFC 7617 §2 with both parts form-encoded (RFC 6749 §2.3.1). */
function basicCredentials(authorization: string): PresentedClient {
  const encoded = /^basic +([A-Za-z0-9+/]+={0,2})$/i.exec(authorization)?.[1]
  const bytes = Buffer.from(encoded ?? '', 'base64')
  // Node's decoder takes whatever comes near; a text that it does not give back is no base64 (RFC 4648 §3.5).
  if (encoded === undefined || bytes.toString('base64') !== encoded) throw malformedHeader()
  const text = bytes.toString('latin1')
  const colon = text.indexOf(':')
  if (colon < 1) throw malformedHeader()
  return {
    id: formDecoded(text.slice(0, colon)),
    method: 'client_secret_basic',
    secret: formDecoded(text.slice(colon + 1)),
  }
}

function formDecoded(text: string): string {
  if (/[^\x20-\x7e]/.test(text)) throw malformedHeader()
  try {
    return decodeURIComponent(text.replaceAll('+', ' '))
  } catch {
    throw malformedHeader()
  }
}

function malformedHeader(): OAuthError {
  return new OAuthError(
    'invalid_client',
    'Authorization must be HTTP Basic with client_id and client_secret, or be left out',
  )
}

function assertionIn(form: Parameters): PresentedClient {
  if (form.get('client_assertion_type') !== ASSERTION_TYPE) {
    throw new OAuthError('invalid_request', `client_assertion_type must be ${ASSERTION_TYPE}`)
  }
  const assertion = form.get('client_assertion') ?? ''
  if (assertion.length > MAX_ASSERTION_CHARACTERS) throw malformedAssertion()
  try {
    // RFC 7523 §3: `sub` of a client's assertion is its client_id. Read to find the key to verify it with.
    const { sub } = decodeJwt(assertion)
    if (typeof sub === 'string' && sub !== '') {
      return { id: sub, method: 'private_key_jwt', assertion }
    }
  } catch (cause) {
    throw malformedAssertion(cause)
  }
  throw malformedAssertion()
}

function malformedAssertion(cause?: unknown): OAuthError {
  return new OAuthError('invalid_client', 'client_assertion must be a signed JWT with a sub', {
    cause,
  })
}
