/** A JSON object: its own members, whatever they are called. */
export type JsonObject = Readonly<Record<string, unknown>>

/** The value that text holds as JSON and nothing else; undefined for text that is none. */
export function jsonIn(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** Whether a value that came out of JSON is an object: no list, not null. */
export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** A member of the object itself: never one that a prototype lends. */
export function memberOf(object: JsonObject, name: string): unknown {
  return Object.hasOwn(object, name) ? object[name] : undefined
}
