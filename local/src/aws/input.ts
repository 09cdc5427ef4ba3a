import { constraintError, serializationError } from './aws-error.ts'
import type { Input } from './call.ts'

/** Reads an optional string member; another type is a SerializationException. */
export function optionalString(input: Input, name: string): string | undefined {
  const value = input[name]
  if (value === undefined || value === null) return undefined
  if (typeof value !== 'string') throw serializationError(`Expected a string at '${name}'`)
  return value
}

/** Reads a string member that the API requires. */
export function requiredString(input: Input, name: string): string {
  const value = optionalString(input, name)
  if (value === undefined) throw constraintError(undefined, name, 'Member must not be null')
  if (value === '') {
    throw constraintError('', name, 'Member must have length greater than or equal to 1')
  }
  return value
}

/** Reads an optional number member. */
export function optionalNumber(input: Input, name: string): number | undefined {
  const value = input[name]
  if (value === undefined || value === null) return undefined
  if (typeof value !== 'number' || !Number.isFinite(value)) {
    throw serializationError(`Expected a number at '${name}'`)
  }
  return value
}

/** Reads a number member that the API requires. */
export function requiredNumber(input: Input, name: string): number {
  const value = optionalNumber(input, name)
  if (value === undefined) throw constraintError(undefined, name, 'Member must not be null')
  return value
}

/** Reads a whole number between `min` and `max`, or `fallback` when it is not given. */
export function limitOf(
  input: Input,
  name: string,
  range: Readonly<{ min: number; max: number; fallback: number }>,
): number {
  const value = optionalNumber(input, name) ?? range.fallback
  if (value < range.min) {
    const constraint = `Member must have value greater than or equal to ${range.min}`
    throw constraintError(value, name, constraint)
  }
  if (value > range.max) {
    throw constraintError(value, name, `Member must have value less than or equal to ${range.max}`)
  }
  return Math.floor(value)
}

/** Reads an optional boolean member. */
export function optionalBoolean(input: Input, name: string): boolean | undefined {
  const value = input[name]
  if (value === undefined || value === null) return undefined
  if (typeof value !== 'boolean') throw serializationError(`Expected a boolean at '${name}'`)
  return value
}

/** Reads an optional list of strings. */
export function optionalStrings(input: Input, name: string): readonly string[] | undefined {
  const value = input[name]
  if (value === undefined || value === null) return undefined
  if (!Array.isArray(value) || !value.every((item) => typeof item === 'string')) {
    throw serializationError(`Expected a list of strings at '${name}'`)
  }
  return value
}

/** Reads an optional list of structures. */
export function optionalStructures(input: Input, name: string): readonly Input[] | undefined {
  const value = input[name]
  if (value === undefined || value === null) return undefined
  if (!Array.isArray(value) || !value.every(isStructure)) {
    throw serializationError(`Expected a list of structures at '${name}'`)
  }
  return value
}

/** Reads an optional structure. */
export function optionalStructure(input: Input, name: string): Input | undefined {
  const value = input[name]
  if (value === undefined || value === null) return undefined
  if (!isStructure(value)) throw serializationError(`Expected a structure at '${name}'`)
  return value
}

/** Reads an optional value of a closed set. */
export function optionalOneOf<T extends string>(
  input: Input,
  name: string,
  allowed: readonly T[],
): T | undefined {
  const value = optionalString(input, name)
  if (value === undefined) return undefined
  const found = allowed.find((one) => one === value)
  if (found !== undefined) return found
  const constraint = `Member must satisfy enum value set: [${allowed.join(', ')}]`
  throw constraintError(value, name, constraint)
}

/** Whether a JSON value is an object with members. */
export function isStructure(value: unknown): value is Input {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
