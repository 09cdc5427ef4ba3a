import { AwsError, constraintError, notImitated } from '../aws-error.ts'
import { managedPolicy } from '../iam/managed-policies.ts'
import { type Policy, PolicySyntaxError, parsePolicyText } from '../iam/policy.ts'
import { validationError } from './sts-errors.ts'

const MAX_POLICY_CHARACTERS = 2048
const MAX_POLICY_ARNS = 10
/** The most that MinimumSessionTokenSize asks for, and the size of which SessionTokenUtilization tells the part. */
export const MAX_TOKEN_BYTES = 4096

/** What both AssumeRole calls take, after the checks that need no proof and no role. */
export type RoleParameters = Readonly<{
  roleArn: string
  sessionName: string
  durationSeconds: number
  sessionPolicies: readonly Policy[]
  policyCharacters: number
  minimumTokenBytes: number
}>

/** Checks names, lengths and ranges as the API model states them. */
export function readRoleParameters(form: URLSearchParams): RoleParameters {
  const roleArn = text(form, 'RoleArn', 20, 2048)
  const sessionName = name(form, 'RoleSessionName')
  if (!/^arn:aws:iam::\d{12}:role\/[\w+=,.@/-]+$/.test(roleArn)) {
    throw validationError(`${roleArn} is invalid`)
  }
  const inline = optionalPolicy(form)
  const arns = list(form, 'PolicyArns', '.arn')
  if (arns.length > MAX_POLICY_ARNS) {
    const constraint = `Member must have length less than or equal to ${MAX_POLICY_ARNS}`
    throw constraintError(arns.join(), 'policyArns', constraint)
  }
  const managed = arns.map((arn) => {
    const policy = managedPolicy(arn)
    if (policy !== undefined) return policy
    throw notImitated('ValidationException', `The managed policy ${arn}`, 'ValidationError')
  })
  return {
    roleArn,
    sessionName,
    durationSeconds: whole(form, 'DurationSeconds', 900, 43_200, 3600),
    sessionPolicies: inline === undefined ? managed : [inline.policy, ...managed],
    policyCharacters: inline?.characters ?? 0,
    minimumTokenBytes: minimumTokenBytes(form),
  }
}

/** Reads `Policy`. */
export function optionalPolicy(
  form: URLSearchParams,
): Readonly<{ policy: Policy; characters: number }> | undefined {
  const text = form.get('Policy')
  if (text === null) return undefined
  if (text.length > MAX_POLICY_CHARACTERS) {
    const constraint = `Member must have length less than or equal to ${MAX_POLICY_CHARACTERS}`
    throw constraintError(`${text.slice(0, 40)}…`, 'policy', constraint)
  }
  try {
    return { policy: parsePolicyText(text), characters: text.length }
  } catch (cause) {
    if (!(cause instanceof PolicySyntaxError)) throw cause
    throw new AwsError('MalformedPolicyDocumentException', cause.message, {
      queryCode: 'MalformedPolicyDocument',
    })
  }
}

/** The size that a session token is filled up to: `MinimumSessionTokenSize` in bytes, 0 where it is not asked for. */
export function minimumTokenBytes(form: URLSearchParams): number {
  return whole(form, 'MinimumSessionTokenSize', 0, MAX_TOKEN_BYTES, 0)
}

/** A session name or what has its rules. */
export function name(form: URLSearchParams, parameter: string): string {
  const value = text(form, parameter, 2, 64)
  if (/^[\w+=,.@-]*$/.test(value)) return value
  const constraint = 'Member must satisfy regular expression pattern: [\\w+=,.@-]*'
  throw constraintError(value, memberOf(parameter), constraint)
}

/** The members of a list, in order: `Name.member.1` and so on, with what follows in a list of structures. */
export function list(form: URLSearchParams, parameter: string, rest = ''): readonly string[] {
  const values: string[] = []
  for (;;) {
    const value = form.get(`${parameter}.member.${values.length + 1}${rest}`)
    if (value === null) return values
    values.push(value)
  }
}

/** A text of a length between `min` and `max`. */
export function text(form: URLSearchParams, name: string, min: number, max: number): string {
  const value = form.get(name)
  const member = memberOf(name)
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

/** A whole number between `min` and `max`, or `fallback` where it is not given. */
export function whole(
  form: URLSearchParams,
  name: string,
  min: number,
  max: number,
  fallback: number,
) {
  const value = form.get(name)
  if (value === null) return fallback
  const member = memberOf(name)
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

function memberOf(parameter: string): string {
  return `${parameter.charAt(0).toLowerCase()}${parameter.slice(1)}`
}
