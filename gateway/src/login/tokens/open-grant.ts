import { GatewayError } from '../../errors.ts'
import type { OpenGrant } from '../../token/verify.ts'
import type { SealedContents } from '../sealed/sealed-contents.ts'
import { purposeOf, SealError } from '../sealed/sealed-value.ts'

/**
 * Opens the access tokens of the login facade for the token room. Any other sealed value of ours is no bearer token
 * (`token_type_rejected`); one that cannot be opened, or whose sign-in has been revoked, is `token_rejected`.
 */
export function createOpenGrant(options: {
  contents: Pick<SealedContents, 'access'>
  isRevoked: (family: string) => boolean
  resourceOf: (target: string) => string
}): OpenGrant {
  return async (token) => {
    const purpose = purposeOf(token)
    if (purpose === undefined) return undefined
    if (purpose !== 'access') {
      throw new GatewayError('token_type_rejected', {
        hint: purpose === 'refresh' ? 'refresh_token' : undefined,
      })
    }
    const { value, expiresAt } = await options.contents.access.open(token).catch(refuse)
    if (options.isRevoked(value.family)) {
      throw new GatewayError('token_rejected', { cause: new Error('the sign-in was revoked') })
    }
    return {
      family: value.family,
      issuer: value.issuer,
      resource: options.resourceOf(value.target),
      identity: value.identity,
      proof: value.proof,
      expiresAt: expiresAt ?? 0,
    }
  }
}

function refuse(cause: unknown): never {
  if (!(cause instanceof SealError)) throw cause
  throw new GatewayError(cause.problem === 'expired' ? 'token_expired' : 'token_rejected', {
    cause,
  })
}
