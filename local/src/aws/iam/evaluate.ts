import { type Context, conditionHolds, UnknownConditionError } from './conditions.ts'
import { matchesGlob } from './glob.ts'
import type { Policy, Statement } from './policy.ts'

export type Request = Readonly<{
  action: string
  /** Absent when a trust policy is evaluated: it has no resource. */
  resource?: string
  /** ARN of the federated principal; only when a trust policy is evaluated for a token. */
  federated?: string
  /** Who signed; only when a trust policy is evaluated for one who did. */
  signer?: Readonly<{ account: string; roleArn: string; callerArn: string }>
  context: Context
}>

export type Decision =
  | Readonly<{ kind: 'allow' }>
  | Readonly<{ kind: 'explicit-deny' }>
  | Readonly<{ kind: 'implicit-deny' }>
  /** A statement that applies cannot be judged: denied, and the reason is for a person to read. */
  | Readonly<{ kind: 'undecidable'; reason: string }>

/** Evaluates policies together, as IAM does: an explicit deny wins over any allow; no allow is a deny. */
export function evaluate(policies: readonly Policy[], request: Request): Decision {
  let allowed = false
  for (const statement of policies.flat()) {
    if (!applies(statement, request)) continue
    try {
      if (!statement.conditions.every((one) => conditionHolds(one, request.context))) continue
    } catch (cause) {
      if (cause instanceof UnknownConditionError) {
        return { kind: 'undecidable', reason: cause.message }
      }
      throw cause
    }
    if (statement.effect === 'Deny') return { kind: 'explicit-deny' }
    allowed = true
  }
  return { kind: allowed ? 'allow' : 'implicit-deny' }
}

function applies(statement: Statement, request: Request): boolean {
  const action = request.action.toLowerCase()
  const names = (patterns: readonly string[]) =>
    patterns.some((pattern) => matchesGlob(pattern.toLowerCase(), action))
  if (statement.actions.length > 0 ? !names(statement.actions) : names(statement.notActions)) {
    return false
  }
  if (request.federated !== undefined) return statement.federated.includes(request.federated)
  const { resource, signer } = request
  if (signer !== undefined) {
    const { account, roleArn, callerArn } = signer
    return [account, `arn:aws:iam::${account}:root`, roleArn, callerArn].some((name) =>
      statement.principals.includes(name),
    )
  }
  if (resource === undefined) return false
  const covers = (patterns: readonly string[]) =>
    patterns.some((pattern) => matchesGlob(pattern, resource))
  return statement.notResources.length > 0
    ? !covers(statement.notResources)
    : covers(statement.resources)
}
