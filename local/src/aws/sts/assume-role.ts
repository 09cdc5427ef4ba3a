import { AwsError, constraintError, notImitated } from '../aws-error.ts'
import type { Session } from '../call.ts'
import { contextOf } from '../iam/authorize.ts'
import type { Context } from '../iam/conditions.ts'
import type { Directory } from '../iam/directory.ts'
import { evaluate } from '../iam/evaluate.ts'
import { issuedSession, packedPolicySize } from './issued-session.ts'
import { list, name, readRoleParameters, text } from './parameters.ts'
import { areSessionTags } from './session-tags.ts'
import type { SessionStore } from './sessions.ts'
import { validationError } from './sts-errors.ts'
import type { XmlElement } from './xml.ts'

/** Every caller here holds a role session already, so an hour is the most (role chaining). */
const MAX_CHAINED_SECONDS = 3600

export type AssumeRoleOptions = Readonly<{
  directory: Directory
  sessions: SessionStore
  warn: (line: string) => void
}>

/**
 * AssumeRole, for a caller who signed. The trust policy of the role has to allow it, and so does the caller's own, since
 * all callers are of other accounts. Gives the issued session and the elements of the answer.
 */
export function assumeRole(
  form: URLSearchParams,
  caller: Session,
  now: Date,
  { directory, sessions, warn }: AssumeRoleOptions,
): Readonly<{ session: Session; result: readonly XmlElement[] }> {
  const parameters = readRoleParameters(form)
  const request = { ...readCallerParameters(form), sessionName: parameters.sessionName }
  const { roleArn } = parameters
  const inherited = caller.transitiveTagKeys.flatMap((key) => {
    const value = caller.tags[key]
    return value === undefined ? [] : [[key, value] as const]
  })
  const role = directory.role(roleArn)
  const context = contextFor(caller, request)
  for (const action of actionsOf(request, inherited.length > 0)) {
    const denied = accessDenied(caller, action, roleArn)
    if (role === undefined) throw denied
    const decisions = [
      evaluate([role.trust], { action, signer: caller, context }),
      evaluate(caller.permissionPolicies, { action, resource: roleArn, context }),
    ]
    for (const decision of decisions) {
      if (decision.kind === 'undecidable') warn(`local aws: denied ${action}: ${decision.reason}`)
      if (decision.kind !== 'allow') throw denied
    }
  }
  if (role === undefined) throw accessDenied(caller, 'sts:AssumeRole', roleArn)
  const clash = inherited.find(([key]) => tagOf(request.tags, key) !== undefined)
  if (clash !== undefined) {
    throw validationError(`The tag key ${clash[0]} is inherited from the calling session`)
  }
  // A source identity that is set stays; another one for the same chain is denied.
  const sourceIdentity = caller.sourceIdentity ?? request.sourceIdentity
  if (request.sourceIdentity !== undefined && request.sourceIdentity !== sourceIdentity) {
    throw accessDenied(caller, 'sts:SetSourceIdentity', roleArn)
  }
  if (parameters.durationSeconds > MAX_CHAINED_SECONDS) {
    throw validationError(
      'The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining',
    )
  }
  const session = sessions.issue(
    {
      expiration: new Date(now.getTime() + parameters.durationSeconds * 1000),
      account: role.account,
      roleArn,
      callerArn: `arn:aws:sts::${role.account}:assumed-role/${role.name}/${parameters.sessionName}`,
      userId: `${role.id}:${parameters.sessionName}`,
      permissionPolicies: [role.permissions],
      sessionPolicies: parameters.sessionPolicies,
      scopePolicies: [],
      tags: Object.fromEntries([...inherited, ...request.tags]),
      transitiveTagKeys: [...caller.transitiveTagKeys, ...request.transitiveTagKeys],
      sourceIdentity,
    },
    parameters.minimumTokenBytes,
    now,
  )
  return {
    session,
    result: [...issuedSession(session), ...packedPolicySize(parameters.policyCharacters)],
  }
}

type Tags = ReadonlyArray<readonly [key: string, value: string]>
type CallerParameters = Readonly<{
  tags: Tags
  transitiveTagKeys: readonly string[]
  sourceIdentity: string | undefined
  externalId: string | undefined
}>

/** What AssumeRole takes besides: what the caller says of the one it acts for. */
function readCallerParameters(form: URLSearchParams): CallerParameters {
  for (const parameter of ['SerialNumber', 'TokenCode', 'ProvidedContexts.member.1.ProviderArn']) {
    if (form.has(parameter)) throw notImitated('ValidationException', parameter, 'ValidationError')
  }
  const values = list(form, 'Tags', '.Value')
  const tags = list(form, 'Tags', '.Key').map((key, index) => [key, values[index] ?? ''] as const)
  const transitiveTagKeys = list(form, 'TransitiveTagKeys')
  if (!areSessionTags(tags, transitiveTagKeys)) {
    throw validationError('The session tags passed are not in correct format.')
  }
  const sourceIdentity = form.has('SourceIdentity') ? name(form, 'SourceIdentity') : undefined
  const externalId = form.has('ExternalId') ? text(form, 'ExternalId', 2, 1224) : undefined
  if (externalId !== undefined && !/^[\w+=,.@:/-]*$/.test(externalId)) {
    const constraint = 'Member must satisfy regular expression pattern: [\\w+=,.@:\\/-]*'
    throw constraintError(externalId, 'externalId', constraint)
  }
  return { tags, transitiveTagKeys, sourceIdentity, externalId }
}

function actionsOf(request: CallerParameters, inheritsTags: boolean): readonly string[] {
  return [
    'sts:AssumeRole',
    ...(request.tags.length > 0 || inheritsTags ? ['sts:TagSession'] : []),
    ...(request.sourceIdentity === undefined ? [] : ['sts:SetSourceIdentity']),
  ]
}

function contextFor(
  caller: Session,
  request: CallerParameters & Readonly<{ sessionName: string }>,
): Context {
  const { tags, transitiveTagKeys, sourceIdentity, externalId } = request
  return {
    ...contextOf(caller),
    'sts:RoleSessionName': [request.sessionName],
    ...(externalId === undefined ? {} : { 'sts:ExternalId': [externalId] }),
    ...(sourceIdentity === undefined ? {} : { 'sts:SourceIdentity': [sourceIdentity] }),
    ...(tags.length === 0 ? {} : { 'aws:TagKeys': tags.map(([key]) => key) }),
    ...(transitiveTagKeys.length === 0 ? {} : { 'sts:TransitiveTagKeys': transitiveTagKeys }),
    ...Object.fromEntries(tags.map(([key, value]) => [`aws:RequestTag/${key}`, [value]])),
  }
}

function tagOf(tags: Tags, key: string): string | undefined {
  return tags.find(([other]) => other.toLowerCase() === key.toLowerCase())?.[1]
}

function accessDenied(caller: Session, action: string, roleArn: string): AwsError {
  const text = `User: ${caller.callerArn} is not authorized to perform: ${action} on resource: ${roleArn}`
  return new AwsError('AccessDenied', text, { status: 403 })
}
