import { GatewayError } from '../errors.ts'
import type { Principal } from '../principal/principal.ts'
import { evaluateRule } from './evaluate-rule.ts'
import type { RoleBinding } from './role-binding.ts'
import type { Rule } from './rule.ts'
import { sessionName } from './session-name.ts'
import { SESSION_POLICIES } from './session-policy.ts'
import { sessionTags } from './session-tags.ts'

/** A protected resource of this gateway: its name in the path and the AWS regions behind it, the first by default. */
export type Target = Readonly<{ name: string; region: string; regions?: readonly string[] }>

/**
 * The role that the first matching rule gives a principal at a target, in configuration order.
 * Throws `role_unmapped` where no rule names the principal at all and `target_not_granted` where one does, elsewhere.
 * A rule that cannot be decided refuses (`rule_undecidable`): falling through to the next would let a claim that cannot
 * be read choose the role. The role ARN is the rule's own; nothing of it comes from a claim.
 */
export function selectRole(
  principal: Principal,
  target: Target,
  rules: readonly Rule[],
): RoleBinding {
  const hint = principal.groupsOmitted ? 'groups_omitted' : undefined
  for (const rule of rules) {
    if (!rule.targets.includes(target.name)) continue
    const verdict = evaluateRule(principal, rule.when)
    if (verdict === 'no') continue
    if (verdict === 'yes') return bind(principal, target, rule)
    const cause = new Error(`the rule ${rule.name} asks for a claim that is not what it must be`)
    throw new GatewayError('rule_undecidable', { hint, cause })
  }
  const elsewhere = rules.some((rule) => evaluateRule(principal, rule.when) === 'yes')
  throw new GatewayError(elsewhere ? 'target_not_granted' : 'role_unmapped', { hint })
}

function bind(principal: Principal, target: Target, rule: Rule): RoleBinding {
  const { mode = 'web-identity', policy } = rule
  const own = mode === 'assume-role'
  return {
    rule: rule.name,
    roleArn: rule.role,
    sessionName: sessionName(principal),
    sessionSeconds: rule.sessionSeconds,
    mode,
    externalId: own ? rule.externalId : undefined,
    // The stable id alone: it stays with the session for good, a name may change.
    sourceIdentity:
      own && rule.sourceIdentity !== false
        ? sessionName({ issuer: principal.issuer, subject: principal.subject })
        : undefined,
    tags: own ? sessionTags(principal, rule.tags ?? {}) : [],
    transitiveTagKeys: own ? (rule.transitiveTags ?? []) : [],
    policy: typeof policy === 'string' ? SESSION_POLICIES[policy] : policy.document,
    policyArns: rule.policyArns ?? [],
    tools: rule.tools,
    target: target.name,
    region: target.region,
    regions: target.regions ?? [target.region],
  }
}
