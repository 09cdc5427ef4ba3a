import { GatewayError } from '../errors.ts'
import type { Principal } from '../principal/principal.ts'
import type { RoleBinding } from './role-binding.ts'
import type { Conditions, Rule } from './rule.ts'
import { sessionName } from './session-name.ts'
import { SESSION_POLICIES } from './session-policy.ts'

/** A protected resource of this gateway: its name in the path and the AWS region behind it. */
export type Target = Readonly<{ name: string; region: string }>

/**
 * The role that the first matching rule gives a principal at a target, in configuration order.
 * Throws `role_unmapped` where no rule names the principal at all and `target_not_granted` where one does, elsewhere.
 * The role ARN is the rule's own; nothing of it comes from a claim.
 */
export function selectRole(
  principal: Principal,
  target: Target,
  rules: readonly Rule[],
): RoleBinding {
  const matching = rules.filter((rule) => matches(principal, rule.when))
  const rule = matching.find((candidate) => candidate.targets.includes(target.name))
  if (rule === undefined) {
    throw new GatewayError(matching.length === 0 ? 'role_unmapped' : 'target_not_granted', {
      hint: principal.groupsOmitted ? 'groups_omitted' : undefined,
    })
  }
  return {
    rule: rule.name,
    roleArn: rule.role,
    sessionName: sessionName(principal),
    sessionSeconds: rule.sessionSeconds,
    mode: 'web-identity',
    externalId: undefined,
    sourceIdentity: undefined,
    tags: [],
    transitiveTagKeys: [],
    policyArns: [],
    policy: SESSION_POLICIES[rule.policy],
    tools: rule.tools,
    target: target.name,
    region: target.region,
  }
}

function matches(principal: Principal, when: Conditions): boolean {
  if (when.issuer !== undefined && when.issuer !== principal.issuer) return false
  if (when.subject !== undefined && when.subject !== principal.subject) return false
  if (when.machine !== undefined && when.machine !== principal.machine) return false
  if (!(when.groups?.has ?? []).every((group) => principal.groups.includes(group))) return false
  return (when.scopes?.has ?? []).every((scope) => principal.scopes.includes(scope))
}
