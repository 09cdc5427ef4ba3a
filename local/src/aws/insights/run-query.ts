import { evaluate, evaluateGroup } from './evaluate.ts'
import { PATTERN_COLUMNS, patternRows } from './pattern.ts'
import { type Row, statsRow } from './record.ts'
import type { Column, Command } from './syntax.ts'
import { compareValues, isTrue, toText, type Value } from './value.ts'

export type ResultField = Readonly<{ field: string; value: string }>

export type QueryResult = Readonly<{
  rows: ReadonlyArray<readonly ResultField[]>
  /** Records that passed the filters in front of any aggregation. */
  recordsMatched: number
}>

type State = Readonly<{
  rows: readonly Row[]
  /** Columns to show; undefined until a command names some. */
  columns: readonly string[] | undefined
  recordsMatched: number | undefined
}>

const DEFAULT_COLUMNS = ['@timestamp', '@message']

/** Runs a parsed query over records given newest first; at most `limit` rows come out. */
export function runQuery(
  commands: readonly Command[],
  records: readonly Row[],
  limit: number,
): QueryResult {
  let state: State = { rows: records, columns: undefined, recordsMatched: undefined }
  for (const command of commands) state = apply(command, state)
  const columns = state.columns ?? DEFAULT_COLUMNS
  return {
    rows: state.rows.slice(0, limit).map((row) => resultRow(row, columns)),
    recordsMatched: state.recordsMatched ?? state.rows.length,
  }
}

function apply(command: Command, state: State): State {
  const { rows, columns } = state
  // The first command that changes the number of rows for another reason than a filter freezes the count.
  const recordsMatched = state.recordsMatched ?? rows.length
  switch (command.kind) {
    case 'filter':
      return { ...state, rows: rows.filter((row) => isTrue(evaluate(command.condition, row))) }
    case 'fields':
      return show(command.columns, state, columns ?? [])
    case 'display':
      return show(command.columns, state, [])
    case 'parse':
      return { ...state, rows: rows.map((row) => parseRow(command, row)) }
    case 'sort':
      return { ...state, rows: sortRows(command.keys, rows) }
    case 'limit':
      return { ...state, rows: rows.slice(0, command.count), recordsMatched }
    case 'dedup':
      return { ...state, rows: dedupRows(command.values, rows), recordsMatched }
    case 'pattern':
      return {
        rows: patternRows(rows, (row) => evaluate(command.value, row)),
        columns: PATTERN_COLUMNS,
        recordsMatched,
      }
    case 'stats': {
      const names = [...command.by, ...command.columns].map((column) => column.name)
      return { rows: aggregate(command.columns, command.by, rows), columns: names, recordsMatched }
    }
  }
}

function show(added: readonly Column[], state: State, before: readonly string[]): State {
  const computed = added.filter(
    (column) => column.value.kind !== 'field' || column.value.name !== column.name,
  )
  return {
    ...state,
    columns: [...new Set([...before, ...added.map((column) => column.name)])],
    rows:
      computed.length === 0
        ? state.rows
        : state.rows.map((row) =>
            row.with(new Map(computed.map((one) => [one.name, evaluate(one.value, row)]))),
          ),
  }
}

function parseRow(command: Extract<Command, { kind: 'parse' }>, row: Row): Row {
  const text = toText(evaluate(command.value, row))
  const found = text === undefined ? null : command.pattern.exec(text)
  if (found === null) return row
  // A glob's groups are numbered, a regular expression's have the names themselves.
  const groups = found.groups ?? {}
  return row.with(
    new Map(command.names.map((name, at) => [name, groups[`f${at}`] ?? groups[name]])),
  )
}

function sortRows(
  keys: Extract<Command, { kind: 'sort' }>['keys'],
  rows: readonly Row[],
): readonly Row[] {
  return rows
    .map((row) => ({ row, values: keys.map((key) => evaluate(key.value, row)) }))
    .sort((left, right) => {
      for (const [at, key] of keys.entries()) {
        const [a, b] = [left.values[at], right.values[at]]
        const order = compareValues(a, b)
        // Rows without the value stay last in both directions.
        const flip = key.descending && a !== undefined && b !== undefined
        if (order !== 0) return flip ? -order : order
      }
      return 0
    })
    .map(({ row }) => row)
}

function dedupRows(
  values: Extract<Command, { kind: 'dedup' }>['values'],
  rows: readonly Row[],
): readonly Row[] {
  const seen = new Set<string>()
  return rows.filter((row) => {
    const key = JSON.stringify(values.map((value) => toText(evaluate(value, row))))
    if (seen.has(key)) return false
    seen.add(key)
    return true
  })
}

function aggregate(
  columns: readonly Column[],
  by: readonly Column[],
  rows: readonly Row[],
): readonly Row[] {
  const groups = new Map<string, { keys: readonly Value[]; rows: Row[] }>()
  for (const row of rows) {
    const keys = by.map((column) => evaluate(column.value, row))
    const id = JSON.stringify(keys.map((key) => toText(key) ?? null))
    const group = groups.get(id)
    if (group === undefined) groups.set(id, { keys, rows: [row] })
    else group.rows.push(row)
  }
  return [...groups.values()].map((group) =>
    statsRow(
      new Map<string, Value>([
        ...by.map((column, at): [string, Value] => [column.name, group.keys[at]]),
        ...columns.map((column): [string, Value] => [
          column.name,
          evaluateGroup(column.value, group.rows),
        ]),
      ]),
    ),
  )
}

function resultRow(row: Row, columns: readonly string[]): readonly ResultField[] {
  const fields = columns.flatMap((field) => {
    const value = toText(row.get(field))
    return value === undefined ? [] : [{ field, value }]
  })
  return row.pointer === undefined ? fields : [...fields, { field: '@ptr', value: row.pointer }]
}
