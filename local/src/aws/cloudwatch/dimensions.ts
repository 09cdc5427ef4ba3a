import type { Input } from '../call.ts'
import { optionalStructures } from '../input.ts'
import type { Dimension } from '../story/series.ts'
import { validationError } from './cloudwatch-errors.ts'

/** Reads the member `Dimensions`: a list of names and values. */
export function readDimensions(input: Input): readonly Dimension[] {
  return (optionalStructures(input, 'Dimensions') ?? []).map(({ Name, Value }) => {
    if (typeof Name !== 'string' || typeof Value !== 'string') {
      throw validationError('A dimension needs a Name and a Value.')
    }
    return { Name, Value }
  })
}

/** Whether two lists have the same dimensions, in any order. */
export function sameDimensions(left: readonly Dimension[], right: readonly Dimension[]): boolean {
  const text = (list: readonly Dimension[]) =>
    JSON.stringify(list.map(({ Name, Value }) => [Name, Value]).sort())
  return text(left) === text(right)
}
