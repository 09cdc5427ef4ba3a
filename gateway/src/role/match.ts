import { matchesGlob } from './glob.ts'

/** What a claim must be; where several are given all must hold. */
export type Match = Readonly<{
  /** Exactly this value. */
  is?: string | number | boolean | undefined
  /** A list that has all of these, or the one text that is meant. */
  has?: readonly string[] | undefined
  /** One of these, or a list that has one of them. */
  oneOf?: readonly string[] | undefined
  /** A text, or a list with a text, that this glob covers from its first character to its last. */
  glob?: string | undefined
}>

/** `undecidable` where the value is of a kind that the condition cannot be asked of. */
export type Verdict = 'yes' | 'no' | 'undecidable'

/** Whether a value meets a condition. A value that is not there meets none. */
export function verdictOn(value: unknown, match: Match): Verdict {
  if (value === undefined || value === null) return 'no'
  return allOf(
    match.is === undefined ? 'yes' : isExactly(value, match.is),
    onList(value, match.has, (list, wanted) => wanted.every((item) => list.includes(item))),
    onList(value, match.oneOf, (list, wanted) => wanted.some((item) => list.includes(item))),
    onList(value, match.glob, (list, glob) => list.some((item) => matchesGlob(item, glob))),
  )
}

/** A certain "no" decides, whatever else cannot be told; so does nothing else than all "yes" for a "yes". */
export function allOf(...verdicts: readonly Verdict[]): Verdict {
  if (verdicts.includes('no')) return 'no'
  return verdicts.includes('undecidable') ? 'undecidable' : 'yes'
}

function isExactly(value: unknown, wanted: string | number | boolean): Verdict {
  if (typeof value === 'object') return 'undecidable'
  return value === wanted ? 'yes' : 'no'
}

function onList<T>(
  value: unknown,
  wanted: T | undefined,
  test: (list: readonly string[], wanted: T) => boolean,
): Verdict {
  if (wanted === undefined) return 'yes'
  const list: readonly unknown[] = Array.isArray(value) ? value : [value]
  if (!list.every((item) => typeof item === 'string')) return 'undecidable'
  return test(list, wanted) ? 'yes' : 'no'
}
