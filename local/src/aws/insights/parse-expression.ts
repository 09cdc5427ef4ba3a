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
import type { Expr } from './syntax.ts'

const COMPARISONS = ['=', '!=', '<', '<=', '>', '>=']
/** `or` binds weakest, then `and`, `not`, comparisons, `+ -`, `* / %`, `^`. */
export function parseExpression(lexer: Lexer): Expr {
  return parseLogic(lexer, 'or', () => parseLogic(lexer, 'and', parseNot))
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
  const list = parseList(lexer, ']', parseExpression)
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
  return parseBinary(lexer, ['+', '-'], () => parseBinary(lexer, ['*', '/', '%'], parsePower))
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
  return parseArguments(lexer, token, name, parseExpression)
}

function fail(lexer: Lexer): never {
  throw lexer.unexpected(lexer.peek())
}
