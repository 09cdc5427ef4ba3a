import { malformedQuery } from './malformed-query.ts'
import { PATTERN_COLUMNS } from './pattern.ts'
import { type Command, childrenOf, type Expr } from './syntax.ts'

/** After stats and pattern only their own columns exist; another name is malformed, not an empty column. */
export function checkSymbols(source: string, commands: readonly Command[]): void {
  let known: Set<string> | undefined
  for (const command of commands) {
    for (const value of expressionsOf(command)) {
      checkOne(source, value, known, command.kind === 'stats')
    }
    if (command.kind === 'stats') {
      known = new Set([...command.by, ...command.columns].map((column) => column.name))
    } else if (command.kind === 'pattern') {
      known = new Set(PATTERN_COLUMNS)
    } else if (known !== undefined && 'columns' in command) {
      for (const column of command.columns) known.add(column.name)
    } else if (known !== undefined && command.kind === 'parse') {
      for (const name of command.names) known.add(name)
    }
  }
}

function checkOne(
  source: string,
  value: Expr,
  known: ReadonlySet<string> | undefined,
  inStats: boolean,
): void {
  // `sort count(*)` and `sort bin(5m)` name a column by its text.
  if ('source' in value && known?.has(value.source)) return
  if (value.kind === 'aggregate' && !inStats) {
    const what = `aggregation functions are only allowed in stats: ${value.source}`
    throw malformedQuery(source, value.start, value.start + value.source.length, what)
  }
  if (value.kind === 'field' && known !== undefined && !known.has(value.name)) {
    const what = `unknown symbols found in or after stats: ${value.name}`
    throw malformedQuery(source, value.start, value.end, what)
  }
  for (const child of childrenOf(value)) checkOne(source, child, known, inStats)
}

function expressionsOf(command: Command): readonly Expr[] {
  switch (command.kind) {
    case 'fields':
    case 'display':
      return command.columns.map((column) => column.value)
    case 'stats':
      return [...command.columns, ...command.by].map((column) => column.value)
    case 'filter':
      return [command.condition]
    case 'parse':
    case 'pattern':
      return [command.value]
    case 'sort':
      return command.keys.map((key) => key.value)
    case 'dedup':
      return command.values
    case 'limit':
      return []
  }
}
