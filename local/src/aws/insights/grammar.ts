import { AGGREGATES } from './aggregates.ts'
import { FUNCTIONS } from './functions.ts'
import type { Lexer, Token } from './lexer.ts'
import type { Expr } from './syntax.ts'

/** Reads one expression of the language that is being parsed. */
export type ReadExpression = (lexer: Lexer) => Expr

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

/** Operands with the word `and`, or `or`, between them, from left to right. */
export function parseLogic(lexer: Lexer, word: 'and' | 'or', operand: ReadExpression): Expr {
  let left = operand(lexer)
  while (isWord(lexer.peek(), word)) {
    lexer.next()
    left = { kind: 'binary', operator: word, left, right: operand(lexer) }
  }
  return left
}

/** Operands with one of these symbols between them, from left to right. */
export function parseBinary(
  lexer: Lexer,
  operators: readonly string[],
  operand: ReadExpression,
): Expr {
  let left = operand(lexer)
  for (;;) {
    const token = lexer.peek()
    if (token.kind !== 'symbol' || !operators.includes(token.text)) return left
    lexer.next()
    left = { kind: 'binary', operator: token.text, left, right: operand(lexer) }
  }
}

/** Items with commas between them up to the closing symbol, which is taken too. */
export function parseList(lexer: Lexer, close: ')' | ']', item: ReadExpression): readonly Expr[] {
  const items: Expr[] = []
  if (isSymbol(lexer.peek(), close)) {
    lexer.next()
    return items
  }
  for (;;) {
    items.push(item(lexer))
    const token = lexer.next()
    if (isSymbol(token, close)) return items
    if (!isSymbol(token, ',')) throw lexer.unexpected(token)
  }
}

/** The rest of a call whose name, written as `token`, and opening parenthesis have been read. */
export function parseArguments(
  lexer: Lexer,
  token: Token,
  name: string,
  item: ReadExpression,
): Expr {
  const table = Object.hasOwn(AGGREGATES, name) ? AGGREGATES : FUNCTIONS
  const known = Object.hasOwn(table, name) ? table[name] : undefined
  if (known === undefined) throw lexer.fail(token, `unknown function ${token.text}`)
  const star = name === 'count' && isSymbol(lexer.peek(), '*')
  if (star) lexer.next()
  const args = star ? closing(lexer) : parseList(lexer, ')', item)
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
