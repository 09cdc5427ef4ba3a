import { isStructure } from '../input.ts'
import type { LogEvent } from '../story/log-group.ts'
import type { Value } from './value.ts'

/** One record on its way through a query: a log event with what was added to it, or a row that stats made. */
export type Row = Readonly<{
  get: (name: string) => Value
  with: (added: ReadonlyMap<string, Value>) => Row
  /** Points at the event; undefined for a row of stats. */
  pointer: string | undefined
}>

/** A row for a log event. `log` is `account:group`. Fields of a JSON message are found by path: `http.status`. */
export function eventRow(event: LogEvent, log: string, pointer: string): Row {
  let parsed: unknown
  let tried = false
  const json = () => {
    if (!tried) parsed = parseJson(event.message)
    tried = true
    return parsed
  }
  const builtIn = (name: string): Value => {
    switch (name) {
      case '@timestamp':
        return new Date(event.timestamp)
      case '@ingestionTime':
        return new Date(event.ingestionTime)
      case '@message':
        return event.message
      case '@logStream':
        return event.stream
      case '@log':
        return log
      case '@ptr':
        return pointer
      default:
        return scalar(atPath(json(), name))
    }
  }
  return rowOf(builtIn, new Map(), pointer)
}

/** A row that stats made: it has its own columns and no event behind it. */
export function statsRow(columns: ReadonlyMap<string, Value>): Row {
  return rowOf(() => undefined, columns, undefined)
}

/** The names of the fields that a message's JSON shows, as paths. */
export function jsonFieldNames(message: string): readonly string[] {
  const names = (value: unknown, prefix: string): readonly string[] =>
    isStructure(value)
      ? Object.entries(value).flatMap(([key, one]) => names(one, prefix ? `${prefix}.${key}` : key))
      : [prefix]
  const parsed = parseJson(message)
  return isStructure(parsed) ? names(parsed, '') : []
}

function rowOf(
  base: (name: string) => Value,
  own: ReadonlyMap<string, Value>,
  pointer: string | undefined,
): Row {
  return {
    get: (name) => (own.has(name) ? own.get(name) : base(name)),
    with: (added) => rowOf(base, new Map([...own, ...added]), pointer),
    pointer,
  }
}

function parseJson(message: string): unknown {
  if (!message.startsWith('{')) return undefined
  try {
    return JSON.parse(message)
  } catch {
    return undefined
  }
}

function atPath(value: unknown, name: string): unknown {
  if (!isStructure(value)) return undefined
  if (Object.hasOwn(value, name)) return value[name]
  for (let dot = name.indexOf('.'); dot > 0; dot = name.indexOf('.', dot + 1)) {
    const key = name.slice(0, dot)
    if (Object.hasOwn(value, key)) return atPath(value[key], name.slice(dot + 1))
  }
  return undefined
}

function scalar(value: unknown): Value {
  if (typeof value === 'string' || typeof value === 'number') return value
  if (value === undefined || value === null) return undefined
  return JSON.stringify(value)
}
