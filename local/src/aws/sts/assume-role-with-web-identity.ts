import type { Session } from '../call.ts'
import type { Context } from '../iam/conditions.ts'
import { type Directory, withoutScheme } from '../iam/directory.ts'
import { evaluate } from '../iam/evaluate.ts'
import { issuedSession, packedPolicySize } from './issued-session.ts'
import { unverifiedPayload, type VerifyToken } from './issuer-keys.ts'
import type { SessionStore } from './sessions.ts'
import { invalidIdentityToken, notAuthorizedTo, validationError } from './sts-errors.ts'
import { readClaims, type WebIdentity } from './token-claims.ts'
import { readWebIdentityParameters } from './web-identity-parameters.ts'
import { element, type XmlElement } from './xml.ts'

export type AssumeOptions = Readonly<{
  directory: Directory
  verifyToken: VerifyToken
  sessions: SessionStore
  warn: (line: string) => void
}>

/**
 * AssumeRoleWithWebIdentity. The caller needs no signature: the token is the proof. Gives the issued session and the
 * elements of the answer.
 */
export async function assumeRoleWithWebIdentity(
  form: URLSearchParams,
  now: Date,
  { directory, verifyToken, sessions, warn }: AssumeOptions,
): Promise<Readonly<{ session: Session; result: readonly XmlElement[] }>> {
  const parameters = readWebIdentityParameters(form)
  const { roleArn, sessionName } = parameters
  const account = roleArn.split(':')[4] ?? ''
  const issuer = issuerOf(parameters.token)
  const provider = directory.provider(account, issuer)
  if (provider === undefined) {
    throw invalidIdentityToken(`No OpenIDConnect provider found in your account for ${issuer}`)
  }
  const identity = readClaims(await verifyToken(parameters.token, issuer), now)
  if (!provider.clientIds.includes(identity.audience)) {
    throw invalidIdentityToken('Incorrect token audience')
  }
  if (identity.roles !== undefined && !identity.roles.includes(roleArn)) {
    throw invalidIdentityToken('The role is not among the roles that the token names')
  }

  const role = directory.role(roleArn)
  if (role === undefined) throw notAuthorizedTo('sts:AssumeRoleWithWebIdentity')
  const context = contextOf(identity, sessionName)
  for (const action of actionsOf(identity)) {
    const decision = evaluate([role.trust], { action, federated: provider.arn, context })
    if (decision.kind === 'undecidable') warn(`local aws: denied ${action}: ${decision.reason}`)
    if (decision.kind !== 'allow') throw notAuthorizedTo(action)
  }
  if (parameters.durationSeconds > role.maxSessionSeconds) {
    throw validationError(
      'The requested DurationSeconds exceeds the MaxSessionDuration set for this role.',
    )
  }

  const session = sessions.issue(
    {
      expiration: new Date(now.getTime() + parameters.durationSeconds * 1000),
      account,
      roleArn,
      callerArn: `arn:aws:sts::${account}:assumed-role/${role.name}/${sessionName}`,
      userId: `${role.id}:${sessionName}`,
      permissionPolicies: [role.permissions],
      sessionPolicies: parameters.sessionPolicies,
      scopePolicies: [],
      tags: identity.tags,
      transitiveTagKeys: identity.transitiveTagKeys,
      sourceIdentity: identity.sourceIdentity,
    },
    parameters.minimumTokenBytes,
    now,
  )
  return { session, result: resultOf(session, identity, provider.arn, parameters.policyCharacters) }
}

function issuerOf(token: string): string {
  const { iss } = unverifiedPayload(token)
  if (iss === undefined) throw invalidIdentityToken('Missing a required claim: iss')
  if (typeof iss !== 'string') throw invalidIdentityToken('The claim iss is not valid')
  return iss
}

/** What the trust policy has to allow: the call itself, and what the token brings along. */
function actionsOf(identity: WebIdentity): readonly string[] {
  return [
    'sts:AssumeRoleWithWebIdentity',
    ...(Object.keys(identity.tags).length > 0 ? ['sts:TagSession'] : []),
    ...(identity.sourceIdentity === undefined ? [] : ['sts:SetSourceIdentity']),
  ]
}

function contextOf(identity: WebIdentity, sessionName: string): Context {
  const prefix = withoutScheme(identity.issuer)
  const tags = Object.entries(identity.tags)
  return {
    [`${prefix}:aud`]: [identity.audience],
    [`${prefix}:oaud`]: identity.originalAudience,
    [`${prefix}:sub`]: [identity.subject],
    ...(identity.amr === undefined ? {} : { [`${prefix}:amr`]: identity.amr }),
    ...(identity.email === undefined ? {} : { [`${prefix}:email`]: [identity.email] }),
    'sts:RoleSessionName': [sessionName],
    'sts:RoleAuthorizedByIdp': [String(identity.roles !== undefined)],
    ...(identity.sourceIdentity === undefined
      ? {}
      : { 'sts:SourceIdentity': [identity.sourceIdentity] }),
    ...(tags.length === 0 ? {} : { 'aws:TagKeys': tags.map(([key]) => key) }),
    ...(identity.transitiveTagKeys.length === 0
      ? {}
      : { 'sts:TransitiveTagKeys': identity.transitiveTagKeys }),
    ...Object.fromEntries(tags.map(([key, value]) => [`aws:RequestTag/${key}`, [value]])),
  }
}

function resultOf(
  session: Session,
  identity: WebIdentity,
  providerArn: string,
  policyCharacters: number,
): readonly XmlElement[] {
  return [
    element('SubjectFromWebIdentityToken', identity.subject),
    element('Audience', identity.audience),
    element('Provider', providerArn),
    ...issuedSession(session),
    ...packedPolicySize(policyCharacters),
  ]
}
