import { AwsError, frontEndError } from '../aws-error.ts'
import type { ServiceName, Session } from '../call.ts'
import type { Context } from './conditions.ts'
import { type Decision, evaluate } from './evaluate.ts'
import type { Policy } from './policy.ts'
import { resourceTags } from './resource-tags.ts'

/**
 * Throws AccessDenied, in IAM's words, unless the role's policies, the session policies and each policy that narrowed
 * the session allow `action` on every resource. `warn` gets one line when a policy cannot be judged.
 */
export function authorize(
  session: Session,
  service: ServiceName,
  action: string,
  resources: readonly string[],
  warn: (line: string) => void,
): void {
  const principal = contextOf(session)
  const narrowing = [
    ...(session.sessionPolicies.length === 0 ? [] : [session.sessionPolicies]),
    ...session.scopePolicies.map((policy) => [policy]),
  ]
  for (const resource of resources) {
    const request = { action, resource, context: { ...principal, ...resourceTags(resource) } }
    const judge = (policies: readonly Policy[], kind: 'identity-based' | 'session') => {
      const reason = reasonAgainst(evaluate(policies, request), kind, action, warn)
      if (reason !== undefined) throw accessDenied(session, service, action, resource, reason)
    }
    judge(session.permissionPolicies, 'identity-based')
    for (const policies of narrowing) judge(policies, 'session')
  }
}

function reasonAgainst(
  decision: Decision,
  kind: 'identity-based' | 'session',
  action: string,
  warn: (line: string) => void,
): string | undefined {
  const article = kind === 'session' ? 'a' : 'an'
  switch (decision.kind) {
    case 'allow':
      return undefined
    case 'explicit-deny':
      return `with an explicit deny in ${article} ${kind} policy`
    case 'implicit-deny':
      return `because no ${kind} policy allows the ${action} action`
    case 'undecidable':
      warn(`local aws: denied ${action}: ${decision.reason}`)
      return `because ${article} ${kind} policy cannot be evaluated by this local stand-in: ${decision.reason}`
  }
}

function accessDenied(
  session: Session,
  service: ServiceName,
  action: string,
  resource: string,
  reason: string,
): AwsError {
  // CloudWatch's metric actions have no resource, and its sentence names none.
  const where = resource === '*' ? '' : ` on resource: ${resource}`
  const text = `User: ${session.callerArn} is not authorized to perform: ${action}${where} ${reason}`
  return service === 'logs'
    ? new AwsError('AccessDeniedException', text)
    : frontEndError('AccessDeniedException', 'AccessDenied', text)
}

/** What policies can know of the session that signed a request. */
export function contextOf(session: Session): Context {
  const tags = Object.entries(session.tags).map(([key, value]) => [
    `aws:PrincipalTag/${key}`,
    [value],
  ])
  return {
    'aws:PrincipalArn': [session.roleArn],
    'aws:PrincipalAccount': [session.account],
    'aws:userid': [session.userId],
    ...(session.sourceIdentity === undefined
      ? {}
      : { 'aws:SourceIdentity': [session.sourceIdentity] }),
    ...Object.fromEntries(tags),
  }
}
