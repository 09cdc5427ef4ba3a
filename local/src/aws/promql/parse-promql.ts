import { parseDuration } from './duration.ts'
import { PROMQL_FUNCTIONS } from './functions.ts'
import { badParameter, cannotRun } from './promql-error.ts'
import type { Grouping, Matcher, Matching, PromqlExpr, Selector } from './syntax.ts'

type Token = Readonly<{
  kind: 'name' | 'number' | 'duration' | 'string' | 'symbol' | 'end'
  text: string
  start: number
}>

const AGGREGATES = ['sum', 'avg', 'min', 'max', 'count', 'topk', 'bottomk']
const WITH_PARAMETER = ['topk', 'bottomk']
/** Parts of PromQL that this stand-in has not: it says so instead of guessing. */
const NOT_IMITATED_AGGREGATES = ['stddev', 'stdvar', 'group', 'quantile', 'count_values', 'limitk']
const LEVELS = [
  ['or'],
  ['and', 'unless'],
  ['==', '!=', '<=', '<', '>=', '>'],
  ['+', '-'],
  ['*', '/', '%'],
] as const
const COMPARISONS: readonly string[] = LEVELS[2]
const TOKENS = [
  ['duration', /(?:\d+(?:ms|[smhdwy]))+(?![\w.])/y],
  ['number', /(?:0x[0-9a-fA-F]+|\d+\.?\d*(?:[eE][+-]?\d+)?|\.\d+(?:[eE][+-]?\d+)?)/y],
  ['name', /[A-Za-z_:][\w:]*/y],
  ['string', /"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'|`[^`]*`/y],
  ['symbol', /=~|!~|==|!=|<=|>=|[-+*/%^=<>(){}[\],@:]/y],
] as const

/** Reads a query; what is no PromQL is `bad_data` with its place, what is not imitated `execution`. */
export function parsePromql(source: string): PromqlExpr {
  const { tokens, fail } = tokenize(source, 'query')
  const parser = createParser(tokens, fail)
  const expr = parser.expression()
  parser.end()
  return expr
}

/** Reads the selector of a `match[]` parameter. */
export function parseMatch(source: string): Selector {
  const { tokens, fail } = tokenize(source, 'match[]')
  const parser = createParser(tokens, fail)
  const expr = parser.expression()
  parser.end()
  if (expr.kind !== 'selector' || expr.rangeMs !== undefined) {
    throw badParameter('match[]', `"${source}" is not a series selector`)
  }
  return expr
}

function tokenize(source: string, parameter: string) {
  const fail = (start: number, what: string) => {
    const before = source.slice(0, start).split('\n')
    const place = `${before.length}:${(before.at(-1)?.length ?? 0) + 1}`
    return badParameter(parameter, `${place}: parse error: ${what}`)
  }
  const tokens: Token[] = []
  const space = /(?:\s|#[^\n]*)*/y
  let at = 0
  for (;;) {
    space.lastIndex = at
    at += space.exec(source)?.[0].length ?? 0
    if (at >= source.length) break
    const token = readToken(source, at)
    if (token === undefined) throw fail(at, `unexpected character: '${source.charAt(at)}'`)
    tokens.push(token.token)
    at = token.end
  }
  tokens.push({ kind: 'end', text: 'end of input', start: source.length })
  return { tokens, fail }
}

function readToken(source: string, at: number) {
  for (const [kind, pattern] of TOKENS) {
    pattern.lastIndex = at
    const text = pattern.exec(source)?.[0]
    if (text === undefined) continue
    const token: Token = { kind, text: kind === 'string' ? unquoted(text) : text, start: at }
    return { token, end: at + text.length }
  }
  return undefined
}

function unquoted(text: string): string {
  const inner = text.slice(1, -1)
  if (text.startsWith('`')) return inner
  return inner.replace(/\\(.)/g, (_, one: string) =>
    one === 'n' ? '\n' : one === 't' ? '\t' : one,
  )
}

function createParser(tokens: readonly Token[], fail: (start: number, what: string) => Error) {
  let at = 0
  const peek = (): Token => tokens[at] ?? { kind: 'end', text: 'end of input', start: 0 }
  const next = (): Token => {
    const token = peek()
    at += 1
    return token
  }
  const unexpected = (token: Token) => fail(token.start, `unexpected ${token.kind} "${token.text}"`)
  const isSymbol = (text: string) => peek().kind === 'symbol' && peek().text === text
  const isName = (text: string) => peek().kind === 'name' && peek().text.toLowerCase() === text
  const take = (text: string) => {
    if (!isSymbol(text)) return false
    at += 1
    return true
  }
  const expect = (text: string) => {
    if (!take(text)) throw unexpected(peek())
  }

  function expression(): PromqlExpr {
    return level(0)
  }

  function level(depth: number): PromqlExpr {
    const operators: readonly string[] | undefined = LEVELS[depth]
    if (operators === undefined) return unary()
    let left = level(depth + 1)
    for (;;) {
      const token = peek()
      const operator = token.text.toLowerCase()
      if ((token.kind !== 'symbol' && token.kind !== 'name') || !operators.includes(operator)) {
        return left
      }
      next()
      if (depth < 2)
        throw cannotRun(`the operator ${operator} is not supported by this local stand-in`)
      const bool = COMPARISONS.includes(operator) && isName('bool')
      if (bool) next()
      const matching = readMatching()
      left = { kind: 'binary', operator, bool, matching, left, right: level(depth + 1) }
    }
  }

  function readMatching(): Matching | undefined {
    if (!isName('on') && !isName('ignoring')) return undefined
    const on = next().text.toLowerCase() === 'on'
    const labels = labelList()
    if (isName('group_left') || isName('group_right')) {
      throw cannotRun(`${peek().text} is not supported by this local stand-in`)
    }
    return { on, labels }
  }

  function unary(): PromqlExpr {
    if (take('-')) return { kind: 'negative', value: unary() }
    if (take('+')) return unary()
    const left = postfix()
    if (!take('^')) return left
    const right = unary()
    return { kind: 'binary', operator: '^', bool: false, matching: undefined, left, right }
  }

  function postfix(): PromqlExpr {
    const value = primary()
    if (value.kind !== 'selector') {
      if (isSymbol('[')) throw cannotRun('subqueries are not supported by this local stand-in')
      return value
    }
    let rangeMs: number | undefined
    if (take('[')) {
      rangeMs = duration()
      // A name may begin with a colon, so `:5m` comes as one.
      if (peek().text.startsWith(':'))
        throw cannotRun('subqueries are not supported by this local stand-in')
      expect(']')
    }
    let offsetMs = 0
    if (isName('offset')) {
      next()
      const sign = take('-') ? -1 : 1
      offsetMs = sign * duration()
    }
    if (isSymbol('@')) throw cannotRun('the modifier @ is not supported by this local stand-in')
    return { ...value, rangeMs, offsetMs }
  }

  function duration(): number {
    const token = next()
    const value = token.kind === 'duration' ? parseDuration(token.text) : undefined
    if (value === undefined || value === 0) throw unexpected(token)
    return value
  }

  function primary(): PromqlExpr {
    const token = next()
    if (token.kind === 'number') return { kind: 'number', value: Number(token.text) }
    if (token.kind === 'symbol' && token.text === '(') {
      const inner = expression()
      expect(')')
      return inner
    }
    if (token.kind === 'symbol' && token.text === '{') return selector(undefined)
    if (token.kind !== 'name') throw unexpected(token)
    const word = token.text.toLowerCase()
    if (word === 'inf' || word === 'nan') {
      return { kind: 'number', value: word === 'inf' ? Number.POSITIVE_INFINITY : Number.NaN }
    }
    const aggregates =
      AGGREGATES.includes(word) && (isSymbol('(') || isName('by') || isName('without'))
    if (aggregates) return aggregate(word)
    if (NOT_IMITATED_AGGREGATES.includes(word) && isSymbol('(')) {
      throw cannotRun(`the aggregation ${word} is not supported by this local stand-in`)
    }
    if (isSymbol('(')) return call(token)
    return take('{') ? selector(token.text) : selectorOf([nameMatcher(token.text)])
  }

  function aggregate(name: string): PromqlExpr {
    let grouping = readGrouping()
    expect('(')
    const args = list()
    grouping ??= readGrouping()
    const needed = WITH_PARAMETER.includes(name) ? 2 : 1
    const value = args.at(-1)
    if (args.length !== needed || value === undefined) {
      throw fail(peek().start, `wrong number of arguments for aggregate expression ${name}`)
    }
    return {
      kind: 'aggregate',
      name,
      value,
      parameter: needed === 2 ? args[0] : undefined,
      grouping,
    }
  }

  function readGrouping(): Grouping | undefined {
    if (!isName('by') && !isName('without')) return undefined
    return { without: next().text.toLowerCase() === 'without', labels: labelList() }
  }

  function labelList(): readonly string[] {
    expect('(')
    const labels: string[] = []
    while (!take(')')) {
      const token = next()
      if (token.kind !== 'name' && token.kind !== 'string') throw unexpected(token)
      labels.push(token.text)
      if (!isSymbol(')')) expect(',')
    }
    return labels
  }

  function call(token: Token): PromqlExpr {
    const known = Object.hasOwn(PROMQL_FUNCTIONS, token.text)
      ? PROMQL_FUNCTIONS[token.text]
      : undefined
    if (known === undefined) {
      throw fail(
        token.start,
        `unknown function with name "${token.text}", or one that this local stand-in has not`,
      )
    }
    next()
    const args = list()
    if (args.length < known.min || args.length > known.max) {
      throw fail(token.start, `wrong number of arguments in call to "${token.text}"`)
    }
    return { kind: 'call', name: token.text, args }
  }

  function list(): readonly PromqlExpr[] {
    const items: PromqlExpr[] = []
    while (!take(')')) {
      items.push(expression())
      if (!isSymbol(')')) expect(',')
    }
    return items
  }

  /** Within braces: label matchers, and at most one quoted metric name (Prometheus 3). */
  function selector(name: string | undefined): Selector {
    const matchers: Matcher[] = name === undefined ? [] : [nameMatcher(name)]
    while (!take('}')) {
      const label = next()
      if (label.kind !== 'name' && label.kind !== 'string') throw unexpected(label)
      const alone = label.kind === 'string' && (isSymbol(',') || isSymbol('}'))
      if (alone) matchers.push(nameMatcher(label.text))
      else matchers.push(matcher(label.text))
      if (!isSymbol('}')) expect(',')
    }
    return selectorOf(matchers)
  }

  function matcher(label: string): Matcher {
    const operator = next()
    const found = (['=', '!=', '=~', '!~'] as const).find((one) => one === operator.text)
    if (found === undefined) throw unexpected(operator)
    const value = next()
    if (value.kind !== 'string') throw unexpected(value)
    if (found === '=~' || found === '!~') checkRegex(value, fail)
    return { label, operator: found, value: value.text }
  }

  function selectorOf(matchers: readonly Matcher[]): Selector {
    return { kind: 'selector', matchers, rangeMs: undefined, offsetMs: 0 }
  }

  return {
    expression,
    end: () => {
      if (peek().kind !== 'end') throw unexpected(peek())
    },
  }
}

function nameMatcher(value: string): Matcher {
  return { label: '__name__', operator: '=', value }
}

function checkRegex(token: Token, fail: (start: number, what: string) => Error): void {
  try {
    new RegExp(token.text)
  } catch {
    throw fail(token.start, `error parsing regexp: "${token.text}"`)
  }
}
