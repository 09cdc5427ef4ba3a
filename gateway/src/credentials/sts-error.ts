import { GatewayError, type Reason } from '../errors.ts'

/**
 * STS error codes and what they mean for the caller, whichever call it was. The SDK names some by class with the suffix
 * `Exception`, others by the bare wire code; both are looked up without the suffix.
 * https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRoleWithWebIdentity.html#API_AssumeRoleWithWebIdentity_Errors
 */
const REASONS: Readonly<Record<string, Reason>> = {
  // The trust policy, its conditions or the role itself says no to this principal.
  AccessDenied: 'credentials_denied',
  MalformedPolicyDocument: 'credentials_misconfigured',
  PackedPolicyTooLarge: 'credentials_misconfigured',
  RegionDisabled: 'credentials_misconfigured',
  ValidationError: 'credentials_misconfigured',
  // An STS that does not know the operation: not AWS's, or its global endpoint.
  InvalidAction: 'credentials_misconfigured',
}

/** What AssumeRoleWithWebIdentity says of the caller's token. */
const OF_TOKEN: Readonly<Record<string, Reason>> = {
  // It has run out, by STS's clock.
  ExpiredToken: 'credentials_rejected',
  IDPRejectedClaim: 'credentials_denied',
  // This gateway has verified the token already, so STS's refusal is about the AWS side: no IAM OIDC provider for the
  // issuer, an audience that is not on its list, a missing claim.
  InvalidIdentityToken: 'credentials_misconfigured',
}

/** What signed calls say of the credentials that they are signed with; those are never the caller's fault. */
const OF_SIGNER: Readonly<Record<string, Reason>> = {
  InvalidClientTokenId: 'credentials_misconfigured',
  UnrecognizedClient: 'credentials_misconfigured',
  SignatureDoesNotMatch: 'credentials_misconfigured',
  // Thrown by the SDK where the process has no credentials at all. One place that has them and fails is another error.
  CredentialsProviderError: 'credentials_misconfigured',
}

/** The kinds of calls, by whose word they are made. */
export type StsCall = 'web-identity' | 'assume-role' | 'scope-down'

/** The code of an error as STS writes it on the wire. */
export function stsCodeOf(error: unknown): string {
  return error instanceof Error ? error.name.replace(/Exception$/, '') : typeof error
}

/**
 * STS could not fetch the issuer's keys just then. It says so with the code of a bad token, and only its words tell.
 * https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRoleWithWebIdentity.html
 */
export function lacksVerificationKey(error: unknown): boolean {
  return (
    stsCodeOf(error) === 'InvalidIdentityToken' &&
    error instanceof Error &&
    /couldn't retrieve verification key/i.test(error.message)
  )
}

/**
 * The refusal for a failed STS call. What STS said becomes the cause, for the log only, and without `secrets`: a
 * validation error quotes the value that it does not like. What is in no table is an outage.
 */
export function toGatewayError(
  error: unknown,
  call: StsCall,
  secrets: readonly string[],
): GatewayError {
  if (error instanceof GatewayError) return error
  const { name, message } = error instanceof Error ? error : new Error(typeof error)
  // A failed connection to several addresses has an empty message; its code says what happened.
  const text = message === '' && error instanceof Error && 'code' in error ? error.code : message
  const said = secrets.reduce(
    (left, secret) => left.replaceAll(secret, '(the token)'),
    String(text),
  )
  return new GatewayError(reasonOf(error, call), { cause: new Error(`${name}: ${said}`) })
}

function reasonOf(error: unknown, call: StsCall): Reason {
  if (lacksVerificationKey(error)) return 'sts_unavailable'
  const code = stsCodeOf(error)
  // The principal has its role by then; a "no" to narrowing it is about how the account is set up.
  if (call === 'scope-down' && code === 'AccessDenied') return 'credentials_misconfigured'
  if (code === 'CredentialsProviderError' && !foundNone(error)) return 'sts_unavailable'
  const special = call === 'web-identity' ? OF_TOKEN : OF_SIGNER
  for (const table of [special, REASONS]) {
    const reason = Object.hasOwn(table, code) ? table[code] : undefined
    if (reason !== undefined) return reason
  }
  return 'sts_unavailable'
}

function foundNone(error: unknown): boolean {
  return error instanceof Error && /any providers/.test(error.message)
}
