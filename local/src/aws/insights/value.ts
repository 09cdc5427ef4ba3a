/** A value of a field; undefined when the record has no such field. Times are Dates. */
export type Value = string | number | Date | undefined

/** The value as a number, if it is one or reads like one. */
export function toNumber(value: Value): number | undefined {
  if (typeof value === 'number') return value
  if (value instanceof Date) return value.getTime()
  if (value === undefined || value.trim() === '') return undefined
  const number = Number(value)
  return Number.isFinite(number) ? number : undefined
}

/** The value as the API returns it: times in UTC with milliseconds, numbers with four decimals at most. */
export function toText(value: Value): string | undefined {
  if (value === undefined || typeof value === 'string') return value
  if (value instanceof Date) return value.toISOString().replace('T', ' ').replace('Z', '')
  return Number.isInteger(value) ? String(value) : String(Number(value.toFixed(4)))
}

/** Order of two values: as numbers when both are, else as text; absent ones come last. */
export function compareValues(left: Value, right: Value): number {
  if (left === undefined || right === undefined) {
    return Number(left === undefined) - Number(right === undefined)
  }
  const [leftNumber, rightNumber] = [toNumber(left), toNumber(right)]
  if (leftNumber !== undefined && rightNumber !== undefined) return leftNumber - rightNumber
  const [leftText, rightText] = [toText(left) ?? '', toText(right) ?? '']
  return leftText < rightText ? -1 : leftText > rightText ? 1 : 0
}

/** Truth of a condition: comparisons give 1 and 0. */
export function isTrue(value: Value): boolean {
  return value !== undefined && value !== 0 && value !== '' && value !== '0'
}
