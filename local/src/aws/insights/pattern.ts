import { type Row, statsRow } from './record.ts'
import { toText, type Value } from './value.ts'

/** A part of a pattern: text that is always the same, or a place where the messages differ. */
export type PatternToken = Readonly<{
  dynamicTokenPosition?: number
  isDynamic: boolean
  tokenString: string
  inferredTokenName?: string
  /** The values found for a dynamic token, with how often, the most frequent ones. */
  enumerations?: Readonly<Record<string, number>>
}>

export type Pattern<T> = Readonly<{
  text: string
  tokens: readonly PatternToken[]
  severity: string
  members: readonly T[]
}>

const MAX_ENUMERATIONS = 10
const MAX_SAMPLES = 10

/** What looks as if it changed from message to message, the more special forms first. */
const KINDS = [
  ['UUID', '[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12,16}'],
  [
    'Timestamp',
    '\\d{4}-\\d\\d-\\d\\d[T ]\\d\\d:\\d\\d:\\d\\d(?:[.,]\\d+)?(?:Z|[+-]\\d\\d:?\\d\\d)?',
  ],
  ['Time', '\\d\\d:\\d\\d:\\d\\d(?:[.,]\\d+)?'],
  ['IPAddress', '\\d{1,3}\\.\\d{1,3}\\.\\d{1,3}\\.\\d{1,3}'],
  ['Hash', '(?=[a-f]*\\d)[0-9a-f]{8,}'],
  ['Version', '\\d+\\.\\d+\\.\\d+'],
  ['Number', '\\d+(?:\\.\\d+)?'],
] as const
const DYNAMIC = new RegExp(
  KINDS.map(([kind, form]) => `(?<${kind}>(?<![0-9A-Za-z_.])${form}(?![0-9A-Za-z_]))`).join('|'),
  'g',
)
const SEVERITY = /\b(FATAL|ERROR|WARN|INFO|DEBUG|TRACE)/

/** The columns that the command makes. */
export const PATTERN_COLUMNS: readonly string[] = [
  '@pattern',
  '@sampleCount',
  '@ratio',
  '@severityLabel',
  '@tokens',
  '@logSamples',
]

/**
 * Groups things by the pattern of their text, the largest group first. A place that looks dynamic but has the same
 * value in all messages of its group is shown as that value: `took 3000 ms` stays itself when it is always 3000.
 */
export function findPatterns<T>(
  items: readonly T[],
  textOf: (item: T) => string | undefined,
): readonly Pattern<T>[] {
  const groups = new Map<string, { literals: readonly string[]; found: Found[]; members: T[] }>()
  for (const item of items) {
    const text = textOf(item)
    if (text === undefined) continue
    const { literals, found } = mask(text)
    const key = JSON.stringify([literals, found.map(({ kind }) => kind)])
    const group = groups.get(key)
    if (group === undefined) {
      groups.set(key, { literals, found: [...found], members: [item] })
    } else {
      group.members.push(item)
      for (const [at, one] of found.entries()) group.found[at]?.values.add(one.first)
    }
  }
  return [...groups.values()]
    .map((group) => toPattern(group, textOf))
    .sort((left, right) => right.members.length - left.members.length)
}

type Found = Readonly<{ kind: string; first: string; values: Set<string> }>

function mask(text: string): Readonly<{ literals: readonly string[]; found: readonly Found[] }> {
  const literals: string[] = []
  const found: Found[] = []
  let at = 0
  for (const match of text.matchAll(DYNAMIC)) {
    const kind = KINDS.find(([name]) => match.groups?.[name] !== undefined)?.[0] ?? 'Token'
    literals.push(text.slice(at, match.index))
    found.push({ kind, first: match[0], values: new Set([match[0]]) })
    at = match.index + match[0].length
  }
  literals.push(text.slice(at))
  return { literals, found }
}

function toPattern<T>(
  group: Readonly<{ literals: readonly string[]; found: readonly Found[]; members: readonly T[] }>,
  textOf: (item: T) => string | undefined,
): Pattern<T> {
  const tokens: PatternToken[] = []
  let fixed = ''
  let position = 0
  const addFixed = () => {
    if (fixed !== '') tokens.push({ isDynamic: false, tokenString: fixed })
    fixed = ''
  }
  for (const [at, literal] of group.literals.entries()) {
    fixed += literal
    const one = group.found[at]
    if (one === undefined) continue
    if (one.values.size === 1) {
      fixed += one.first
      continue
    }
    addFixed()
    position += 1
    tokens.push({
      dynamicTokenPosition: position,
      isDynamic: true,
      tokenString: '<*>',
      inferredTokenName: `${one.kind}-${position}`,
      enumerations: enumerationsOf(group.members, at, textOf),
    })
  }
  addFixed()
  const text = tokens
    .map((token) => (token.isDynamic ? `<${token.inferredTokenName}>` : token.tokenString))
    .join('')
  return { text, tokens, severity: SEVERITY.exec(text)?.[1] ?? '', members: group.members }
}

function enumerationsOf<T>(
  members: readonly T[],
  at: number,
  textOf: (item: T) => string | undefined,
): Readonly<Record<string, number>> {
  const counts = new Map<string, number>()
  for (const member of members) {
    const value = mask(textOf(member) ?? '').found[at]?.first ?? ''
    counts.set(value, (counts.get(value) ?? 0) + 1)
  }
  return Object.fromEntries(
    [...counts].sort((left, right) => right[1] - left[1]).slice(0, MAX_ENUMERATIONS),
  )
}

/** The rows of the command `pattern`: one for each pattern in the text that `read` finds in a record. */
export function patternRows(rows: readonly Row[], read: (row: Row) => Value): readonly Row[] {
  const patterns = findPatterns(rows, (row) => toText(read(row)))
  const total = patterns.reduce((sum, pattern) => sum + pattern.members.length, 0)
  return patterns.map((pattern) =>
    statsRow(
      new Map<string, Value>([
        ['@pattern', pattern.text],
        ['@sampleCount', pattern.members.length],
        ['@ratio', pattern.members.length / total],
        ['@severityLabel', pattern.severity === '' ? undefined : pattern.severity],
        ['@tokens', JSON.stringify(pattern.tokens)],
        [
          '@logSamples',
          JSON.stringify(
            pattern.members.slice(0, MAX_SAMPLES).map((row) => ({
              timestamp: timeOf(row.get('@timestamp')),
              message: toText(row.get('@message')) ?? '',
            })),
          ),
        ],
      ]),
    ),
  )
}

function timeOf(value: Value): number | undefined {
  return value instanceof Date ? value.getTime() : undefined
}
