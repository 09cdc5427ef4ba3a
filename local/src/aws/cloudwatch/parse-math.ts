import { unsupported, validationError } from './cloudwatch-errors.ts'
import { MATH_FUNCTIONS } from './math-functions.ts'
import type { MathExpr } from './math-syntax.ts'

/** Functions of metric math that this stand-in has not: it says so instead of guessing. */
const NOT_IMITATED =
  'DAY DB_PERF_INSIGHTS DATE EPOCH HOUR INSIGHT_RULE_METRIC LAMBDA MINUTE MONTH SEARCH SERVICE_QUOTA SLICE SORT YEAR'.split(
    ' ',
  )
const COMPARISONS = ['<', '<=', '>', '>=', '==', '!=']
const TOKEN = /\d+(?:\.\d+)?(?:[eE][+-]?\d+)?|[A-Za-z_]\w*|"[^"]*"|'[^']*'|&&|\|\||<=|>=|==|!=|\S/g

/** Reads an expression of numbers, ids, operators, arrays and functions. `id` is the query's own, for messages. */
export function parseMath(text: string, id: string): MathExpr {
  const tokens = text.match(TOKEN) ?? []
  let at = 0
  const peek = () => tokens[at] ?? ''
  const upper = () => peek().toUpperCase()

  function binary(operators: readonly string[], operand: () => MathExpr): MathExpr {
    let left = operand()
    while (operators.includes(upper())) {
      const operator = upper()
      at += 1
      left = { kind: 'binary', operator, left, right: operand() }
    }
    return left
  }
  const sum = (): MathExpr => binary(['+', '-'], () => binary(['*', '/'], power))
  const comparison = (): MathExpr => binary(COMPARISONS, sum)
  const expression = (): MathExpr => binary(['OR', '||'], () => binary(['AND', '&&'], comparison))

  function power(): MathExpr {
    const left = primary()
    if (peek() !== '^') return left
    at += 1
    return { kind: 'binary', operator: '^', left, right: power() }
  }

  function list(close: string): readonly MathExpr[] {
    const items: MathExpr[] = []
    if (peek() === close) {
      at += 1
      return items
    }
    for (;;) {
      items.push(expression())
      at += 1
      if (tokens[at - 1] === close) return items
      if (tokens[at - 1] !== ',') throw syntaxError(id)
    }
  }

  function primary(): MathExpr {
    const token = peek()
    at += 1
    if (token === '') throw syntaxError(id)
    if (token === '-') {
      return { kind: 'binary', operator: '-', left: { kind: 'number', value: 0 }, right: primary() }
    }
    if (token === '[') return { kind: 'list', items: list(']') }
    if (token === '(') {
      const inner = expression()
      at += 1
      if (tokens[at - 1] !== ')') throw syntaxError(id)
      return inner
    }
    if (/^\d/.test(token)) return { kind: 'number', value: Number(token) }
    if (/^["']/.test(token)) return { kind: 'text', value: token.slice(1, -1) }
    if (peek() === '(') return call(token.toUpperCase())
    if (/^[a-z]\w*$/.test(token)) return { kind: 'id', id: token }
    if (['REPEAT', 'LINEAR'].includes(token)) return { kind: 'word', word: token }
    throw syntaxError(id)
  }

  function call(name: string): MathExpr {
    if (NOT_IMITATED.includes(name)) throw unsupported(`${name} in expression '${id}'`)
    const known = Object.hasOwn(MATH_FUNCTIONS, name) ? MATH_FUNCTIONS[name] : undefined
    if (known === undefined) {
      throw validationError(`Error in expression '${id}': Unknown function '${name}'`)
    }
    at += 1
    const args = list(')')
    if (args.length < known.min || args.length > known.max) {
      throw validationError(
        `Error in expression '${id}': Wrong number of arguments for function '${name}'`,
      )
    }
    return { kind: 'call', name, args }
  }

  const whole = expression()
  if (at < tokens.length) throw syntaxError(id)
  return whole
}

function syntaxError(id: string) {
  return validationError(`Error in expression '${id}': Invalid syntax`)
}
