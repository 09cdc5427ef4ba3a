import { AwsError, constraintError, notImitated } from '../aws-error.ts'
import { type Policy, PolicySyntaxError, parsePolicyText } from '../iam/policy.ts'

const MAX_POLICY_CHARACTERS = 2048
const MAX_TOKEN_BYTES = 4096

/** The parameters of AssumeRoleWithWebIdentity after the checks that need no token and no role. */
export type WebIdentityParameters = Readonly<{
  roleArn: string
  sessionName: string
  token: string
  durationSeconds: number
  sessionPolicies: readonly Policy[]
  policyCharacters: number
  minimumTokenBytes: number
}>

/** Checks names, lengths and ranges as the API model states them. */
export function readWebIdentityParameters(form: URLSearchParams): WebIdentityParameters {
  const roleArn = text(form, 'RoleArn', 20, 2048)
  const sessionName = text(form, 'RoleSessionName', 2, 64)
  if (!/^[\w+=,.@-]*$/.test(sessionName)) {
    const constraint = 'Member must satisfy regular expression pattern: [\\w+=,.@-]*'
    throw constraintError(sessionName, 'roleSessionName', constraint)
  }
  const token = text(form, 'WebIdentityToken', 4, 20_000)
  if (!/^arn:aws:iam::\d{12}:role\/[\w+=,.@/-]+$/.test(roleArn)) {
    throw new AwsError('ValidationException', `${roleArn} is invalid`, {
      queryCode: 'ValidationError',
    })
  }
  if (form.has('ProviderId')) {
    // Only the OAuth 2.0 providers of the early days have one, and neither exists here.
    throw notImitated('ValidationException', 'ProviderId', 'ValidationError')
  }
  if ([...form.keys()].some((name) => name.startsWith('PolicyArns.member.'))) {
    throw notImitated('ValidationException', 'PolicyArns', 'ValidationError')
  }
  const policy = form.get('Policy')
  return {
    roleArn,
    sessionName,
    token,
    durationSeconds: whole(form, 'DurationSeconds', 900, 43_200, 3600),
    sessionPolicies: policy === null ? [] : [readPolicy(policy)],
    policyCharacters: policy?.length ?? 0,
    minimumTokenBytes: whole(form, 'MinimumSessionTokenSize', 0, MAX_TOKEN_BYTES, 0),
  }
}

function readPolicy(text: string): Policy {
  if (text.length > MAX_POLICY_CHARACTERS) {
    const constraint = `Member must have length less than or equal to ${MAX_POLICY_CHARACTERS}`
    throw constraintError(`${text.slice(0, 40)}…`, 'policy', constraint)
  }
  try {
    return parsePolicyText(text)
  } catch (cause) {
    if (!(cause instanceof PolicySyntaxError)) throw cause
    throw new AwsError('MalformedPolicyDocumentException', cause.message, {
      queryCode: 'MalformedPolicyDocument',
    })
  }
}

function text(form: URLSearchParams, name: string, min: number, max: number): string {
  const value = form.get(name)
  const member = `${name.charAt(0).toLowerCase()}${name.slice(1)}`
  if (value === null) throw constraintError(undefined, member, 'Member must not be null')
  // A token never goes into a message.
  const shown = name === 'WebIdentityToken' ? '***' : value
  if (value.length < min) {
    const constraint = `Member must have length greater than or equal to ${min}`
    throw constraintError(shown, member, constraint)
  }
  if (value.length > max) {
    const constraint = `Member must have length less than or equal to ${max}`
    throw constraintError(shown, member, constraint)
  }
  return value
}

function whole(form: URLSearchParams, name: string, min: number, max: number, fallback: number) {
  const value = form.get(name)
  if (value === null) return fallback
  const member = `${name.charAt(0).toLowerCase()}${name.slice(1)}`
  if (!/^\d{1,9}$/.test(value)) {
    throw new AwsError('MalformedInput', `${name} must be an integer`)
  }
  if (Number(value) < min) {
    const constraint = `Member must have value greater than or equal to ${min}`
    throw constraintError(value, member, constraint)
  }
  if (Number(value) > max) {
    throw constraintError(value, member, `Member must have value less than or equal to ${max}`)
  }
  return Number(value)
}
