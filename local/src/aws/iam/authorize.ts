import { AwsError, frontEndError } from '../aws-error.ts'
import type { ServiceName, Session } from '../call.ts'
import type { Context } from './conditions.ts'
import { type Decision, evaluate } from './evaluate.ts'

/**
 * Throws AccessDenied, in IAM's words, unless both the role's policies and the session policies allow `action` on
 * every resource. `warn` gets one line when a policy cannot be judged.
 */
export function authorize(
  session: Session,
  service: ServiceName,
  action: string,
  resources: readonly string[],
  warn: (line: string) => void,
): void {
  const context = contextOf(session)
  for (const resource of resources) {
    const request = { action, resource, context }
    const denied =
      reasonAgainst(
        evaluate(session.permissionPolicies, request),
        'identity-based',
        action,
        warn,
      ) ??
      (session.sessionPolicies.length === 0
        ? undefined
        : reasonAgainst(evaluate(session.sessionPolicies, request), 'session', action, warn))
    if (denied !== undefined) throw accessDenied(session, service, action, resource, denied)
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

function contextOf(session: Session): Context {
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
