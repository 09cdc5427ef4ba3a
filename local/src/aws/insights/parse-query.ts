import { checkSymbols } from './check-symbols.ts'
import { expectSymbol, isSymbol, isWord } from './grammar.ts'
import { createLexer, type Lexer, type Token } from './lexer.ts'
import { parseExpression } from './parse-expression.ts'
import { type Column, type Command, contains, type Expr } from './syntax.ts'

const MAX_LIMIT = 100_000

/** Commands that Logs Insights has and this stand-in has not: it says so instead of guessing. */
const NOT_IMITATED =
  'anomaly diff filterindex join lookup order source unmask unnest where head tail search'.split(
    ' ',
  )

/** Reads a query of the Logs Insights language; throws MalformedQueryException with the place of the problem. */
export function parseQuery(source: string): readonly Command[] {
  const lexer = createLexer(source)
  const commands: Command[] = []
  for (;;) {
    const token = lexer.next()
    const afterDedup = commands.at(-1)?.kind === 'dedup'
    const command = parseCommand(lexer, token)
    // Only limit may follow dedup.
    if (afterDedup && command.kind !== 'limit') throw lexer.unexpected(token)
    commands.push(command)
    const separator = lexer.next()
    if (separator.kind === 'end') break
    if (!isSymbol(separator, '|')) throw lexer.unexpected(separator)
  }
  checkSymbols(source, commands)
  return commands
}

function parseCommand(lexer: Lexer, token: Token): Command {
  if (token.kind !== 'word') throw lexer.unexpected(token)
  const name = token.text.toLowerCase()
  switch (name) {
    case 'fields':
    case 'display':
      return { kind: name, columns: parseColumns(lexer) }
    case 'filter':
      return { kind: 'filter', condition: plain(lexer, token, parseExpression(lexer)) }
    case 'parse':
      return parseParse(lexer)
    case 'stats':
      return parseStats(lexer, token)
    case 'sort':
      return parseSort(lexer)
    case 'limit':
      return parseLimit(lexer)
    case 'pattern':
      return { kind: 'pattern', value: plain(lexer, token, parseExpression(lexer)) }
    case 'dedup':
      return { kind: 'dedup', values: parseColumns(lexer).map((column) => column.value) }
    default:
      if (NOT_IMITATED.includes(name)) {
        throw lexer.fail(token, `the command ${name} is not supported by this local stand-in`)
      }
      throw lexer.unexpected(token)
  }
}

function parseColumns(lexer: Lexer): readonly Column[] {
  return listOf(lexer, () => {
    const start = lexer.peek()
    const column = parseColumn(lexer)
    plain(lexer, start, column.value)
    return column
  })
}

function parseColumn(lexer: Lexer): Column {
  const start = lexer.peek().start
  const value = parseExpression(lexer)
  const text = lexer.slice(start, lexer.peek().start)
  if (!isWord(lexer.peek(), 'as'))
    return { name: value.kind === 'field' ? value.name : text, value }
  lexer.next()
  return { name: parseName(lexer), value }
}

function parseStats(lexer: Lexer, command: Token): Command {
  const columns = listOf(lexer, () => parseColumn(lexer))
  const single = columns.find((column) => !contains(column.value, 'aggregate'))
  if (single !== undefined) {
    throw lexer.fail(command, `stats needs an aggregation function, not ${single.name}`)
  }
  if (!isWord(lexer.peek(), 'by')) return { kind: 'stats', columns, by: [] }
  lexer.next()
  return { kind: 'stats', columns, by: parseColumns(lexer) }
}

function parseSort(lexer: Lexer): Command {
  const keys = listOf(lexer, () => {
    const value = parseExpression(lexer)
    const word = lexer.peek()
    if (!isWord(word, 'asc') && !isWord(word, 'desc')) return { value, descending: false }
    lexer.next()
    return { value, descending: isWord(word, 'desc') }
  })
  return { kind: 'sort', keys }
}

function parseLimit(lexer: Lexer): Command {
  const token = lexer.next()
  if (token.kind !== 'number' || !/^\d+$/.test(token.text)) throw lexer.unexpected(token)
  const count = Number(token.text)
  if (count < 1 || count > MAX_LIMIT) {
    throw lexer.fail(token, `limit must be between 1 and ${MAX_LIMIT}, not ${token.text}`)
  }
  return { kind: 'limit', count }
}

/** `parse field "glob * text *" as a, b` or `parse field /(?<a>…)/`. */
function parseParse(lexer: Lexer): Command {
  const first = lexer.peek()
  // Without a field it parses @message.
  const value: Expr =
    first.kind === 'word' || first.kind === 'quoted-word'
      ? fieldOf(lexer.next())
      : { kind: 'field', name: '@message', start: first.start, end: first.start }
  const regex = lexer.regex()
  if (regex !== undefined) {
    const names = [...regex.source.matchAll(/\(\?<([A-Za-z_]\w*)>/g)].map((found) => found[1] ?? '')
    if (names.length === 0) throw lexer.fail(first, 'parse needs named groups (?<name>…)')
    return { kind: 'parse', value, pattern: regex, names }
  }
  const glob = lexer.next()
  if (glob.kind !== 'string') throw lexer.unexpected(glob)
  if (!isWord(lexer.peek(), 'as')) throw lexer.unexpected(lexer.peek())
  lexer.next()
  const names = listOf(lexer, () => parseName(lexer))
  const parts = glob.text.split('*')
  if (parts.length - 1 !== names.length) {
    throw lexer.fail(glob, `parse has ${parts.length - 1} wildcards and ${names.length} names`)
  }
  return { kind: 'parse', value, pattern: globPattern(parts, names), names }
}

function globPattern(parts: readonly string[], names: readonly string[]): RegExp {
  const quoted = parts.map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'))
  const groups = names.map((_, at) => {
    const last = at === names.length - 1 && parts.at(-1) === ''
    return `(?<f${at}>${last ? '[\\s\\S]*' : '[\\s\\S]*?'})`
  })
  return new RegExp(quoted.map((part, at) => part + (groups[at] ?? '')).join(''))
}

function parseName(lexer: Lexer): string {
  const token = lexer.next()
  if (token.kind !== 'word' && token.kind !== 'quoted-word') throw lexer.unexpected(token)
  return token.text
}

function fieldOf(token: Token): Expr {
  return { kind: 'field', name: token.text, start: token.start, end: token.end }
}

function listOf<T>(lexer: Lexer, item: () => T): readonly T[] {
  const items = [item()]
  while (isSymbol(lexer.peek(), ',')) {
    expectSymbol(lexer, ',')
    items.push(item())
  }
  return items
}

/** The expression, if it holds no aggregation: those belong to stats. */
function plain(lexer: Lexer, token: Token, value: Expr): Expr {
  if (!contains(value, 'aggregate')) return value
  throw lexer.fail(token, 'aggregation functions are only allowed in stats')
}
