import { errors, type JWTPayload, type JWTVerifyGetKey, jwtVerify } from 'jose'
import { OAuthError } from '../oauth-error.ts'
import type { Parameters } from '../parameters.ts'
import { isSameText } from '../same-text.ts'
import type { Client, FindClient } from './client.ts'
import { ASSERTION_ALGORITHMS } from './client-keys.ts'
import { documentRefusal } from './document-error.ts'
import { type PresentedClient, presentedClient } from './presented-client.ts'
import { createUsedAssertions } from './used-assertions.ts'

/** How far ahead an assertion may expire, and how far the client's clock may be off. Seconds. */
const MAX_ASSERTION_LIFE_SECONDS = 5 * 60
const CLOCK_TOLERANCE_SECONDS = 30

/**
 * Authenticates the client of a token or revocation request. Rejects with an `OAuthError`: `invalid_client` where the client
 * is not known or does not prove what it is, `invalid_request` where it cannot be told who it is meant to be, what
 * `FindClient` rejects with otherwise.
 */
export type AuthenticateClient = (request: {
  form: Parameters
  authorization: string | undefined
}) => Promise<Client>

/**
 * RFC 6749 §2.3 and RFC 7523 §3. A client authenticates as it is registered, with two exceptions that clients need and that
 * prove as much: a secret may come in the header or in the form, whichever of the two was registered (RFC 6749 §2.3.1 has
 * every server take the header; Codex sends it there whatever the answer said), and a client whose document allows both
 * may leave its assertion out.
 */
export function createAuthenticateClient(options: {
  findClient: FindClient
  /** The gateway's issuer and the address of its token endpoint: what an assertion may be meant for. */
  issuer: string
  tokenUrl: string
  /** Milliseconds since the epoch. */
  now: () => number
  /** Assertions that are remembered, against a second use. */
  maxEntries: number
}): AuthenticateClient {
  const used = createUsedAssertions(options)
  const audiences = [options.issuer, options.tokenUrl]

  const verifyAssertion = async (
    client: Client,
    assertion: string,
    keys: JWTVerifyGetKey,
  ): Promise<void> => {
    const payload = await verified(assertion, keys, client.id, audiences, options.now())
    const { jti, exp } = payload
    if (typeof jti !== 'string' || jti === '' || exp === undefined) {
      throw refused('client_assertion needs exp and jti')
    }
    const isFirst = used.isFirst({
      clientId: client.id,
      host: client.host ?? client.id,
      jti,
      expiresAt: (exp + CLOCK_TOLERANCE_SECONDS) * 1000,
    })
    if (!isFirst) throw refused('client_assertion has been used before')
  }

  return async (request) => {
    const presented = presentedClient(request)
    const client = await options.findClient(presented.id)
    const registered = client.authentication
    switch (registered.method) {
      case 'none':
        if (presented.method === 'none') return client
        throw refused('the client is a public one: send its client_id and nothing else')
      case 'client_secret_basic':
      case 'client_secret_post':
        if (isSecret(presented) && isSameText(presented.secret, registered.secret)) return client
        throw refused('client_secret is missing or not that of the client')
      case 'private_key_jwt':
        if (presented.method === 'none' && registered.orNone) return client
        if (presented.method !== 'private_key_jwt') {
          throw refused('the client must send a client_assertion')
        }
        await verifyAssertion(client, presented.assertion, registered.keys)
        return client
    }
  }
}

function isSecret(
  presented: PresentedClient,
): presented is Extract<PresentedClient, { secret: string }> {
  return presented.method === 'client_secret_basic' || presented.method === 'client_secret_post'
}

async function verified(
  assertion: string,
  keys: JWTVerifyGetKey,
  clientId: string,
  audiences: readonly string[],
  now: number,
): Promise<JWTPayload> {
  const seconds = now / 1000
  const payload = await jwtVerify(assertion, keys, {
    algorithms: [...ASSERTION_ALGORITHMS],
    issuer: clientId,
    subject: clientId,
    requiredClaims: ['aud', 'exp', 'jti'],
    currentDate: new Date(now),
    clockTolerance: CLOCK_TOLERANCE_SECONDS,
  }).then(
    (result) => result.payload,
    (error: unknown) => {
      throw assertionRefusal(error)
    },
  )
  const { aud, exp = 0, iat } = payload
  // One that is meant for another server as well could come from that server.
  const meant = typeof aud === 'string' ? [aud] : (aud ?? [])
  if (meant.length === 0 || !meant.every((one) => audiences.includes(one))) {
    throw refused('client_assertion must have the issuer as its only aud')
  }
  if (exp > seconds + MAX_ASSERTION_LIFE_SECONDS + CLOCK_TOLERANCE_SECONDS) {
    throw refused('client_assertion must expire within five minutes')
  }
  if (iat !== undefined && iat > seconds + CLOCK_TOLERANCE_SECONDS) {
    throw refused('client_assertion has an iat that is still to come')
  }
  return payload
}

function assertionRefusal(error: unknown): unknown {
  if (error instanceof errors.JWTExpired) return refused('client_assertion has expired', error)
  if (error instanceof errors.JWTClaimValidationFailed) {
    return refused('client_assertion has claims that are missing or wrong', error)
  }
  if (error instanceof errors.JOSEError || error instanceof TypeError) {
    return refused('client_assertion is not signed with a key of the client', error)
  }
  return documentRefusal('the keys of the client', error)
}

function refused(description: string, cause?: unknown): OAuthError {
  return new OAuthError('invalid_client', description, { cause })
}
