import { AGGREGATES } from './aggregates.ts'
import { FUNCTIONS } from './functions.ts'
import { type Period, periodStart } from './period.ts'
import type { Row } from './record.ts'
import type { Expr } from './syntax.ts'
import { compareValues, isTrue, toNumber, toText, type Value } from './value.ts'

/** The value of an expression for one record. A comparison with an absent field is false, `!=` included. */
export function evaluate(expr: Expr, row: Row): Value {
  switch (expr.kind) {
    case 'literal':
      return expr.value
    case 'field':
      return row.get(expr.name)
    case 'aggregate':
      // A column of stats, named by its text.
      return row.get(expr.source)
    case 'bin':
      return row.get(expr.source) ?? binOf(evaluate(expr.value, row), expr.period)
    case 'call':
      return FUNCTIONS[expr.name]?.run(...expr.args.map((arg) => evaluate(arg, row)))
    case 'negative':
      return arithmetic('-', 0, evaluate(expr.value, row))
    case 'not':
      return isTrue(evaluate(expr.value, row)) ? 0 : 1
    case 'like':
      return isLike(toText(evaluate(expr.value, row)), expr.pattern) ? 1 : 0
    case 'in': {
      const value = evaluate(expr.value, row)
      return expr.list.some((item) => compare('=', value, evaluate(item, row))) ? 1 : 0
    }
    case 'binary':
      return binary(expr.operator, expr.left, expr.right, (one) => evaluate(one, row))
  }
}

/** The value of a stats column for the records of one group. */
export function evaluateGroup(expr: Expr, rows: readonly Row[]): Value {
  if (expr.kind === 'aggregate') {
    const [first, second] = expr.args
    const values = rows.map((row) => (first === undefined ? 1 : evaluate(first, row)))
    const [sample] = rows
    const rank = second === undefined || sample === undefined ? undefined : evaluate(second, sample)
    const times = rows.map((row) => row.get('@timestamp'))
    return AGGREGATES[expr.name]?.run(values, rank, times)
  }
  if (expr.kind === 'binary') {
    return binary(expr.operator, expr.left, expr.right, (one) => evaluateGroup(one, rows))
  }
  if (expr.kind === 'negative') return arithmetic('-', 0, evaluateGroup(expr.value, rows))
  if (expr.kind === 'call') {
    return FUNCTIONS[expr.name]?.run(...expr.args.map((arg) => evaluateGroup(arg, rows)))
  }
  const [sample] = rows
  return sample === undefined ? undefined : evaluate(expr, sample)
}

function binary(operator: string, left: Expr, right: Expr, run: (expr: Expr) => Value): Value {
  if (operator === 'and') return isTrue(run(left)) && isTrue(run(right)) ? 1 : 0
  if (operator === 'or') return isTrue(run(left)) || isTrue(run(right)) ? 1 : 0
  if ('+-*/%^'.includes(operator)) return arithmetic(operator, run(left), run(right))
  return compare(operator, run(left), run(right)) ? 1 : 0
}

function compare(operator: string, left: Value, right: Value): boolean {
  if (left === undefined || right === undefined) return false
  const order = compareValues(left, right)
  switch (operator) {
    case '=':
      return order === 0
    case '!=':
      return order !== 0
    case '<':
      return order < 0
    case '<=':
      return order <= 0
    case '>':
      return order > 0
    default:
      return order >= 0
  }
}

function arithmetic(operator: string, left: Value, right: Value): Value {
  const [a, b] = [toNumber(left), toNumber(right)]
  if (a === undefined || b === undefined) return undefined
  const result = calculate(operator, a, b)
  return Number.isFinite(result) ? result : undefined
}

function calculate(operator: string, a: number, b: number): number {
  switch (operator) {
    case '+':
      return a + b
    case '-':
      return a - b
    case '*':
      return a * b
    case '/':
      return a / b
    case '%':
      return a % b
    default:
      return a ** b
  }
}

function isLike(text: string | undefined, pattern: RegExp | string): boolean {
  if (text === undefined) return false
  return typeof pattern === 'string' ? text.includes(pattern) : pattern.test(text)
}

function binOf(value: Value, period: Period): Value {
  const number = toNumber(value)
  return number === undefined ? undefined : new Date(periodStart(number, period))
}
