import { AGGREGATES } from './aggregates.ts'
import { FUNCTIONS } from './functions.ts'
import type { Lexer, Token } from './lexer.ts'
import { parsePeriod } from './period.ts'
import type { Expr } from './syntax.ts'

const COMPARISONS = ['=', '!=', '<', '<=', '>', '>=']
/** Whether the token is this word, in any case. */
export function isWord(token: Token, word: string): boolean {
  return token.kind === 'word' && token.text.toLowerCase() === word
}

/** Whether the token is this symbol. */
export function isSymbol(token: Token, text: string): boolean {
  return token.kind === 'symbol' && token.text === text
}

/** Takes the next token if it is this symbol; anything else is malformed. */
export function expectSymbol(lexer: Lexer, text: string): Token {
  const token = lexer.next()
  if (!isSymbol(token, text)) throw lexer.unexpected(token)
  return token
}

/** `or` binds weakest, then `and`, `not`, comparisons, `+ -`, `* / %`, `^`. */
export function parseExpression(lexer: Lexer): Expr {
  return parseLogic(lexer, 'or', () => parseLogic(lexer, 'and', () => parseNot(lexer)))
}

function parseLogic(lexer: Lexer, word: 'and' | 'or', operand: () => Expr): Expr {
  let left = operand()
  while (isWord(lexer.peek(), word)) {
    lexer.next()
    left = { kind: 'binary', operator: word, left, right: operand() }
  }
  return left
}

function parseNot(lexer: Lexer): Expr {
  if (!isWord(lexer.peek(), 'not')) return parseComparison(lexer)
  lexer.next()
  return { kind: 'not', value: parseNot(lexer) }
}

function parseComparison(lexer: Lexer): Expr {
  const left = parseSum(lexer)
  const token = lexer.peek()
  if (token.kind === 'symbol' && COMPARISONS.includes(token.text)) {
    lexer.next()
    return { kind: 'binary', operator: token.text, left, right: parseSum(lexer) }
  }
  if (isSymbol(token, '=~')) {
    lexer.next()
    return parsePattern(lexer, left)
  }
  if (isWord(token, 'not')) {
    lexer.next()
    return { kind: 'not', value: parseMembership(lexer, left) ?? fail(lexer) }
  }
  return parseMembership(lexer, left) ?? left
}

function parseMembership(lexer: Lexer, value: Expr): Expr | undefined {
  if (isWord(lexer.peek(), 'like')) {
    lexer.next()
    return parsePattern(lexer, value)
  }
  if (!isWord(lexer.peek(), 'in')) return undefined
  lexer.next()
  expectSymbol(lexer, '[')
  const list = parseList(lexer, ']')
  return { kind: 'in', value, list }
}

function parsePattern(lexer: Lexer, value: Expr): Expr {
  const regex = lexer.regex()
  if (regex !== undefined) return { kind: 'like', value, pattern: regex }
  const token = lexer.next()
  if (token.kind !== 'string') throw lexer.unexpected(token)
  return { kind: 'like', value, pattern: token.text }
}

function parseSum(lexer: Lexer): Expr {
  return parseBinary(lexer, ['+', '-'], () =>
    parseBinary(lexer, ['*', '/', '%'], () => parsePower(lexer)),
  )
}

function parseBinary(lexer: Lexer, operators: readonly string[], operand: () => Expr): Expr {
  let left = operand()
  for (;;) {
    const token = lexer.peek()
    if (token.kind !== 'symbol' || !operators.includes(token.text)) return left
    lexer.next()
    left = { kind: 'binary', operator: token.text, left, right: operand() }
  }
}

function parsePower(lexer: Lexer): Expr {
  const left = parseUnary(lexer)
  if (!isSymbol(lexer.peek(), '^')) return left
  lexer.next()
  return { kind: 'binary', operator: '^', left, right: parsePower(lexer) }
}

function parseUnary(lexer: Lexer): Expr {
  if (!isSymbol(lexer.peek(), '-')) return parsePrimary(lexer)
  lexer.next()
  return { kind: 'negative', value: parseUnary(lexer) }
}

function parsePrimary(lexer: Lexer): Expr {
  const token = lexer.next()
  if (token.kind === 'number') return { kind: 'literal', value: Number(token.text) }
  if (token.kind === 'string') return { kind: 'literal', value: token.text }
  if (isSymbol(token, '(')) {
    const inner = parseExpression(lexer)
    expectSymbol(lexer, ')')
    return inner
  }
  if (token.kind === 'word' && isSymbol(lexer.peek(), '(')) return parseCall(lexer, token)
  if (token.kind === 'word' || token.kind === 'quoted-word') {
    return { kind: 'field', name: token.text, start: token.start, end: token.end }
  }
  throw lexer.unexpected(token)
}

function parseCall(lexer: Lexer, token: Token): Expr {
  const name = token.text.toLowerCase()
  lexer.next()
  if (name === 'bin') {
    const period = parsePeriod(lexer)
    const end = expectSymbol(lexer, ')').end
    const value: Expr = { kind: 'field', name: '@timestamp', start: token.start, end }
    return { kind: 'bin', value, period, source: lexer.slice(token.start, end) }
  }
  if (name === 'datefloor') {
    const value = parseExpression(lexer)
    expectSymbol(lexer, ',')
    const period = parsePeriod(lexer)
    const end = expectSymbol(lexer, ')').end
    return { kind: 'bin', value, period, source: lexer.slice(token.start, end) }
  }
  const table = Object.hasOwn(AGGREGATES, name) ? AGGREGATES : FUNCTIONS
  const known = Object.hasOwn(table, name) ? table[name] : undefined
  if (known === undefined) throw lexer.fail(token, `unknown function ${token.text}`)
  const star = name === 'count' && isSymbol(lexer.peek(), '*')
  if (star) lexer.next()
  const args = star ? closing(lexer) : parseList(lexer, ')')
  const source = lexer.slice(token.start, lexer.peek().start)
  if (args.length < known.min || args.length > known.max) {
    throw lexer.fail(token, `wrong number of arguments for function ${token.text}`)
  }
  return table === AGGREGATES
    ? { kind: 'aggregate', name, args, source, start: token.start }
    : { kind: 'call', name, args, source }
}

function closing(lexer: Lexer): readonly Expr[] {
  expectSymbol(lexer, ')')
  return []
}

function parseList(lexer: Lexer, close: ')' | ']'): readonly Expr[] {
  const items: Expr[] = []
  if (isSymbol(lexer.peek(), close)) {
    lexer.next()
    return items
  }
  for (;;) {
    items.push(parseExpression(lexer))
    const token = lexer.next()
    if (isSymbol(token, close)) return items
    if (!isSymbol(token, ',')) throw lexer.unexpected(token)
  }
}

function fail(lexer: Lexer): never {
  throw lexer.unexpected(lexer.peek())
}
