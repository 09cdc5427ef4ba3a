import { AwsError } from '../aws-error.ts'

/** The token is not acceptable to STS: a claim, the audience, the issuer or the signature. */
export function invalidIdentityToken(message: string): AwsError {
  return new AwsError('InvalidIdentityTokenException', message, {
    queryCode: 'InvalidIdentityToken',
  })
}

/** The identity provider could not be reached; SDKs retry this one. */
export function idpCommunicationError(): AwsError {
  return new AwsError(
    'IDPCommunicationErrorException',
    'The identity provider that was asked to verify the token could not be reached',
    { queryCode: 'IDPCommunicationError' },
  )
}

/** Trust policy, its conditions or the role itself do not allow the call. STS never says which. */
export function notAuthorizedTo(action: string): AwsError {
  return new AwsError('AccessDenied', `Not authorized to perform ${action}`, { status: 403 })
}

/** A parameter that STS refuses, in its own words. */
export function validationError(message: string): AwsError {
  return new AwsError('ValidationException', message, { queryCode: 'ValidationError' })
}
