import { GatewayError, type Reason } from '../errors.ts'

/**
 * STS error codes and what they mean for the caller. The SDK names some by class with the suffix `Exception`, others by
 * the bare wire code; both are looked up without the suffix.
 * https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRoleWithWebIdentity.html#API_AssumeRoleWithWebIdentity_Errors
 */
const REASONS: Readonly<Record<string, Reason>> = {
  // The token itself has run out, by STS's clock.
  ExpiredToken: 'credentials_rejected',
  // The trust policy, the role or the issuer says no to this principal.
  AccessDenied: 'credentials_denied',
  IDPRejectedClaim: 'credentials_denied',
  // This gateway has verified the token already, so STS's refusal is about the AWS side: no IAM OIDC provider for the
  // issuer, an audience that is not on its list, a missing claim.
  InvalidIdentityToken: 'credentials_misconfigured',
  MalformedPolicyDocument: 'credentials_misconfigured',
  PackedPolicyTooLarge: 'credentials_misconfigured',
  RegionDisabled: 'credentials_misconfigured',
  ValidationError: 'credentials_misconfigured',
}

/**
 * The refusal for a failed STS call with `token`. What STS said becomes the cause, for the log only, and without the
 * token: a validation error quotes the value that it does not like.
 */
export function toGatewayError(error: unknown, token: string): GatewayError {
  if (error instanceof GatewayError) return error
  const { name, message } = error instanceof Error ? error : new Error(typeof error)
  const code = name.replace(/Exception$/, '')
  const reason = Object.hasOwn(REASONS, code) ? REASONS[code] : undefined
  // A failed connection to several addresses has an empty message; its code says what happened.
  const text = message === '' && error instanceof Error && 'code' in error ? error.code : message
  const cause = new Error(`${name}: ${String(text).replaceAll(token, '(the token)')}`)
  return new GatewayError(reason ?? 'sts_unavailable', { cause })
}
