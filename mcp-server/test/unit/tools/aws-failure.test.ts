import { expect } from 'chai'
import { explainAwsFailure, isAwsError } from '../../../src/tools/aws-failure.ts'

const CONTEXT = {
  service: 'cloudwatch',
  operation: 'GetMetricData',
  region: 'us-east-1',
  roleArn: 'arn:aws:iam::111122223333:role/Reader',
  mayUse: () => true,
} as const

/** An error as the AWS SDK throws it. */
function awsError(name: string, message: string, httpStatusCode: number | undefined = 400): Error {
  return Object.assign(new Error(message), { name, $metadata: { httpStatusCode, attempts: 1 } })
}

describe('explainAwsFailure', () => {
  for (const [name, message, words] of [
    [
      'AccessDeniedException',
      'User: x is not authorized to perform: cloudwatch:GetMetricData',
      /may not do cloudwatch:GetMetricData on \*\./,
    ],
    [
      'AccessDenied',
      'no words that help',
      /may not do cloudwatch:GetMetricData on \*\. Retrying does not help/,
    ],
    [
      'AccessDenied',
      'not authorized to perform: logs:StartQuery on resource: arn:aws:logs:a with an explicit deny in a session policy',
      /logs:StartQuery on arn:aws:logs:a, because of an explicit deny in a session policy\./,
    ],
    ['ExpiredToken', 'x', /have expired\. Retrying does not help: sign in again/],
    ['InvalidClientTokenId', 'x', /does not accept the credentials .* in us-east-1.*sign in again/],
    ['LimitExceededException', 'x', /A limit of the account is reached\. Retry later/],
    ['Throttling', 'Rate exceeded', /throttling this account.*Retry/],
    ['TooManyRequestsException', 'x', /throttling/],
    [
      'ResourceNotFoundException',
      'The specified log group does not exist.',
      /us-east-1: The specified log group does not exist\. .*list_log_groups/,
    ],
    ['InvalidNextToken', 'x', /without a cursor/],
    ['InvalidParameterValue', 'bad value', /bad value\. Change the arguments/],
    ['ValidationError', 'MaxRecords is wrong', /MaxRecords is wrong\. Change the arguments/],
    ['InternalServiceFault', 'x', /service failed\. Retry/],
  ] as const) {
    it(`tells ${name} ("${message.slice(0, 30)}")`, () => {
      const { text, code } = explainAwsFailure(awsError(name, message), CONTEXT)
      expect(text).to.match(/^CloudWatch GetMetricData failed\. /)
      expect(text).to.match(words)
      expect(text.endsWith(`(${name})`)).to.equal(true)
      expect(code).to.equal(name)
    })
  }

  it('takes an unknown error with a 5xx for a fault of AWS', () => {
    expect(explainAwsFailure(awsError('Odd', 'x', 502), CONTEXT).text).to.include('service failed')
  })

  it('names no tool that the caller does not see', () => {
    const { text } = explainAwsFailure(awsError('ResourceNotFoundException', 'gone'), {
      ...CONTEXT,
      mayUse: () => false,
    })
    expect(text).not.to.include('list_log_groups')
  })

  it('takes control characters and length out of what AWS says', () => {
    const message = `\u001b[31m${'long '.repeat(1_000)}`
    const { text } = explainAwsFailure(awsError('MalformedQueryException', message), CONTEXT)
    expect(text.length).to.be.lessThan(1_200)
    expect(text).not.to.include('\u001b')
  })

  for (const [properties, words] of [
    [{ code: 'ECONNREFUSED' }, /cannot be reached/],
    [{ code: 'ENOTFOUND' }, /has no address/],
    [{ code: 'ECONNRESET' }, /closed the connection\. Retry/],
    [{ name: 'TimeoutError' }, /did not answer in time/],
    [{ code: 'SELF_SIGNED_CERT_IN_CHAIN' }, /certificate/],
  ] as const) {
    it(`tells a failure of the network: ${Object.values(properties)[0]}`, () => {
      const error = Object.assign(new Error('connect 10.1.2.3:443'), properties)
      expect(isAwsError(error)).to.equal(true)
      const { text } = explainAwsFailure(error, CONTEXT)
      expect(text).to.match(words)
      expect(text).not.to.include('10.1.2.3')
    })
  }

  it('tells that the process has no credentials to lend', () => {
    const error = Object.assign(new Error('x'), { name: 'CredentialsProviderError' })
    expect(isAwsError(error)).to.equal(true)
    expect(explainAwsFailure(error, CONTEXT).text).to.include('CREDENTIALS=environment')
  })
})

describe('isAwsError', () => {
  it('does not take a mistake of this program for one of AWS', () => {
    expect(isAwsError(new TypeError('x is not a function'))).to.equal(false)
    expect(isAwsError('text')).to.equal(false)
  })
})
