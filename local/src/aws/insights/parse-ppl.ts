import { checkSymbols } from './check-symbols.ts'
import { parseForeignExpression, takeWord, withoutAggregates } from './foreign-expression.ts'
import { expectSymbol, isSymbol, isWord } from './grammar.ts'
import { createLexer, type Lexer, type Token } from './lexer.ts'
import { type ForeignQuery, readCount } from './parse-sql.ts'
import { type Column, type Command, contains } from './syntax.ts'

const DEFAULT_HEAD = 10

/**
 * Reads `[source = \`group\` |] command | …` with the commands where, fields, eval, stats, sort, head and dedup. Every
 * other command of PPL is malformed here, with its place.
 */
export function parsePpl(source: string): ForeignQuery {
  const lexer = createLexer(source)
  const groups = readSource(lexer)
  const commands: Command[] = []
  // `source = x` alone is a whole query; so is a pipe of commands alone.
  let more = groups.length === 0 || takePipe(lexer)
  while (more) {
    commands.push(readCommand(lexer, lexer.next()))
    more = takePipe(lexer)
  }
  const end = lexer.next()
  if (end.kind !== 'end') throw lexer.unexpected(end)
  checkSymbols(source, commands)
  return { groups, commands }
}

function takePipe(lexer: Lexer): boolean {
  if (!isSymbol(lexer.peek(), '|')) return false
  expectSymbol(lexer, '|')
  return true
}

function readSource(lexer: Lexer): readonly string[] {
  takeWord(lexer, 'search')
  if (!takeWord(lexer, 'source')) return []
  expectSymbol(lexer, '=')
  const square = isSymbol(lexer.peek(), '[')
  if (square) lexer.next()
  const groups: string[] = []
  do {
    const token = lexer.next()
    if (token.kind !== 'quoted-word' && token.kind !== 'string') throw lexer.unexpected(token)
    groups.push(token.text)
  } while (takeComma(lexer))
  if (square) expectSymbol(lexer, ']')
  return groups
}

function takeComma(lexer: Lexer): boolean {
  if (!isSymbol(lexer.peek(), ',')) return false
  lexer.next()
  return true
}

function readCommand(lexer: Lexer, token: Token): Command {
  if (token.kind !== 'word') throw lexer.unexpected(token)
  switch (token.text.toLowerCase()) {
    case 'where': {
      const condition = withoutAggregates(lexer, token, parseForeignExpression(lexer), 'where')
      return { kind: 'filter', condition }
    }
    case 'fields':
      if (isSymbol(lexer.peek(), '+')) lexer.next()
      return { kind: 'display', columns: listOf(lexer, readField) }
    case 'eval':
      return { kind: 'fields', columns: listOf(lexer, readAssignment) }
    case 'stats':
      return readStats(lexer, token)
    case 'sort':
      return { kind: 'sort', keys: listOf(lexer, readSortKey) }
    case 'head':
      return {
        kind: 'limit',
        count: lexer.peek().kind === 'number' ? readCount(lexer) : DEFAULT_HEAD,
      }
    case 'dedup':
      return { kind: 'dedup', values: listOf(lexer, readField).map((column) => column.value) }
    default:
      throw lexer.unexpected(token)
  }
}

function listOf<T>(lexer: Lexer, item: (lexer: Lexer) => T): readonly T[] {
  const items = [item(lexer)]
  while (takeComma(lexer)) items.push(item(lexer))
  return items
}

function readField(lexer: Lexer): Column {
  const token = lexer.next()
  if (token.kind !== 'word' && token.kind !== 'quoted-word') throw lexer.unexpected(token)
  const { text: name, start, end } = token
  return { name, value: { kind: 'field', name, start, end } }
}

function readAssignment(lexer: Lexer): Column {
  const { name } = readField(lexer)
  const token = expectSymbol(lexer, '=')
  return { name, value: withoutAggregates(lexer, token, parseForeignExpression(lexer), 'eval') }
}

function readStats(lexer: Lexer, command: Token): Command {
  const columns = listOf(lexer, readColumn)
  const single = columns.find((column) => !contains(column.value, 'aggregate'))
  if (single !== undefined) {
    throw lexer.fail(command, `stats needs an aggregation function, not ${single.name}`)
  }
  return { kind: 'stats', columns, by: takeWord(lexer, 'by') ? listOf(lexer, readColumn) : [] }
}

function readColumn(lexer: Lexer): Column {
  const start = lexer.peek().start
  const value = parseForeignExpression(lexer)
  const text = lexer.slice(start, lexer.peek().start)
  if (!takeWord(lexer, 'as')) return { name: value.kind === 'field' ? value.name : text, value }
  return { name: readField(lexer).name, value }
}

/** `- field` or `field desc` for the largest first. */
function readSortKey(lexer: Lexer) {
  const sign = lexer.peek()
  const signed = isSymbol(sign, '-') || isSymbol(sign, '+')
  if (signed) lexer.next()
  const value = parseForeignExpression(lexer)
  const word = lexer.peek()
  const worded = isWord(word, 'asc') || isWord(word, 'desc')
  if (worded) lexer.next()
  return { value, descending: isSymbol(sign, '-') || isWord(word, 'desc') }
}
