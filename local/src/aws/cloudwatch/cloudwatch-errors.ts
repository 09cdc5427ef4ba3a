import { AwsError, notImitated } from '../aws-error.ts'

/** A value that CloudWatch refuses; older clients know it as ValidationError. */
export function validationError(message: string): AwsError {
  return new AwsError('ValidationException', message, { queryCode: 'ValidationError' })
}

/** A thing of CloudWatch that this stand-in does not imitate. */
export function unsupported(what: string): AwsError {
  return notImitated('ValidationException', what, 'ValidationError')
}

/** A NextToken that was not issued for this request. */
export function invalidNextToken(): AwsError {
  return new AwsError('InvalidNextToken', 'The service encountered an invalid NextToken.')
}

/** Two parameters that exclude each other. */
export function invalidCombination(message: string): AwsError {
  return new AwsError('InvalidParameterCombinationException', message, {
    queryCode: 'InvalidParameterCombination',
  })
}

/** A thing that is named and does not exist. */
export function resourceNotFound(message: string): AwsError {
  return new AwsError('ResourceNotFoundException', message, {
    status: 404,
    queryCode: 'ResourceNotFoundException',
  })
}
