import {
  expectSymbol,
  isSymbol,
  isWord,
  parseArguments,
  parseBinary,
  parseList,
  parseLogic,
} from './grammar.ts'
import type { Lexer, Token } from './lexer.ts'
import { parsePeriod } from './period.ts'
import { childrenOf, contains, type Expr } from './syntax.ts'

const COMPARISONS = ['=', '!=', '<>', '<', '<=', '>', '>=']

/** The names that SQL and PPL have for functions of Logs Insights. */
const ALIASES: Readonly<Record<string, string>> = {
  upper: 'toupper',
  lower: 'tolower',
  length: 'strlen',
  char_length: 'strlen',
  ceiling: 'ceil',
  ifnull: 'coalesce',
  nvl: 'coalesce',
  substring: 'substr',
  distinct_count: 'count_distinct',
  dc: 'count_distinct',
  mean: 'avg',
  stddev_pop: 'stddev',
}

/** Functions of the Insights language that the two others do not have under that name. */
const INSIGHTS_ONLY = ['ispresent', 'isempty', 'isblank', 'strcontains', 'tomillis', 'frommillis']

/**
 * Reads an expression of SQL or PPL: `or`, `and`, `not`, comparisons, `like` with `%` and `_`, `in (…)`, `between`,
 * `is [not] null`, arithmetic, functions and aggregations. Text in quotes is text, in backticks a name.
 */
export function parseForeignExpression(lexer: Lexer): Expr {
  return parseLogic(lexer, 'or', () => parseLogic(lexer, 'and', negation))
}

function negation(lexer: Lexer): Expr {
  if (!isWord(lexer.peek(), 'not')) return comparison(lexer)
  lexer.next()
  return negated(negation(lexer))
}

function comparison(lexer: Lexer): Expr {
  const left = sum(lexer)
  const token = lexer.peek()
  if (token.kind === 'symbol' && COMPARISONS.includes(token.text)) {
    lexer.next()
    const operator = token.text === '<>' ? '!=' : token.text
    return { kind: 'binary', operator, left, right: sum(lexer) }
  }
  if (isWord(token, 'is')) {
    lexer.next()
    const not = takeWord(lexer, 'not')
    expectWord(lexer, 'null')
    return nullTest(left, !not)
  }
  const not = takeWord(lexer, 'not')
  const inner = membership(lexer, left)
  if (inner === undefined) {
    if (not) throw lexer.unexpected(lexer.peek())
    return left
  }
  return not ? negated(inner) : inner
}

function membership(lexer: Lexer, value: Expr): Expr | undefined {
  if (takeWord(lexer, 'like')) {
    const token = lexer.next()
    if (token.kind !== 'string') throw lexer.unexpected(token)
    return { kind: 'like', value, pattern: likePattern(token.text) }
  }
  if (takeWord(lexer, 'between')) {
    const low = sum(lexer)
    expectWord(lexer, 'and')
    const high = sum(lexer)
    return {
      kind: 'binary',
      operator: 'and',
      left: { kind: 'binary', operator: '>=', left: value, right: low },
      right: { kind: 'binary', operator: '<=', left: value, right: high },
    }
  }
  if (!takeWord(lexer, 'in')) return undefined
  expectSymbol(lexer, '(')
  return { kind: 'in', value, list: parseList(lexer, ')', parseForeignExpression) }
}

function sum(lexer: Lexer): Expr {
  return parseBinary(lexer, ['+', '-'], () => parseBinary(lexer, ['*', '/', '%'], primary))
}

function primary(lexer: Lexer): Expr {
  const token = lexer.next()
  if (isSymbol(token, '-')) return { kind: 'negative', value: primary(lexer) }
  if (token.kind === 'number') return { kind: 'literal', value: Number(token.text) }
  if (token.kind === 'string') return { kind: 'literal', value: token.text }
  if (isSymbol(token, '(')) {
    const inner = parseForeignExpression(lexer)
    expectSymbol(lexer, ')')
    return inner
  }
  if (token.kind === 'word' && isSymbol(lexer.peek(), '(')) return call(lexer, token)
  if (token.kind === 'word' || token.kind === 'quoted-word') {
    return { kind: 'field', name: token.text, start: token.start, end: token.end }
  }
  throw lexer.unexpected(token)
}

function call(lexer: Lexer, token: Token): Expr {
  lexer.next()
  const written = token.text.toLowerCase()
  const textOf = () => lexer.slice(token.start, lexer.peek().start)
  if (written === 'span') {
    const value = parseForeignExpression(lexer)
    expectSymbol(lexer, ',')
    const period = parsePeriod(lexer)
    expectSymbol(lexer, ')')
    return { kind: 'bin', value, period, source: textOf() }
  }
  if (written === 'isnull' || written === 'isnotnull') {
    const value = parseForeignExpression(lexer)
    expectSymbol(lexer, ')')
    return nullTest(value, written === 'isnull')
  }
  if (written === 'like') {
    const value = parseForeignExpression(lexer)
    expectSymbol(lexer, ',')
    const pattern = lexer.next()
    if (pattern.kind !== 'string') throw lexer.unexpected(pattern)
    expectSymbol(lexer, ')')
    return { kind: 'like', value, pattern: likePattern(pattern.text) }
  }
  const distinct = written === 'count' && takeWord(lexer, 'distinct')
  const name = distinct ? 'count_distinct' : (ALIASES[written] ?? written)
  if (INSIGHTS_ONLY.includes(written)) throw lexer.fail(token, `unknown function ${token.text}`)
  return parseArguments(lexer, token, name, parseForeignExpression)
}

/** What is compared with nothing is neither true nor false, so that its opposite is not true either. */
function negated(value: Expr): Expr {
  const opposite: Expr = { kind: 'not', value }
  const compares =
    value.kind === 'like' ||
    value.kind === 'in' ||
    (value.kind === 'binary' && COMPARISONS.includes(value.operator))
  if (!compares) return opposite
  return childrenOf(value)
    .filter((child) => child.kind === 'field')
    .reduce<Expr>(
      (left, field) => ({
        kind: 'binary',
        operator: 'and',
        left,
        right: nullTest(field, false),
      }),
      opposite,
    )
}

function nullTest(value: Expr, wanted: boolean): Expr {
  const present: Expr = { kind: 'call', name: 'ispresent', args: [value], source: '' }
  return wanted ? { kind: 'not', value: present } : present
}

/** A `like` pattern as a regular expression over the whole text: `%` is any text, `_` one character. */
function likePattern(text: string): RegExp {
  const quoted = text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')
  return new RegExp(`^${quoted.replaceAll('%', '[\\s\\S]*').replaceAll('_', '[\\s\\S]')}$`)
}

/** Takes the next token if it is this word, in any case, and says whether it was. */
export function takeWord(lexer: Lexer, word: string): boolean {
  if (!isWord(lexer.peek(), word)) return false
  lexer.next()
  return true
}

/** Takes this word; anything else is malformed. */
export function expectWord(lexer: Lexer, word: string): void {
  const token = lexer.next()
  if (!isWord(token, word)) throw lexer.unexpected(token)
}

/** The expression, if it holds no aggregation. */
export function withoutAggregates(lexer: Lexer, token: Token, value: Expr, where: string): Expr {
  if (!contains(value, 'aggregate')) return value
  throw lexer.fail(token, `aggregation functions are not allowed in ${where}`)
}
