import { matchesGlob } from './glob.ts'
import type { Condition } from './policy.ts'

/** Values of the condition keys of one request; keys are compared without case. */
export type Context = Readonly<Record<string, readonly string[]>>

/** A condition that this evaluator cannot judge. Whoever catches it must deny. */
export class UnknownConditionError extends Error {
  override readonly name = 'UnknownConditionError'
}

type Test = (actual: string, wanted: string) => boolean

const lower = (text: string) => text.toLowerCase()
const TESTS: Readonly<Record<string, Readonly<{ test: Test; negated?: boolean }>>> = {
  StringEquals: { test: (actual, wanted) => actual === wanted },
  StringNotEquals: { test: (actual, wanted) => actual === wanted, negated: true },
  StringEqualsIgnoreCase: { test: (actual, wanted) => lower(actual) === lower(wanted) },
  StringNotEqualsIgnoreCase: {
    test: (actual, wanted) => lower(actual) === lower(wanted),
    negated: true,
  },
  StringLike: { test: (actual, wanted) => matchesGlob(wanted, actual) },
  StringNotLike: { test: (actual, wanted) => matchesGlob(wanted, actual), negated: true },
  Bool: { test: (actual, wanted) => lower(actual) === lower(wanted) },
  ArnEquals: { test: (actual, wanted) => matchesGlob(wanted, actual) },
  ArnLike: { test: (actual, wanted) => matchesGlob(wanted, actual) },
  ArnNotLike: { test: (actual, wanted) => matchesGlob(wanted, actual), negated: true },
}

/** Whether one condition holds. Throws UnknownConditionError for an operator or a policy variable it cannot judge. */
export function conditionHolds(condition: Condition, context: Context): boolean {
  const { set, name, ifExists } = partsOf(condition.operator)
  const actual = valuesOf(context, condition.key)
  if (name === 'Null')
    return condition.values.some((v) => (v === 'true') === (actual === undefined))
  const operator = Object.hasOwn(TESTS, name) ? TESTS[name] : undefined
  if (operator === undefined) {
    throw new UnknownConditionError(
      `the condition operator ${condition.operator} is not understood`,
    )
  }
  const wantedValues = condition.values.flatMap((value) => withVariables(value, condition, context))
  if (actual === undefined) {
    if (ifExists || set === 'ForAllValues') return true
    return operator.negated === true && set !== 'ForAnyValue'
  }
  const matches = (value: string) => wantedValues.some((wanted) => operator.test(value, wanted))
  const accepts = (value: string) => matches(value) !== (operator.negated ?? false)
  return set === 'ForAnyValue' ? actual.some(accepts) : actual.every(accepts)
}

/**
 * A wanted value with its policy variables filled in. A variable without a value equals nothing, unless it has a
 * default: `${aws:PrincipalTag/team, 'none'}`.
 */
function withVariables(value: string, condition: Condition, context: Context): readonly string[] {
  let known = true
  const text = value.replaceAll(/\$\{([^}]*)\}/g, (_all, inside: string) => {
    const [, name = '', fallback] = /^([\w:/.+=@-]+)(?:, *'([^']*)')?$/.exec(inside) ?? []
    if (name === '') {
      throw new UnknownConditionError(`the policy variable in ${condition.key} is not understood`)
    }
    const [only, ...others] = valuesOf(context, name) ?? (fallback === undefined ? [] : [fallback])
    if (only === undefined || others.length > 0) known = false
    return only ?? ''
  })
  return known ? [text] : []
}

function partsOf(operator: string) {
  const [, set, name = '', ifExists] =
    /^(?:(ForAnyValue|ForAllValues):)?(\w+?)(IfExists)?$/.exec(operator) ?? []
  return { set, name, ifExists: ifExists !== undefined }
}

function valuesOf(context: Context, key: string): readonly string[] | undefined {
  const found = Object.keys(context).find((name) => lower(name) === lower(key))
  return found === undefined ? undefined : context[found]
}
