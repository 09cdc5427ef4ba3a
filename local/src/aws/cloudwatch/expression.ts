import { unsupported, validationError } from './cloudwatch-errors.ts'
import type { Point } from './points.ts'

/** A metric math expression of numbers, ids, `+ - * /` and parentheses. */
export type MathExpr =
  | Readonly<{ kind: 'number'; value: number }>
  | Readonly<{ kind: 'id'; id: string }>
  | Readonly<{ kind: 'binary'; operator: string; left: MathExpr; right: MathExpr }>

/** A number, or a series of points by their time. */
export type MathValue = number | ReadonlyMap<number, number>

/** Reads an expression; functions, queries and everything else of metric math is refused by name. */
export function parseMath(text: string, id: string): MathExpr {
  const tokens = text.match(/\d+(?:\.\d+)?(?:[eE][+-]?\d+)?|[A-Za-z_]\w*|\S/g) ?? []
  let at = 0

  function binary(operators: readonly string[], operand: () => MathExpr): MathExpr {
    let left = operand()
    while (operators.includes(tokens[at] ?? '')) {
      const operator = tokens[at] ?? ''
      at += 1
      left = { kind: 'binary', operator, left, right: operand() }
    }
    return left
  }
  const sum = (): MathExpr => binary(['+', '-'], () => binary(['*', '/'], primary))

  function primary(): MathExpr {
    const token = tokens[at]
    at += 1
    if (token === undefined) throw syntaxError(id)
    if (token === '-') {
      return { kind: 'binary', operator: '-', left: { kind: 'number', value: 0 }, right: primary() }
    }
    if (token === '(') {
      const inner = sum()
      if (tokens[at] !== ')') throw syntaxError(id)
      at += 1
      return inner
    }
    if (/^\d/.test(token)) return { kind: 'number', value: Number(token) }
    if (/^[a-z]\w*$/.test(token) && tokens[at] !== '(') return { kind: 'id', id: token }
    if (/^[A-Za-z_]/.test(token)) {
      throw unsupported(`${token.toUpperCase()} in expression '${id}'`)
    }
    throw syntaxError(id)
  }

  const expression = sum()
  if (at < tokens.length) throw syntaxError(id)
  return expression
}

/** The ids that an expression refers to. */
export function idsOf(expression: MathExpr): readonly string[] {
  if (expression.kind === 'id') return [expression.id]
  if (expression.kind === 'number') return []
  return [...idsOf(expression.left), ...idsOf(expression.right)]
}

/** Computes an expression. Two series have a result where both have a point; a division by zero has none. */
export function computeMath(expression: MathExpr, resolveId: (id: string) => MathValue): MathValue {
  if (expression.kind === 'number') return expression.value
  if (expression.kind === 'id') return resolveId(expression.id)
  const left = computeMath(expression.left, resolveId)
  const right = computeMath(expression.right, resolveId)
  if (typeof left === 'number' && typeof right === 'number') {
    return calculate(expression.operator, left, right)
  }
  const times = typeof left === 'number' ? right : left
  const result = new Map<number, number>()
  for (const time of typeof times === 'number' ? [] : times.keys()) {
    const [a, b] = [at(left, time), at(right, time)]
    const value =
      a === undefined || b === undefined ? undefined : calculate(expression.operator, a, b)
    if (value !== undefined && Number.isFinite(value)) result.set(time, value)
  }
  return result
}

/** Points as a series for math. */
export function toSeries(points: readonly Point[]): ReadonlyMap<number, number> {
  return new Map(points.map((point) => [point.timestamp, point.value]))
}

function at(value: MathValue, time: number): number | undefined {
  return typeof value === 'number' ? value : value.get(time)
}

function calculate(operator: string, left: number, right: number): number {
  switch (operator) {
    case '+':
      return left + right
    case '-':
      return left - right
    case '*':
      return left * right
    default:
      return left / right
  }
}

function syntaxError(id: string) {
  return validationError(`Error in expression '${id}': Invalid syntax`)
}
