import { checkSymbols } from './check-symbols.ts'
import {
  expectWord,
  parseForeignExpression,
  takeWord,
  withoutAggregates,
} from './foreign-expression.ts'
import { expectSymbol, isSymbol, isWord } from './grammar.ts'
import { createLexer, type Lexer, type Token } from './lexer.ts'
import { aggregatesIn, type Column, type Command, contains, type Expr } from './syntax.ts'

/** A query in another language than Insights': the groups that it names and what to do with their records. */
export type ForeignQuery = Readonly<{ groups: readonly string[]; commands: readonly Command[] }>

const MAX_LIMIT = 10_000
const ALL: readonly Column[] = ['@timestamp', '@logStream', '@message'].map((name) => ({
  name,
  value: { kind: 'field', name, start: 0, end: 0 },
}))

/**
 * Reads `SELECT … FROM \`group\` [, …] [WHERE …] [GROUP BY …] [HAVING …] [ORDER BY …] [LIMIT n]`. Joins, subqueries,
 * DISTINCT and everything else of SQL is malformed here, with its place.
 */
export function parseSql(source: string): ForeignQuery {
  const lexer = createLexer(source)
  expectWord(lexer, 'select')
  const first = lexer.peek()
  const selected = isSymbol(first, '*') ? star(lexer) : columns(lexer)
  expectWord(lexer, 'from')
  const groups = readGroups(lexer)
  const commands: Command[] = []
  const where = lexer.peek()
  if (takeWord(lexer, 'where')) {
    const condition = withoutAggregates(lexer, where, parseForeignExpression(lexer), 'WHERE')
    commands.push({ kind: 'filter', condition })
  }
  const by = readGroupBy(lexer, selected)
  const having = takeWord(lexer, 'having') ? parseForeignExpression(lexer) : undefined
  const keys = readOrder(lexer)
  const used = [having, ...keys.map((key) => key.value)].filter((one) => one !== undefined)
  const aggregated =
    by !== undefined ||
    [...selected.map((one) => one.value), ...used].some((one) => contains(one, 'aggregate'))
  if (aggregated) commands.push(aggregation(lexer, first, selected, by ?? [], used))
  else commands.push({ kind: 'fields', columns: selected })
  if (having !== undefined) commands.push({ kind: 'filter', condition: having })
  if (keys.length > 0) commands.push({ kind: 'sort', keys })
  const limit = readLimit(lexer)
  if (limit !== undefined) commands.push(limit)
  // Stats shows its keys first; the query says in which order it wants them.
  commands.push({ kind: 'display', columns: selected.map(asName) })
  const end = lexer.next()
  if (end.kind !== 'end' && !isEndingSemicolon(lexer, end)) throw lexer.unexpected(end)
  checkSymbols(source, commands)
  return { groups, commands }
}

function isEndingSemicolon(lexer: Lexer, token: Token): boolean {
  return isSymbol(token, ';') && lexer.peek().kind === 'end'
}

function star(lexer: Lexer): readonly Column[] {
  lexer.next()
  return ALL
}

function columns(lexer: Lexer): readonly Column[] {
  const found = [column(lexer)]
  while (isSymbol(lexer.peek(), ',')) {
    lexer.next()
    found.push(column(lexer))
  }
  return found
}

const AFTER_COLUMN = ['from', 'order', 'limit', 'having', 'asc', 'desc']

function column(lexer: Lexer): Column {
  const start = lexer.peek()
  if (isWord(start, 'distinct')) throw lexer.unexpected(start)
  const value = parseForeignExpression(lexer)
  const text = lexer.slice(start.start, lexer.peek().start)
  const next = lexer.peek()
  const named =
    takeWord(lexer, 'as') ||
    next.kind === 'quoted-word' ||
    (next.kind === 'word' && !AFTER_COLUMN.includes(next.text.toLowerCase()))
  if (!named) return { name: value.kind === 'field' ? value.name : text, value }
  const name = lexer.next()
  if (name.kind !== 'word' && name.kind !== 'quoted-word') throw lexer.unexpected(name)
  return { name: name.text, value }
}

/** `` `a`, `b` `` or `` `logGroups(logGroupIdentifier: ['a', 'b'])` ``. */
function readGroups(lexer: Lexer): readonly string[] {
  const groups: string[] = []
  do {
    const token = lexer.next()
    if (token.kind !== 'quoted-word' && token.kind !== 'string') throw lexer.unexpected(token)
    const list = /^logGroups\s*\(\s*logGroupIdentifier:\s*\[([^\]]*)\]\s*\)$/i.exec(token.text)?.[1]
    if (list === undefined) groups.push(token.text)
    else groups.push(...[...list.matchAll(/['"]([^'"]+)['"]/g)].map((found) => found[1] ?? ''))
  } while (takeComma(lexer))
  return groups
}

function takeComma(lexer: Lexer): boolean {
  if (!isSymbol(lexer.peek(), ',')) return false
  expectSymbol(lexer, ',')
  return true
}

function readGroupBy(lexer: Lexer, selected: readonly Column[]): readonly Column[] | undefined {
  if (!takeWord(lexer, 'group')) return undefined
  expectWord(lexer, 'by')
  const start = lexer.peek()
  return columns(lexer).map((key) => {
    withoutAggregates(lexer, start, key.value, 'GROUP BY')
    // A key may be an alias of a selected column.
    return selected.find((one) => one.name === key.name) ?? key
  })
}

/** Stats for the selected columns; what only HAVING and ORDER BY need is computed with them and not shown. */
function aggregation(
  lexer: Lexer,
  first: Token,
  selected: readonly Column[],
  by: readonly Column[],
  used: readonly Expr[],
): Command {
  const aggregates = selected.filter((one) => contains(one.value, 'aggregate'))
  const stray = selected.find(
    (one) => !aggregates.includes(one) && !by.some((key) => key.name === one.name),
  )
  if (stray !== undefined) {
    throw lexer.fail(first, `the column ${stray.name} is neither aggregated nor in GROUP BY`)
  }
  const hidden = used
    .flatMap(aggregatesIn)
    .filter((one) => !aggregates.some((column) => column.name === one.source))
    .map((value) => ({ name: value.source, value }))
  return { kind: 'stats', columns: [...aggregates, ...hidden], by }
}

function readOrder(lexer: Lexer): ReadonlyArray<Readonly<{ value: Expr; descending: boolean }>> {
  if (!takeWord(lexer, 'order')) return []
  expectWord(lexer, 'by')
  const keys = []
  do {
    const value = parseForeignExpression(lexer)
    const descending = takeWord(lexer, 'desc')
    if (!descending) takeWord(lexer, 'asc')
    keys.push({ value, descending })
  } while (takeComma(lexer))
  return keys
}

function readLimit(lexer: Lexer): Command | undefined {
  if (!takeWord(lexer, 'limit')) return undefined
  return { kind: 'limit', count: readCount(lexer) }
}

/** Reads a number of rows, which SQL and PPL have up to 10,000 of. */
export function readCount(lexer: Lexer): number {
  const token = lexer.next()
  if (token.kind !== 'number' || !/^\d+$/.test(token.text)) throw lexer.unexpected(token)
  const count = Number(token.text)
  if (count >= 1 && count <= MAX_LIMIT) return count
  throw lexer.fail(token, `the limit must be between 1 and ${MAX_LIMIT}, not ${token.text}`)
}

function asName({ name }: Column): Column {
  return { name, value: { kind: 'field', name, start: 0, end: 0 } }
}
